"""What a customer typed at checkout, kept in the session until the order is placed."""

from collections.abc import Mapping

from django.contrib.sessions.backends.base import SessionBase

KEY = "checkout"
FIELDS = {"note": 1000, "price_table_id": 20, "address": 20}


def keep(session: SessionBase, typed: Mapping[str, str]) -> None:
    """Remember what was typed."""
    kept = {name: typed[name][:most] for name, most in FIELDS.items() if name in typed}
    if kept:
        session[KEY] = {**read(session), **kept}


def read(session: SessionBase) -> dict[str, str]:
    """What was typed before; nothing is an empty dictionary."""
    return session.get(KEY, {})


def forget(session: SessionBase) -> None:
    """The order is placed."""
    session.pop(KEY, None)

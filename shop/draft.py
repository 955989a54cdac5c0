"""What a customer typed at checkout, kept in the session until the order is placed."""

from collections.abc import Mapping

from django.contrib.sessions.backends.base import SessionBase

from accounts.models import Address

KEY = "checkout"
# The fields of an address that is not saved yet begin with this.
NEW_ADDRESS = "new"
_ADDRESS = {f"{NEW_ADDRESS}-{name}": 200 for name in Address.FIELDS}
# Longer than what is taken, so that too long a note can be shortened rather than typed anew.
FIELDS = {"note": 4000, "price_table_id": 20, "address": 20, **_ADDRESS}


def keep(session: SessionBase, typed: Mapping[str, str]) -> None:
    """Remember what was typed."""
    kept = {name: typed[name][:most] for name, most in FIELDS.items() if name in typed}
    if kept:
        session[KEY] = {**read(session), **kept}


def read(session: SessionBase) -> dict[str, str]:
    """What was typed before; nothing is an empty dictionary."""
    kept: dict[str, str] = session.get(KEY, {})
    return kept


def new_address(session: SessionBase) -> dict[str, str]:
    """The address that was begun, by the names of an address's fields."""
    kept = read(session)
    return {name: kept[key] for name in Address.FIELDS if kept.get(key := f"{NEW_ADDRESS}-{name}")}


def forget_address(session: SessionBase) -> None:
    """The address is saved."""
    session[KEY] = {name: value for name, value in read(session).items() if name not in _ADDRESS}


def forget(session: SessionBase) -> None:
    """The order is placed."""
    session.pop(KEY, None)

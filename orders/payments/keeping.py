"""What payment providers told, kept as rows: nothing is acted upon here."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils import timezone

from database.rows import insert
from orders.models import ProviderEvent
from orders.payments.providers.base import Notification, NotificationKind


class Kept(NamedTuple):
    event: ProviderEvent
    is_new: bool


def keep(*, variant: str, notification: Notification, body: str = "", after: int = 0) -> ProviderEvent:
    """Keep an event, to be acted on after so many seconds.

    One that is kept already stays as it is. What is kept and not acted on the sweep finds.
    """
    due_at = timezone.now() + timedelta(seconds=after)
    return keep_once(variant, notification, body=body, next_attempt_at=due_at).event


def keep_once(variant: str, notification: Notification, *, next_attempt_at: datetime, **more: Any) -> Kept:
    """Keep an event with these fields of its row, unless one of its name is kept already: then that one, as it is."""
    event = ProviderEvent(
        variant=variant,
        event_id=notification.event_id,
        notification=written(notification),
        next_attempt_at=next_attempt_at,
        **more,
    )
    if insert(event, unless="ON CONFLICT (variant, event_id) DO NOTHING"):
        return Kept(event, is_new=True)
    return Kept(ProviderEvent.objects.get(variant=variant, event_id=notification.event_id), is_new=False)


def written(notification: Notification) -> dict[str, str]:
    """As it is kept in JSON."""
    return {name: str(value) for name, value in asdict(notification).items() if value is not None}


def read(kept: Mapping[str, str]) -> Notification:
    """What `written` has made of it."""
    amounts = {name: Decimal(kept[name]) for name in ("amount", "fee") if kept.get(name)}
    return Notification(**dict(kept) | {"kind": NotificationKind(kept["kind"])} | amounts)  # type: ignore[arg-type]  # each field by its name

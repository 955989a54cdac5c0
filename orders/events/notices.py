"""Notices: what is told of an order beside the rows that tell of themselves (orders/models/messages/notice.py)."""

from typing import TYPE_CHECKING

from orders.events.hints import announce
from orders.models import Notice, Order

if TYPE_CHECKING:
    from accounts.models import User


def notice(
    order: Order, kind: Notice.Kind, /, *, actor: "User | None" = None, **about: str | int | None
) -> None:
    """Tell the feed, in the caller's transaction, and after it those who watch. The caller holds the order."""
    Notice.objects.create(order_id=order.pk, kind=kind, actor=actor, about=about)
    announce(order_id=order.pk, customer_id=order.customer_id)

"""That a customer was shown codes: numbers that are worth something to whoever has read them (keys, gift cards).

Who has read one can't have the money back without asking, so it is noted before it is shown.
"""

from collections.abc import Iterable

from django.utils import timezone

from orders.models.line import OrderLine
from orders.models.order import Order
from orders.status import NUMBERS_SHOWN


def have_codes(lines: Iterable[OrderLine]) -> bool:
    """Whether the lines, loaded with product and allocations, have a gift card, or a number that is not given out again."""
    return any(
        line.product.is_gift_card or (not line.product.numbers_reusable and line.allocations.all())
        for line in lines
    )


def note_codes_shown(order: Order) -> bool:
    """Note that the customer is about to be shown the order's codes; False if they may not be shown any more.

    The first time it is one statement, later none. It waits for whoever holds the order at this moment: a refund comes
    either before, and there is nothing to show any more, or after, and knows that the codes were seen.
    """
    if order.codes_seen_at is None:
        now = timezone.now()
        shown = Order.objects.filter(pk=order.pk, status__in=NUMBERS_SHOWN)
        if not shown.filter(codes_seen_at=None).update(codes_seen_at=now) and not shown.exists():
            return False
        order.codes_seen_at = now
    return True

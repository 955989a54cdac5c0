"""What gift cards pay of an order, in the order's own books: captured at the moment at which the order is Paid.

Until then cards only hold it (orders/gift_cards/spending.py), and no money has moved. No provider is asked: what goes back
is on the card in the transaction that says so (returning.py).
"""

from django.utils import timezone

from orders.gift_cards import spending
from orders.lifecycle.transitions import change_locked, complete_if_sent
from orders.models import GIFT_CARD, CardUse, Order
from orders.payments import differences
from orders.payments.booking import book
from orders.status import Reason, Step

# What the ledger calls it.
REFERENCE = "gift card {}"


def capture_held(order: Order) -> None:
    """Book what the order's cards hold. The caller holds the order, and it becomes Paid in this transaction."""
    for use in spending.held_by(order) if order.card_amount else ():
        payment = book(
            order,
            variant=GIFT_CARD,
            amount=use.amount,
            reference=REFERENCE.format(use.pk),
            note=use.card.masked,
        )
        use.state, use.payment, use.ended_at = CardUse.State.CAPTURED, payment, timezone.now()
        use.save(update_fields=["state", "payment", "ended_at"])


def pay_if_covered(order: Order) -> Order:
    """An order of which cards hold all that is due is Paid. The caller holds it."""
    if order.amount_due:
        return order
    if not differences.settle(order):
        return differences.give_up(order)
    capture_held(order)
    paid = change_locked(order=order, step=Step.PAY, reason=Reason.PAYMENT_TAKEN, actor=order.customer)
    return complete_if_sent(paid, actor=None)

"""Gift cards when many use them at once: real threads, each with its own connection to a real PostgreSQL."""

from decimal import Decimal
from functools import partial

import pytest

from orders.actions import cancellation
from orders.actions.cancellation import PaymentUnderWay
from orders.actions.money import gift_cards
from orders.actions.money.payment import start_payment
from orders.audit import findings, snapshot
from orders.gift_cards.spending import GiftCardNotUsable
from orders.lifecycle.transitions import StepNotAllowed
from orders.models import GiftCard, GiftCardEntry, LedgerEntry, Order
from orders.payments.recording import record_capture
from orders.status import OrderStatus, Reason
from tests.factories import (
    Buyer,
    change,
    give_credit,
    make_gift_card,
    make_gift_product,
    make_product,
    make_staff,
    pay,
    redeem,
    tell,
)
from tests.orders.lifecycle.test_concurrency import kinds
from tests.parallel import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.flow]
S = OrderStatus


def adds_up() -> list[str]:
    with snapshot():
        return list(findings())


def redeeming(order: Order, card: GiftCard):
    return partial(redeem, order, card)


def left(card: GiftCard) -> Decimal:
    return GiftCard.objects.get(pk=card.pk).balance


def waiting(price: str = "16", buyer: Buyer | None = None) -> Order:
    """An order of so much and 4 for its parcel that waits to be paid."""
    return (buyer or Buyer()).order_in(S.PAY_REQUIRED, (make_product(stock=9, price=Decimal(price)), 1))


def test_ten_buyers_get_no_more_from_a_card_than_is_on_it():
    card = make_gift_card("50")
    orders = [waiting() for _ in range(10)]

    results = at_once([redeeming(order, card) for order in orders])

    taken = sum(order.card_amount for order in Order.objects.all())
    assert (taken, left(card)) == (50, 0)
    assert sorted(Order.objects.values_list("card_amount", flat=True))[-3:] == [10, 20, 20]
    assert Order.objects.filter(status=S.PAID).count() == 2
    assert kinds(results)[GiftCardNotUsable] == 7
    assert adds_up() == []


def test_two_tabs_use_a_card_once():
    card, order = make_gift_card("5"), waiting()

    at_once([redeeming(order, card)] * 6)

    assert (left(card), order.card_uses.count()) == (0, 1)
    assert Order.objects.get().card_amount == 5
    assert adds_up() == []


def test_two_cards_at_once_take_no_more_than_the_order_costs():
    cards, order = [make_gift_card("15") for _ in range(4)], waiting()

    results = at_once([redeeming(order, card) for card in cards])

    assert Order.objects.get().status == S.PAID
    assert sum(map(left, cards)) == 40
    assert kinds(results).keys() <= {Order, StepNotAllowed}
    assert adds_up() == []


def test_what_is_redeemed_while_the_order_is_canceled_is_on_the_card_again():
    card, order = make_gift_card("5"), waiting()
    cancel = partial(
        cancellation.cancel_order, order_id=order.pk, actor=order.customer, reason=Reason.CUSTOMER_WISH
    )

    at_once([redeeming(order, card), cancel, redeeming(order, card)])

    assert Order.objects.get().status == S.CANCELED
    assert left(card) == 5
    assert adds_up() == []


def test_taking_a_card_away_in_two_tabs_gives_it_back_once():
    card, order = make_gift_card("5"), waiting()
    redeem(order, card)
    use = order.card_uses.get()
    call = partial(gift_cards.put_back, order_id=order.pk, actor=order.customer, use_id=use.pk)

    at_once([call] * 5)

    assert left(card) == 5
    assert adds_up() == []


def test_a_refund_to_a_card_and_a_purchase_with_it_are_both_there():
    buyer, card = Buyer(), make_gift_card("40")
    paid = waiting(buyer=buyer)
    redeem(paid, card)
    others = [waiting() for _ in range(3)]
    refund = partial(cancellation.ask_refund, order_id=paid.pk, actor=buyer.user, reason=Reason.CUSTOMER_WISH)

    results = at_once([refund, *(redeeming(order, card) for order in others)])

    assert not any(isinstance(result, GiftCardNotUsable) for result in results[:1])
    spent = sum(order.card_amount for order in Order.objects.exclude(pk=paid.pk))
    assert left(card) + spent == 40
    assert adds_up() == []


def test_a_late_capture_against_a_card_that_pays_all_pays_once():
    card, order = make_gift_card("50"), waiting()
    # An approval of which the shop has heard nothing yet, in a session that can't be closed.
    payment = order.payments.create(
        variant="demo", total=20, currency=order.currency, status="cancelled", next_attempt_at=None
    )
    tell(payment, "captured", amount=Decimal(20), reference="late")
    capture = partial(record_capture, payment_id=payment.pk, amount=Decimal(20), reference="late")

    results = at_once([redeeming(order, card), capture])

    order = Order.objects.get()
    captured = sum(LedgerEntry.objects.filter(kind="captured").values_list("amount", flat=True))
    assert order.status == S.PAID
    by_card = order.card_amount == 20
    assert left(card) == (30 if by_card else 50)
    assert captured == (40 if by_card else 20), results
    assert payment.refunds.count() == by_card
    assert adds_up() == []


def test_staff_give_credit_and_it_is_spent_at_once():
    order = waiting()
    give_credit(order.customer, "5")
    credit = GiftCard.objects.get()

    at_once([partial(give_credit, order.customer, "5")] * 4 + [redeeming(order, credit)])

    assert left(credit) + Order.objects.get().card_amount == 25
    assert GiftCardEntry.objects.filter(kind="given").count() == 5
    assert adds_up() == []


def test_a_card_and_a_payment_that_is_begun_are_never_about_the_same_money():
    card, order = make_gift_card("5"), waiting()
    begin = partial(start_payment, order_id=order.pk, actor=order.customer)

    results = at_once([begin, redeeming(order, card), begin])

    order = Order.objects.get()
    current = order.payments.filter(status="waiting").first()
    assert current is None or current.total == order.amount_due, results
    assert kinds(results).keys() - {Order} <= {PaymentUnderWay, type(results[0])}
    assert adds_up() == []


def test_two_refunds_in_part_of_what_a_card_paid_give_back_each_once():
    card, order = make_gift_card("10"), waiting()
    redeem(order, card)
    pay(Order.objects.get())
    staff = make_staff()

    at_once([partial(change, order, "refund", actor=staff, amount=8) for _ in range(4)])

    order = Order.objects.get()
    given = sum(order.changes.values_list("amount", flat=True))
    assert left(card) == max(given - 10, 0)
    assert adds_up() == []


def test_a_card_is_spent_or_its_purchase_refunded_and_never_both():
    buyer, order = Buyer(), waiting()
    sold = buyer.order_in(S.PAID, (make_gift_product("50"), 1), (make_product(stock=5), 1))
    card = GiftCard.objects.get()
    refund = partial(cancellation.ask_refund, order_id=sold.pk, actor=buyer.user, reason=Reason.CUSTOMER_WISH)

    results = at_once([refund, redeeming(order, card)])

    is_spent = Order.objects.get(pk=order.pk).status == S.PAID
    assert Order.objects.get(pk=sold.pk).status == (S.PAID if is_spent else S.REFUND), results
    assert left(card) == (30 if is_spent else 0)
    assert adds_up() == []

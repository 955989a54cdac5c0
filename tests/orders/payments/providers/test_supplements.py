"""The order that pays a difference, at Stripe and PayPal: paid, declined, silent, twice, too late, a refund that fails."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from orders.actions.cancellation import PaymentUnderWay
from orders.actions.changes import waiting
from orders.actions.money.payment import start_payment
from orders.models import Order, OrderChange, Payment, Refund, WaitingChange
from orders.payments import keeping, provider_events, refunds, returning
from orders.payments.providers.base import ProviderUnreachable
from orders.payments.providers.registry import provider_of
from orders.payments.refunds import retry
from orders.status import OrderStatus
from tests.factories import change, make_product, make_staff, return_money, shirts
from tests.orders.audited import run
from tests.orders.differing import dear_shirt, exchange_dearly, far_away, redirect_dearly
from tests.orders.payments.providers import paypal_steps

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
S = OrderStatus


class Stripe:
    """The customer at Stripe, and what Stripe tells."""

    def __init__(self, stand_in, _client) -> None:
        self.stand_in = stand_in

    def tell(self, payment: Payment, event: dict) -> None:
        notification = provider_of(payment).read_event(*self.stand_in.signed(event))
        kept = keeping.keep(variant="stripe", notification=notification)
        provider_events.act(event_id=kept.pk)

    def pays(self, payment: Payment) -> dict:
        return self.stand_in.pay(payment.transaction_id)

    def leaves(self, payment: Payment) -> dict:
        return self.stand_in.expire(payment.transaction_id)

    def refund_fails(self, refund: Refund) -> dict:
        return self.stand_in.end_refund(refund.answer, "failed", reason="lost_or_stolen_card")


class PayPal:
    """The customer at PayPal, and what PayPal tells."""

    def __init__(self, stand_in, client) -> None:
        self.stand_in, self.client = stand_in, client

    def tell(self, _payment: Payment, event: dict) -> None:
        assert paypal_steps.tell(self.stand_in, self.client, event) == 200

    def pays(self, payment: Payment) -> dict:
        return self.stand_in.approve(payment.transaction_id)

    def refund_fails(self, refund: Refund) -> dict:
        return self.stand_in.fail_refund(refund.answer)


@pytest.fixture(params=[("stand_in", Stripe), ("paypal", PayPal)], ids=["stripe", "paypal"])
def there(request, client) -> Stripe | PayPal:
    name, kind = request.param
    return kind(request.getfixturevalue(name), client)


@pytest.fixture
def old(there, buyer) -> Order:
    """Three shirts and a cup, paid there."""
    dear_shirt()
    order = buyer.order_in(S.PAY_REQUIRED, (shirts()[0], 3), (make_product(stock=5, sku="CUP"), 1))
    pay(there, order)
    return Order.objects.get(pk=order.pk)


def begun(order: Order) -> Payment:
    payment = start_payment(order_id=order.pk, actor=order.customer).payment
    provider_of(payment).begin_session(payment)
    return payment


def pay(there, order: Order) -> Payment:
    payment = begun(order)
    there.tell(payment, there.pays(payment))
    return payment


def exchanged(order: Order) -> WaitingChange:
    return exchange_dearly(order, make_staff())


def redirected(order: Order) -> WaitingChange:
    return redirect_dearly(order, order.customer, far_away())


EACH: list[Callable[[Order], WaitingChange]] = [exchanged, redirected]
each = pytest.mark.parametrize("dearly", EACH, ids=lambda dearly: dearly.__name__)


def now(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def is_made(agreed: WaitingChange) -> bool:
    return OrderChange.objects.filter(pk=agreed.change_id).exists()


@each
def test_paid_it_is_made(there, old, dearly):
    agreed = dearly(old)
    payment = begun(agreed.supplement)
    assert payment.total == agreed.supplement.difference
    there.tell(payment, there.pays(payment))
    assert is_made(agreed)
    assert now(agreed.supplement).status == (S.PAID if dearly is exchanged else S.DONE)
    assert run() == []


def test_paid_twice_it_is_made_once_and_the_second_money_goes_back(there, old):
    agreed = exchanged(old)
    payment = begun(agreed.supplement)
    event = there.pays(payment)
    for _ in range(2):
        there.tell(payment, event)
    assert old.changes.count() == 1
    again = agreed.supplement.payments.create(
        variant=payment.variant, total=payment.total, currency=payment.currency, billing_email="a@example.com"
    )
    provider_of(again).begin_session(again)
    there.tell(again, there.pays(again))
    # What PayPal's customer approves a second time is not even captured.
    causes = Refund.objects.filter(payment__order=agreed.pk).values_list("cause", flat=True)
    assert list(causes) == (["double"] if isinstance(there, Stripe) else [])
    return_money(agreed.supplement)
    assert returning.balance(agreed.supplement) == agreed.supplement.total_amount
    assert old.changes.count() == 1
    assert run() == []


def by_slow_bank(stand_in, client, buyer):
    """At Stripe: an order, the exchange that waits, and its payment, which a bank takes its time for."""
    there = Stripe(stand_in, client)
    dear_shirt()
    order = buyer.order_in(S.PAY_REQUIRED, (shirts()[0], 3))
    pay(there, order)
    agreed = exchanged(now(order))
    payment = begun(agreed.supplement)
    there.tell(payment, stand_in.pay(payment.transaction_id, status="unpaid"))
    return there, order, agreed, payment


def test_declined_it_waits_and_is_paid_after_all(stand_in, client, buyer):
    """A bank that takes its time says no: the change waits on, and another payment pays it."""
    there, _order, agreed, payment = by_slow_bank(stand_in, client, buyer)
    there.tell(payment, stand_in.bank_answers(payment.transaction_id, succeeded=False))
    assert now(agreed.supplement).status == S.PAY_REQUIRED
    assert not is_made(agreed)
    pay(there, agreed.supplement)
    assert is_made(agreed)
    assert run() == []


@pytest.mark.parametrize("wrong", ["silent", "dropped", "500"])
def test_a_silent_provider_ends_nothing_and_makes_nothing(there, old, wrong):
    agreed = exchanged(old)
    payment = start_payment(order_id=agreed.pk, actor=old.customer).payment
    there.stand_in.go_wrong(wrong)
    with pytest.raises(ProviderUnreachable):
        provider_of(payment).begin_session(payment)
    provider_of(payment).begin_session(payment)
    if there.stand_in.__class__.__name__.startswith("Stripe"):
        there.stand_in.go_wrong(wrong)
        with pytest.raises(PaymentUnderWay):
            waiting.end(order_id=old.pk, actor=make_staff())
    assert now(agreed.supplement).status == S.PAY_REQUIRED
    there.tell(payment, there.pays(payment))
    assert is_made(agreed)
    assert run() == []


@each
def test_paid_after_it_ended_the_money_goes_back_and_nothing_is_made(there, old, dearly):
    """The order moved on while its customer paid: there the session was paid before it could be closed."""
    agreed = dearly(old)
    payment = begun(agreed.supplement)
    event = there.pays(payment)
    change(old, "refund", amount=1)
    there.tell(payment, event)
    refund = Refund.objects.get(payment=payment)
    assert (refund.cause, now(agreed.supplement).status, is_made(agreed)) == ("late", S.CANCELED, False)
    return_money(agreed.supplement)
    assert returning.balance(agreed.supplement) == 0
    assert run() == []


def test_the_refund_of_late_money_that_fails_is_seen_and_tried_anew(there, old):
    agreed = exchanged(old)
    payment = begun(agreed.supplement)
    event = there.pays(payment)
    change(old, "refund", amount=1)
    there.tell(payment, event)
    return_money(agreed.supplement)
    refund = Refund.objects.get(payment=payment)
    there.tell(payment, there.refund_fails(refund))
    refund.refresh_from_db()
    assert refund.state == "refused"
    assert returning.balance(agreed.supplement) == payment.total
    retry(refund_id=refund.pk, actor=make_staff())
    return_money(agreed.supplement)
    assert returning.balance(agreed.supplement) == 0
    assert run() == []


def test_staff_end_it_while_a_bank_takes_its_time_and_what_it_brings_goes_back(stand_in, client, buyer):
    there, order, agreed, payment = by_slow_bank(stand_in, client, buyer)
    waiting.end(order_id=order.pk, actor=make_staff())
    assert now(agreed.supplement).status == S.CANCELED
    there.tell(payment, stand_in.bank_answers(payment.transaction_id, succeeded=True))
    assert Refund.objects.get(payment=payment).cause == "late"
    return_money(agreed.supplement)
    assert (returning.balance(agreed.supplement), is_made(agreed)) == (0, False)
    assert run() == []


def test_who_ends_it_just_as_it_was_paid_learns_that_it_is_made(stand_in, client, buyer):
    """No event has told of it yet: the session can't be closed, and the provider is asked."""
    there = Stripe(stand_in, client)
    dear_shirt()
    order = buyer.order_in(S.PAY_REQUIRED, (shirts()[0], 3))
    pay(there, order)
    agreed = exchanged(now(order))
    there.pays(begun(agreed.supplement))
    with pytest.raises(waiting.NothingWaits):
        waiting.end(order_id=order.pk, actor=make_staff())
    assert is_made(agreed)
    assert run() == []


def test_what_was_approved_and_is_not_captured_yet_is_not_taken_once_it_ended(paypal, client, buyer):
    there = PayPal(paypal, client)
    dear_shirt()
    order = buyer.order_in(S.PAY_REQUIRED, (shirts()[0], 3))
    pay(there, order)
    agreed = exchanged(now(order))
    payment = begun(agreed.supplement)
    event = there.pays(payment)
    waiting.end(order_id=order.pk, actor=make_staff())
    there.tell(payment, event)
    assert (now(agreed.supplement).status, is_made(agreed)) == (S.CANCELED, False)
    assert returning.balance(agreed.supplement) == 0
    assert len(paypal.captures) == 1
    assert run() == []


def test_what_a_dearer_size_cost_more_goes_back_where_it_came_from(there, old):
    """The new order is refunded: its customer's part at the provider, that of the old pieces by hand."""
    agreed = exchanged(old)
    payment = pay(there, agreed.supplement)
    change(now(agreed.supplement), "refund", amount=Decimal(5))
    parts = Refund.objects.filter(payment__order=agreed.pk).order_by("pk")
    assert [(one.payment.variant, one.amount) for one in parts] == [
        (payment.variant, Decimal("2.34")),
        ("exchange", Decimal("2.66")),
    ]
    refunds.work_on(refund_id=parts[0].pk)
    assert returning.left_of(payment.ledger.get(kind="captured")) == 0
    assert run() == []

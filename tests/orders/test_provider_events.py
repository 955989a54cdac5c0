"""Every order status x every event of a provider: a legal state, and money that is explained."""

from decimal import Decimal
from functools import partial

import pytest
from django.db import ProgrammingError
from django.utils import timezone

from orders import audit, payments, provider_events, refunds, tasks
from orders.models import LedgerEntry, Order, Payment, ProviderEvent, Refund
from orders.providers import News, NewsKind
from orders.status import STEPS, OrderStatus
from tests.factories import ask_refund, cancel, capture, make_numbered, make_staff, return_money
from tests.parallel import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.flow]

S = OrderStatus
K = NewsKind


def order_with_payment(buyer, status) -> tuple[Order, Payment]:
    """An order in a status with the payment it has then; one that never needed to be paid gets a stray one."""
    order = buyer.order_in(status, (make_numbered(numbers=0 if status == S.NOT_CONFIRMED else 1), 1))
    payment = order.payments.first() or Payment.objects.create(
        order=order, variant="demo", total=order.total_amount, currency=order.currency
    )
    return order, payment


def tell(payment, kind, event_id="evt-1", **facts) -> ProviderEvent:
    """What happens when a provider tells something: it is kept and acted on."""
    facts = {"token": payment.token, "amount": payment.total, "currency": payment.currency} | facts
    news = News(event_id=event_id, kind=kind, **facts)
    event = provider_events.keep(variant="demo", news=news)
    return provider_events.act(event_id=event.pk)


def status_of(order) -> str:
    return Order.objects.get(pk=order.pk).status


def unexplained(order) -> Decimal:
    """What the shop holds beyond what the status entitles it to, less what is on its way back."""
    entitled = order.total_amount if status_of(order) in (S.PAID, S.DONE) else 0
    going = sum(one.amount for one in Refund.objects.filter(payment__order=order).exclude(state="done"))
    return refunds.balance(order) - entitled - going


NEW_MONEY = {"reference": "another charge"}


@pytest.mark.parametrize("status", list(S))
@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        (K.CAPTURED, NEW_MONEY),
        (K.CAPTURED, NEW_MONEY | {"amount": Decimal("0.01")}),
        (K.CAPTURED, NEW_MONEY | {"currency": "XTS"}),
        (K.DECLINED, {}),
        (K.EXPIRED, {}),
        (K.REFUNDED, {"key": "none of ours", "reference": "re_1"}),
        (K.REFUND_REFUSED, {"key": "none of ours"}),
        (K.AUTHORISED, NEW_MONEY),
        (K.REFUNDED, {"token": "", "reference": "re_1", "charge": "of another shop"}),
        (K.OTHER, {}),
        (K.CAPTURED, NEW_MONEY | {"token": "00000000-0000-4000-8000-000000000000"}),
    ],
)
def test_every_event_in_every_status_leaves_a_legal_state_and_explained_money(buyer, status, kind, facts):
    order, payment = order_with_payment(buyer, status)

    for _ in range(2):
        tell(payment, kind, **facts)

    is_payment = kind == K.CAPTURED and facts == NEW_MONEY and status == S.PAY_REQUIRED
    assert status_of(order) == (S.PAID if is_payment else status)
    assert unexplained(order) == 0
    return_money(order)
    assert unexplained(order) == 0
    edges = {(str(edge.source), str(edge.target)) for edge in STEPS.values()}
    path = list(order.history.values_list("from_status", "to_status"))[1:]
    assert set(path) <= edges


def test_the_same_capture_told_in_two_events_is_one_capture(buyer):
    order, payment = order_with_payment(buyer, S.PAY_REQUIRED)

    tell(payment, K.CAPTURED, "evt-1", reference="ch_1")
    tell(payment, K.CAPTURED, "evt-2", reference="ch_1")

    assert (status_of(order), refunds.balance(order)) == (S.PAID, order.total_amount)
    assert LedgerEntry.objects.filter(order=order).count() == 1


def test_an_approval_is_a_line_of_the_ledger_that_no_balance_counts(buyer):
    order, payment = order_with_payment(buyer, S.PAY_REQUIRED)

    tell(payment, K.AUTHORISED, "evt-1", reference="ch_1")
    tell(payment, K.AUTHORISED, "evt-2", reference="ch_1")

    payment.refresh_from_db()
    assert (status_of(order), refunds.balance(order), payment.status) == (S.PAY_REQUIRED, 0, "preauth")
    assert payments.start_payment(order_id=order.pk).payment == payment
    tell(payment, K.CAPTURED, "evt-3", reference="ch_1")
    tell(payment, K.AUTHORISED, "evt-4", reference="told too late")
    assert [entry.kind for entry in order.ledger.all()] == ["authorised", "captured"]
    assert (status_of(order), refunds.balance(order)) == (S.PAID, order.total_amount)
    with pytest.raises(ProgrammingError, match="Cannot"):
        order.ledger.filter(kind="authorised").update(amount=1)


def test_an_expired_session_leaves_the_order_payable(buyer):
    order, payment = order_with_payment(buyer, S.PAY_REQUIRED)

    tell(payment, K.EXPIRED)

    payment.refresh_from_db()
    assert (status_of(order), payment.status) == (S.PAY_REQUIRED, "cancelled")


def test_a_refund_confirmed_by_an_event_ends_the_order(buyer):
    order, payment = order_with_payment(buyer, S.REFUND)
    refund = payment.refunds.get()

    tell(payment, K.REFUNDED, key=refund.key, reference="re_1")

    assert (status_of(order), refunds.balance(order)) == (S.CANCELED, 0)


def test_a_refund_refused_by_an_event_waits_for_staff_with_the_reason(buyer):
    order, payment = order_with_payment(buyer, S.REFUND)
    refund = payment.refunds.get()

    tell(payment, K.REFUND_REFUSED, key=refund.key, note="account closed")

    refund.refresh_from_db()
    assert (status_of(order), refund.state, refund.answer) == (S.REFUND, "refused", "account closed")


def test_an_event_whose_hint_was_lost_is_acted_on_by_the_sweep(buyer):
    order, payment = order_with_payment(buyer, S.PAY_REQUIRED)
    news = News("evt-1", K.CAPTURED, payment.token, payment.total, payment.currency, "ch_1")
    provider_events.keep(variant="demo", news=news)

    tasks.sweep()

    assert status_of(order) == S.PAID


def test_an_event_that_is_to_come_late_is_not_acted_on_before(buyer):
    order, payment = order_with_payment(buyer, S.PAY_REQUIRED)
    assert provider_events.answered(payment=payment, data={"outcome": "late"})

    tasks.sweep()
    assert status_of(order) == S.PAY_REQUIRED

    ProviderEvent.objects.update(next_try_at=timezone.now())
    tasks.sweep()
    assert status_of(order) == S.PAID


def test_an_event_can_be_acted_on_again_by_hand(buyer):
    order, payment = order_with_payment(buyer, S.PAY_REQUIRED)
    event = tell(payment, K.CAPTURED, reference="ch_1")

    provider_events.act(event_id=event.pk, again_by=make_staff())

    assert (status_of(order), refunds.balance(order)) == (S.PAID, order.total_amount)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=pytest.mark.long)])
class TestRaces:
    """Whoever comes first, the books add up."""

    def test_capture_against_the_customers_cancel(self, buyer, rounds):
        for _ in range(rounds):
            order, payment = payable(buyer)
            at_once([partial(capture, payment), partial(cancel, order)])
            settled(order)

    def test_capture_against_the_end_of_the_window(self, buyer, rounds):
        for _ in range(rounds):
            order, payment = payable(buyer)
            Order.objects.filter(pk=order.pk).update(pay_by=order.placed_at)
            at_once([partial(capture, payment), partial(payments.cancel_unpaid, order_id=order.pk)])
            settled(order)

    def test_webhook_and_browser_return_at_the_same_moment(self, buyer, rounds):
        for number in range(rounds):
            order, payment = payable(buyer)
            webhooks = [partial(tell, payment, K.CAPTURED, f"evt-{number}", reference="ch_1")] * 3
            at_once([*webhooks, partial(capture, payment, None, "ch_1")])
            assert status_of(order) == S.PAID
            settled(order)

    def test_refund_asked_and_worked_on_twice(self, buyer, rounds):
        for _ in range(rounds):
            order, payment = payable(buyer)
            capture(payment)
            at_once([partial(ask_refund, order)] * 3)
            at_once([partial(return_money, order)] * 3)
            assert (status_of(order), refunds.balance(order)) == (S.CANCELED, 0)
            assert LedgerEntry.objects.filter(order=order, kind="refunded").count() == 1

    @pytest.fixture(autouse=True)
    def _books_add_up(self, rounds):
        yield
        with audit.snapshot():
            assert list(audit.findings()) == []


def payable(buyer) -> tuple[Order, Payment]:
    order = buyer.order_in(S.PAY_REQUIRED)
    return order, payments.start_payment(order_id=order.pk).payment


def settled(order) -> None:
    """The order's money is explained, and once every refund was worked on it is where it belongs."""
    assert unexplained(order) == 0
    return_money(order)
    assert refunds.balance(order) == (order.total_amount if status_of(order) == S.PAID else 0)

"""Every order status x every event of a provider: a legal state, money that is explained, and the right emails."""

from copy import deepcopy
from decimal import Decimal
from typing import NamedTuple

import pytest
from django.db import ProgrammingError

from orders import audit, tasks
from orders.actions.money.payment import start_payment
from orders.models import EmailKind, LedgerEntry, ProviderEvent
from orders.payments import keeping, provider_events, returning
from orders.payments.providers.base import Notification, NotificationKind
from orders.reports import attention
from orders.status import STEPS, OrderStatus
from tests import pauses
from tests.factories import Buyer, make_staff, return_money
from tests.orders.told import order_with_payment, status_of, tell, unexplained

pytestmark = [pytest.mark.django_db, pytest.mark.flow]

S = OrderStatus
K = NotificationKind


class Outcome(NamedTuple):
    """What an event leads to: the status (None: as before), and the rows of money and emails that are then added."""

    status: OrderStatus | None = None
    money: tuple[str, ...] = ()
    emails: tuple[EmailKind, ...] = ()
    # What is added besides once workers have asked the provider for whatever is to go back.
    money_then: tuple[str, ...] = ()
    emails_then: tuple[EmailKind, ...] = ()


M = EmailKind
OUTCOMES = {
    "nothing": Outcome(),
    "paid": Outcome(S.PAID, ("captured",), (M.PAID,)),
    # Money that can't pay its order.
    "back": Outcome(None, ("captured", "refund_asked"), (), ("refunded",), (M.LATE_MONEY_RETURNED,)),
    "returned": Outcome(S.CANCELED, ("refunded",), (M.REFUNDED,)),
    "refused": Outcome(None, ("refused",)),
    # Money that has not moved.
    "approved": Outcome(None, ("authorised",)),
}
# What a provider tells, and what that leads to for an order in each status.
# fmt: off
STATUSES =          "pending  not_confirmed  pay_required  paid     done     refund    canceled"
TABLE = {
    "approve":        "back     back           paid          back     back     back      back",
    "duplicate":      "back     back           paid          nothing  nothing  nothing   back",
    "wrong amount":   "back     back           back          back     back     back      back",
    "wrong currency": "nothing  nothing        nothing       nothing  nothing  nothing   nothing",
    "decline":        "nothing  nothing        nothing       nothing  nothing  nothing   nothing",
    "expire":         "nothing  nothing        nothing       nothing  nothing  nothing   nothing",
    "refund done":    "nothing  nothing        nothing       nothing  nothing  returned  nothing",
    "refund refused": "nothing  nothing        nothing       nothing  nothing  refused   nothing",
    "authorise":      "approved approved       approved      nothing  nothing  nothing   approved",
    "other's refund": "nothing  nothing        nothing       nothing  nothing  nothing   nothing",
    "unknown token":  "nothing  nothing        nothing       nothing  nothing  nothing   nothing",
    "something else": "nothing  nothing        nothing       nothing  nothing  nothing   nothing",
}
# fmt: on
CELLS = [
    (event, S(status), OUTCOMES[word])
    for event, words in TABLE.items()
    for status, word in zip(STATUSES.split(), words.split(), strict=True)
]
EMAILS_BEFORE = {
    S.PENDING: [M.PLACED],
    S.NOT_CONFIRMED: [M.PLACED, M.NOT_CONFIRMED],
    S.PAY_REQUIRED: [M.PLACED, M.PAY_REQUIRED],
    S.PAID: [M.PLACED, M.PAY_REQUIRED, M.PAID],
    S.DONE: [M.PLACED, M.PAY_REQUIRED, M.PAID, M.DONE],
    S.REFUND: [M.PLACED, M.PAY_REQUIRED, M.PAID, M.REFUND],
    S.CANCELED: [M.PLACED, M.PAY_REQUIRED, M.CANCELED],
}
NEW_MONEY = {"reference": "another charge"}


def notification_of(event, payment) -> tuple[NotificationKind, dict]:
    """What the provider tells; a refund's is about our refund where there is one."""
    refund = payment.refunds.last()
    key = refund.key if refund else "none of ours"
    return {
        "approve": (K.CAPTURED, NEW_MONEY),
        # The charge that has paid the order, or would have.
        "duplicate": (K.CAPTURED, {"reference": f"charge {payment.token}"}),
        "wrong amount": (K.CAPTURED, NEW_MONEY | {"amount": Decimal("0.01")}),
        "wrong currency": (K.CAPTURED, NEW_MONEY | {"currency": "XTS"}),
        "decline": (K.DECLINED, {}),
        "expire": (K.EXPIRED, {}),
        "refund done": (K.REFUNDED, {"key": key, "reference": "re_1"}),
        "refund refused": (K.REFUND_REFUSED, {"key": key, "note": "account closed"}),
        "authorise": (K.AUTHORISED, NEW_MONEY),
        "other's refund": (K.REFUNDED, {"token": "", "reference": "re_1", "charge": "of another shop"}),
        "unknown token": (K.CAPTURED, NEW_MONEY | {"token": "00000000-0000-4000-8000-000000000000"}),
        "something else": (K.OTHER, {}),
    }[event]


def money_of(order) -> list[str]:
    return list(order.ledger.values_list("kind", flat=True))


def emails_of(order) -> list[str]:
    return list(order.emails.order_by("pk").values_list("kind", flat=True))


def check_books(order) -> None:
    """The money is explained, and the way was one on the diagram."""
    assert unexplained(order) == 0
    path = list(order.history.values_list("from_status", "to_status"))[1:]
    assert set(path) <= {(str(edge.source), str(edge.target)) for edge in STEPS.values()}


@pytest.fixture(scope="class")
def orders(world):
    """An order in each status, with its payment."""
    with world():
        yield {status: order_with_payment(Buyer(), status) for status in S}


class TestTable:
    @pytest.mark.parametrize(("event", "status", "outcome"), CELLS)
    def test_every_event_in_every_status_ends_legally_with_its_money_and_its_emails(
        self, orders, event, status, outcome
    ):
        order, payment = deepcopy(orders[status])
        kind, facts = notification_of(event, payment)
        money, emails = money_of(order), emails_of(order)
        assert emails == EMAILS_BEFORE[status]

        # The same event twice, and a second event that tells the same.
        for event_id in ("evt-1", "evt-1", "evt-2"):
            tell(payment, kind, event_id, **facts)

        after = outcome.status or status
        assert status_of(order) == after
        assert money_of(order) == [*money, *outcome.money]
        assert emails_of(order) == [*emails, *outcome.emails]
        check_books(order)

        return_money(order)

        # An order that waited for its money has it back by now, unless the provider refused.
        ends = after == S.REFUND and outcome != OUTCOMES["refused"]
        assert status_of(order) == (S.CANCELED if ends else after)
        assert money_of(order) == [*money, *outcome.money, *["refunded"] * ends, *outcome.money_then]
        assert emails_of(order) == [*emails, *outcome.emails, *outcome.emails_then, *[M.REFUNDED] * ends]
        check_books(order)
        assert list(audit.findings()) == []


def test_the_same_capture_told_in_two_events_is_one_capture(buyer):
    order, payment = order_with_payment(buyer, S.PAY_REQUIRED)

    tell(payment, K.CAPTURED, "evt-1", reference="ch_1")
    tell(payment, K.CAPTURED, "evt-2", reference="ch_1")

    assert (status_of(order), returning.balance(order)) == (S.PAID, order.total_amount)
    assert LedgerEntry.objects.filter(order=order).count() == 1


def test_an_approval_is_a_line_of_the_ledger_that_no_balance_counts(buyer):
    order, payment = order_with_payment(buyer, S.PAY_REQUIRED)

    tell(payment, K.AUTHORISED, "evt-1", reference="ch_1")
    tell(payment, K.AUTHORISED, "evt-2", reference="ch_1")

    payment.refresh_from_db()
    assert (status_of(order), returning.balance(order), payment.status) == (S.PAY_REQUIRED, 0, "preauth")
    assert start_payment(order_id=order.pk, actor=order.customer).payment == payment
    tell(payment, K.CAPTURED, "evt-3", reference="ch_1")
    tell(payment, K.AUTHORISED, "evt-4", reference="told too late")
    assert [entry.kind for entry in order.ledger.all()] == ["authorised", "captured"]
    assert (status_of(order), returning.balance(order)) == (S.PAID, order.total_amount)
    with pytest.raises(ProgrammingError, match="Cannot"):
        order.ledger.filter(kind="authorised").update(amount=1)


def test_money_in_another_currency_is_never_booked_as_ours(buyer):
    order, payment = order_with_payment(buyer, S.PAY_REQUIRED)

    event = tell(payment, K.CAPTURED, currency="XTS", reference="ch_1")

    assert (status_of(order), money_of(order)) == (S.PAY_REQUIRED, [])
    assert list(attention.foreign_money()) == [event]


@pytest.mark.parametrize("kind", [K.AUTHORISED, K.REFUNDED, K.DISPUTED, K.DISPUTE_LOST])
def test_nothing_that_is_told_in_another_currency_is_booked(buyer, kind):
    order, payment = order_with_payment(buyer, S.PAID)
    before = money_of(order)
    charge = order.ledger.get(kind="captured").reference

    event = tell(payment, kind, currency="XTS", reference="x_1", charge=charge)

    assert (status_of(order), money_of(order)) == (S.PAID, before)
    assert list(attention.foreign_money()) == [event]
    assert list(audit.findings()) == []


def test_each_row_of_the_ledger_carries_its_currency(buyer):
    order, _payment = order_with_payment(buyer, S.REFUND)
    assert {entry.currency for entry in order.ledger.all()} == {order.currency}


def test_an_expired_session_leaves_the_order_payable(buyer):
    order, payment = order_with_payment(buyer, S.PAY_REQUIRED)

    tell(payment, K.EXPIRED)

    payment.refresh_from_db()
    assert (status_of(order), payment.status) == (S.PAY_REQUIRED, "cancelled")


def test_a_refund_confirmed_by_an_event_ends_the_order(buyer):
    order, payment = order_with_payment(buyer, S.REFUND)
    refund = payment.refunds.get()

    tell(payment, K.REFUNDED, key=refund.key, reference="re_1")

    assert (status_of(order), returning.balance(order)) == (S.CANCELED, 0)


def test_a_refund_refused_by_an_event_waits_for_staff_with_the_reason(buyer):
    order, payment = order_with_payment(buyer, S.REFUND)
    refund = payment.refunds.get()

    tell(payment, K.REFUND_REFUSED, key=refund.key, note="account closed")

    refund.refresh_from_db()
    assert (status_of(order), refund.state, refund.answer) == (S.REFUND, "refused", "account closed")


def test_an_event_whose_hint_was_lost_is_acted_on_by_the_sweep(buyer):
    order, payment = order_with_payment(buyer, S.PAY_REQUIRED)
    notification = Notification("evt-1", K.CAPTURED, payment.token, payment.total, payment.currency, "ch_1")
    keeping.keep(variant="demo", notification=notification)

    tasks.sweep()

    assert status_of(order) == S.PAID


def test_an_event_that_is_to_come_late_is_not_acted_on_before(buyer):
    order, payment = order_with_payment(buyer, S.PAY_REQUIRED)
    assert provider_events.answered(payment=payment, data={"outcome": "late"})

    tasks.sweep()
    assert status_of(order) == S.PAY_REQUIRED

    pauses.pass_for(ProviderEvent.objects.all())
    tasks.sweep()
    assert status_of(order) == S.PAID


def test_an_event_can_be_acted_on_again_by_hand(buyer):
    order, payment = order_with_payment(buyer, S.PAY_REQUIRED)
    event = tell(payment, K.CAPTURED, reference="ch_1")

    provider_events.act(event_id=event.pk, again_by=make_staff())

    assert (status_of(order), returning.balance(order)) == (S.PAID, order.total_amount)

"""Refunds that fail after they had succeeded: the books take them back, people are told, the money can still go back."""

from decimal import Decimal

import pytest
from django.urls import reverse

from orders import audit, tasks
from orders.actions.close_account import OrdersStillOpen, check_may_leave
from orders.events import feed, payloads
from orders.models import EmailKind, InvoiceKind, Order, ProviderEvent, Refund
from orders.payments import keeping, provider_events, refunds, returning
from orders.payments.providers.base import Notification, NotificationKind
from orders.reports.attention import refused_refunds
from orders.status import OrderStatus
from tests import pauses
from tests.factories import ask_refund, pay_twice, return_money
from tests.orders.payments.providers.paypal_steps import page_of, tell
from tests.orders.payments.providers.stripe_steps import paid
from tests.orders.post import message_for

S, K = OrderStatus, InvoiceKind
WHY = "expired_or_canceled_card"


@pytest.fixture
def books():
    """Whatever a test did, the books add up."""
    yield
    assert list(audit.findings()) == []


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


def state(order) -> tuple[str, Decimal, list[str]]:
    found = Order.objects.get(pk=order.pk)
    return found.status, returning.balance(found), [entry.kind for entry in found.ledger.all()]


def papers(order) -> list[tuple[str, Decimal]]:
    return [(one.kind, one.total) for one in order.invoices.all()]


@pytest.fixture
def returned(stand_in, payment) -> Refund:
    """A refund that Stripe has made."""
    ask_refund(paid(stand_in, payment))
    return refunds.work_on(refund_id=Refund.objects.get().pk)


def fail(stand_in, client, refund_id: str, *kinds: str) -> None:
    """Stripe tells that a refund has failed, in one event or several."""
    event = stand_in.end_refund(refund_id, "failed", reason=WHY)
    for number, kind in enumerate(kinds or ("refund.failed",)):
        body, headers = stand_in.signed(event | {"type": kind, "id": f"{event['id']}-{number}"})
        url = reverse("payment-webhook", args=["stripe"])
        assert client.post(url, body, "application/json", headers=headers).status_code == 200
    tasks.sweep()


STRIPES = [
    ("refund.failed",),
    ("refund.updated",),
    ("charge.refund.updated",),
    ("refund.failed", "refund.updated", "charge.refund.updated"),
]


@pytest.mark.parametrize("kinds", STRIPES, ids="+".join)
def test_a_refund_that_fails_after_it_succeeded_is_taken_back_once(stand_in, client, order, returned, kinds):
    assert state(order) == (S.CANCELED, 0, ["captured", "refund_asked", "refunded"])

    fail(stand_in, client, returned.answer, *kinds)

    total = order.total_amount
    assert state(order) == (S.CANCELED, total, ["captured", "refund_asked", "refunded", "refund_failed"])
    assert papers(order) == [(K.INVOICE, total), (K.CREDIT_NOTE, -total), (K.REVERSAL, total)]
    payment = order.payments.get()
    assert (payment.status, payment.captured_amount) == ("confirmed", total)
    returned.refresh_from_db()
    assert (returned.state, returned.answer) == ("refused", WHY)
    assert returned.failed_at
    assert [*refused_refunds()] == [returned]


def test_customer_and_programs_are_told(stand_in, client, customer, order, returned):
    fail(stand_in, client, returned.answer)

    message = message_for(order, EmailKind.REFUND_FAILED)
    assert f"did not take our refund of ${order.total_amount}" in message.body
    assert [name for name, *_rest in message.attachments] == ["credit-note-reversal-000001.pdf"]
    told = [payloads.event(entry)["type"] for entry in feed.read(user=order.customer)]
    assert told[-1] == "order.refund_failed"
    page = customer.get(order.get_absolute_url()).text
    assert 'data-state="refused"' in page
    assert "did not reach you" in page
    assert customer.get(f"{order.get_absolute_url()}credit-note-reversal/").status_code == 200


@pytest.mark.parametrize("how", ["retry", "settle"])
def test_staff_try_again_or_settle_and_another_credit_note_is_issued(
    stand_in, client, customer, order, staff, returned, how
):
    fail(stand_in, client, returned.answer)

    if how == "retry":
        again = refunds.retry(refund_id=returned.pk, actor=staff)
        refunds.work_on(refund_id=again.pk)
        assert [one["status"] for one in stand_in.refunds] == ["failed", "succeeded"]
    else:
        refunds.settle_by_hand(refund_id=returned.pk, actor=staff, note="by bank transfer")

    assert state(order)[:2] == (S.CANCELED, 0)
    assert [kind for kind, _total in papers(order)] == [K.INVOICE, K.CREDIT_NOTE, K.REVERSAL, K.CREDIT_NOTE]
    assert [*refused_refunds()] == []
    message = message_for(order, EmailKind.REFUNDED_LATER)
    assert [name for name, *_rest in message.attachments] == ["credit-note-000002.pdf"]
    last = order.invoices.last()
    answer = customer.get(last.get_absolute_url())
    assert answer["Content-Disposition"] == 'inline; filename="credit-note-000002.pdf"'


def test_a_second_try_may_fail_after_it_succeeded_too(stand_in, client, order, staff, returned):
    fail(stand_in, client, returned.answer)
    for _ in range(2):
        again = refunds.retry(refund_id=Refund.objects.latest("pk").pk, actor=staff)
        again = refunds.work_on(refund_id=again.pk)
        assert state(order)[1] == 0
        fail(stand_in, client, again.answer)
    assert state(order)[1] == order.total_amount
    assert [kind for kind, _total in papers(order)][1:] == [K.CREDIT_NOTE, K.REVERSAL] * 3


def test_the_success_that_is_told_after_the_failure_changes_nothing(stand_in, client, order, returned):
    succeeded = stand_in.event("refund.updated", stand_in.refunds[0])
    fail(stand_in, client, returned.answer)
    before = state(order)
    body, headers = stand_in.signed(succeeded)
    client.post(reverse("payment-webhook", args=["stripe"]), body, "application/json", headers=headers)
    tasks.sweep()
    assert state(order) == before


def test_a_failure_that_is_told_before_the_success_leaves_one_refusal(stand_in, client, payment):
    order = paid(stand_in, payment)
    ask_refund(order)
    refund = Refund.objects.get()
    stand_in.controls.refund_status = "pending"
    refunds.work_on(refund_id=refund.pk)
    fail(stand_in, client, stand_in.refunds[0]["id"])
    refund.refresh_from_db()
    assert (refund.state, refund.answer, refund.failed_at) == ("refused", WHY, None)
    assert state(order)[:2] == (S.REFUND, order.total_amount)


# --- made by hand at the provider ------------------------------------------------------------------------------------
def by_hand(stand_in, client, order, amount: int = 0) -> str:
    event = stand_in.refund_by_hand(order.ledger.get(kind="captured").reference, amount)
    body, headers = stand_in.signed(event)
    client.post(reverse("payment-webhook", args=["stripe"]), body, "application/json", headers=headers)
    tasks.sweep()
    return event["data"]["object"]["id"]


def test_a_refund_made_at_the_provider_that_fails_waits_for_staff(stand_in, client, payment, staff):
    order = paid(stand_in, payment)
    made = by_hand(stand_in, client, order)
    assert state(order)[:2] == (S.CANCELED, 0)

    fail(stand_in, client, made)

    assert state(order)[:2] == (S.CANCELED, order.total_amount)
    assert [kind for kind, _total in papers(order)] == [K.INVOICE, K.CREDIT_NOTE, K.REVERSAL]
    (refused,) = refused_refunds()
    refunds.work_on(refund_id=refunds.retry(refund_id=refused.pk, actor=staff).pk)
    assert state(order)[:2] == (S.CANCELED, 0)
    assert papers(order)[-1] == (K.CREDIT_NOTE, -order.total_amount)


def test_a_part_made_at_the_provider_that_fails_pays_the_order_again(stand_in, client, payment):
    order = paid(stand_in, payment)
    made = by_hand(stand_in, client, order, 150)
    fail(stand_in, client, made)
    assert state(order) == (S.PAID, order.total_amount, ["captured", "refunded", "refund_failed"])
    assert ProviderEvent.objects.filter(remark__startswith="it had succeeded before").count() == 1
    # Its credit note, as a change of the order, is reversed with it.
    assert [kind for kind, _total in papers(order)] == [K.INVOICE, K.CREDIT_NOTE, K.REVERSAL]
    assert sum(total for _kind, total in papers(order)) == order.total_amount
    ask_refund(order)
    tasks.sweep()
    assert state(order)[:2] == (S.CANCELED, 0)


def test_a_failure_of_one_made_at_the_provider_that_is_told_first_waits_for_it(stand_in, client, payment):
    order = paid(stand_in, payment)
    event = stand_in.refund_by_hand(order.ledger.get(kind="captured").reference)
    fail(stand_in, client, event["data"]["object"]["id"])
    assert state(order) == (S.PAID, order.total_amount, ["captured"])

    body, headers = stand_in.signed(event)
    client.post(reverse("payment-webhook", args=["stripe"]), body, "application/json", headers=headers)
    tasks.sweep()
    tasks.sweep()

    assert state(order)[1] == order.total_amount
    assert state(order)[2][:3] == ["captured", "refunded", "refund_failed"]
    assert refused_refunds().count() == 1


def test_returned_late_money_that_comes_back_is_no_matter_of_the_credit_note(buyer, client):
    order = buyer.order_in(S.PAID)
    pay_twice(order)
    return_money(order)
    ask_refund(order)
    return_money(order)
    assert state(order)[:2] == (S.CANCELED, 0)
    double = Refund.objects.get(cause="double")

    told = Notification(
        "evt",
        NotificationKind.REFUND_REFUSED,
        double.payment.token,
        reference=double.answer,
        key=double.key,
        note=WHY,
    )
    provider_events.act(event_id=keeping.keep(variant="demo", notification=told).pk)

    assert state(order)[:2] == (S.CANCELED, order.total_amount)
    assert [kind for kind, _total in papers(order)] == [K.INVOICE, K.CREDIT_NOTE]
    assert [*refused_refunds()] == [double]


# --- PayPal ----------------------------------------------------------------------------------------------------------
def test_a_refund_that_paypal_takes_back(paypal, client, order, payment):
    page_of(payment)
    tell(paypal, client, paypal.approve(payment.transaction_id))
    ask_refund(order)
    refund = Refund.objects.get()
    pauses.pass_for(Refund.objects.all())
    done = refunds.work_on(refund_id=refund.pk)
    assert state(order)[:2] == (S.CANCELED, 0)

    tell(paypal, client, paypal.fail_refund(done.answer))

    assert state(order)[:2] == (S.CANCELED, order.total_amount)
    assert [*refused_refunds()] == [refund]


def test_a_customer_whose_refund_failed_cannot_close_the_account_yet(stand_in, client, order, returned):
    fail(stand_in, client, returned.answer)
    with pytest.raises(OrdersStillOpen):
        check_may_leave(user=order.customer)

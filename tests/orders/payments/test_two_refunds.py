"""A refund of ours that was made without an answer, beside one by hand: which of them holds is told late."""

from decimal import Decimal
from itertools import permutations

import pytest
from django.urls import reverse

from orders import audit, tasks
from orders.models import Invoice, InvoiceKind, Order, OrderChange, ProviderEvent, Refund
from orders.payments import refunds, returning
from orders.payments.made_at_provider import note_made_at_provider
from orders.reports.attention import refused_refunds
from orders.status import OrderStatus
from tests import pauses
from tests.factories import ask_refund, change
from tests.orders.payments.providers import paypal_steps
from tests.orders.payments.providers.stripe_steps import paid

pytestmark = pytest.mark.django_db
S, K = OrderStatus, InvoiceKind


def state(order) -> tuple[str, object]:
    return Order.objects.get(pk=order.pk).status, returning.balance(order)


def tell(stand_in, client, event) -> None:
    body, headers = stand_in.signed(event)
    url = reverse("payment-webhook", args=["stripe"])
    assert client.post(url, body, "application/json", headers=headers).status_code == 200
    tasks.sweep()


@pytest.fixture
def words(stand_in, payment) -> dict[str, dict]:
    """What Stripe tells: somebody returned all by hand, that failed, and then our own refund was made, unanswered."""
    order = paid(stand_in, payment)
    ask_refund(order)
    by_hand = stand_in.refund_by_hand(order.ledger.get(kind="captured").reference)
    failed = stand_in.end_refund(by_hand["data"]["object"]["id"], "failed", reason="lost_or_stolen_card")
    stand_in.go_wrong("", "lost")
    refunds.work_on(refund_id=Refund.objects.get().pk)
    assert [one["status"] for one in stand_in.refunds] == ["failed", "succeeded"]
    assert Refund.objects.get().state == Refund.State.ASKED
    ours = stand_in.event("refund.created", stand_in.refunds[1])
    return {"by hand": by_hand, "failed": failed | {"type": "refund.failed"}, "ours": ours}


@pytest.mark.parametrize("order_of_words", [*permutations(["by hand", "failed", "ours"])], ids=" ".join)
def test_in_whatever_order_it_is_told_the_money_went_back_once(
    stand_in, client, order, words, order_of_words
):
    for word in order_of_words:
        tell(stand_in, client, words[word])
    tasks.sweep()
    tasks.sweep()

    assert state(order) == (S.CANCELED, 0)
    assert not refused_refunds().exists()
    assert sum(paper.total for paper in Invoice.objects.filter(order=order)) == 0
    assert [one["status"] for one in stand_in.refunds] == ["failed", "succeeded"]
    assert list(audit.findings()) == []


def test_what_failed_is_asked_about_again_until_the_provider_answers(stand_in, client, order, words):
    for word in ("by hand", "ours"):
        tell(stand_in, client, words[word])
    stand_in.go_wrong("500", "500", "500", "500")
    tell(stand_in, client, words["failed"])
    stand_in.wrong.clear()
    assert state(order) == (S.CANCELED, order.total_amount)

    pauses.pass_for(ProviderEvent.objects.all())
    tasks.sweep()

    assert state(order) == (S.CANCELED, 0)
    assert not refused_refunds().exists()


def test_of_a_part_that_went_back_twice_the_books_have_both(stand_in, client, payment):
    """Somebody returned at Stripe what a change was to return, and ours was made as well, without an answer."""
    order = paid(stand_in, payment)
    change(order, "refund", amount=2)
    stand_in.go_wrong("", "lost")
    refunds.work_on(refund_id=Refund.objects.get().pk)
    by_hand = stand_in.refund_by_hand(order.ledger.get(kind="captured").reference, 200)
    tell(stand_in, client, by_hand)
    assert state(order) == (S.PAID, order.total_amount - 2)

    tell(stand_in, client, stand_in.event("refund.created", stand_in.refunds[0]))

    assert state(order) == (S.PAID, order.total_amount - 4)
    assert [one.kind for one in OrderChange.objects.all()] == ["refund", "at_provider"]
    assert sum(paper.total for paper in Invoice.objects.filter(order=order)) == order.total_amount - 4
    assert list(audit.findings()) == []


def test_a_refund_that_was_made_waits_until_the_part_by_hand_in_its_place_is_known_to_have_failed(
    stand_in, client, payment
):
    order = paid(stand_in, payment)
    ask_refund(order)
    charge = order.ledger.get(kind="captured").reference
    by_hand = stand_in.refund_by_hand(charge, 100)["data"]["object"]["id"]
    note_made_at_provider(payment_id=payment.pk, charge=charge, amount=Decimal(1), reference=by_hand)
    failed = stand_in.end_refund(by_hand, "failed", reason="lost_or_stolen_card")

    refund = Refund.objects.get()
    refunds.work_on(refund_id=refund.pk)

    refund.refresh_from_db()
    assert (refund.state, refund.failure) == (Refund.State.ASKED, refunds.NO_ROOM)
    assert state(order) == (S.REFUND, order.total_amount - 1)

    tell(stand_in, client, failed | {"type": "refund.failed"})
    tasks.sweep()
    assert state(order) == (S.CANCELED, 0)
    assert sum(paper.total for paper in Invoice.objects.filter(order=order)) == 0
    assert list(audit.findings()) == []


def test_a_success_that_is_told_after_its_failure_is_acted_on_with_a_remark(stand_in, client, order, payment):
    """Nothing of it had come to the books: the attempt was refused by the failure."""
    paid(stand_in, payment)
    ask_refund(order)
    stand_in.go_wrong("", "lost")
    refunds.work_on(refund_id=Refund.objects.get().pk)
    made = stand_in.event("refund.created", stand_in.refunds[0])
    failed = stand_in.end_refund(stand_in.refunds[0]["id"], "failed", reason="lost_or_stolen_card")
    for event in (failed | {"type": "refund.failed"}, made):
        tell(stand_in, client, event)

    assert state(order) == (S.REFUND, order.total_amount)
    assert ProviderEvent.objects.filter(remark="the provider's list has it no more").count() == 1
    assert list(audit.findings()) == []


def test_a_refund_that_was_refused_and_was_made_all_the_same_is_in_the_books(
    stand_in, client, order, payment
):
    paid(stand_in, payment)
    ask_refund(order)
    refund = Refund.objects.get()
    stand_in.go_wrong("", "lost")
    refunds.work_on(refund_id=refund.pk)
    refunds.note_refused(refund_id=refund.pk, why="said by mistake")

    tell(stand_in, client, stand_in.event("refund.created", stand_in.refunds[0]))

    assert state(order) == (S.CANCELED, 0)
    assert not refused_refunds().exists()
    assert list(audit.findings()) == []


def test_at_paypal_the_refund_that_was_not_answered_counts_once_the_other_has_failed(
    paypal, client, order, payment
):
    paypal_steps.page_of(payment)
    paypal_steps.tell(paypal, client, paypal.approve(payment.transaction_id))
    ask_refund(order)
    refund = Refund.objects.get()
    capture = order.ledger.get(kind="captured").reference
    by_hand = paypal.refund_by_hand(capture)
    first = by_hand["resource"]["id"]
    paypal_steps.tell(paypal, client, by_hand)
    assert state(order) == (S.CANCELED, 0)
    failed = paypal.fail_refund(first)
    amount = {"value": str(order.total_amount), "currency_code": "USD"}
    paypal._make_refund(capture, amount, "COMPLETED", custom_id=refund.key)
    ours = paypal.refunds[-1]["id"]

    paypal_steps.tell(paypal, client, paypal.refunded(ours))
    paypal_steps.tell(paypal, client, failed)
    tasks.sweep()

    assert state(order) == (S.CANCELED, 0)
    refund.refresh_from_db()
    assert (refund.state, refund.answer) == (Refund.State.DONE, ours)
    assert not refused_refunds().exists()

"""Refunds at PayPal: made once, whatever is lost, late, refused or forgotten in between."""

import pytest

from orders.models import LedgerEntry, Refund
from orders.payments import provider_events, refunds
from orders.payments.providers.base import ProviderUnreachable
from orders.payments.providers.registry import provider_of
from orders.status import OrderStatus
from tests import pauses
from tests.factories import ask_refund
from tests.orders.payments.providers.paypal_steps import page_of, state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("paypal")]

S = OrderStatus


@pytest.fixture
def refund(paypal, order, payment) -> Refund:
    """A refund that nobody has asked PayPal for yet."""
    page_of(payment)
    paypal.approve(payment.transaction_id)
    assert provider_events.came_back(order_id=order.pk).status == "confirmed"
    ask_refund(order)
    return Refund.objects.get()


def try_again(refund: Refund) -> Refund:
    pauses.pass_for(Refund.objects.filter(pk=refund.pk))
    return refunds.work_on(refund_id=refund.pk)


def test_a_refund_returns_the_money_and_ends_the_order(paypal, order, refund):
    done = refunds.work_on(refund_id=refund.pk)
    (made,) = paypal.refunds
    assert (done.state, done.answer, made["custom_id"]) == ("done", made["id"], refund.key)
    assert made["amount"] == {"currency_code": "USD", "value": str(refund.amount)}
    assert state(order)[0] == S.CANCELED


@pytest.mark.parametrize("forgets", [False, True])
@pytest.mark.parametrize("is_named", [False, True])
def test_a_refund_whose_answer_was_lost_is_made_once(paypal, order, refund, forgets, is_named):
    paypal.go_wrong("", "", "lost")  # the capture and its order are read, the refund is made
    assert refunds.work_on(refund_id=refund.pk).state == "asked"
    if forgets:
        paypal.forget_keys()
    if not is_named:
        paypal.refunds[0].pop("custom_id")
    assert try_again(refund).state == "done"
    assert (len(paypal.refunds), state(order)[0]) == (1, S.CANCELED)
    assert LedgerEntry.objects.filter(kind="refunded").count() == 1


@pytest.mark.parametrize("wrong", ["silent", "409"])
@pytest.mark.parametrize("before", [0, 1, 2], ids=["capture", "order", "ask"])
def test_an_unreachable_provider_leaves_a_refund_asked(paypal, refund, before, wrong):
    paypal.go_wrong(*[""] * before, wrong)
    assert refunds.work_on(refund_id=refund.pk).state == "asked"
    assert paypal.refunds == []
    assert try_again(refund).state == "done"
    assert len(paypal.refunds) == 1


def test_a_refusal_is_recorded_and_a_new_attempt_has_a_new_key(paypal, refund, staff):
    paypal.controls.refuse_refunds = "Refunds of this account are blocked."
    refused = refunds.work_on(refund_id=refund.pk)
    assert (refused.state, refused.answer) == ("refused", "Refunds of this account are blocked.")
    paypal.controls.refuse_refunds = ""
    again = refunds.retry(refund_id=refund.pk, actor=staff)
    assert refunds.work_on(refund_id=again.pk).state == "done"
    assert [made["custom_id"] for made in paypal.refunds] == [again.key]


def test_a_pending_refund_is_done_on_a_later_try(paypal, refund):
    paypal.controls.refund_status = "PENDING"
    assert refunds.work_on(refund_id=refund.pk).state == "asked"
    paypal.refunds[0]["status"] = "COMPLETED"
    assert try_again(refund).state == "done"
    assert len(paypal.refunds) == 1


def test_a_pending_refund_that_failed_is_refused(paypal, refund):
    paypal.controls.refund_status = "PENDING"
    refunds.work_on(refund_id=refund.pk)
    paypal.refunds[0]["status"] = "FAILED"
    assert try_again(refund).state == "refused"
    assert len(paypal.refunds) == 1


def test_refunds_that_cannot_be_read_are_no_empty_list(paypal, refund):
    paypal.refund_by_hand(paypal.captures[0]["id"], "1.00")
    paypal.captures[0]["links"] = []
    with pytest.raises(ProviderUnreachable, match="can't be read"):
        provider_of(refund.payment).list_refunds(refund.payment)

"""Refunds through the real stripe package: made once, whatever is lost, late, refused or forgotten in between."""

import json
from decimal import Decimal

import pytest

from orders.models import LedgerEntry, Order, Refund
from orders.payments import refunds
from orders.payments.providers.base import ProviderUnreachable
from orders.payments.providers.registry import provider_of
from orders.payments.providers.stripe.checkout import API_VERSION
from orders.payments.providers.stripe.events import to_wire
from orders.status import OrderStatus
from tests import pauses
from tests.factories import ask_refund
from tests.orders.payments.providers.stripe_steps import paid

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stand_in")]

S = OrderStatus
ABSENT = ("silent", "dropped", "500", "429", "409")


@pytest.fixture
def refund(stand_in, payment) -> Refund:
    """A refund that nobody has asked the provider for yet."""
    order = paid(stand_in, payment)
    assert order.status == S.PAID
    ask_refund(order)
    return Refund.objects.get()


def try_again(refund: Refund) -> Refund:
    """The next try, whenever it would be due."""
    pauses.pass_for(Refund.objects.filter(pk=refund.pk))
    return refunds.work_on(refund_id=refund.pk)


def status_of(refund: Refund) -> str:
    return Order.objects.get(pk=refund.payment.order_id).status


def test_a_refund_returns_the_money_and_ends_the_order(stand_in, refund):
    done = refunds.work_on(refund_id=refund.pk)
    (made,) = stand_in.refunds
    assert (done.state, done.answer) == ("done", made["id"])
    assert made["metadata"] == {"key": refund.key, "token": refund.payment.token}
    assert made["amount"] == to_wire(refund.amount, "USD")
    assert status_of(refund) == S.CANCELED


@pytest.mark.parametrize("forgets", [False, True])
def test_a_refund_whose_answer_was_lost_is_made_once(stand_in, refund, forgets):
    stand_in.go_wrong("", "lost")  # the list is answered, the refund is made
    assert refunds.work_on(refund_id=refund.pk).state == "asked"
    assert len(stand_in.refunds) == 1
    if forgets:
        stand_in.forget_keys()
    assert try_again(refund).state == "done"
    assert len(stand_in.refunds) == 1
    assert status_of(refund) == S.CANCELED


@pytest.mark.parametrize("wrong", ABSENT)
@pytest.mark.parametrize("before", [(), ("",)], ids=["list", "ask"])
def test_an_unreachable_provider_leaves_a_refund_asked(stand_in, refund, before, wrong):
    stand_in.go_wrong(*before, wrong)
    assert refunds.work_on(refund_id=refund.pk).state == "asked"
    assert status_of(refund) == S.REFUND
    assert not stand_in.refunds
    assert try_again(refund).state == "done"
    assert len(stand_in.refunds) == 1


def test_a_refusal_is_recorded_and_a_new_attempt_has_a_new_key(stand_in, refund, staff):
    stand_in.controls.refuse_refunds = "Insufficient funds in your Stripe balance."
    refused = refunds.work_on(refund_id=refund.pk)
    assert (refused.state, refused.answer) == ("refused", "Insufficient funds in your Stripe balance.")
    assert LedgerEntry.objects.get(kind="refused").note == refused.answer

    stand_in.controls.refuse_refunds = ""
    again = refunds.retry(refund_id=refund.pk, actor=staff)
    assert again.key != refund.key
    assert refunds.work_on(refund_id=again.pk).state == "done"
    assert [made["metadata"]["key"] for made in stand_in.refunds] == [again.key]


def test_a_refusal_whose_answer_was_lost_is_repeated(stand_in, refund):
    stand_in.controls.refuse_refunds = "No."
    stand_in.go_wrong("", "lost")
    refunds.work_on(refund_id=refund.pk)
    stand_in.controls.refuse_refunds = ""
    assert try_again(refund).state == "refused"
    assert not stand_in.refunds


def test_a_charge_that_stripe_does_not_know_is_refused(stand_in, refund):
    stand_in.sessions.clear()
    refused = refunds.work_on(refund_id=refund.pk)
    assert refused.state == "refused"
    assert "No such payment_intent" in refused.answer


def test_a_pending_refund_is_done_on_a_later_try(stand_in, refund):
    stand_in.controls.refund_status = "pending"
    assert refunds.work_on(refund_id=refund.pk).state == "asked"
    assert try_again(refund).state == "asked"
    stand_in.end_refund(stand_in.refunds[0]["id"], "succeeded")
    assert try_again(refund).state == "done"
    assert len(stand_in.refunds) == 1


def test_a_pending_refund_that_failed_is_refused_on_a_later_try(stand_in, refund):
    stand_in.controls.refund_status = "pending"
    refunds.work_on(refund_id=refund.pk)
    stand_in.end_refund(stand_in.refunds[0]["id"], "failed", reason="lost_or_stolen_card")
    refused = try_again(refund)
    assert (refused.state, refused.answer) == ("refused", "lost_or_stolen_card")
    assert len(stand_in.refunds) == 1


def test_refunds_are_listed_over_all_pages_without_those_that_failed(stand_in, refund):
    stand_in.controls.page_size = 1
    provider, payment = provider_of(refund.payment), refund.payment
    refunds.work_on(refund_id=refund.pk)
    (made,) = stand_in.refunds
    stand_in.refunds += [
        made | {"id": f"re_{status}", "status": status, "metadata": {}}
        for status in ("pending", "failed", "canceled", "requires_action")
    ]
    listed = {(one.reference, one.key, one.is_done) for one in provider.list_refunds(payment)}
    assert listed == {
        (made["id"], refund.key, True),
        ("re_pending", "", False),
        ("re_requires_action", "", False),
    }


def test_every_call_names_the_version_that_it_is_written_for_and_nothing_of_the_machine(stand_in, refund):
    refunds.work_on(refund_id=refund.pk)
    assert [call.method for call in stand_in.calls] == ["POST", "GET", "POST"]
    for call in stand_in.calls:
        assert call.headers["Stripe-Version"] == API_VERSION
        assert "X-Stripe-Client-Telemetry" not in call.headers
        assert not {"telemetry_id", "platform"} & {*json.loads(call.headers["X-Stripe-Client-User-Agent"])}


def test_a_payment_that_took_no_money_has_no_refunds(stand_in, payment):
    assert provider_of(payment).list_refunds(payment) == []
    assert not stand_in.calls


def test_a_key_used_for_another_amount_is_unclear_and_pays_nothing_out(stand_in, refund):
    refunds.work_on(refund_id=refund.pk)
    with pytest.raises(ProviderUnreachable, match="same parameters"):
        provider_of(refund.payment).ask_refund(refund.payment, Decimal("1.00"), refund.key)
    assert len(stand_in.refunds) == 1

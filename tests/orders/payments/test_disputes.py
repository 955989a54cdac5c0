"""Disputes: in the ledger with their fees, on the desk first, and nothing is sent by mistake meanwhile."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import F
from django.urls import reverse

from orders import audit, tasks
from orders.actions.steps import take_step
from orders.lifecycle.transitions import OrderDisputed
from orders.models import Dispute, InvoiceKind, Order, ProviderEvent
from orders.payments import made_at_provider, refunds, returning
from orders.reports.attention import open_disputes, refused_refunds
from orders.status import OrderStatus, Step
from tests.factories import ask_refund, change, complete, refuse_refund
from tests.orders.payments.providers.paypal_steps import page_of, tell
from tests.orders.payments.providers.stripe_steps import address_of, paid

S = OrderStatus


@pytest.fixture
def books():
    """Whatever a test did, the books add up."""
    yield
    assert list(audit.findings()) == []


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def bought(stand_in, payment) -> Order:
    return paid(stand_in, payment)


def intent_of(order) -> str:
    return order.ledger.get(kind="captured").reference


def told(stand_in, client, event) -> None:
    body, headers = stand_in.signed(event)
    url = reverse("payment-webhook", args=["stripe"])
    assert client.post(url, body, "application/json", headers=headers).status_code == 200
    tasks.sweep()


def state(order) -> tuple[str, Decimal, list[str]]:
    found = Order.objects.get(pk=order.pk)
    return found.status, returning.balance(found), [entry.kind for entry in found.ledger.all()]


def test_a_dispute_is_in_the_ledger_with_its_fee_and_first_on_the_desk(stand_in, client, bought, staff):
    for _ in range(2):
        told(stand_in, client, stand_in.dispute(intent_of(bought)))

    assert state(bought) == (S.PAID, bought.total_amount, ["captured", "disputed", "dispute_fee"])
    assert bought.ledger.get(kind="dispute_fee").amount == Decimal(15)
    (dispute,) = open_disputes()
    assert (dispute.reason, dispute.amount) == ("product_not_received", bought.total_amount)
    assert dispute.respond_by
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("admin:index")).text
    assert 0 < page.index("Disputes to answer") < page.index("Paid, to be done")
    assert "Payment disputed" in client.get(reverse("admin:orders_order_change", args=[bought.pk])).text


def test_a_host_whose_clock_is_slow_may_close_what_another_has_opened(stand_in, client, bought):
    """The books' own audit, after each of these tests, finds nothing: hosts may be a minute apart."""
    told(stand_in, client, stand_in.dispute(intent_of(bought)))
    Dispute.objects.update(opened_at=F("opened_at") + timedelta(seconds=50))
    told(stand_in, client, stand_in.dispute(intent_of(bought), "won", kind="closed"))
    dispute = Dispute.objects.get()
    assert dispute.state == Dispute.State.WON
    assert dispute.closed_at < dispute.opened_at


def test_an_order_in_dispute_is_not_marked_as_done_by_mistake(stand_in, client, bought, staff):
    told(stand_in, client, stand_in.dispute(intent_of(bought)))
    with pytest.raises(OrderDisputed):
        complete(bought)
    take_step(order_id=bought.pk, step=Step.COMPLETE, actor=staff, note="sent anew, with a signature")
    assert state(bought)[0] == S.DONE


def test_once_won_the_order_goes_on(stand_in, client, bought):
    told(stand_in, client, stand_in.dispute(intent_of(bought)))
    told(stand_in, client, stand_in.dispute(intent_of(bought), "won", kind="closed"))
    assert state(bought)[1:] == (bought.total_amount, ["captured", "disputed", "dispute_fee", "dispute_won"])
    assert not open_disputes().exists()
    complete(bought)
    assert state(bought)[0] == S.DONE


@pytest.mark.parametrize("sent", [False, True], ids=["not sent", "sent"])
def test_once_lost_the_money_is_the_customers_again(stand_in, client, bought, sent):
    if sent:
        complete(bought)
    told(stand_in, client, stand_in.dispute(intent_of(bought)))
    told(stand_in, client, stand_in.dispute(intent_of(bought), "lost", kind="closed"))

    assert state(bought)[:2] == (S.DONE if sent else S.CANCELED, 0)
    assert bought.ledger.get(kind="refunded").note == "lost in a dispute"
    (note,) = bought.invoices.filter(kind=InvoiceKind.CREDIT_NOTE)
    assert note.total == -bought.total_amount


def test_a_charge_in_dispute_is_not_settled_by_hand_or_its_money_would_go_twice(
    stand_in, client, bought, staff
):
    told(stand_in, client, stand_in.dispute(intent_of(bought)))
    stand_in.controls.refuse_refunds = "The charge is disputed."
    ask_refund(bought)
    tasks.sweep()
    for due in refunds.due():
        refunds.work_on(refund_id=due)
    refused = refused_refunds().get()
    with pytest.raises(refunds.ChargeDisputed):
        refunds.settle_by_hand(refund_id=refused.pk, actor=staff, note="in cash")

    told(stand_in, client, stand_in.dispute(intent_of(bought), "lost", kind="closed"))

    assert state(bought)[:2] == (S.CANCELED, 0)


def test_words_that_come_late_do_not_open_it_again(stand_in, client, bought):
    told(stand_in, client, stand_in.dispute(intent_of(bought), "lost", kind="closed"))
    before = state(bought)
    told(stand_in, client, stand_in.dispute(intent_of(bought)))
    assert state(bought) == before
    assert Dispute.objects.get().state == "lost"


def test_one_that_is_won_after_it_was_lost_gives_the_money_back_to_the_shop(stand_in, client, bought):
    told(stand_in, client, stand_in.dispute(intent_of(bought), "lost", kind="closed"))
    told(stand_in, client, stand_in.dispute(intent_of(bought), "won", kind="closed"))
    assert state(bought)[1] == bought.total_amount
    assert Dispute.objects.get().state == "won"
    assert not bought.emails.filter(kind="refund_failed").exists()
    assert refused_refunds().count() == 1, "the order is over, so staff decide what becomes of the money"


def test_what_a_dispute_took_and_then_failed_is_told_to_nobody_as_a_refund(stand_in, client, bought):
    told(stand_in, client, stand_in.dispute(intent_of(bought), "lost", kind="closed"))
    dispute = Dispute.objects.get()

    made_at_provider.note_failed(
        payment_id=dispute.payment_id, reference=dispute.reference, key="", why="the bank has it back"
    )

    assert state(bought)[1] == bought.total_amount
    assert not bought.emails.filter(kind="refund_failed").exists()
    assert list(audit.findings()) == []


@pytest.mark.parametrize("disputed", [1650, 1150], ids=["all of it", "the rest"])
def test_of_a_charge_of_which_a_part_went_back_the_rest_is_lost(stand_in, client, bought, disputed):
    """The bank may take all of it, which is more than was left."""
    change(bought, "refund", amount=5)
    for due in refunds.due():
        refunds.work_on(refund_id=due)
    told(stand_in, client, stand_in.dispute(intent_of(bought), amount=disputed))
    told(stand_in, client, stand_in.dispute(intent_of(bought), "lost", kind="closed", amount=disputed))

    assert state(bought)[:2] == (S.CANCELED, 0)
    remark = ProviderEvent.objects.get(notification__kind="dispute_lost").remark
    assert ("5.00 more than was left" in remark) == (disputed == 1650)


def test_a_part_that_is_disputed_and_lost_is_less_of_the_order(stand_in, client, bought):
    for status, kind in (("needs_response", "created"), ("lost", "closed")):
        told(stand_in, client, stand_in.dispute(intent_of(bought), status, kind=kind, amount=1000))

    assert state(bought)[:2] == (S.PAID, bought.total_amount - 10)
    assert bought.changes.get().amount == 10


def test_one_that_is_told_before_its_capture_waits_for_it(stand_in, client, order, payment):
    address_of(payment)
    capture = stand_in.pay(payment.transaction_id)
    told(stand_in, client, stand_in.dispute(capture["data"]["object"]["payment_intent"]))
    assert not Dispute.objects.exists()
    told(stand_in, client, capture)
    assert Dispute.objects.get().state == "open"


def test_a_refund_that_was_refused_is_done_by_the_dispute_that_is_lost(stand_in, client, bought):
    ask_refund(bought)
    refuse_refund(bought)
    told(stand_in, client, stand_in.dispute(intent_of(bought), "lost", kind="closed"))
    assert state(bought)[:2] == (S.CANCELED, 0)


def test_the_page_of_evidence_has_what_the_shop_knows(stand_in, client, bought, staff):
    take_step(order_id=bought.pk, step=Step.COMPLETE, actor=staff, tracking_code="TRACK-1")
    told(stand_in, client, stand_in.dispute(intent_of(bought)))
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("admin:orders_dispute_change", args=[Dispute.objects.get().pk])).text
    for evidence in ("TRACK-1", "invoice/", intent_of(bought), bought.customer.email, "takes evidence until"):
        assert evidence in page


@pytest.mark.parametrize(
    ("outcome", "ends", "state_of_dispute"),
    [("RESOLVED_BUYER_FAVOUR", S.CANCELED, "lost"), ("RESOLVED_SELLER_FAVOUR", S.PAID, "won")],
)
def test_disputes_at_paypal(paypal, client, order, payment, outcome, ends, state_of_dispute):
    page_of(payment)
    tell(paypal, client, paypal.approve(payment.transaction_id))
    capture_id = paypal.captures[0]["id"]
    tell(paypal, client, paypal.dispute(capture_id))
    assert Dispute.objects.get().state == "open"
    tell(paypal, client, paypal.dispute(capture_id, "RESOLVED", outcome))
    assert (state(order)[0], Dispute.objects.get().state) == (ends, state_of_dispute)

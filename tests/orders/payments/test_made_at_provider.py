"""Money that somebody returned by hand at the provider: in the ledger, never returned again, shown by the order."""

from decimal import Decimal
from functools import partial
from threading import Lock

import pytest
from django.urls import reverse

from orders import audit, tasks
from orders.actions.money.payment import start_payment
from orders.models import LedgerEntry, Order, ProviderEvent, Refund
from orders.payments import keeping, provider_events, refunds, returning
from orders.payments.providers.base import Notification, NotificationKind, ProviderRefund, RefundRefused
from orders.payments.providers.demo import DemoProvider
from orders.payments.providers.registry import provider_of
from orders.status import OrderStatus, Reason
from tests import pauses
from tests.factories import ask_refund, capture, complete
from tests.orders.payments.providers.stripe_steps import paid
from tests.orders.post import message_for
from tests.parallel import at_once

pytestmark = [pytest.mark.django_db]

S = OrderStatus
PART = Decimal("1.50")


class Desk(DemoProvider):
    """A provider at which people return money by hand; it returns no more of a charge than there is."""

    made: list[ProviderRefund] = []
    charge, charged = "ch_1", Decimal(0)
    one_at_a_time = Lock()

    def list_refunds(self, payment):
        return list(self.made)

    def ask_refund(self, payment, amount, key):
        with self.one_at_a_time:
            if amount > self.charged - sum(one.amount for one in self.made):
                raise RefundRefused("already returned")
            self.made.append(ProviderRefund(f"re_{len(self.made)}", amount, key, charge=self.charge))
            return self.made[-1]


@pytest.fixture
def desk(settings, monkeypatch):
    settings.PAYMENT_VARIANTS = {"desk": ("tests.orders.payments.test_made_at_provider.Desk", {})}
    settings.PAYMENT_VARIANT = "desk"
    monkeypatch.setattr(Desk, "made", [])
    monkeypatch.setattr(Desk, "charge", "ch_1")
    return Desk


@pytest.fixture
def order(desk, order) -> Order:
    capture(start_payment(order_id=order.pk, actor=order.customer).payment, reference="ch_1")
    desk.charged = order.total_amount
    return order


def by_hand(order, amount: Decimal | None = None, *, reference: str = "") -> str:
    """Somebody returns money at the provider, and its event comes; what staff read at it."""
    made = ProviderRefund(
        reference or f"hand_{len(Desk.made)}", amount or order.total_amount, "", charge="ch_1"
    )
    Desk.made.append(made)
    return tell(order, made)


def tell(order, made: ProviderRefund) -> str:
    notification = Notification(
        f"evt {made.reference} {ProviderEvent.objects.count()}",
        NotificationKind.REFUNDED,
        amount=made.amount,
        currency=order.currency,
        reference=made.reference,
        charge=made.charge,
    )
    event = keeping.keep(variant="desk", notification=notification)
    return provider_events.act(event_id=event.pk).remark


def state(order) -> tuple[str, Decimal, list[str]]:
    found = Order.objects.get(pk=order.pk)
    return found.status, returning.balance(found), [entry.kind for entry in found.ledger.all()]


def work(order) -> Refund:
    refund = Refund.objects.filter(payment__order=order).last()
    pauses.pass_for(Refund.objects.filter(pk=refund.pk))
    return refunds.work_on(refund_id=refund.pk)


@pytest.fixture
def books():
    """Whatever a test did, the books add up."""
    yield
    assert list(audit.findings()) == []


pytestmark.append(pytest.mark.usefixtures("books"))


def test_all_of_a_paid_orders_money_returned_by_hand_cancels_the_order(order):
    by_hand(order)

    assert state(order) == (S.CANCELED, 0, ["captured", "refunded"])
    steps = [(change.to_status, change.reason) for change in order.history.all()][-2:]
    assert steps == [(S.REFUND, Reason.RETURNED_AT_PROVIDER), (S.CANCELED, Reason.RETURNED_AT_PROVIDER)]
    assert order.ledger.last().note == "made at the provider"
    assert order.payments.get().status == "refunded"
    assert f"We are refunding your order: ${order.total_amount}" in message_for(order, "refund").body
    assert f"We have returned ${order.total_amount} the way" in message_for(order, "refunded").body


def test_a_part_returned_by_hand_leaves_the_order_paid_with_a_remark(order):
    remark = by_hand(order, PART)

    assert state(order) == (S.PAID, order.total_amount - PART, ["captured", "refunded"])
    assert remark == "made at the provider; the order is paid"


def test_the_rest_of_a_part_goes_back_when_the_order_is_canceled(order, desk):
    by_hand(order, PART)
    ask_refund(order)
    work(order)

    assert state(order)[:2] == (S.CANCELED, 0)
    assert [one.amount for one in desk.made] == [PART, order.total_amount - PART]
    assert f"We are refunding your order: ${order.total_amount - PART}" in message_for(order, "refund").body
    # The part was told of when it went back.
    assert f"We have returned ${PART} the way" in message_for(order, "changed").body
    assert f"We have returned ${order.total_amount - PART} the way" in message_for(order, "refunded").body


def test_two_parts_that_are_all_of_it_cancel_the_order(order):
    by_hand(order, PART)
    by_hand(order, order.total_amount - PART)
    assert state(order)[:2] == (S.CANCELED, 0)


def test_an_order_that_is_done_stays_done(order):
    complete(order)
    assert by_hand(order) == "made at the provider; the order is done"
    assert state(order)[:2] == (S.DONE, 0)


@pytest.mark.parametrize("times", ["told twice", "acted on again"])
def test_the_same_refund_told_again_changes_nothing(order, desk, staff, times):
    by_hand(order, PART)
    before = state(order)
    if times == "told twice":
        tell(order, desk.made[0])
    else:
        provider_events.act(
            event_id=ProviderEvent.objects.get(notification__kind="refunded").pk, again_by=staff
        )
    assert state(order) == before


def test_a_refund_that_waits_is_done_by_the_one_made_by_hand_and_nobody_asks_again(order, desk):
    ask_refund(order)
    by_hand(order)
    assert state(order) == (S.CANCELED, 0, ["captured", "refund_asked", "refunded"])
    assert work(order).state == "done"
    assert len(desk.made) == 1


def test_a_refund_made_by_hand_whose_event_was_lost_is_found_before_asking(order, desk):
    ask_refund(order)
    desk.made.append(ProviderRefund("hand", order.total_amount, "", charge="ch_1"))

    assert work(order).state == "done"

    assert state(order) == (S.CANCELED, 0, ["captured", "refund_asked", "refunded"])
    assert tell(order, desk.made[0]) == ""
    assert len(desk.made) == 1


def test_a_refused_refund_is_settled_by_the_one_made_by_hand(order, staff):
    ask_refund(order)
    refused = refunds.note_refused(refund_id=Refund.objects.get().pk, why="card closed")
    by_hand(order)
    assert state(order)[:2] == (S.CANCELED, 0)
    with pytest.raises(refunds.RefundNotRefused):
        refunds.retry(refund_id=refused.pk, actor=staff)


@pytest.mark.parametrize("end", ["retry", "settle"])
def test_a_part_made_by_hand_while_a_refund_waits_leaves_the_rest_to_a_new_attempt(order, desk, staff, end):
    ask_refund(order)
    by_hand(order, PART)
    refused = work(order)
    assert (refused.state, state(order)[0]) == ("refused", S.REFUND)

    if end == "retry":
        refunds.retry(refund_id=refused.pk, actor=staff)
        work(order)
    else:
        refunds.settle_by_hand(refund_id=refused.pk, actor=staff, note="in cash")

    assert state(order)[:2] == (S.CANCELED, 0)
    assert sum(one.amount for one in desk.made) == (order.total_amount if end == "retry" else PART)


def test_parts_made_by_hand_that_are_all_of_a_waiting_refund_leave_nothing_to_ask(order, desk, staff):
    ask_refund(order)
    by_hand(order, PART)
    by_hand(order, order.total_amount - PART)
    assert state(order)[:2] == (S.CANCELED, 0)
    refused = work(order)
    assert (refused.state, refused.answer) == ("refused", "made at the provider")
    with pytest.raises(refunds.RefundNotRefused):
        refunds.settle_by_hand(refund_id=refused.pk, actor=staff, note="?")
    assert len(desk.made) == 2


def test_more_than_was_left_is_a_remark_and_no_row(order, staff):
    ask_refund(order)
    refused = refunds.note_refused(refund_id=Refund.objects.get().pk, why="card closed")
    refunds.settle_by_hand(refund_id=refused.pk, actor=staff, note="at the provider's desk")
    before = state(order)
    assert "please look into it" in by_hand(order)
    assert state(order) == before


def test_a_refund_of_a_charge_that_is_not_ours_is_kept_alone(order):
    made = ProviderRefund("hand", order.total_amount, "", charge="of another shop")
    assert tell(order, made) == "nothing of ours yet"
    assert state(order)[0] == S.PAID


def test_the_customers_page_and_the_admin_show_it(order, client, staff):
    by_hand(order, PART)
    client.force_login(order.customer, backend="django.contrib.auth.backends.ModelBackend")
    assert 'data-ledger="refunded"' in client.get(order.get_absolute_url()).text
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    assert "made at the provider" in client.get(reverse("admin:orders_ledgerentry_changelist")).text


def test_a_refund_made_in_stripes_dashboard_cancels_the_order(stand_in, buyer, client):
    bought = buyer.order_in(S.PAY_REQUIRED)
    payment = start_payment(order_id=bought.pk, actor=bought.customer).payment
    paid(stand_in, payment)
    event = stand_in.refund_by_hand(bought.ledger.get(kind="captured").reference)
    body, headers = stand_in.signed(event)
    url = reverse("payment-webhook", args=["stripe"])
    assert client.post(url, body, "application/json", headers=headers).status_code == 200
    tasks.sweep()
    assert state(bought)[:2] == (S.CANCELED, 0)


def test_a_refund_that_an_endpoint_of_an_old_version_tells_of(stand_in, buyer, client):
    """Before 2024-10-28 the charge was told in place of the refund."""
    bought = buyer.order_in(S.PAY_REQUIRED)
    payment = start_payment(order_id=bought.pk, actor=bought.customer).payment
    paid(stand_in, payment)
    intent = bought.ledger.get(kind="captured").reference
    stand_in.refund_by_hand(intent)
    url = reverse("payment-webhook", args=["stripe"])
    for _ in range(2):
        body, headers = stand_in.signed(stand_in.refunded_as_before(intent))
        assert client.post(url, body, "application/json", headers=headers).status_code == 200
        tasks.sweep()
    assert state(bought) == (S.CANCELED, 0, ["captured", "refunded"])


def test_our_own_refund_that_an_endpoint_of_an_old_version_tells_of_is_done(stand_in, buyer, client):
    bought = buyer.order_in(S.PAY_REQUIRED)
    paid(stand_in, start_payment(order_id=bought.pk, actor=bought.customer).payment)
    ask_refund(bought)
    stand_in.go_wrong("", "lost")
    refunds.work_on(refund_id=Refund.objects.get().pk)
    intent = bought.ledger.get(kind="captured").reference
    body, headers = stand_in.signed(stand_in.refunded_as_before(intent))
    url = reverse("payment-webhook", args=["stripe"])
    assert client.post(url, body, "application/json", headers=headers).status_code == 200
    tasks.sweep()
    assert state(bought)[:2] == (S.CANCELED, 0)
    assert len(stand_in.refunds) == 1


def test_a_refund_made_at_stripe_whose_event_is_lost_is_not_made_again(stand_in, buyer):
    bought = buyer.order_in(S.PAY_REQUIRED)
    paid(stand_in, start_payment(order_id=bought.pk, actor=bought.customer).payment)
    ask_refund(bought)
    stand_in.refund_by_hand(bought.ledger.get(kind="captured").reference)
    assert work(bought).state == "done"
    assert (len(stand_in.refunds), state(bought)[0]) == (1, S.CANCELED)


@pytest.mark.parametrize(("value", "expected"), [("", S.CANCELED), ("1.00", S.PAID)])
def test_a_refund_made_on_paypals_site_is_in_the_ledger(paypal, buyer, client, value, expected):
    bought = buyer.order_in(S.PAY_REQUIRED)
    payment = start_payment(order_id=bought.pk, actor=bought.customer).payment
    provider_of(payment)._begin(payment)
    paypal.approve(payment.transaction_id)
    provider_events.came_back(order_id=bought.pk)
    event = paypal.refund_by_hand(paypal.captures[0]["id"], value)
    body, headers = paypal.signed(event)
    url = reverse("payment-webhook", args=["paypal"])
    assert client.post(url, body, "application/json", headers=headers).status_code == 200
    tasks.sweep()
    assert state(bought)[0] == expected
    assert LedgerEntry.objects.filter(order=bought, kind="refunded").count() == 1


@pytest.mark.django_db(transaction=True)
def test_our_refund_and_the_one_made_by_hand_at_the_same_moment_return_the_money_once(desk, buyer):
    for number in range(5):
        desk.made.clear()
        bought = buyer.order_in(S.PAY_REQUIRED)
        desk.charge, desk.charged = f"ch_{number}", bought.total_amount
        capture(start_payment(order_id=bought.pk, actor=bought.customer).payment, reference=desk.charge)
        ask_refund(bought)
        reference = f"hand {number}"
        at_once([partial(work, bought), partial(by_hand_if_left, bought, reference), partial(work, bought)])
        work(bought)
        assert (state(bought)[:2], len(desk.made)) == ((S.CANCELED, 0), 1)
        Order.objects.get(pk=bought.pk).ledger.get(kind="refunded")


def by_hand_if_left(order, reference: str) -> None:
    """A provider lets people return no more than there is, either."""
    made = ProviderRefund(reference, order.total_amount, "", charge=Desk.charge)
    with Desk.one_at_a_time:
        if Desk.made:
            return
        Desk.made.append(made)
    tell(order, made)

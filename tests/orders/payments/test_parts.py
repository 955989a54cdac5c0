"""Parts of a capture that go back by changes of the order, at stand-ins for Stripe and PayPal, and what they say of it."""

from decimal import Decimal

import pytest
from django.urls import reverse

from orders import tasks
from orders.models import Invoice, Order, OrderChange, Refund
from orders.payments import provider_events, refunds, returning
from orders.payments.providers.registry import provider_of
from orders.status import OrderStatus
from tests import pauses
from tests.factories import ask_refund, change
from tests.orders.payments.providers import paypal_steps, stripe_steps

pytestmark = pytest.mark.django_db
S = OrderStatus


def tell(stand_in, client, event) -> int:
    body, headers = stand_in.signed(event)
    address = reverse("payment-webhook", args=["stripe"])
    answer = client.post(address, body, content_type="application/json", headers=headers)
    tasks.sweep()
    return answer.status_code


def kept(order) -> Decimal:
    return sum((paper.total for paper in Invoice.objects.filter(order=order)), Decimal(0))


def state(order) -> tuple[str, Decimal]:
    return Order.objects.get(pk=order.pk).status, returning.balance(order)


class TestStripe:
    @pytest.fixture
    def order(self, stand_in, payment):
        return stripe_steps.paid(stand_in, payment)

    def test_each_part_is_a_refund_of_its_own_with_its_own_key(self, stand_in, order):
        for amount in (2, 3):
            change(order, "refund", amount=amount)
        tasks.sweep()

        assert [one["amount"] for one in stand_in.refunds] == [200, 300]
        assert len({one["metadata"]["key"] for one in stand_in.refunds}) == 2
        assert state(order) == (S.PAID, order.total_amount - 5)
        assert kept(order) == order.total_amount - 5

    def test_the_rest_goes_back_when_the_order_is_canceled(self, stand_in, order):
        change(order, "refund", amount=2)
        tasks.sweep()
        ask_refund(order)
        tasks.sweep()

        assert sum(one["amount"] for one in stand_in.refunds) == int(order.total_amount * 100)
        assert (state(order), kept(order)) == ((S.CANCELED, 0), 0)

    def test_what_stripe_tells_of_a_part_again_changes_nothing(self, stand_in, client, order):
        change(order, "refund", amount=2)
        tasks.sweep()
        for kind in ("refund.created", "refund.updated"):
            assert tell(stand_in, client, stand_in.event(kind, stand_in.refunds[0])) == 200

        assert state(order) == (S.PAID, order.total_amount - 2)
        assert OrderChange.objects.count() == 1

    def test_a_part_made_by_hand_beside_ours_has_its_own_change(self, stand_in, client, order):
        change(order, "refund", amount=2)
        tasks.sweep()
        charge = order.ledger.get(kind="captured").reference
        assert tell(stand_in, client, stand_in.refund_by_hand(charge, amount=300)) == 200

        assert [one.kind for one in OrderChange.objects.all()] == ["refund", "at_provider"]
        assert state(order) == (S.PAID, order.total_amount - 5)
        assert kept(order) == order.total_amount - 5

    def test_a_part_whose_answer_was_lost_is_found_in_the_list_and_not_paid_twice(self, stand_in, order):
        change(order, "refund", amount=2)
        refund = Refund.objects.select_related("payment").get()
        provider_of(refund.payment).ask_refund(refund.payment, refund.amount, refund.key)
        pauses.pass_for(Refund.objects.all())
        refunds.work_on(refund_id=refund.pk)

        assert len(stand_in.refunds) == 1
        assert Refund.objects.get().state == "done"

    def test_of_two_parts_the_one_that_fails_is_taken_back(self, stand_in, client, order, staff):
        change(order, "refund", amount=2)
        other = change(order, "refund", amount=3)
        tasks.sweep()
        failed = next(one for one in stand_in.refunds if one["amount"] == 300)
        stand_in.end_refund(failed["id"], "failed")
        assert tell(stand_in, client, stand_in.event("refund.failed", failed)) == 200

        assert state(order) == (S.PAID, order.total_amount - 2)
        assert kept(order) == order.total_amount - 2
        refunds.retry(refund_id=other.refunds.get().pk, actor=staff)
        tasks.sweep()
        assert kept(order) == order.total_amount - 5


class TestPayPal:
    @pytest.fixture
    def order(self, paypal, order, payment):
        paypal_steps.page_of(payment)
        paypal.approve(payment.transaction_id)
        assert provider_events.came_back(order_id=order.pk).status == "confirmed"
        return order

    def test_each_part_is_a_refund_of_its_own(self, paypal, order):
        for amount in (2, 3):
            change(order, "refund", amount=amount)
        tasks.sweep()

        assert sorted(one["amount"]["value"] for one in paypal.refunds) == ["2.00", "3.00"]
        assert state(order) == (S.PAID, order.total_amount - 5)
        assert kept(order) == order.total_amount - 5

    def test_a_part_whose_answer_was_lost_is_made_once(self, paypal, order):
        change(order, "refund", amount=2)
        paypal.go_wrong("", "", "lost")  # the capture and its order are read, the refund is made
        refund = Refund.objects.get()
        refunds.work_on(refund_id=refund.pk)
        pauses.pass_for(Refund.objects.all())
        assert refunds.work_on(refund_id=refund.pk).state == "done"

        assert len(paypal.refunds) == 1
        assert kept(order) == order.total_amount - 2

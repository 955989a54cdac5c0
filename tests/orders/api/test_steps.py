"""POST to payment, cancellation, refund, completion: who may do what to an order in which status."""

from copy import deepcopy

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from rest_framework.test import APIClient

from orders.models import Order, StatusChange
from orders.status import OrderStatus
from tests.answers import api_of, refused, wrong_fields
from tests.factories import Buyer, make_numbered, make_product, make_staff, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.flow]

S = OrderStatus
STEPS = ["payment", "cancellation", "refund", "completion"]
TARGETS = {"cancellation": "canceled", "refund": "refund", "completion": "done"}
# What succeeds; whatever isn't here is refused.
SUCCEEDS = {
    ("customer", "payment", S.PAY_REQUIRED): 201,
    ("customer", "cancellation", S.PAY_REQUIRED): 200,
    ("customer", "refund", S.PAID): 200,
    ("staff", "cancellation", S.PAY_REQUIRED): 200,
    ("staff", "refund", S.PAID): 200,
    ("staff", "completion", S.PAID): 200,
}
FORBIDDEN = {("customer", "completion"), ("staff", "payment")}


def expected(who: str, step: str, status: OrderStatus) -> tuple[int, str | None]:
    if who == "stranger":
        return 404, "not_found"
    if (who, step) in FORBIDDEN:
        return 403, "permission_denied"
    if (who, step, status) in SUCCEEDS:
        return SUCCEEDS[who, step, status], None
    return 409, "step_not_allowed"


def take(user, order, step, **body):
    return api_of(user).post(f"/api/orders/{order.pk}/{step}/", body, format="json")


@pytest.fixture(scope="class")
def people_and_orders(world):
    """Those who may try, and an order in each status."""
    with world():
        buyer = Buyer()
        orders = {status: order_for_a_number(buyer, status) for status in S}
        yield {"customer": buyer.user, "staff": make_staff(), "stranger": make_user()}, orders


def order_for_a_number(buyer: Buyer, status: OrderStatus) -> Order:
    return buyer.order_in(status, (make_numbered(numbers=0 if status == S.NOT_CONFIRMED else 1), 1))


class TestTable:
    @pytest.mark.parametrize("who", ["customer", "staff", "stranger"])
    @pytest.mark.parametrize("step", STEPS)
    @pytest.mark.parametrize("status", S)
    def test_a_step_is_open_to_those_who_may_in_the_status_that_allows_it(
        self, people_and_orders, who, step, status
    ):
        people, orders = people_and_orders
        user, order = deepcopy((people[who], orders[status]))
        code, error = expected(who, step, status)

        response = take(user, order, step)

        now = Order.objects.get(pk=order.pk).status
        if error:
            body = refused(response, code, error)
            assert now == status
            assert not order.payments.exclude(status__in=["confirmed", "refunded"]).exists()
            if error == "step_not_allowed":
                assert body["order_status"] == status
                assert str(status.label) in body["detail"]
            return
        assert response.status_code == code
        if step == "payment":
            assert response.json() == {"payment_url": f"{settings.PUBLIC_URL}/orders/{order.pk}/pay/"}
            assert now == status
        else:
            assert (response.json()["id"], response.json()["status"]) == (str(order.pk), TARGETS[step])
            assert now == TARGETS[step]


@pytest.mark.parametrize("step", STEPS)
def test_nobody_takes_no_step(buyer, step):
    order = buyer.order_in(S.PAY_REQUIRED)

    refused(APIClient().post(f"/api/orders/{order.pk}/{step}/"), 401, "not_authenticated")


def test_starting_the_payment_again_resumes_it(api, buyer):
    order = buyer.order_in(S.PAY_REQUIRED)

    first, second = take(buyer.user, order, "payment"), take(buyer.user, order, "payment")

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    payment = order.payments.get()
    assert (payment.total, payment.currency) == (order.total_amount, order.currency)


def test_an_order_past_its_time_to_pay_takes_no_payment(api, buyer):
    order = buyer.order_in(S.PAY_REQUIRED)
    Order.objects.update(pay_by=order.placed_at)

    refused(take(buyer.user, order, "payment"), 409, "step_not_allowed")
    assert not order.payments.exists()


def test_a_cancellation_ends_the_payment_in_progress(api, buyer):
    order = buyer.order_in(S.PAY_REQUIRED)
    take(buyer.user, order, "payment")

    take(buyer.user, order, "cancellation")

    assert order.payments.get().status == "cancelled"


@pytest.mark.parametrize("step", STEPS)
def test_staff_may_take_a_customers_steps_with_an_order_of_their_own(step):
    """Whoever is both may do both."""
    member = Buyer(is_staff=True)
    member.user.groups.add(Group.objects.get(name="Owner"))
    order = member.order_in(S.PAY_REQUIRED if step in ("payment", "cancellation") else S.PAID)

    assert take(member.user, order, step).status_code in (200, 201)


@pytest.mark.parametrize(
    ("step", "status", "by_staff", "reason"),
    [
        ("cancellation", S.PAY_REQUIRED, False, "Requested by the customer: wrong size"),
        ("refund", S.PAID, False, "Requested by the customer: wrong size"),
        ("cancellation", S.PAY_REQUIRED, True, "Decision of the shop: wrong size"),
        ("completion", S.PAID, True, "Decision of the shop: wrong size"),
    ],
)
def test_a_note_is_kept_in_the_history_with_who_took_the_step(buyer, staff, step, status, by_staff, reason):
    order = buyer.order_in(status)
    actor = staff if by_staff else buyer.user

    take(actor, order, step, note="wrong size")

    row = api_of(buyer.user).get(f"/api/orders/{order.pk}/history/").json()["results"][-1]
    assert (row["reason"], row["actor"]) == (reason, "staff" if by_staff else "customer")
    last = StatusChange.objects.filter(order=order).last()
    assert (last.actor, last.note) == (actor, "wrong size")


@pytest.mark.parametrize("step", ["cancellation", "refund", "completion"])
def test_a_note_that_is_too_long_changes_nothing(buyer, staff, step):
    order = buyer.order_in(S.PAID if step != "cancellation" else S.PAY_REQUIRED)

    assert wrong_fields(take(staff, order, step, note="x" * 501)) == {"note"}
    assert Order.objects.get(pk=order.pk).status == order.status


def test_taking_a_step_twice_takes_it_once(api, buyer):
    product = make_product(stock=5)
    order = buyer.order_in(S.PAY_REQUIRED, (product, 2))

    assert take(buyer.user, order, "cancellation").status_code == 200
    refused(take(buyer.user, order, "cancellation"), 409, "step_not_allowed")

    product.refresh_from_db()
    assert product.stock_quantity == 5

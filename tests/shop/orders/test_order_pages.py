"""The order pages: list, live page, steps, payment."""

import re
from uuid import uuid4

import pytest

from orders.actions.money.payment import start_payment
from orders.events import feed, payloads
from orders.models import Order, Payment, PaymentStatus, Refund
from orders.payments.refunds import note_refused
from orders.status import STEPS, OrderStatus
from shop.context.track import way_ahead
from tests.factories import (
    Buyer,
    cancel,
    capture,
    confirm,
    make_numbered,
    make_product,
    pay,
    return_money,
)
from tests.shop.conftest import Visitor, words

pytestmark = pytest.mark.django_db


def test_other_customers_order_does_not_exist(customer):
    strange = Buyer().order_in(OrderStatus.PAY_REQUIRED)
    for path in ("", "live/", "pay/"):
        assert customer.get(f"/orders/{strange.pk}/{path}").status_code == 404
        assert customer.get(f"/orders/{uuid4()}/{path}").status_code == 404
    answer = customer.post(f"/orders/{strange.pk}/steps/", {"step": "cancel"})
    assert answer.status_code == 404
    assert Order.objects.get(pk=strange.pk).status == OrderStatus.PAY_REQUIRED


def test_order_pages_ask_to_sign_in(visitor, buyer):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    for path in ("/orders/", f"/orders/{order.pk}/", f"/orders/{order.pk}/pay/back/"):
        assert visitor.get(path).url == f"/accounts/login/?next={path}"


@pytest.mark.parametrize("status", [status for status in OrderStatus if status != OrderStatus.NOT_CONFIRMED])
def test_order_page_shows_the_buttons_that_the_status_allows(customer, buyer, status):
    order = buyer.order_in(status)
    shown = customer.text(f"/orders/{order.pk}/")
    assert f'data-status="{status}"' in shown
    assert ('id="step-pay"' in shown) == (status == OrderStatus.PAY_REQUIRED)
    assert ('id="step-cancel"' in shown) == (status == OrderStatus.PAY_REQUIRED)
    assert ('id="step-ask_refund"' in shown) == (status == OrderStatus.PAID)
    assert 'id="step-complete"' not in shown
    assert ("http-equiv" in shown) == (not order.is_over)


def test_order_page_of_an_order_without_free_numbers(customer, buyer):
    order = buyer.order_in(OrderStatus.NOT_CONFIRMED, (make_numbered(numbers=1), 2))
    assert "Sold out" in customer.text(f"/orders/{order.pk}/")


def test_track_has_every_status_on_the_way(customer, buyer):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    stops = customer.get(f"/orders/{order.pk}/live/").context["track"]
    assert [(stop.status, stop.when) for stop in stops] == [
        ("pending", "been"),
        ("pay_required", "now"),
        ("paid", "ahead"),
        ("done", "ahead"),
    ]
    known = {edge.target for edge in STEPS.values()}
    assert {stop.status for stop in stops[1:]} <= known


def test_numbers_are_shown_once_paid(customer, buyer):
    product = make_numbered(numbers=2)
    order = buyer.order_in(OrderStatus.PAY_REQUIRED, (product, 2))
    assert f"{product.sku}/001" not in customer.text(f"/orders/{order.pk}/")
    pay(order)
    assert f"{product.sku}/001" in customer.text(f"/orders/{order.pk}/live/")


def test_cancel_from_the_page(customer, buyer):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    for _ in range(2):
        answer = customer.post(f"/orders/{order.pk}/steps/", {"step": "cancel"})
        assert (answer.status_code, answer.url) == (303, f"/orders/{order.pk}/")
    assert Order.objects.get().status == OrderStatus.CANCELED
    assert "This is not possible for an order that is: Canceled." in customer.text(answer.url)


@pytest.mark.parametrize("step", ["pay", "complete", "confirm", "nonsense", ""])
def test_steps_that_are_not_the_customers_change_nothing(customer, buyer, step):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    answer = customer.post(f"/orders/{order.pk}/steps/", {"step": step}, follow=True)
    assert answer.status_code == 200
    assert Order.objects.get().status == OrderStatus.PAY_REQUIRED


def test_steps_by_get_change_nothing(customer, buyer):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    assert customer.get(f"/orders/{order.pk}/steps/?step=cancel").url == f"/orders/{order.pk}/"
    assert Order.objects.get().status == OrderStatus.PAY_REQUIRED


def test_staff_mark_an_order_as_done(buyer, staff):
    client = Visitor()
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    order = buyer.order_in(OrderStatus.PAID)
    assert 'id="step-complete"' in client.text(f"/orders/{order.pk}/")
    client.post(f"/orders/{order.pk}/steps/", {"step": "complete"})
    assert Order.objects.get().status == OrderStatus.DONE


def test_pay_page_takes_the_payment_once(customer, buyer):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    page = f"/orders/{order.pk}/pay/"
    shown = customer.text(page)
    assert 'value="approve"' in shown
    assert str(order.number) in shown
    customer.get(page)
    assert Payment.objects.count() == 1
    answer = customer.post(page, {"outcome": "approve"})
    assert (answer.status_code, answer.url) == (303, f"/orders/{order.pk}/")
    again = customer.post(page, {"outcome": "decline"})
    assert (again.status_code, again.url) == (303, f"/orders/{order.pk}/")
    assert Order.objects.get().status == OrderStatus.PAID


def test_declined_payment_is_said_and_may_be_tried_again(customer, buyer):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    answer = customer.post(f"/orders/{order.pk}/pay/", {"outcome": "decline"}, follow=True)
    assert "The payment was declined." in words(answer)
    assert Payment.objects.get().status == PaymentStatus.REJECTED
    assert 'id="step-pay"' in words(answer)


def test_nonsense_as_an_outcome_shows_the_pay_page_again(customer, buyer):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    answer = customer.post(f"/orders/{order.pk}/pay/", {"outcome": "free please"})
    assert answer.status_code == 200
    assert Order.objects.get().status == OrderStatus.PAY_REQUIRED


@pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.PAID, OrderStatus.CANCELED])
def test_order_that_cannot_be_paid_leads_to_its_page(customer, buyer, status):
    order = buyer.order_in(status)
    answer = customer.get(f"/orders/{order.pk}/pay/", follow=True)
    assert answer.redirect_chain == [(f"/orders/{order.pk}/", 303)]
    assert "There is nothing to pay" in words(answer)


def test_orders_lists_ones_own_alone(customer, buyer):
    strange, own = Buyer().order_in(OrderStatus.PENDING), buyer.order_in(OrderStatus.PENDING)
    shown = customer.text("/orders/")
    assert str(own.pk) in shown
    assert str(strange.pk) not in shown


def test_orders_pages(customer, buyer):
    product = make_product(stock=50)
    for _ in range(11):
        confirm(buyer.place((product, 1)))
    assert "Page 1 of 2" in customer.text("/orders/")
    assert customer.get("/orders/?page=nonsense").status_code == 200


def test_page_read_while_the_status_changes_is_not_newer_than_it_shows(customer, buyer, monkeypatch):
    order = buyer.order_in(OrderStatus.PENDING)

    def find_after_a_change(**asked):
        confirm(order)
        return Order.objects.get(pk=asked["order_id"])

    monkeypatch.setattr("shop.order_readers.find_order", find_after_a_change)
    shown = customer.get(f"/orders/{order.pk}/live/").context
    assert shown["order"].status == OrderStatus.PAY_REQUIRED
    assert shown["sequence"] == 1
    assert [stop.status for stop in shown["track"]][:2] == ["pending", "pay_required"]


@pytest.fixture
def two_providers(settings):
    settings.PAYMENT_VARIANTS = {
        "demo": ("orders.payments.providers.demo.DemoProvider", {}),
        "other": ("orders.payments.providers.demo.DemoProvider", {}),
    }
    settings.PAYMENT_VARIANT = ""


def test_customers_choose_between_providers_and_may_change_their_mind(customer, buyer, two_providers):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    page = f"/orders/{order.pk}/pay/"
    shown = customer.text(page)
    assert 'href="?with=demo"' in shown and 'href="?with=other"' in shown
    assert not Payment.objects.exists()

    customer.get(f"{page}?with=demo")
    assert 'value="approve"' in customer.text(f"{page}?with=other")
    begun = set(Payment.objects.values_list("variant", "status"))
    assert begun == {("demo", "cancelled"), ("other", "waiting")}

    customer.post(f"{page}?with=other", {"outcome": "approve"})
    assert Order.objects.get().status == OrderStatus.PAID


def test_an_unknown_provider_is_asked_about_again(customer, buyer, two_providers):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    assert 'id="pay-with-demo"' in customer.text(f"/orders/{order.pk}/pay/?with=cash")
    assert not Payment.objects.exists()


def test_a_late_answer_is_approved_on_the_page_before_it_is_captured(customer, buyer):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    answer = customer.post(f"/orders/{order.pk}/pay/", {"outcome": "late"}, follow=True)
    assert "The bank has not answered yet" in words(answer)
    assert 'data-ledger="authorised"' in answer.text
    assert Payment.objects.get().status == PaymentStatus.PREAUTH


def test_the_way_back_is_ones_own_and_without_a_payment_leads_to_the_order(customer, buyer):
    strange = Buyer().order_in(OrderStatus.PAY_REQUIRED)
    assert customer.get(f"/orders/{strange.pk}/pay/back/").status_code == 404
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    assert customer.get(f"/orders/{order.pk}/pay/back/").url == f"/orders/{order.pk}/"


@pytest.mark.parametrize("status", OrderStatus)
def test_track_is_the_codes_own_steps(customer, buyer, status):
    items = [(make_numbered(numbers=1), 2)] if status == OrderStatus.NOT_CONFIRMED else []
    order = buyer.order_in(status, *items)
    stops = customer.get(f"/orders/{order.pk}/live/").context["track"]
    been = [stop for stop in stops if stop.when != "ahead"]
    assert [stop.status for stop in been] == [change.to_status for change in order.history.all()]
    assert all(stop.at for stop in been)
    assert [stop.status for stop in stops if stop.when == "ahead"] == way_ahead(status)


def test_time_left_to_pay_is_counted_by_the_shops_clock(customer, buyer, settings):
    settings.ORDER_PAYMENT_WINDOW = 600
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    for page in (f"/orders/{order.pk}/", f"/orders/{order.pk}/pay/"):
        (left,) = re.findall(r'data-countdown="(\d+)"', customer.text(page))
        assert 590 <= int(left) <= 600


def late_money(buyer: Buyer) -> Order:
    """Canceled, and paid a moment later."""
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    payment = start_payment(order_id=order.pk, actor=order.customer).payment
    cancel(order)
    capture(payment)
    return order


def test_late_money_is_told_at_the_top_while_it_goes_back_and_after(customer, buyer):
    order = late_money(buyer)
    page = f"/orders/{order.pk}/"
    shown = customer.text(page)
    assert 'data-stray="late" data-state="asked"' in shown
    assert "$16.50 came in that we could not take: the order could no longer be paid." in shown
    assert "The money is on its way back to you" in shown
    assert shown.index("data-stray") < shown.index("This order was canceled.")
    return_money(order)
    assert "The money went back to you, the way you paid." in customer.text(page)


def test_late_money_that_the_bank_refuses_is_told(customer, buyer):
    order = late_money(buyer)
    note_refused(refund_id=Refund.objects.get().pk, why="closed account")
    shown = customer.text(f"/orders/{order.pk}/live/")
    assert "The bank has not taken it back yet." in shown
    assert "closed account" not in shown


def test_double_money_is_told_and_the_order_stays_paid(customer, buyer):
    order = buyer.order_in(OrderStatus.PAID)
    capture(order.payments.get(), reference="again")
    shown = customer.text(f"/orders/{order.pk}/")
    assert 'data-stray="double"' in shown
    assert 'data-status="paid"' in shown


@pytest.mark.parametrize("status", [OrderStatus.PAID, OrderStatus.REFUND])
def test_money_that_paid_the_order_is_no_stray(customer, buyer, status):
    order = buyer.order_in(status)
    assert "data-stray" not in customer.text(f"/orders/{order.pk}/")


def test_an_open_page_says_from_where_on_its_socket_has_to_tell(customer, buyer):
    """How far the feed was before the order was read: so nothing comes between the two, also after the last status."""
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    payment = start_payment(order_id=order.pk, actor=order.customer).payment
    cancel(order)
    feed.give_positions()
    part = f"/orders/{order.pk}/live/"
    shown = customer.get(part).context["cursor"]
    assert f'data-cursor="{shown}"' in customer.text(part)
    capture(payment)
    (told,) = feed.read(user=buyer.user, after=shown)
    assert payloads.type_of(told) == "order.payment_changed"
    assert customer.get(part).context["cursor"] != shown


def test_the_live_parts_are_those_of_the_page(customer, buyer):
    order = buyer.order_in(OrderStatus.PAID)
    page, parts = (customer.text(f"/orders/{order.pk}/{part}") for part in ("", "live/"))
    for region in ('id="order-live"', 'id="order-aside"'):
        assert region in page and region in parts


@pytest.mark.parametrize(
    ("status", "step", "says"),
    [
        (OrderStatus.PAY_REQUIRED, "cancel", "Nothing was charged"),
        (OrderStatus.PAID, "ask_refund", "you get $16.50 back, the way you paid"),
    ],
)
def test_step_without_a_way_back_asks_first_and_says_what_happens_with_the_money(
    customer, buyer, status, step, says
):
    order = buyer.order_in(status)
    shown = customer.text(f"/orders/{order.pk}/")
    asked = shown[shown.index('<details class="confirm">') :]
    asked = asked[: asked.index("</details>")]
    assert f'id="ask-{step}"' in asked
    assert says in asked
    assert f'name="step" value="{step}"' in asked

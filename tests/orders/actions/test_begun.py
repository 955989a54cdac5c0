"""What is for a concert, a stay or a course: it begins at a time, and from then on is not sold, nor refunded at once."""

from datetime import datetime, timedelta

import pgtrigger
import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone

from catalog.models import Product
from catalog.refunds import AskReason
from orders import audit
from orders.actions.refund_requests import RefundNotOffered
from orders.actions.steps import take_step
from orders.checkout.begun import EventBegun
from orders.checkout.placement.placement import place_order
from orders.checkout.previews import PreviewExpired
from orders.documents import packing
from orders.models import Order, OrderLine
from orders.reports.attention import open_refund_requests
from orders.status import OrderStatus, Step
from tests.answers import refused
from tests.factories import Buyer, make_numbered, make_product
from tests.orders.post import delivered

S = OrderStatus
DAY = timedelta(days=1)


@pytest.fixture
def books():
    """Whatever a test did, the books add up."""
    yield
    assert list(audit.findings()) == []


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


def tomorrow() -> datetime:
    return timezone.now() + DAY


def seats(**fields) -> Product:
    return make_numbered(numbers=3, **{"starts_at": tomorrow()} | fields)


def begin(product: Product) -> None:
    Product.objects.filter(pk=product.pk).update(starts_at=timezone.now() - DAY)


def let_begin(order: Order, *products: Product) -> None:
    """Time passes: what was bought begins (its lines are for good, so past their guard)."""
    lines = OrderLine.objects.filter(order=order, product__in=products)
    with pgtrigger.ignore("orders.OrderLine:starts_as_bought"):
        lines.update(starts_at=timezone.now() - DAY)


def place(buyer: Buyer, preview) -> Order:
    table = preview.shipping_options[0].price_table_id
    return place_order(preview_id=preview.id, customer=buyer.user, price_table_id=table, note="").order


def press_refund(order: Order) -> Order:
    take_step(order_id=order.pk, step=Step.ASK_REFUND, actor=order.customer, note="")
    return Order.objects.get(pk=order.pk)


# --- selling ----------------------------------------------------------------------------------------------------------


def test_what_has_begun_is_previewed_no_more(api, buyer):
    concert, mug = seats(), make_product(stock=5)
    begin(concert)
    items = [{"sku": mug.sku, "quantity": 1}, {"sku": concert.sku, "quantity": 1}]
    given = {"items": items, "address_id": buyer.address.pk}
    body = refused(api.post("/api/orders/previews/", given, format="json"), 409, "event_begun")
    assert body["product"] == concert.sku


def test_what_begins_between_preview_and_placing_is_not_placed(api, buyer):
    concert = seats()
    preview = buyer.preview((make_product(stock=5), 1), (concert, 1))
    begin(concert)
    table = preview.shipping_options[0].price_table_id
    answer = api.post(f"/api/orders/{preview.id}/", {"price_table_id": table}, format="json")
    assert refused(answer, 409, "event_begun")["product"] == concert.sku
    assert not Order.objects.exists()


def test_what_is_moved_to_another_day_is_previewed_anew(buyer):
    concert = seats()
    preview = buyer.preview((concert, 1))
    Product.objects.filter(pk=concert.pk).update(starts_at=tomorrow() + DAY)
    with pytest.raises(PreviewExpired):
        place(buyer, preview)
    assert place(buyer, buyer.preview((concert, 1))).lines.get().starts_at > tomorrow()


@pytest.mark.parametrize("hours", [-48, 48])
def test_the_databases_clock_decides_what_is_sold(buyer, monkeypatch, hours):
    """A host whose clock is two days off sells neither more nor less."""
    ahead, gone = seats(), seats(starts_at=timezone.now() - timedelta(minutes=1))
    real = timezone.now
    monkeypatch.setattr(Product, "has_begun", False)
    monkeypatch.setattr("catalog.models.product.timezone.now", lambda: real() + timedelta(hours=hours))
    monkeypatch.setattr("orders.checkout.previews.timezone.now", real)
    with pytest.raises(EventBegun):
        buyer.preview((gone, 1))
    monkeypatch.undo()
    assert place(buyer, buyer.preview((ahead, 1))).lines.get().starts_at == ahead.starts_at


def test_a_line_keeps_when_it_begins(buyer, api):
    concert = seats()
    order = place(buyer, buyer.preview((concert, 1)))
    begin(concert)
    (line,) = api.get(f"/api/orders/{order.pk}/").json()["lines"]
    assert datetime.fromisoformat(line["starts_at"]) == concert.starts_at
    with pytest.raises(ProgrammingError), transaction.atomic():
        order.lines.update(starts_at=None)


def test_emails_say_when_it_begins(buyer):
    concert = seats(starts_at=datetime.fromisoformat("2031-05-04T20:30:00+07:00"))
    place(buyer, buyer.preview((concert, 1)))
    with timezone.override("Asia/Ho_Chi_Minh"):
        (sent, *_others) = delivered()
    for part in (sent.body, sent.alternatives[0].content):
        assert "Begins May 4, 2031, 8:30 p.m." in part


# --- money back -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("begun", [0, 1])
def test_once_the_first_has_begun_its_customer_has_to_ask(buyer, api, customer, begun):
    """Whichever of two it is, and though the rest is a mug."""
    events = (seats(), seats())
    order = buyer.order_in(S.PAID, (make_product(stock=5), 1), *((one, 1) for one in events))
    address = f"/api/orders/{order.pk}/"
    before = api.get(address).json()
    let_begin(order, events[begun])
    shown, listed = api.get(address).json(), api.get("/api/orders/").json()["results"][0]
    assert (before["refunds"], before["refund_asks_because"]) == ("immediate", None)
    for one in (shown, listed):
        assert (one["refunds"], one["refund_asks_because"]) == ("on_request", "begun")
    assert "Something in your order has begun already" in customer.get(order.get_absolute_url()).text
    answer = api.post(f"{address}refund/", {}, format="json").json()
    assert (answer["status"], answer["refund_request"]["state"]) == ("paid", "open")
    assert open_refund_requests().get().order == order


def test_before_anything_begins_it_is_refunded_at_once(buyer):
    order = buyer.order_in(S.PAID, (seats(), 1))
    assert press_refund(order).status in (S.REFUND, S.CANCELED)


@pytest.mark.parametrize("policy", ["on_request", "none"])
def test_what_the_product_says_stays(buyer, policy):
    concert = seats(refunds=policy)
    order = buyer.order_in(S.PAID, (concert, 1))
    let_begin(order, concert)
    if policy == "none":
        with pytest.raises(RefundNotOffered):
            press_refund(order)
        return
    assert press_refund(order).status == S.PAID


def test_the_databases_clock_decides_what_has_begun(buyer, monkeypatch):
    order = buyer.order_in(S.PAID, (seats(), 1))
    lines, real = order.lines.all(), timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + 3 * DAY)
    assert order.asks_because(lines) is None


def test_a_parcel_that_is_packed_is_named_before_what_has_begun(buyer, staff):
    concert = seats()
    order = buyer.order_in(S.PAID, (make_product(stock=5), 1), (concert, 1))
    packing.packing_lists(order_ids=[order.pk], actor=staff)
    let_begin(order, concert)
    order.refresh_from_db()
    assert order.asks_because(order.lines.all()) == AskReason.PACKED


def test_a_list_of_orders_asks_the_database_for_its_time_once(buyer, api, django_assert_max_num_queries):
    for _ in range(3):
        buyer.order_in(S.PAY_REQUIRED, (seats(), 1))
    with django_assert_max_num_queries(30) as captured:
        api.get("/api/orders/")
    assert sum("clock_timestamp()" in one["sql"] for one in captured.captured_queries) <= 1

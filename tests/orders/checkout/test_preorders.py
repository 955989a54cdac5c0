"""Pre-orders: sold like any stock before they are here, with the day from which on they are sent said everywhere."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from pypdf import PdfReader

from catalog.models import Product
from orders.actions.parcels import end_early, send_parcel, tell_ready
from orders.actions.steps import take_step
from orders.documents import packing
from orders.errors import InvalidInput, OrderError
from orders.lifecycle.parcels import Parcel, PreorderAwaited
from orders.models import EmailKind, OrderLine, Shipment
from orders.shipping.promises import promised
from orders.status import OrderStatus, Step
from staff.models import StaffAction
from staff.rights import PermissionDenied
from tests.answers import api_of
from tests.bulk.tables import checked, exported, imported, problems
from tests.factories import make_numbered, make_pickup, make_product, make_staff, staff_of
from tests.orders.audited import past_guards, run
from tests.orders.post import message_for
from tests.shop.conftest import Visitor

pytestmark = pytest.mark.django_db


def in_days(days: int):
    return timezone.localdate() + timedelta(days=days)


@pytest.fixture
def day():
    return in_days(30)


@pytest.fixture
def book(day) -> Product:
    """Not printed yet; three of them are to come."""
    return make_product(name="Book", stock=3, available_from=day)


def test_no_more_is_sold_than_will_come(buyer, book):
    buyer.place((book, 2))
    with pytest.raises(OrderError, match="Not enough stock"):
        buyer.place((book, 2))
    book.refresh_from_db()
    assert (book.stock_quantity, book.promised) == (1, 2)


def test_the_line_keeps_the_day_that_the_preview_said(buyer, book, day):
    preview = buyer.preview((book, 1))
    Product.objects.filter(pk=book.pk).update(available_from=day + timedelta(days=9))
    line = buyer.place_preview(preview).lines.get()
    assert line.available_from == day and line.is_awaited

    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        OrderLine.objects.update(available_from=None)


def test_the_promised_days_begin_when_it_is_here(buyer, book, day):
    option = buyer.preview((book, 1), (make_product(stock=1), 1)).shipping_options[0]
    said = promised(min_days=option.min_days, max_days=option.max_days, day=day)
    assert (option.promised_from, option.promised_to) == said

    order = buyer.place((book, 1))
    assert (order.promised_from, order.promised_to) == said


@pytest.mark.parametrize("days", [0, -1])
def test_a_day_that_has_come_means_nothing(client, buyer, days):
    book = make_product(stock=3, available_from=in_days(days))
    assert buyer.place((book, 1)).lines.get().available_from is None
    assert client.get(f"/api/products/{book.slug}/").json()["available_from"] is None
    assert "data-preorder" not in client.get(f"/products/{book.slug}/").text


@pytest.mark.parametrize("language", ["en", "vi"])
def test_pages_say_the_day(buyer, book, day, language):
    visitor = Visitor()
    visitor.force_login(buyer.user)
    visitor.cookies["django_language"] = language
    with translation.override(language):
        said = translation.gettext("Pre-order: sent from %(day)s") % {"day": date_format(day)}
    assert (said.startswith("Pre-order")) is (language == "en")
    page = visitor.preview((book, 1))
    order = buyer.place((book, 1))
    prefix = "/vi" if language == "vi" else ""
    for path in (f"/products/{book.slug}/", "/products/", "/cart/", page, f"/orders/{order.pk}/"):
        # The shop window has an address in each language.
        answer = visitor.get(prefix + path if path.startswith("/products") else path)
        assert said in answer.text, path


def test_the_api_says_the_day(api, buyer, book, day):
    assert api.get(f"/api/products/{book.slug}/").json()["available_from"] == day.isoformat()
    asked = {"items": [{"sku": book.sku, "quantity": 1}], "address_id": buyer.address.pk}
    preview = api.post("/api/orders/previews/", asked, format="json").json()
    order = buyer.place((book, 1))
    shown = api.get(f"/api/orders/{order.pk}/").json()
    assert [one["lines"][0]["available_from"] for one in (preview, shown)] == [day.isoformat()] * 2


def test_the_email_and_the_packing_list_say_the_day(buyer, book, day, staff):
    order = buyer.order_in(OrderStatus.PAID, (book, 1), (make_product(stock=1), 1))
    message = message_for(order, EmailKind.PAID)
    html = message.alternatives[0][0]
    said = f"Pre-order: sent from {date_format(day)}"
    assert (message.body.count(said), html.count(said)) == (1, 1)

    printed = PdfReader(BytesIO(packing.packing_lists(order_ids=[order.pk], actor=staff)))
    words = " ".join(printed.pages[0].extract_text().split())
    assert words.count(f"Don't send before {date_format(day)}") == 1


def test_the_desk_tells_orders_that_wait_from_those_that_may_be_sent(client, buyer, book, staff):
    staff.is_superuser = True
    staff.save()
    waits, may_go = buyer.place((book, 1)), buyer.place((make_product(stock=1), 1))
    client.force_login(staff)
    for asked, shown in (("yes", [waits]), ("no", [may_go]), ("", [may_go, waits])):
        answer = client.get(reverse("admin:orders_order_changelist"), {"preorder": asked} if asked else {})
        assert list(answer.context["cl"].result_list) == shown, asked
    page = client.get(reverse("admin:orders_order_change", args=[waits.pk]))
    assert "data-preorder" in page.text


def test_a_table_brings_the_day_and_takes_it_out(staff, day):
    make_product(sku="BOOK", stock=1)
    imported("products", f"sku,available_from\nBOOK,{day}\n", actor=staff)
    assert Product.objects.get(sku="BOOK").available_from == day
    assert str(day) in exported("products", actor=staff)

    make_numbered(sku="ROOM")
    job = checked("products", f"sku,available_from\nROOM,{day}\n", actor=staff)
    assert problems(job) == [(2, "available_from", "not_preordered")]


def test_what_has_numbers_or_no_parcel_is_not_preordered(day):
    for product in (make_numbered(numbers=1), make_product(needs_parcel=False)):
        with pytest.raises(IntegrityError, match="catalog_product_preorder"), transaction.atomic():
            Product.objects.filter(pk=product.pk).update(available_from=day)


# --- sending ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def waits(buyer, book):
    """A paid order of two books that are not here yet, and a cup that is."""
    return buyer.order_in(OrderStatus.PAID, (book, 2), (make_product(stock=5, sku="CUP"), 1))


def pieces(order, *skus) -> dict[int, int]:
    return {line.pk: line.quantity for line in order.lines.all() if not skus or line.sku in skus}


def sending(order, actor, *skus, early=""):
    return send_parcel(order_id=order.pk, actor=actor, parcel=Parcel(pieces(order, *skus), early=early))


REFUSED = {
    "in a parcel": sending,
    "in a parcel of its own": lambda order, staff: sending(order, staff, order.lines.first().sku),
    "with nothing but spaces for a reason": lambda order, staff: sending(order, staff, early="  "),
    "by marking it as done": lambda order, staff: take_step(
        order_id=order.pk, step=Step.COMPLETE, actor=staff, note="All of it"
    ),
}


@pytest.mark.usefixtures("in_the_tests_transaction")
class TestSending:
    @pytest.mark.parametrize("way", REFUSED)
    def test_nothing_leaves_before_its_day(self, waits, day, way):
        with pytest.raises(PreorderAwaited, match=str(day.day)):
            REFUSED[way](waits, make_staff())
        waits.refresh_from_db()
        assert waits.status == OrderStatus.PAID and not Shipment.objects.exists()
        assert run() == []

    def test_the_rest_leaves_at_once(self, waits):
        sending(waits, make_staff(), "CUP")
        assert Shipment.objects.get().early_reason == ""
        assert run() == []

    def test_on_its_day_it_leaves(self, waits, book, day, monkeypatch):
        monkeypatch.setattr("orders.lifecycle.parcels.timezone.localdate", lambda *_now: day)
        sending(waits, make_staff(), book.sku)
        assert Shipment.objects.get().lines.get().quantity == 2

    def test_staff_with_the_right_send_it_early_with_a_reason(self, waits):
        sent = sending(waits, staff_of("fulfilment"), early=" The printer was quick ")
        assert sent.status == OrderStatus.DONE
        assert Shipment.objects.get().early_reason == "The printer was quick"
        logged = StaffAction.objects.get(action="orders.send_parcel")
        assert logged.details["early"].strip() == "The printer was quick"
        assert run() == []

    def test_a_reason_alone_is_no_right(self, waits):
        staff = staff_of("fulfilment")
        staff.groups.get().permissions.filter(codename="send_early").delete()
        with pytest.raises(PermissionDenied):
            sending(waits, staff, early="The printer was quick")
        assert not Shipment.objects.exists()

    def test_a_reason_that_is_not_needed_is_not_kept(self, waits):
        sending(waits, make_staff(), "CUP", early="Just so")
        assert Shipment.objects.get().early_reason == ""
        assert run() == []

    def test_a_reason_has_an_end(self, waits):
        with pytest.raises(InvalidInput):
            sending(waits, make_staff(), early="x" * 501)

    def test_an_order_may_end_without_it(self, waits):
        sending(waits, make_staff(), "CUP")
        assert (
            end_early(order_id=waits.pk, actor=make_staff(), note="Never printed").status == OrderStatus.DONE
        )
        assert run() == []

    def test_what_is_to_be_fetched_is_not_ready_before(self, buyer, book):
        buyer.table = make_pickup()
        order = buyer.order_in(OrderStatus.PAID, (book, 1))
        with pytest.raises(PreorderAwaited):
            tell_ready(order_id=order.pk, actor=make_staff())
        assert run() == []

    def test_the_api_says_why_not_and_takes_a_reason(self, waits, book):
        staff = api_of(staff_of("fulfilment"))
        body = {"lines": [{"sku": book.sku, "quantity": 2}]}
        path = f"/api/orders/{waits.pk}/parcels/"
        refused = staff.post(path, body, format="json")
        assert (refused.status_code, refused.json()["code"]) == (409, "preorder_awaited")
        assert staff.post(path, body | {"early": "It is here"}, format="json").status_code == 200

    def test_the_desk_leaves_it_out_of_the_parcel_and_asks_why(self, client, waits, day):
        client.force_login(staff_of("fulfilment"))
        page = client.get(reverse("admin:orders_order_send", args=[waits.pk])).text
        assert f"before {date_format(day)}" in page and 'name="early"' in page
        book, cup = waits.lines.order_by("position")
        assert f'name="line-{book.pk}" value="0"' in page and f'name="line-{cup.pk}" value="1"' in page


DAMAGE = {
    "a day before it was placed": (
        "UPDATE orders_orderline SET available_from = '2020-01-01' WHERE available_from IS NOT NULL",
        "was to be sent from 2020-01-01, before it was placed",
    ),
    "a later day than was promised": (
        "UPDATE orders_orderline SET available_from = available_from + 400 WHERE available_from IS NOT NULL",
        "and the order is promised from",
    ),
    "a pre-order of what is not sent": (
        "UPDATE orders_orderline SET inventory = 'numbered' WHERE available_from IS NOT NULL",
        "nothing of it is sent",
    ),
    "a reason that is gone": (
        "UPDATE orders_shipment SET early_reason = ''",
        "and nobody said why it left before",
    ),
    "a reason for nothing": (
        "UPDATE orders_orderline SET available_from = NULL",
        "left early, it says, and no pre-order in it had to wait",
    ),
}


@pytest.mark.usefixtures("in_the_tests_transaction")
@pytest.mark.parametrize("name", DAMAGE)
def test_the_audit_finds_damage_to_a_pre_order(waits, book, name):
    sending(waits, make_staff(), book.sku, early="It is here")
    assert run() == []
    statement, words = DAMAGE[name]
    assert past_guards(statement)
    assert [line for line in run() if words in line and f"order {waits.number}" in line]

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
from orders.documents import packing
from orders.errors import OrderError
from orders.models import EmailKind, OrderLine
from orders.shipping.promises import promised
from orders.status import OrderStatus
from tests.bulk.tables import checked, exported, imported, problems
from tests.factories import make_numbered, make_product
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

"""Billing details from the preview to the invoice, through each door."""

from decimal import Decimal

import pgtrigger
import pytest
from django.core.cache import cache
from django.db import DatabaseError, IntegrityError, transaction

from orders.actions.close_account import close_account
from orders.billing import vies
from orders.checkout.previews import create_preview
from orders.documents import invoices
from orders.errors import InvalidInput
from orders.models import EmailKind, InvoiceKind, Order
from orders.reports.data_export import _orders
from orders.status import OrderStatus
from tests.answers import api_of, refused
from tests.factories import (
    Buyer,
    add_rate,
    ask_refund,
    confirm,
    make_address,
    make_price_table,
    make_product,
    pay,
    return_money,
    standard_class,
)
from tests.orders.audited import run
from tests.orders.paper import text
from tests.orders.post import message_for
from tests.stand_ins.vies import ViesStandIn

pytestmark = pytest.mark.django_db
VAT_ID = "FR40303265045"
COMPANY = {"company": "Boulangerie Martin", "vat_id": VAT_ID}
PARIS = {"line1": "1 rue de Rivoli", "city": "Paris", "postal_code": "75001", "country": "FR"}


@pytest.fixture
def germany(settings):
    """A shop in Germany that sends to Germany, France and Vietnam, with 19 %, 20 % and 0 % of tax."""
    settings.SHOP_COUNTRY, settings.CURRENCY = "DE", "EUR"
    add_rate(standard_class(), "0")
    add_rate(standard_class(), "19", country="DE")
    add_rate(standard_class(), "20", country="FR")
    for country in ("DE", "FR"):
        make_price_table(country=country, fee="6.00")


@pytest.fixture
def french(buyer, germany):
    buyer.address = make_address(buyer.user, country="FR", region="")
    buyer.table = make_price_table(country="FR", fee="6.00")
    return buyer


def bill(buyer: Buyer, billing: dict, **cart):
    product = make_product(price=Decimal(12), stock=9, **cart)
    address = {"address_id": buyer.address.pk} if buyer.address else {}
    return create_preview(customer=buyer.user, items=[(product.sku, 2)], billing=billing, **address)


def test_a_business_in_another_member_state_pays_no_tax_and_the_invoice_says_why(french):
    order = french.place_preview(bill(french, COMPANY))
    order.refresh_from_db()
    assert (order.items_total, order.shipping_fee, order.total_amount) == (20, 5, 25)
    assert (order.tax_total, order.tax_reason) == (0, "intra_eu")
    assert order.billing_snapshot["vat_check"] == "well_formed"
    assert order.billing_snapshot["city"] == "Huế" and order.billing_snapshot["vat_checked_at"]

    paid = french.order_in(OrderStatus.PAID)
    assert paid.billing_snapshot is None
    invoice = invoices.issue(order=order, kind=InvoiceKind.INVOICE)
    printed = text(invoice)
    assert "Boulangerie Martin" in printed and VAT_ID in printed
    assert "Article 138 of Directive 2006/112/EC" in printed


def test_a_key_for_a_business_is_reverse_charge(french):
    preview = bill(french, COMPANY, needs_parcel=False)
    french.table.pk = preview.shipping_options[0].price_table_id
    order = french.place_preview(preview)
    assert order.tax_reason == "reverse_charge"
    assert "Reverse charge" in message_for(order, EmailKind.PLACED).body


def test_a_key_without_an_address_is_taxed_where_it_is_billed(buyer, germany):
    buyer.address = None
    assert bill(buyer, {}, needs_parcel=False).lines[0].tax_rate == 19
    preview = bill(buyer, {"full_name": "A. Dupont", **PARIS}, needs_parcel=False)
    assert (preview.lines[0].tax_rate, preview.tax_reason) == (20, "")


def test_a_company_at_home_or_without_an_id_pays_tax(french):
    assert bill(french, {"company": "Atelier"}).lines[0].tax_rate == 20
    assert bill(french, {"company": "Gewerk", "vat_id": "DE136695976"}).lines[0].tax_rate == 20


def test_an_export_says_so(buyer, germany):
    preview = bill(buyer, {})
    assert (preview.tax_reason, preview.lines[0].unit_price) == ("export", 12)


def test_an_id_that_is_not_in_use_is_refused_and_silence_is_taxed(french, settings):
    with ViesStandIn() as service:
        settings.VAT_CHECK, settings.VIES_API_BASE = "vies", service.url
        vies._breaker.cache_clear()
        cache.delete_many([f"vat:{VAT_ID}", "vat:ATU13585627"])
        with pytest.raises(InvalidInput) as wrong:
            bill(french, COMPANY)
        assert list(wrong.value.errors) == ["billing.vat_id"]
        service.cannot = "MS_UNAVAILABLE"
        other = bill(french, COMPANY | {"vat_id": "ATU13585627"})
        assert (other.billing.vat_check, other.tax_reason, other.lines[0].tax_rate) == ("unanswered", "", 20)
        order = french.place_preview(other)
        assert order.tax_total > 0
    vies._breaker.cache_clear()
    cache.delete_many([f"vat:{VAT_ID}", "vat:ATU13585627"])


def test_an_id_that_is_withdrawn_after_the_preview_is_placed_as_it_was_found(french, settings):
    with ViesStandIn() as service:
        settings.VAT_CHECK, settings.VIES_API_BASE = "vies", service.url
        vies._breaker.cache_clear()
        cache.delete(f"vat:{VAT_ID}")
        service.in_use = {VAT_ID}
        preview = bill(french, COMPANY)
        service.in_use = set()
        order = french.place_preview(preview)
    assert (order.tax_reason, order.billing_snapshot["vat_check"]) == ("intra_eu", "in_use")
    assert order.billing_snapshot["vat_checked_at"]
    assert len(service.calls) == 1
    vies._breaker.cache_clear()
    cache.delete(f"vat:{VAT_ID}")


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"vat_id": VAT_ID}, {"billing.company"}),
        ({"company": "X", "vat_id": "FR1"}, {"billing.vat_id"}),
        ({"company": "x" * 151}, {"billing.company"}),
        ({"company": "X", "country": "FR"}, {"billing.line1", "billing.city", "billing.postal_code"}),
        ({"company": "X", **PARIS, "postal_code": "7"}, {"billing.postal_code"}),
        ({"company": "X", **PARIS, "country": "France"}, {"billing.country"}),
    ],
)
def test_what_is_wrong_is_named_field_by_field(french, given, fields):
    with pytest.raises(InvalidInput) as wrong:
        bill(french, given)
    assert set(wrong.value.errors) == fields


def test_nothing_given_is_nobody_else(french):
    assert bill(french, {"company": "  ", "vat_id": ""}).billing is None


def test_the_api_takes_and_shows_it(french):
    api, product = api_of(french.user), make_product(price=Decimal(12), stock=9)
    body = {
        "items": [{"sku": product.sku, "quantity": 1}],
        "address_id": french.address.pk,
        "billing": COMPANY | PARIS,
    }
    preview = api.post("/api/orders/previews/", body, format="json").json()
    assert (preview["tax_reason"], preview["billing"]["company"]) == ("intra_eu", "Boulangerie Martin")
    assert preview["billing"]["postal_code"] == "75001"
    order = api.post(
        f"/api/orders/{preview['id']}/", {"price_table_id": french.table.pk}, format="json"
    ).json()
    assert (order["billing"], order["tax_reason"]) == (preview["billing"], "intra_eu")
    assert api.get(f"/api/orders/{order['id']}/").json()["billing"] == preview["billing"]

    wrong = api.post("/api/orders/previews/", body | {"billing": {"vat_id": "FR1"}}, format="json")
    assert "billing.vat_id" in refused(wrong, 400, "validation_error")["errors"]
    unknown = api.post("/api/orders/previews/", body | {"billing": {"iban": "1"}}, format="json")
    assert refused(unknown, 400, "validation_error")


def test_no_order_is_exempt_without_its_ground(french):
    order = french.place_preview(bill(french, {}))
    for wrong in (
        {"tax_reason": "intra_eu"},
        {"tax_reason": "nonsense"},
        {"tax_reason": "export"},
        {"tax_reason": "intra_eu", "tax_total": 0, "shipping_tax": 0},
        {
            "tax_reason": "intra_eu",
            "tax_total": 0,
            "shipping_tax": 0,
            "billing_snapshot": {"vat_check": "unanswered"},
        },
        {"tax_reason": "intra_eu", "tax_total": 0, "shipping_tax": 0, "billing_snapshot": {}},
    ):
        with pgtrigger.ignore(), pytest.raises(IntegrityError), transaction.atomic():
            Order.objects.filter(pk=order.pk).update(**wrong)


@pytest.mark.parametrize("change", ["vat_id", "vat_check", "vat_checked_at", "country"])
def test_what_the_tax_hangs_on_is_never_changed(french, change):
    order = french.place_preview(bill(french, COMPANY))
    other = order.billing_snapshot | {change: "DE"}
    with pytest.raises(DatabaseError, match="Cannot update rows"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(billing_snapshot=other)
    with pytest.raises(DatabaseError, match="Cannot update rows"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(billing_snapshot=None)


@pytest.mark.usefixtures("in_the_tests_transaction")
def test_the_audit_finds_billing_that_was_changed_past_every_guard(french):
    order = french.place_preview(bill(french, COMPANY))
    plain = french.place_preview(bill(french, {}))
    assert run() == []
    with pgtrigger.ignore():
        Order.objects.filter(pk=order.pk).update(
            billing_snapshot=order.billing_snapshot | {"vat_id": "ATU13585627"}
        )
        Order.objects.filter(pk=plain.pk).update(billing_snapshot=order.billing_snapshot)
    found = " ".join(run())
    assert f"order {order.number}: step 1 is not what was written" in found
    assert f"order {plain.number}: step 1 is not what was written" in found


@pytest.mark.usefixtures("in_the_tests_transaction")
@pytest.mark.parametrize("where", [{}, PARIS], ids=["as it is delivered", "elsewhere"])
def test_the_audit_agrees_with_what_is_billed_and_paid_until_the_customer_has_left(french, where):
    order = french.place_preview(bill(french, COMPANY | where))
    confirm(order)
    pay(order)
    assert run() == []
    ask_refund(order)
    return_money(order)
    close_account(user_id=french.user.pk)
    assert run() == []

    with pgtrigger.ignore():
        Order.objects.update(billing_snapshot=order.billing_snapshot | {"city": "Lyon"})
    said = f"order {order.number}: its address is not the one that its invoice 1 says"
    assert [line for line in run() if line == said]


def test_closing_the_account_takes_the_person_out_and_leaves_what_the_tax_hangs_on(french):
    order = french.order_in(OrderStatus.CANCELED)
    billed = french.place_preview(bill(french, COMPANY))
    assert [one["billing"] for one in _orders(french.user)] == [None, billed.billing_snapshot]
    with pgtrigger.ignore():
        Order.objects.filter(pk=billed.pk).update(status="canceled")
    close_account(user_id=french.user.pk)
    order.refresh_from_db()
    kept = Order.objects.get(pk=billed.pk).billing_snapshot
    assert order.billing_snapshot is None
    assert (kept["company"], kept["full_name"], kept["line1"]) == ("", "", "")
    assert (kept["vat_id"], kept["country"]) == (VAT_ID, "FR")

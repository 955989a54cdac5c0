"""What was sold adds up to what the accountant's table says, whatever its rows are; providers to the daily statement."""

import csv
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from orders.admin.reports import _named
from orders.models import Invoice, InvoiceKind
from orders.reports import money_days, sales, tax_report
from orders.reports.sales import By
from orders.status import OrderStatus
from tests.factories import (
    add_rate,
    change,
    fail_refund,
    make_group,
    make_product,
    make_tax_class,
    make_variant,
    return_money,
    staff_of,
    standard_class,
)
from tests.plans import many_papers, plan

pytestmark = pytest.mark.django_db


def lately() -> dict[str, date]:
    today = timezone.localdate()
    return {"first": today - timedelta(days=1), "last": today}


@pytest.fixture
def sold(buyer, settings):
    """Orders at two rates with shipping: one kept, one given back, one of which the refund failed, and an old paper."""
    settings.TAX_RATE = Decimal(7)
    add_rate(standard_class(), "20")
    food = make_tax_class("5", country="VN")
    bread = make_product(price=Decimal("7.33"), stock=99, tax_class=food, sku="BREAD", name="Bread")
    lamp = make_product(price=Decimal("12.50"), stock=99, sku="LAMP", name="Lamp")
    cart = [(bread, 3), (lamp, 1)]
    buyer.order_in(OrderStatus.PAID, *cart)
    returned = buyer.order_in(OrderStatus.REFUND, *cart[:1])
    return_money(returned)
    fail_refund(buyer.order_in(OrderStatus.REFUND, *cart))
    paid = buyer.order_in(OrderStatus.PAID, *cart[1:])
    old = {
        name: value for name, value in paid.invoices.get().snapshot.items() if name not in ("taxes", "net")
    }
    old["lines"] = [
        {name: value for name, value in line.items() if not name.startswith("tax")} for line in old["lines"]
    ]
    old |= {"tax_rate": "7", "tax": "1.08", "total": "16.50"}
    Invoice.objects.create(order=returned, kind=InvoiceKind.REVERSAL, number=900, language="en", snapshot=old)
    return buyer


def sums(rows) -> tuple[Decimal, ...]:
    return tuple(sum(amounts, Decimal(0)) for amounts in zip(*(row[6:9] for row in rows), strict=True))


# --- against the accountant's table ------------------------------------------------------------------------------


@pytest.mark.parametrize("by", By)
def test_every_table_adds_up_to_the_accountants(sold, by):
    accountants = tax_report.lines(**lately())
    rows = sales.sales(by=by, **lately())
    assert sums(rows) == tuple(
        sum(getattr(one, name) for one in accountants) for name in ("net", "tax", "gross")
    )
    (total,) = sales.totals(rows)
    assert (total.net, total.tax, total.gross) == sums(rows)
    assert all(row.net + row.tax == row.gross for row in rows)


def test_each_rate_is_the_accountants(sold):
    by_rate: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in tax_report.lines(**lately()):
        by_rate[str(one.rate)] += one.gross
    assert {row.key: row.gross for row in sales.sales(by=By.RATE, **lately())} == by_rate


def test_a_part_that_was_canceled_is_taken_off_once(buyer):
    cup = make_product(price=Decimal(10), stock=9, sku="CUP", name="Cup")
    order = buyer.order_in(OrderStatus.PAID, (cup, 3))
    change(order, "cancel", {"CUP": 2})
    return_money(order)
    rows = {row.key: row for row in sales.sales(by=By.VARIANT, **lately())}
    assert rows["CUP"][3:5] == (3, 2)
    assert (rows["CUP"].gross, rows["CUP"].gross_returned) == (10, 20)
    assert rows[""].gross == order.shipping_fee
    assert sums(rows.values())[2] == sum(one.gross for one in tax_report.lines(**lately()))


def test_a_refund_that_failed_counts_as_sold_again(buyer):
    cup = make_product(price=Decimal(10), stock=9, sku="CUP")
    fail_refund(buyer.order_in(OrderStatus.REFUND, (cup, 3)))
    (row,) = [row for row in sales.sales(by=By.VARIANT, **lately()) if row.key == "CUP"]
    assert (row.sold, row.returned, row.gross, row.gross_returned) == (3, 0, 30, 0)


# --- what the rows are -------------------------------------------------------------------------------------------


def test_variants_are_their_product_together(buyer):
    group = make_group(Size=["S", "L"])
    small, big = make_variant(group, "S", stock=9), make_variant(group, "L", stock=9)
    buyer.order_in(OrderStatus.PAID, (small, 1), (big, 2))
    by_product = {row.key: row.sold for row in sales.sales(by=By.PRODUCT, **lately())}
    assert by_product == {group.slug: 3, "": 0}
    by_variant = {row.key: row.sold for row in sales.sales(by=By.VARIANT, **lately())}
    assert by_variant == {small.sku: 1, big.sku: 2, "": 0}


def test_names_are_in_the_readers_language(buyer):
    buyer.order_in(OrderStatus.PAID, (make_product(stock=9, sku="CUP", name="Cup", name_vi="Cốc"), 1))
    with translation.override("vi"):
        assert "Cốc" in {row.name for row in sales.sales(by=By.VARIANT, **lately())}


def test_days_are_the_shops(buyer, settings):
    order = buyer.order_in(OrderStatus.PAID)
    says = order.invoices.get().snapshot
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    Invoice.objects.create(
        order=order, kind=InvoiceKind.REVERSAL, number=901, language="en", snapshot=says, issued_at=late
    )
    asked = {"first": date(2026, 3, 2), "last": date(2026, 3, 2)}
    with timezone.override("Asia/Ho_Chi_Minh"):
        assert [row.key for row in sales.sales(by=By.DAY, **asked)] == ["2026-03-02"]
        assert [row.key for row in sales.sales(by=By.MONTH, **asked)] == ["2026-03-01"]
    with timezone.override("UTC"):
        assert sales.sales(by=By.DAY, **asked) == []


def test_other_currencies_are_never_added_to_the_shops(buyer, settings):
    order = buyer.order_in(OrderStatus.PAID)
    says = order.invoices.get().snapshot | {"currency": "EUR"}
    Invoice.objects.create(order=order, kind=InvoiceKind.REVERSAL, number=902, language="en", snapshot=says)
    assert [row.currency for row in sales.totals(sales.sales(by=By.DAY, **lately()))] == ["EUR", "USD"]


# --- providers ---------------------------------------------------------------------------------------------------


def test_providers_add_up_to_the_daily_statement(sold):
    days = [line for line in money_days.days(**lately()) if line.source == money_days.BOOKS]
    (row,) = sales.by_provider(**lately())
    assert row.captured == sum(line.amounts["captured"] for line in days) > 0
    assert row.refunded == sum(line.amounts["refunded"] for line in days) < 0


# --- quick -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", By)
def test_a_table_is_one_statement(sold, by):
    with CaptureQueriesContext(connection) as asked:
        sales.sales(by=by, **lately())
    assert len(asked) == 1


def test_the_papers_of_some_days_are_found_by_their_index(sold):
    within = {"from": timezone.now() - timedelta(days=1), "until": timezone.now(), "zone": "UTC"}
    many_papers()
    found = plan(sales._statement(By.PRODUCT), within)
    assert "orders_invoice_issued" in found, found


# --- the desk ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [*By, "provider"])
def test_finance_reads_the_page_and_keeps_a_table(client, sold, by):
    client.force_login(staff_of("Finance"), backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("admin:orders_report_sales")
    asked = {"by": str(by), **{name: str(day) for name, day in lately().items()}}
    assert '<table class="plain">' in client.get(url, asked).text
    rows = list(csv.reader(StringIO(client.get(url, asked | {"as": "csv"}).text)))
    assert tuple(rows[0]) == (sales.PROVIDERS if by == "provider" else sales.HEADER)
    assert len(rows) > 1
    assert client.get(url, {"by": "nonsense"}).status_code == 200


def test_providers_are_called_by_their_names_and_two_accounts_are_told_apart(client, sold, settings):
    client.force_login(staff_of("Finance"), backend="django.contrib.auth.backends.ModelBackend")
    asked = {"by": "provider", **{name: str(day) for name, day in lately().items()}}
    (row,) = sales.by_provider(**lately())

    def shown() -> list[str]:
        page = client.get(reverse("admin:orders_report_sales"), asked)
        return [name for name, _row in page.context["providers"]]

    assert shown() == ["Demo payment"]
    rows = [row, row._replace(currency="EUR"), row._replace(variant="demo-2")]
    settings.PAYMENT_VARIANTS = settings.PAYMENT_VARIANTS | {
        "demo-2": settings.PAYMENT_VARIANTS[row.variant],
        "card": (
            "orders.payments.providers.stripe.checkout.StripeCheckout",
            {"secret_key": "sk_test_1", "webhook_secret": "whsec_1"},
        ),
    }
    rows += [row._replace(variant="card"), row._replace(variant="gone")]
    names = [name for name, _row in _named(rows)]
    assert names == [f"Demo payment ({row.variant})"] * 2 + ["Demo payment (demo-2)", "Stripe", "gone"]


def test_a_name_is_no_formula(client, buyer):
    buyer.order_in(OrderStatus.PAID, (make_product(stock=9, name="=1+1"), 1))
    client.force_login(staff_of("Finance"), backend="django.contrib.auth.backends.ModelBackend")
    asked = {"by": "variant", "as": "csv", **{name: str(day) for name, day in lately().items()}}
    assert "'=1+1" in client.get(reverse("admin:orders_report_sales"), asked).text


def test_support_may_not_read_it(client):
    client.force_login(staff_of("Support"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("admin:orders_report_sales")).status_code == 403


def test_the_list_of_reports_is_the_page(client):
    client.force_login(staff_of("Finance"), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("admin:orders_report_changelist"))
    assert answer.url == reverse("admin:orders_report_sales")

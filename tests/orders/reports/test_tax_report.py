"""The accountant's table says of each rate what the papers say together, less what credit notes took back."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from orders.checkout.previews import create_preview
from orders.documents import invoices
from orders.models import Invoice, InvoiceKind
from orders.reports import tax_report
from orders.status import OrderStatus
from tests.factories import add_rate, make_product, make_tax_class, return_money, staff_of, standard_class

pytestmark = pytest.mark.django_db


@pytest.fixture
def papers(buyer, settings):
    """Two paid orders at 20 and 5 %, one of them given back, and one from before tax was kept by rate."""
    settings.TAX_RATE = Decimal(7)
    add_rate(standard_class(), "20")
    food = make_tax_class("5", country="VN")
    cart = [
        (make_product(price=Decimal("7.33"), stock=99, tax_class=food), 3),
        (make_product(price=Decimal("12.50"), stock=99), 1),
    ]
    buyer.order_in(OrderStatus.PAID, *cart)
    returned = buyer.order_in(OrderStatus.REFUND, *cart[:1])
    return_money(returned)
    paid = buyer.order_in(OrderStatus.PAID, *cart[1:])
    invoice = paid.invoices.get()
    old = {name: value for name, value in invoice.snapshot.items() if name not in ("taxes", "net")}
    old |= {"tax_rate": "7", "tax": "1.08", "total": "16.50"}
    Invoice.objects.create(order=returned, kind=InvoiceKind.REVERSAL, number=900, language="en", snapshot=old)
    return Invoice.objects.all()


def lately() -> dict[str, date]:
    today = timezone.localdate()
    return {"first": today - timedelta(days=1), "last": today}


def test_its_sums_are_those_of_the_papers(papers):
    assert {paper.kind for paper in papers} == set(InvoiceKind.values)
    found = tax_report.lines(**lately())

    by_rate: defaultdict[Decimal, Decimal] = defaultdict(Decimal)
    for paper in papers:
        for one in paper.snapshot.get("taxes") or [{"rate": "7", "gross": "16.50"}]:
            by_rate[Decimal(one["rate"])] += Decimal(one["gross"])
    assert {line.rate: line.gross for line in found} == by_rate
    assert sum(line.gross for line in found) == sum(paper.total for paper in papers)
    assert sum(line.tax for line in found) == sum(Decimal(paper.snapshot["tax"]) for paper in papers)
    assert all(line.net + line.tax == line.gross for line in found)
    assert [(line.country, line.reason) for line in found] == [("VN", "")] * 3
    assert next(line for line in found if line.rate == 5).papers == 3


def test_it_counts_the_days_that_it_is_asked_for(papers):
    assert tax_report.lines(first=date(2020, 1, 1), last=date(2020, 12, 31)) == []


def test_a_business_abroad_stands_by_itself_with_the_reason(buyer, settings):
    settings.SHOP_COUNTRY = "DE"
    key = make_product(stock=9, price=Decimal(10), needs_parcel=False)
    billing = {"company": "X", "vat_id": "FR40303265045", "line1": "1 rue", "city": "Paris", "country": "FR"}
    preview = create_preview(
        customer=buyer.user, items=[(key.sku, 1)], billing=billing | {"postal_code": "75001"}
    )
    buyer.table.pk = preview.shipping_options[0].price_table_id
    invoices.issue(order=buyer.place_preview(preview), kind=InvoiceKind.INVOICE)
    (line,) = tax_report.lines(**lately())
    assert (line.country, line.rate, line.reason, line.gross) == ("FR", 0, "reverse_charge", 10)


def test_the_command_prints_it(papers):
    call_command(
        "tax_report",
        f"--since={lately()['first']}",
        f"--until={lately()['last']}",
        stdout=(out := StringIO()),
    )
    heading, *rows = out.getvalue().splitlines()
    assert heading == "first,last,currency,country,rate,reason,papers,net,tax,gross"
    assert len(rows) == 3 and ",USD,VN,20,," in rows[0]


def test_finance_sees_and_takes_it_from_the_desk(client, papers):
    client.force_login(staff_of("finance"))
    days = {name: str(day) for name, day in lately().items()}
    shown = client.get("/admin/orders/invoice/taxes/", days).text
    assert "Vietnam" in shown and "20 %" in shown
    table = client.get("/admin/orders/invoice/taxes/", days | {"as": "csv"})
    assert table["Content-Disposition"].endswith('"taxes.csv"') and len(table.text.splitlines()) == 4
    assert "From one day" in client.get("/admin/orders/invoice/taxes/", days | {"last": "2001-01-01"}).text
    assert "No invoice is dated" in client.get("/admin/orders/invoice/taxes/").text
    assert client.get("/admin/orders/invoice/").status_code == 200


def test_who_keeps_the_catalog_does_not(client):
    client.force_login(staff_of("catalog"))
    assert client.get("/admin/orders/invoice/taxes/").status_code == 403

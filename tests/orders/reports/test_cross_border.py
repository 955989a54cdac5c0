"""Sales to consumers in other member states against the threshold of Article 59c; the desk says when it is passed."""

from datetime import date, datetime
from decimal import Decimal

import pgtrigger
import pytest
from django.urls import reverse
from django.utils import timezone

from orders.models import Invoice
from orders.reports import cross_border
from orders.reports.dates import began
from orders.status import OrderStatus
from tests.factories import make_address, make_price_table, make_product
from tests.plans import many_papers, plan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def germany(settings):
    settings.SHOP_COUNTRY, settings.CURRENCY, settings.TAX_AT_DESTINATION = "DE", "EUR", False


def sell(buyer, country: str, price: str) -> Invoice:
    """What an order into a country is billed with, without anything for sending."""
    buyer.address = make_address(buyer.user, country=country, region="")
    buyer.table = make_price_table(country=country)
    order = buyer.order_in(OrderStatus.PAID, (make_product(stock=1, price=Decimal(price)), 1))
    return order.invoices.get()


def rewrite(paper: Invoice, at: datetime | None = None, **words: str) -> None:
    with pgtrigger.ignore():
        paper.snapshot |= words
        Invoice.objects.filter(pk=paper.pk).update(snapshot=paper.snapshot, issued_at=at or paper.issued_at)


def test_it_counts_what_went_to_consumers_in_other_member_states(buyer):
    sold = [sell(buyer, country, "100") for country in ("FR", "AT", "DE", "US")]
    exempt = sell(buyer, "FR", "100")
    rewrite(exempt, tax_reason="intra_eu")
    year = timezone.localdate().year
    rewrite(sold[1], began(date(year - 1, 7, 1)))
    rewrite(sell(buyer, "FR", "100"), began(date(year - 2, 7, 1)))

    (found,) = cross_border.sold()
    assert found == ("EUR", Decimal(sold[0].snapshot["net"]), Decimal(sold[1].snapshot["net"]))
    assert not found.is_above


@pytest.mark.parametrize(("cents", "is_above"), [(0, False), (1, True)])
@pytest.mark.parametrize("years_ago", [0, 1, 2])
def test_above_the_threshold_of_this_year_or_the_last_it_is_a_matter(buyer, cents, is_above, years_ago):
    paper = sell(buyer, "FR", "1")
    at = began(date(timezone.localdate().year - years_ago, 1, 1))
    rewrite(paper, at, net=str(10000 + Decimal(cents) / 100))
    assert list(cross_border.passed()) == ([paper] if is_above and years_ago < 2 else [])


@pytest.mark.parametrize(
    "differs",
    [{"TAX_AT_DESTINATION": True}, {"SHOP_COUNTRY": "VN"}, {"SHOP_COUNTRY": "FR"}, {"SHOP_COUNTRY": ""}],
)
def test_it_is_none_where_the_tax_of_the_place_is_charged_or_it_is_not_abroad(buyer, settings, differs):
    rewrite(sell(buyer, "FR", "1"), net="20000")
    assert cross_border.passed().exists()
    for name, value in differs.items():
        setattr(settings, name, value)
    assert not cross_border.passed().exists()


def test_money_in_another_currency_is_shown_and_not_judged(buyer):
    rewrite(sell(buyer, "FR", "1"), net="20000", currency="USD")
    (found,) = cross_border.sold()
    assert found.currency == "USD" and not found.is_above and not cross_border.passed().exists()


def test_the_desk_says_it_and_leads_to_the_figures(client, buyer, staff):
    staff.is_superuser = True
    staff.save()
    client.force_login(staff)
    rewrite(sell(buyer, "FR", "1"), net="20000")
    figures = reverse("admin:orders_invoice_taxes")
    assert figures in client.get("/admin/").text
    page = client.get(figures).text
    assert "data-abroad" in page and "data-above" in page and "€20,000.00" in page


def test_it_reads_no_more_than_what_went_abroad(buyer):
    sell(buyer, "FR", "1")
    year, abroad = cross_border._asked()
    many_papers(
        change="""jsonb_build_object('snapshot', jsonb_set(i.snapshot, '{customer,country}', '"DE"'))"""
    )
    found = plan(cross_border.SOLD, [year, year, *abroad])
    assert "orders_invoice_country" in found, found

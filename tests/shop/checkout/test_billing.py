"""Billing details on the checkout page: without a script, nothing lost, and never other ones than were seen."""

from decimal import Decimal

import pytest

from orders.models import Order
from tests.factories import add_rate, make_address, make_price_table, make_product, standard_class
from tests.shop.conftest import words

pytestmark = pytest.mark.django_db
COMPANY = {"bill-company": "Boulangerie Martin", "bill-vat_id": "FR40303265045"}


@pytest.fixture
def page(customer, buyer, settings):
    """The page of a preview that goes to France, for 12 and 6 for sending, with 20 % of tax."""
    settings.SHOP_COUNTRY, settings.CURRENCY = "DE", "EUR"
    add_rate(standard_class(), "20", country="FR")
    buyer.table = make_price_table(country="FR", fee="6.00")
    there = make_address(buyer.user, country="FR", region="")
    customer.put(make_product(price=Decimal(12), stock=9))
    return customer.get(f"/checkout/?address={there.pk}").url


def bill(customer, page, **typed):
    return customer.post(page, {"intent": "bill", **COMPANY, **typed})


def test_a_company_is_billed_without_tax_and_sees_why(customer, buyer, page):
    assert "incl. 20% VAT" in customer.text(page)
    billed = bill(customer, page).url
    shown = customer.text(billed)
    assert billed != page
    assert "Boulangerie Martin" in shown and "Article 138" in shown and "€15.00" in shown
    assert "incl. 20% VAT" not in shown

    customer.place(billed, buyer.table, **COMPANY)
    order = Order.objects.get()
    assert (order.tax_reason, order.billing_snapshot["company"]) == ("intra_eu", "Boulangerie Martin")
    assert "Billed to" in customer.text(f"/orders/{order.pk}/")


def test_what_is_wrong_is_said_at_its_field_and_kept(customer, page):
    answer = bill(customer, page, **{"bill-vat_id": "FR1"})
    shown = words(answer)
    assert "That is no VAT id." in shown and 'value="FR1"' in shown and '<details class="more" open>' in shown
    assert 'id="place-order"' in shown
    again = words(customer.get("/checkout/"))
    assert "That is no VAT id." in again


def test_other_billing_details_than_were_seen_are_shown_before_they_are_placed(customer, buyer, page):
    answer = customer.place(page, buyer.table, **COMPANY)
    assert answer.url.startswith("/checkout/") and answer.url != page
    assert not Order.objects.exists()
    assert "Your billing details have changed" in customer.text(answer.url)
    customer.place(answer.url, buyer.table, **COMPANY)
    assert Order.objects.get().tax_total == 0


def test_it_is_billed_to_another_address_than_it_is_sent_to(customer, buyer, page):
    lyon = {"bill-line1": "2 rue Victor Hugo", "bill-city": "Lyon", "bill-postal_code": "69002"}
    typed = COMPANY | lyon | {"bill-full_name": "A. Dupont", "bill-country": "FR"}
    billed = customer.post(page, {"intent": "bill", **typed}).url
    shown = customer.text(billed)
    assert "2 rue Victor Hugo" in shown and "12 Lê Lợi" in shown

    customer.place(billed, buyer.table, **typed)
    order = Order.objects.get()
    assert (order.billing_snapshot["city"], order.address_snapshot["city"]) == ("Lyon", "Huế")
    shown = customer.text(f"/orders/{order.pk}/")
    assert "2 rue Victor Hugo" in shown and "12 Lê Lợi" in shown


def test_billing_is_taken_back_by_emptying_it(customer, buyer, page):
    billed = bill(customer, page).url
    without = bill(customer, billed, **dict.fromkeys(COMPANY, "")).url
    assert "incl. 20% VAT" in customer.text(without)
    customer.place(without, buyer.table, **dict.fromkeys(COMPANY, ""))
    assert Order.objects.get().billing_snapshot is None

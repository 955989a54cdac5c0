"""What is paid at a place, of prices with tax in them and of prices without."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as rounds
from hypothesis import strategies as st

from catalog.money import rounded, smallest
from orders.pricing.breakdown import Charge, break_down
from orders.pricing.prices import Prices, prices_at
from orders.pricing.rates import TaxRates
from orders.pricing.which import Applies, Where
from tests.factories import add_rate, make_tax_class, standard_class

RATES = st.sampled_from([Decimal(percent) for percent in ("0", "5.5", "8.25", "19", "20", "25", "100")])
EVERYWHERE = Applies(Where.PLACE)


def at(rate: str, *, with_tax: bool, applies: Applies = EVERYWHERE) -> Prices:
    rates = TaxRates({}, Decimal(rate), Decimal(rate))
    return Prices(TaxRates({}, Decimal(0), Decimal(0)) if applies.exempt else rates, rates, applies, with_tax)


@rounds(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 999), RATES), min_size=1, max_size=8),
    st.integers(0, 10**6),
    st.sampled_from(["EUR", "VND"]),
)
def test_without_tax_in_prices_the_parts_are_exactly_the_sum(cart, fee, currency):
    """A piece costs its net price with its tax, off by half a unit at most; what is paid is so many times that."""
    unit = smallest(currency)
    lines = []
    for key, (net, quantity, rate) in enumerate(cart):
        price = net * unit
        gross = rounded(price * (1 + rate / 100), currency)
        assert abs(gross - price * (1 + rate / 100)) <= unit / 2
        lines.append(Charge(f"{key:03}", gross * quantity, rate))
    shipping = Charge("", rounded(fee * unit * Decimal("1.2"), currency), Decimal(20))
    found = break_down(lines=lines, shipping=shipping, currency=currency)

    parts = [*found.lines, found.shipping]
    assert sum(part.net for part in parts) + found.tax == sum(part.gross for part in parts)
    assert sum(one.net for one in found.taxes) == sum(part.net for part in parts)
    assert all(0 <= part.tax <= part.gross for part in parts)


def test_tax_comes_on_top_of_prices_without_it_for_each_piece():
    prices = at("19", with_tax=False)
    assert prices.of(Decimal("0.99"), None) == Decimal("1.18")
    assert prices.of_shipping(Decimal(4)) == Decimal("4.76")
    assert at("0", with_tax=False).of(Decimal("0.99"), None) == Decimal("0.99")


def test_prices_with_tax_are_paid_as_they_are_wherever_they_go():
    assert at("19", with_tax=True).of(Decimal("11.90"), None) == Decimal("11.90")
    assert at("0", with_tax=True).of(Decimal("11.90"), None) == Decimal("11.90")


@pytest.mark.django_db
class TestAtAPlace:
    @pytest.fixture(autouse=True)
    def rates(self, settings):
        settings.SHOP_COUNTRY = "DE"
        add_rate(standard_class(), "0")
        add_rate(standard_class(), "19", country="DE")
        add_rate(standard_class(), "20", country="FR")

    def test_a_consumer_abroad_pays_the_same_price_with_other_tax_in_it(self, settings):
        prices = prices_at(country="FR", region="", is_sent=True)
        assert (prices.of(Decimal(12), None), prices.rates.of(None), prices.reason({Decimal(20)})) == (
            12,
            20,
            "",
        )
        settings.TAX_AT_DESTINATION = False
        assert prices_at(country="FR", region="", is_sent=True).rates.of(None) == 19

    def test_for_a_business_abroad_the_tax_comes_out_of_the_price(self):
        prices = prices_at(country="FR", region="", is_sent=True, vat_country="FR")
        assert (prices.of(Decimal(12), None), prices.rates.of(None), prices.rates.shipping) == (10, 0, 0)
        assert prices.of_shipping(Decimal(6)) == 5
        assert prices.reason({Decimal(0)}) == "intra_eu"

    def test_a_business_abroad_pays_prices_without_tax_as_they_are(self, settings):
        settings.PRICES_INCLUDE_TAX = False
        assert prices_at(country="FR", region="", is_sent=True, vat_country="FR").of(Decimal(12), None) == 12
        assert prices_at(country="FR", region="", is_sent=True).of(Decimal(10), None) == 12

    def test_an_export_has_the_rates_of_elsewhere_and_says_why_they_are_0(self):
        prices = prices_at(country="CH", region="", is_sent=True)
        assert (prices.of(Decimal(12), None), prices.reason({Decimal(0)})) == (12, "export")
        add_rate(standard_class(), "8.1", country="CH")
        assert prices_at(country="CH", region="", is_sent=True).reason({Decimal("8.1")}) == ""

    def test_a_class_has_its_own_tax_in_its_price(self):
        food = make_tax_class("5.5", country="FR")
        prices = prices_at(country="FR", region="", is_sent=True, vat_country="FR")
        assert prices.of(Decimal("10.55"), food.pk) == 10

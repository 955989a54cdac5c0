"""Of whatever is in a cart, the parts of what it costs are exactly the sum."""

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from catalog.money import rounded, smallest
from orders.pricing.breakdown import Charge, Taxed, break_down, by_rate, tax_in

CURRENCIES = st.sampled_from(["EUR", "USD", "VND", "JPY"])
RATES = st.one_of(
    st.sampled_from([Decimal(percent) for percent in ("0", "5.5", "7", "8.25", "10", "19", "20", "100")]),
    st.decimals(0, 100, places=4),
)
UNITS = st.one_of(st.integers(0, 50), st.integers(0, 10**15))


@st.composite
def carts(draw):
    """Lines with keys of their own, shipping, and the currency of all amounts. Few rates, so that some are shared."""
    currency = draw(CURRENCIES)
    rates = st.sampled_from(draw(st.lists(RATES, min_size=1, max_size=3)))
    charge = st.tuples(UNITS, rates)
    keys = draw(st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=12, unique=True))
    lines = [Charge(key, units * smallest(currency), rate) for key in keys for units, rate in [draw(charge)]]
    units, rate = draw(charge)
    return lines, Charge("", units * smallest(currency), rate), currency


def exact(charge: Charge) -> Fraction:
    """The tax in an amount, not rounded."""
    return Fraction(charge.gross) * Fraction(charge.rate) / (100 + Fraction(charge.rate))


@settings(max_examples=40)
@given(carts())
def test_parts_are_exactly_the_sum(cart):
    lines, shipping, currency = cart
    found = break_down(lines=lines, shipping=shipping, currency=currency)
    parts = [*found.lines, found.shipping]

    assert [(part.gross, part.rate) for part in parts] == [
        (charge.gross, charge.rate) for charge in [*lines, shipping]
    ]
    assert sum(part.tax for part in parts) == found.tax == sum(one.tax for one in found.taxes)
    assert sum(one.gross for one in found.taxes) == sum(part.gross for part in parts)
    assert sum(one.net for one in found.taxes) + found.tax == sum(part.gross for part in parts)


@settings(max_examples=40)
@given(carts())
def test_of_each_rate_the_tax_is_that_of_its_sum(cart):
    lines, shipping, currency = cart
    found = break_down(lines=lines, shipping=shipping, currency=currency)

    for one in found.taxes:
        assert one.tax == tax_in(one.gross, percent=one.rate, currency=currency)
    assert len({one.rate for one in found.taxes}) == len(found.taxes)


@settings(max_examples=40)
@given(carts())
def test_no_share_is_negative_or_off_by_a_whole_unit(cart):
    lines, shipping, currency = cart
    found = break_down(lines=lines, shipping=shipping, currency=currency)

    for charge, part in zip([*lines, shipping], [*found.lines, found.shipping], strict=True):
        assert 0 <= part.tax <= part.gross
        assert abs(Fraction(part.tax) - exact(charge)) < Fraction(smallest(currency))
        assert part.tax == rounded(part.tax, currency)


@settings(max_examples=40)
@given(carts(), st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_nothing(cart, random: Random):
    lines, shipping, currency = cart
    mixed = random.sample(lines, len(lines))
    found = break_down(lines=lines, shipping=shipping, currency=currency)
    again = break_down(lines=mixed, shipping=shipping, currency=currency)

    by_key = dict(zip([line.key for line in mixed], again.lines, strict=True))
    assert [by_key[line.key] for line in lines] == list(found.lines)
    assert (again.shipping, again.taxes) == (found.shipping, found.taxes)


@given(st.integers(-(10**12), 10**12), RATES, CURRENCIES)
@example(1, Decimal(100), "EUR")
@example(-1, Decimal(100), "EUR")
def test_the_tax_in_an_amount_is_the_exact_one_rounded(units, percent, currency):
    gross = units * smallest(currency)
    # As it was worked out before there were classes: orders of then and of now agree.
    assert tax_in(gross, percent=percent, currency=currency) == rounded(
        gross - gross / (1 + percent / 100), currency
    )


def test_shares_of_one_rate_go_to_the_largest_remainders():
    # 0.10 / 11 = 0.0090… in each, 0.0272… together: three cents, one each. With a fourth of 0.05, the same three.
    lines = [
        Charge(key, Decimal(amount), Decimal(10))
        for key, amount in [("a", "0.05"), *zip("bcd", ["0.10"] * 3, strict=True)]
    ]
    found = break_down(lines=lines, shipping=Charge("", Decimal(0), Decimal(10)), currency="EUR")

    assert [line.tax for line in found.lines] == [Decimal(tax) for tax in ("0", "0.01", "0.01", "0.01")]
    assert found.taxes == (Taxed(Decimal("0.35"), Decimal(10), Decimal("0.03")),)


def test_of_equal_remainders_the_first_key_has_the_unit_and_shipping_is_last():
    lines = [Charge(key, Decimal(5), Decimal(10)) for key in ("b", "a")]
    found = break_down(lines=lines, shipping=Charge("", Decimal(5), Decimal(10)), currency="JPY")

    assert [line.tax for line in found.lines] == [0, 1]
    assert found.shipping.tax == 0


def test_a_rate_is_the_same_however_it_is_written():
    lines = [Charge("a", Decimal(11), Decimal(10)), Charge("b", Decimal(11), Decimal("10.0000"))]
    found = break_down(lines=lines, shipping=Charge("", Decimal(0), Decimal(20)), currency="EUR")

    assert [(one.gross, one.tax) for one in found.taxes] == [(22, 2)]


@pytest.mark.parametrize("amounts", [[], [Taxed(Decimal(0), Decimal(10), Decimal(0))]])
def test_what_costs_nothing_has_no_rate(amounts):
    assert by_rate(amounts) == ()

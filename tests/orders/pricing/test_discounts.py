"""Whatever is in a cart and offered, shares are exactly the sum, nothing is negative, and the order of lines is the same."""

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.money import rounded, smallest
from orders.pricing.breakdown import Charge, break_down
from orders.pricing.discounts import (
    AMOUNT,
    FREE_SHIPPING,
    ORDER,
    PERCENT,
    PIECES,
    Item,
    Offer,
    best,
    off_fee,
    off_items,
    share_out,
)

CURRENCIES = st.sampled_from(["EUR", "USD", "VND", "JPY"])
UNITS = st.one_of(st.integers(0, 50), st.integers(0, 10**10))
PERCENTS = st.one_of(st.sampled_from([Decimal(10), Decimal(100)]), st.decimals("0.0001", 100, places=4))
SOME = st.one_of(st.none(), st.frozensets(st.integers(1, 4), max_size=2))


@st.composite
def offers(draw, unit):
    kind = draw(st.sampled_from(ORDER))
    given = {"products": draw(SOME), "combinable": draw(st.booleans())}
    if kind == PERCENT:
        given["percent"] = draw(PERCENTS)
    elif kind == AMOUNT or (kind == FREE_SHIPPING and draw(st.booleans())):
        given["amount"] = (draw(UNITS) + 1) * unit
    elif kind == PIECES:
        given["pieces"] = draw(st.integers(2, 5))
        given["paid_pieces"] = draw(st.integers(0, given["pieces"] - 1))
    return Offer(promotion_id=draw(st.integers(1, 10**6)), kind=kind, **given)


@st.composite
def carts(draw):
    currency = draw(CURRENCIES)
    unit = smallest(currency)
    keys = draw(st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=8, unique=True))
    items = [Item(key, draw(UNITS) * unit, draw(st.integers(1, 9)), draw(st.integers(1, 4))) for key in keys]
    given = draw(st.lists(offers(unit), max_size=4, unique_by=lambda offer: offer.promotion_id))
    return {"offers": given, "items": items, "fee": draw(UNITS) * unit, "currency": currency}


@settings(max_examples=80)
@given(carts(), st.integers(0, 10**6))
def test_parts_are_exactly_the_sum_and_nothing_is_negative(cart, more):
    found, items, unit = best(**cart), cart["items"], smallest(cart["currency"])
    fee = cart["fee"] + more * unit
    off, of_fee = off_items(found, len(items)), off_fee(found, fee)

    for one in found:
        assert len(one.shares) == len(items) and all(share >= 0 for share in one.shares)
        assert all(share == rounded(share, cart["currency"]) for share in one.shares)
        assert all(one.offer.is_for(item) for item, share in zip(items, one.shares, strict=True) if share)
    assert sum(off) == sum(one.off_items for one in found)
    assert all(0 <= share <= item.gross for item, share in zip(items, off, strict=True))
    assert all(share >= 0 for share in of_fee) and sum(of_fee) <= fee


@settings(max_examples=80)
@given(carts(), st.randoms(use_true_random=False))
def test_neither_the_order_of_lines_nor_of_offers_changes_anything(cart, random: Random):
    mixed = cart | {name: random.sample(cart[name], len(cart[name])) for name in ("items", "offers")}

    def by_key(some):
        return [
            (one.offer, {item.key: share for item, share in zip(some["items"], one.shares, strict=True)})
            for one in best(**some)
        ]

    assert by_key(mixed) == by_key(cart)


@settings(max_examples=80)
@given(carts())
def test_only_what_is_combinable_is_combined_and_nothing_takes_off_more(cart):
    found = best(**cart)
    taken = sum(one.off_items for one in found) + sum(off_fee(found, cart["fee"]))

    assert len(found) < 2 or all(one.offer.combinable for one in found)
    for offer in cart["offers"]:
        alone = best(**(cart | {"offers": [offer]}))
        if not offer.combinable:
            assert sum(one.off_items for one in alone) + sum(off_fee(alone, cart["fee"])) <= taken


@settings(max_examples=80)
@given(carts(), PERCENTS)
def test_no_share_is_off_by_a_whole_unit(cart, percent):
    for offer in (
        Offer(promotion_id=1, kind=PERCENT, percent=percent),
        Offer(promotion_id=1, kind=AMOUNT, amount=max(cart["fee"], smallest(cart["currency"]))),
    ):
        for one in best(**(cart | {"offers": [offer]})):
            together = sum(item.gross for item in cart["items"])
            for item, share in zip(cart["items"], one.shares, strict=True):
                exact = Fraction(one.off_items) * Fraction(item.gross) / Fraction(together)
                assert abs(Fraction(share) - exact) < Fraction(smallest(cart["currency"]))


@st.composite
def taxed_carts(draw):
    """A cart with a rate for each line and for the shipping; few of them, so that some are shared."""
    cart = draw(carts())
    rates = st.sampled_from(draw(st.lists(st.decimals(0, 100, places=4), min_size=1, max_size=3)))
    return cart, {item.key: draw(rates) for item in cart["items"]}, draw(rates)


def broken_down(cart, rates, of_shipping):
    """What each line costs after promotions, with its tax, by its key; and what all of it comes to."""
    found, items = best(**cart), cart["items"]
    off = off_items(found, len(items))
    lines = [
        Charge(item.key, item.gross - taken, rates[item.key]) for item, taken in zip(items, off, strict=True)
    ]
    shipping = Charge("", cart["fee"] - sum(off_fee(found, cart["fee"])), of_shipping)
    costs = break_down(lines=lines, shipping=shipping, currency=cart["currency"])
    return {item.key: line for item, line in zip(items, costs.lines, strict=True)}, costs


@settings(max_examples=80)
@given(taxed_carts(), st.randoms(use_true_random=False))
def test_of_any_cart_with_promotions_at_any_rates_the_parts_are_the_whole(taxed, random: Random):
    cart, rates, of_shipping = taxed
    by_key, costs = broken_down(cart, rates, of_shipping)
    parts, unit = [*costs.lines, costs.shipping], smallest(cart["currency"])

    assert sum(one.gross for one in parts) == sum(one.gross for one in costs.taxes)
    assert sum(one.net for one in parts) == sum(one.net for one in costs.taxes)
    assert sum(one.tax for one in parts) == sum(one.tax for one in costs.taxes) == costs.tax
    for one in parts:
        exact = Fraction(one.gross) * Fraction(one.rate) / (100 + Fraction(one.rate))
        assert 0 <= one.tax <= one.gross and one.net >= 0
        assert abs(Fraction(one.tax) - exact) < Fraction(unit)
        assert {one.gross % unit, one.tax % unit} == {0}

    mixed = cart | {name: random.sample(cart[name], len(cart[name])) for name in ("items", "offers")}
    again, other = broken_down(mixed, rates, of_shipping)
    assert (again, other.shipping, other.taxes) == (by_key, costs.shipping, costs.taxes)


def items_of(*prices: str, quantity: int = 1):
    return [Item(f"sku-{at}", Decimal(price), quantity, at) for at, price in enumerate(prices, 1)]


def shares(offer, items, fee="4.00"):
    found = best(offers=[offer], items=items, fee=Decimal(fee), currency="EUR")
    return [str(share) for share in off_items(found, len(items))]


@pytest.mark.parametrize(
    ("offer", "expected"),
    [
        (Offer(1, PERCENT, percent=Decimal(10)), ["1.00", "0.50", "0.33"]),
        (Offer(1, AMOUNT, amount=Decimal("1.00")), ["0.55", "0.27", "0.18"]),
        (Offer(1, AMOUNT, amount=Decimal(999)), ["10.00", "5.00", "3.33"]),
        # Of three one is free: the cheapest.
        (Offer(1, PIECES, pieces=3, paid_pieces=2), ["0.00", "0.00", "3.33"]),
        (Offer(1, PIECES, pieces=2, paid_pieces=1, products=frozenset({1, 2})), ["0.00", "5.00", "0.00"]),
        (Offer(1, PERCENT, percent=Decimal(50), products=frozenset({2})), ["0.00", "2.50", "0.00"]),
    ],
)
def test_what_is_taken_off(offer, expected):
    assert shares(offer, items_of("10.00", "5.00", "3.33")) == expected


def test_what_is_taken_off_comes_one_after_the_other():
    items = items_of("10.00", quantity=2)
    given = [
        Offer(3, AMOUNT, amount=Decimal(5), combinable=True),
        Offer(2, PERCENT, percent=Decimal(10), combinable=True),
        Offer(1, PIECES, pieces=2, paid_pieces=1, combinable=True),
    ]
    found = best(offers=given, items=items, fee=Decimal(0), currency="EUR")

    assert [(one.offer.kind, one.off_items) for one in found] == [
        (PIECES, Decimal("10.00")),
        (PERCENT, Decimal("1.00")),
        (AMOUNT, Decimal("5.00")),
    ]


def test_shares_of_nothing_are_nothing():
    assert share_out(0, [0, 0]) == [0, 0] and share_out(7, []) == []

"""Promotions from the preview to the order that is given up: what applies, what is stored, and what goes back."""

from datetime import timedelta
from decimal import Decimal
from random import getrandbits

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from catalog.models import Category
from orders.audit import findings
from orders.errors import InvalidInput
from orders.models import OrderDiscount, Promotion, PromotionKind
from orders.pricing.codes import TooManyCodes
from orders.pricing.uses import PromotionUsedUp
from orders.status import OrderStatus
from staff.caller import address
from tests.factories import (
    Buyer,
    ask_refund,
    cancel,
    confirm,
    make_group,
    make_numbered,
    make_product,
    make_promotion,
    make_tax_class,
    make_variant,
    pay,
    return_money,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network():
    """Each test has one of its own: wrong codes are counted for an hour."""
    token = address.set(f"2001:db8:{getrandbits(16):x}:{getrandbits(16):x}::1")
    yield
    address.reset(token)


@pytest.fixture
def buyer():
    """A customer whose id no other test had, in this database or another that shares the cache."""
    return Buyer(pk=getrandbits(31))


def why_not(buyer, *items, code="CODE"):
    with pytest.raises(InvalidInput) as refused:
        buyer.preview(*(items or [(make_product(), 1)]), codes=[code])
    return refused.value.errors["codes.0"][0]


def test_a_percentage_off_an_order(buyer):
    make_promotion("10", code="SUMMER", name="Summer")
    dear = make_product(price=Decimal("19.99"), stock=9, tax_class=make_tax_class("20"))
    cheap = make_product(price=Decimal("0.99"), stock=9, tax_class=make_tax_class("5"))
    order = buyer.place((dear, 2), (cheap, 3), codes=[" summer "])
    order.refresh_from_db()
    first, second = order.lines.all()

    # 42.95 in all: 4.30 off, by largest remainder.
    assert (first.discount, second.discount) == (Decimal("4.00"), Decimal("0.30"))
    assert (first.line_total, second.line_total) == (Decimal("35.98"), Decimal("2.67"))
    assert (order.items_total, order.discount_total, order.shipping_discount) == (
        Decimal("38.65"),
        Decimal("4.30"),
        0,
    )
    assert order.total_amount == Decimal("42.65")
    assert first.tax_amount == Decimal("6.00") and second.tax_amount == Decimal("0.13")
    discount = order.discounts.get()
    assert (discount.code, discount.name, discount.kind, discount.amount) == (
        "SUMMER",
        "Summer",
        PromotionKind.PERCENT,
        Decimal("4.30"),
    )
    assert [(share.line, share.amount) for share in discount.shares.all()] == [
        (first, first.discount),
        (second, second.discount),
    ]
    assert Promotion.objects.get().used == 1
    assert list(findings()) == []


def test_an_amount_that_needs_no_code(buyer):
    make_promotion(kind=PromotionKind.AMOUNT, amount=Decimal(5))
    order = buyer.place((make_product(price=Decimal(3), stock=9), 1))

    # Not more than there is to pay for the things; the shipping is another matter.
    assert (order.items_total, order.total_amount) == (0, Decimal(4))
    assert list(findings()) == []


def test_free_shipping_for_each_way_to_send(buyer):
    make_promotion(kind=PromotionKind.FREE_SHIPPING, amount=Decimal(3), code="SENDFREE")
    preview = buyer.preview((make_product(price=Decimal(10), stock=9), 1), codes=["sendfree"])
    option = preview.option(buyer.table.pk)
    order = buyer.place_preview(preview)

    assert (option.fee, option.discount, preview.total(option)) == (Decimal(1), Decimal(3), Decimal(11))
    assert (order.shipping_fee, order.shipping_discount, order.discount_total) == (1, 3, 3)
    assert order.discounts.get().shipping_amount == 3 and not order.discounts.get().shares.exists()
    assert list(findings()) == []


def test_pieces_for_the_price_of_fewer(buyer):
    make_promotion(kind=PromotionKind.PIECES, pieces=3, paid_pieces=2)
    order = buyer.place((make_product(price=Decimal(10), stock=9), 7))

    assert (order.discount_total, order.items_total) == (20, 50)
    assert list(findings()) == []


def test_what_can_be_combined_is(buyer):
    make_promotion("10", combinable=True)
    make_promotion(kind=PromotionKind.FREE_SHIPPING, combinable=True, code="SENDFREE")
    make_promotion("15")
    product = make_product(price=Decimal(10), stock=99)
    alone, together = buyer.place((product, 1)), buyer.place((product, 1), codes=["sendfree"])

    assert alone.discount_total == Decimal("1.50")
    assert together.discount_total == 1 + 4 and together.discounts.count() == 2
    assert list(findings()) == []


def test_an_order_of_nothing_left_to_pay(buyer):
    make_promotion("100", combinable=True)
    make_promotion(kind=PromotionKind.FREE_SHIPPING, combinable=True)
    order = buyer.place((make_product(stock=9), 1))

    assert order.is_free
    assert list(findings()) == []


def _canceled(order):
    confirm(order)
    cancel(order)


def _refunded(order):
    confirm(order)
    pay(order)
    ask_refund(order)
    return_money(order)


@pytest.mark.parametrize("give_up", [_canceled, _refunded])
def test_what_an_order_used_goes_back_with_it_once(buyer, give_up):
    promotion = make_promotion(code="ONCE", limit=1, limit_per_customer=1)
    product = make_product(stock=9)
    order = buyer.place((product, 1), codes=["once"])
    assert why_not(buyer, (product, 1), code="once") == "This code has been used up."
    give_up(order)

    promotion.refresh_from_db()
    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELED
    assert promotion.used == 0 and OrderDiscount.objects.get().given_back_at == order.status_since
    assert list(findings()) == []
    assert buyer.place((product, 1), codes=["once"]).discount_total


def test_what_an_order_used_goes_back_when_it_is_not_confirmed(buyer):
    promotion = make_promotion(code="ONCE", limit=1)
    confirm(buyer.place((make_numbered(), 1), codes=["once"]))

    promotion.refresh_from_db()
    assert promotion.used == 0
    assert list(findings()) == []


def test_a_preview_that_comes_too_late_is_refused_and_changes_nothing(buyer):
    promotion = make_promotion(code="LAST", limit=1, name="Last")
    product = make_product(stock=9)
    first, second = (one.preview((product, 1), codes=["last"]) for one in (buyer, buyer))
    buyer.place_preview(first)
    with pytest.raises(PromotionUsedUp) as refused:
        buyer.place_preview(second)

    assert refused.value.members == {"codes": ["LAST"], "names": ["Last"]}
    assert "Last" in str(refused.value)
    promotion.refresh_from_db()
    assert promotion.used == 1 and buyer.user.orders.count() == 1
    assert list(findings()) == []


def test_a_preview_keeps_its_promise(buyer):
    """Terms that staff change meanwhile, or whose time is over, hold as the preview had them."""
    promotion = make_promotion("50", code="HALF")
    preview = buyer.preview((make_product(price=Decimal(10), stock=9), 1), codes=["half"])
    Promotion.objects.update(percent=10, minimum=1000, ends=timezone.now() - timedelta(days=1))

    assert buyer.place_preview(preview).discount_total == 5
    promotion.refresh_from_db()
    assert promotion.used == 1


def test_what_staff_have_switched_off_is_over_at_once(buyer):
    make_promotion(code="LEAKED")
    preview = buyer.preview((make_product(stock=9), 1), codes=["leaked"])
    Promotion.objects.update(is_active=False)

    with pytest.raises(PromotionUsedUp):
        buyer.place_preview(preview)


def test_a_first_order_is_the_first_one_that_came_to_something(buyer):
    make_promotion(code="WELCOME", first_order=True)
    product = make_product(stock=9)
    two = [buyer.preview((product, 1), codes=["welcome"]) for _ in range(2)]
    order = buyer.place_preview(two[0])
    with pytest.raises(PromotionUsedUp):
        buyer.place_preview(two[1])
    assert why_not(buyer, (product, 1), code="welcome") == "This code is for a first order only."

    _canceled(order)
    assert buyer.place((product, 1), codes=["welcome"]).discount_total


def test_a_code_for_one_customer_is_none_for_others(buyer):
    make_promotion(code="FORYOU", customer=buyer.user)
    assert buyer.preview((make_product(), 1), codes=["foryou"]).discounts
    assert why_not(Buyer(), code="foryou") == "This code is not valid."


NOW = timezone.now()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"is_active": False}, "This code is not valid."),
        ({"starts": NOW + timedelta(days=3)}, "This code is valid from"),
        ({"ends": NOW - timedelta(days=3)}, "This code has expired."),
        ({"limit": 0}, "This code has been used up."),
        ({"limit_per_customer": 0}, "You have already used this code."),
        ({"minimum": 20}, "Spend $7.50 more to use this code (minimum $20.00)."),
        (
            {"kind": "pieces", "pieces": 3, "paid_pieces": 2},
            "Add 2 more pieces to use this code.",
        ),
    ],
)
def test_a_code_says_which_condition_is_missing(buyer, fields, says):
    make_promotion(code="CODE", **fields)
    assert why_not(buyer).startswith(says)


def test_amounts_of_another_currency_count_for_nothing(buyer, settings):
    make_promotion(code="CODE", minimum=5)
    make_promotion(code="OTHER")
    settings.CURRENCY = "VND"

    assert why_not(buyer) == "This code is not valid."
    assert buyer.preview((make_product(), 1), codes=["other"]).discounts


def test_a_code_for_other_products_says_so(buyer):
    meant = make_product(stock=9)
    make_promotion(code="CODE", products=[meant])

    assert why_not(buyer) == "This code is not valid for the products in your cart."
    assert buyer.place((meant, 1), (make_product(stock=9), 1), codes=["code"]).discount_total == Decimal(
        "1.25"
    )


def test_a_promotion_of_a_category_is_for_what_is_in_it_and_below_it(buyer):
    home = Category.objects.create(name="Home", slug="home")
    lamps = Category.objects.create(name="Lamps", slug="lamps", parent=home)
    make_promotion("10", categories=[home])
    lamp, further, other = make_product(category=lamps), make_product(), make_product()
    further.also_in.add(lamps)
    preview = buyer.preview((lamp, 1), (further, 1), (other, 1))

    assert [line.discount for line in preview.lines] == [Decimal("1.25"), Decimal("1.25"), 0]
    assert not buyer.preview((other, 1)).discounts


def test_reasons_are_said_in_vietnamese(buyer):
    make_promotion(code="CODE", ends=NOW - timedelta(days=3))
    with translation.override("vi"):
        assert why_not(buyer) == "Mã này đã hết hạn."


def test_a_code_that_is_beaten_says_so(buyer):
    make_promotion("20")
    make_promotion("10", code="CODE")
    assert why_not(buyer) == "This code can't be combined with your other discounts, which save you more."


def test_a_code_for_shipping_of_what_is_not_sent_says_so(buyer):
    make_promotion(kind=PromotionKind.FREE_SHIPPING, code="CODE")
    says = "There is no shipping cost to reduce."
    assert why_not(buyer, (make_product(needs_parcel=False, weight_g=0), 1)) == says


@pytest.mark.parametrize("typed", ["summer", " SUMMER\u200b", "ＳＵＭＭＥＲ", "sum mer\x00", "summer\ud800"])
def test_how_a_code_is_typed_makes_no_difference(buyer, typed):
    make_promotion(code="SUMMER")
    assert buyer.preview((make_product(), 1), codes=[typed]).discounts


@pytest.mark.parametrize("dash", ["\u2013", "\u2014", "\u2011", "\u2212"], ids=ascii)
def test_a_dash_that_a_telephone_makes_of_a_hyphen_is_one(buyer, dash):
    make_promotion(code="SUMMER-10")
    assert buyer.preview((make_product(), 1), codes=[f"Summer{dash}10"]).discounts


def test_too_many_codes_of_one_order(buyer):
    with pytest.raises(InvalidInput) as refused:
        buyer.preview((make_product(), 1), codes=[f"CODE-{n}" for n in range(6)])
    assert refused.value.errors == {"codes.5": ["An order has at most 5 codes."]}


def test_guessing_codes_comes_to_an_end(buyer, settings):
    settings.CODE_TRIES_OF_CUSTOMER = 3
    make_promotion(code="RIGHT", minimum=100)
    make_promotion(code="GOOD")
    # What is a code is no guess, whether it applies or not.
    for _ in range(5):
        why_not(buyer, code="right")
        assert buyer.preview((make_product(), 1), codes=["good"]).discounts
    for _ in range(3):
        why_not(buyer, code="wrong")

    with pytest.raises(TooManyCodes):
        buyer.preview((make_product(), 1), codes=["good"])
    assert buyer.preview((make_product(), 1))
    assert Buyer().preview((make_product(), 1), codes=["good"])


def test_guesses_of_one_network_are_counted_together(settings):
    settings.CODE_TRIES_OF_NETWORK = 3
    for _ in range(3):
        why_not(Buyer(), code="wrong")

    with pytest.raises(TooManyCodes):
        why_not(Buyer(), code="wrong")


@pytest.mark.parametrize("many", [1, 4])
def test_placing_takes_one_statement_more_however_many_promotions(buyer, many):
    products = [make_product(stock=99) for _ in range(many)]
    items = [(product, 1) for product in products]
    plain = buyer.preview(*items)
    with CaptureQueriesContext(connection) as without:
        buyer.place_preview(plain)
    for _ in range(many):
        make_promotion(combinable=True)
    with_some = buyer.preview(*items)
    with CaptureQueriesContext(connection) as captured:
        order = buyer.place_preview(with_some)

    assert order.discounts.count() == many
    assert len(captured) == len(without) + 1


def test_a_category_means_what_is_below_it_and_what_is_in_it_besides(buyer):
    home = Category.objects.create(name="Home", slug="home")
    textiles = Category.objects.create(name="Textiles", slug="textiles", parent=home)
    sale = Category.objects.create(name="Sale", slug="sale")
    shirt = make_group(Size=["M"], category=textiles)
    below, besides, elsewhere = make_variant(shirt, "M"), make_product(), make_product()
    besides.also_in.add(home)
    make_promotion("10", categories=[home])
    taken = [bool(buyer.preview((one, 1)).discounts) for one in (below, besides, elsewhere)]
    assert taken == [True, True, False]
    Promotion.objects.all().delete()
    make_promotion("20", categories=[sale])
    assert not buyer.preview((below, 1)).discounts
    shirt.also_in.add(sale)
    assert buyer.preview((below, 1)).discounts

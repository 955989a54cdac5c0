"""Gift cards in a cart: what has none of its worth is not sold, and all kinds of money and discounts meet in one order."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from orders.errors import InvalidInput
from orders.gift_cards.issuing import GiftCardSpent
from orders.models import GiftCard, Order, PromotionKind
from orders.reports import tax_report
from orders.status import OrderStatus
from tests.factories import (
    add_rate,
    ask_refund,
    change,
    confirm,
    make_gift_card,
    make_gift_product,
    make_group,
    make_product,
    make_promotion,
    make_tax_class,
    make_variant,
    pay,
    redeem,
    return_money,
    standard_class,
)
from tests.orders.actions.drafts import Desk, line
from tests.orders.audited import run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
S = OrderStatus


def again(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def balances() -> list[Decimal]:
    return list(GiftCard.objects.order_by("pk").values_list("balance", flat=True))


def test_one_that_costs_nothing_in_what_the_currency_has_is_not_sold(buyer, settings):
    settings.CURRENCY = "VND"
    with pytest.raises(InvalidInput) as refused:
        buyer.preview((make_gift_product("0.30"), 1))
    assert list(refused.value.errors) == ["items"]


def test_staff_give_none_away_by_a_price_of_nothing():
    desk = Desk()
    card = make_gift_product("50")
    with pytest.raises(InvalidInput) as refused:
        desk.price(desk.save(line(card, 1, "0"), line(desk.cup)))
    assert list(refused.value.errors) == ["items"]
    preview = desk.price(desk.save(line(card, 1, "40"), line(desk.cup)))
    assert preview.lines[0].unit_price == 40


def test_a_card_is_bought_with_a_card_and_its_money_goes_back_the_way_it_came(buyer):
    first = make_gift_card("60")
    order = buyer.order_in(S.PAY_REQUIRED, (make_gift_product("40"), 1), (make_product(stock=5, price=6), 1))
    redeem(order, first)
    assert balances() == [10, 40]
    other = buyer.order_in(S.PAY_REQUIRED, (make_gift_product("30"), 1), (make_product(stock=5, price=2), 1))
    redeem(other, GiftCard.objects.order_by("pk").last())
    assert (again(other).status, balances()) == (S.PAID, [10, 4, 30])
    assert run() == []

    with pytest.raises(GiftCardSpent):
        ask_refund(again(order))
    ask_refund(again(other))
    ask_refund(again(order))

    assert balances() == [60, 0, 0]
    assert run() == []


def test_cards_of_several_worths_are_variants(buyer):
    group = make_group("Gift card", Worth=["25", "50"])
    given = {"is_gift_card": True, "needs_parcel": False, "weight_g": 0, "stock": 5}
    small, large = (make_variant(group, worth, price=Decimal(worth), **given) for worth in ("25", "50"))
    buyer.order_in(S.PAID, (small, 2), (large, 1), (make_product(stock=5), 1))
    assert balances() == [25, 25, 50]
    assert run() == []


@pytest.fixture
def everything(buyer) -> Order:
    """Goods at two rates, one that is to come, a card, four promotions; 23.33 by two cards and the rest at the provider."""
    add_rate(standard_class(), "19")
    make_promotion("10", combinable=True)
    make_promotion(kind=PromotionKind.PIECES, pieces=3, paid_pieces=2, combinable=True)
    make_promotion(kind=PromotionKind.FREE_SHIPPING, combinable=True)
    make_promotion(kind=PromotionKind.AMOUNT, amount=Decimal("7.77"), combinable=True, code="SEVEN")
    later = timezone.localdate() + timedelta(days=5)
    order = buyer.place(
        (make_product(stock=9, price=Decimal("9.99"), sku="CUP"), 2),
        (make_product(stock=9, price=Decimal("3.33"), tax_class=make_tax_class("7")), 5),
        (make_gift_product("25"), 1),
        (make_product(stock=9, price=Decimal(20), available_from=later), 1),
        codes=["seven"],
    )
    confirm(order)
    for worth in ("20", "3.33"):
        redeem(again(order), make_gift_card(worth))
    pay(again(order))
    return again(order)


def test_all_of_it_together_adds_up_until_all_of_it_is_back(everything):
    assert everything.status == S.PAID
    # Two of eight pieces are free, the cheapest; a tenth of the rest; 7.77; and nothing of the card.
    assert [(one.kind, one.amount) for one in everything.discounts.all()] == [
        ("pieces", Decimal("6.66")),
        ("percent", Decimal("5.00")),
        ("amount", Decimal("7.77")),
        ("free_shipping", Decimal("4.00")),
    ]
    assert everything.lines.get(product__is_gift_card=True).line_total == 25
    assert run() == []

    change(everything, "cancel", {"CUP": 1})
    return_money(everything)
    assert run() == []
    ask_refund(again(everything))
    return_money(everything)

    assert again(everything).status == S.CANCELED
    assert balances() == [20, Decimal("3.33"), 0]
    assert sum(paper.total for paper in everything.invoices.all()) == 0
    today = timezone.localdate()
    lines = tax_report.lines(first=today - timedelta(days=1), last=today)
    assert lines and {(one.net, one.tax, one.gross) for one in lines} == {(0, 0, 0)}
    assert run() == []

"""The audit adds up what promotions took off every order, and counts their uses."""

from contextlib import nullcontext
from decimal import Decimal
from hashlib import sha256
from random import Random

import pytest
from django.db import connection

from orders import audit, chaining
from orders.models import OrderDiscount, Promotion, PromotionKind
from tests.factories import Buyer, make_product, make_promotion, make_tax_class
from tests.orders.audit.checks.money.test_tax import NO_TAX, SAID_BEFORE
from tests.orders.audited import check_damage, damage, open_shop, run, table

pytestmark = pytest.mark.django_db
ORDER = "UPDATE orders_order SET {} WHERE id = %(order)s"
LINE = "UPDATE orders_orderline SET {} WHERE order_id = %(order)s AND sku = 'CUP'"
OF_ORDER = "(SELECT id FROM orders_orderdiscount WHERE order_id = %(order)s)"
DISCOUNT = "UPDATE orders_orderdiscount SET {} WHERE order_id = %(order)s AND name = '{}'"
SHARE = f"UPDATE orders_discountshare SET {{}} WHERE discount_id IN {OF_ORDER}"  # noqa: S608 our own words
WRITTEN = "order {order}: step 1 is not what was written, or what stood before it has changed"

# The order is two cups for 25.00, two keys for nothing and shipping for 4.00; 10 % (2.50) and 3.00 of the shipping are off.
DAMAGE = [
    ("a line's discount", "pending", LINE.format("discount = 2.51, line_total = 22.49"),
        "line 1 (CUP): discount 2.51 is not the sum of its shares, 2.50"),
    ("a line's discount alone", "pending", LINE.format("discount = 2.49"),
        "line 1 (CUP): total 22.50 is not 2 x 12.50 - 2.49"),
    ("a share", "pending", SHARE.format("amount = 2.49"),
        "discount Percent: 2.50 is not the sum of its shares, 2.49, and of what it took off the shipping, 0.00"),
    ("a share taken away", "pending", f"DELETE FROM orders_discountshare WHERE discount_id IN {OF_ORDER}",  # noqa: S608 our own words

        "line 1 (CUP): discount 2.50 is not the sum of its shares, 0"),
    ("a share of a line that is gone", "pending", SHARE.format("line_id = 0"),
        "order unknown, line ? (): has a share of a discount, 2.50, and the line is gone"),
    ("the amount of a discount", "pending", DISCOUNT.format("amount = 3.50", "Percent"),
        "order {order}: discount 5.50 is not what promotions took off, 6.50"),
    ("a discount on shipping", "pending", DISCOUNT.format("shipping_amount = 2.00, amount = 2.00", "Shipping"),
        "order {order}: discount 3.00 on shipping is not what promotions took off it, 2.00"),
    ("the order's discount", "pending", ORDER.format("discount_total = 5.00"),
        "order {order}: discount 5.00 is not that of its lines, 2.50, and of its shipping, 3.00"),
    ("the order's discount on shipping", "pending", ORDER.format("shipping_discount = 2.00"),
        "order {order}: discount 2.00 on shipping is not what promotions took off it, 3.00"),
    ("less than a cent", "pending", ORDER.format("currency = 'JPY'"), "discount Percent: 2.50 is no amount in JPY"),
    ("a voucher counted twice", "pending",
        "UPDATE orders_promotion SET used = used + 1 WHERE name = 'Percent'",
        "promotion Percent: counts 3 uses, and orders have 2"),
    ("more often than it may be", "pending", "UPDATE orders_promotion SET \"limit\" = 1 WHERE name = 'Percent'",
        "promotion Percent: was used 2 times, more often than 1"),
    ("a voucher used twice in an order", "pending", DISCOUNT.format(
        "promotion_id = (SELECT id FROM orders_promotion WHERE name = 'Percent')", "Shipping"),
        "discount Percent: its promotion was used 2 times"),
    ("a use of no promotion", "pending", DISCOUNT.format("promotion_id = 0", "Percent"),
        "discount Percent: its promotion is gone"),
    ("a discount of nothing", "pending", DISCOUNT.format("amount = 0", "Percent"),
        "discount Percent: takes off nothing, or less than nothing"),
    ("given back too soon", "pending", DISCOUNT.format("given_back_at = now()", "Percent"),
        "discount Percent: the order is pending, and its use was given back"),
    ("not given back", "canceled", DISCOUNT.format("given_back_at = NULL", "Percent"),
        "discount Percent: the order is canceled, and its use was not given back"),
    ("given back twice", "canceled", "UPDATE orders_promotion SET used = used - 1 WHERE name = 'Percent'",
        "promotion Percent: counts 0 uses, and orders have 1"),
    ("another name", "pending", DISCOUNT.format("name = 'Other'", "Percent"), WRITTEN),
    ("a list price that there was not", "pending", LINE.format("list_price = 20"), WRITTEN),
    ("a list price below the price", "pending", LINE.format("list_price = 12.50"),
        "line 1 (CUP): was on sale for 12.50, and cost 12.50 before"),
]  # fmt: skip
WITHOUT_ORDER = DISCOUNT.format("order_id = '00000000-0000-0000-0000-000000000000'", "Shipping")


@pytest.fixture(scope="class")
def shop(request, world):
    """A shop with two promotions that apply by themselves, with an order of the name that is asked for."""
    with world(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "snapshot", nullcontext)
        make_promotion("10", name="Percent", combinable=True)
        make_promotion(name="Shipping", kind=PromotionKind.FREE_SHIPPING, amount=Decimal(3), combinable=True)
        shop = open_shop(request.param)
        shop.buyer.place((make_product(stock=3, sku="OTHER"), 1))
        assert run() == []
        yield shop


@table(DAMAGE)
class TestDamage:
    def test_it_is_named(self, shop, statement, words):
        check_damage(shop, statement, words)


@pytest.mark.usefixtures("in_the_tests_transaction")
def test_every_cart_adds_up_in_the_database(settings):
    random, buyer = Random(17), Buyer()
    products = [
        make_product(price=Decimal(random.randint(1, 4000)) / 4, stock=999, tax_class=make_tax_class(percent))
        for percent in ("0", "5", "8.25", "19.6", "20")
    ]
    for currency in ("EUR", "VND"):
        settings.CURRENCY = currency
        Promotion.objects.update(is_active=False)
        make_promotion("7.5", combinable=True, products=products[:2])
        make_promotion("33.3333", combinable=True, minimum=100)
        make_promotion(kind=PromotionKind.AMOUNT, amount=Decimal(77), combinable=True)
        make_promotion(kind=PromotionKind.PIECES, pieces=3, paid_pieces=1, combinable=True)
        make_promotion(kind=PromotionKind.FREE_SHIPPING, amount=Decimal(1), combinable=True)
        make_promotion("60", limit=2)
        for _ in range(6):
            chosen = random.sample(products, random.randint(1, len(products)))
            buyer.place(*[(product, random.randint(1, 9)) for product in chosen])
    assert OrderDiscount.objects.count() > 20

    assert run() == []


@pytest.mark.usefixtures("in_the_tests_transaction")
def test_a_share_in_another_order_is_named():
    make_promotion(name="Percent")
    shop = open_shop("pending")
    shop.buyer.place((make_product(stock=3, sku="OTHER"), 1))
    other = "line_id = (SELECT id FROM orders_orderline WHERE sku = 'OTHER')"
    damage(SHARE.format(other), shop, order=shop.orders["pending"])

    said = f"order {shop.orders['pending'].number}, discount Percent: has shares in lines of another order"
    assert said in run()


@pytest.mark.usefixtures("in_the_tests_transaction")
def test_a_use_without_its_order_is_named():
    make_promotion(name="Shipping", kind=PromotionKind.FREE_SHIPPING)
    shop = open_shop("pending")
    damage(WITHOUT_ORDER, shop, order=shop.orders["pending"])

    nobody = "order 00000000-0000-0000-0000-000000000000: used promotions, and the order is gone"
    assert nobody in run()


@pytest.mark.usefixtures("in_the_tests_transaction")
def test_orders_from_before_there_were_discounts_say_what_they_said():
    shop = open_shop("pay_required")
    order = shop.orders["pay_required"]
    again = "; ".join([NO_TAX.format("NULL"), "UPDATE orders_statuschange SET hash = NULL"])
    damage(again, shop, order=order)
    chaining.link_all()

    with connection.cursor() as cursor:
        cursor.execute(SAID_BEFORE, [order.pk])
        said = cursor.fetchone()[0]
    assert bytes(order.history.get(sequence=1).hash) == sha256(said.encode()).digest()
    assert run() == []

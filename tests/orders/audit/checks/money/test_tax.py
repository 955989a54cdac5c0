"""The audit works out the tax of every order once more, and finds what was changed past every guard."""

from contextlib import nullcontext
from decimal import Decimal
from hashlib import sha256
from random import Random

import pytest
from django.db import connection

from orders import audit, chaining
from orders.models import OrderLine
from tests.factories import Buyer, add_rate, make_product, make_tax_class, standard_class
from tests.orders.audited import check_damage, damage, open_shop, run, table

pytestmark = pytest.mark.django_db
ORDER = "UPDATE orders_order SET {} WHERE id = %(order)s"
LINE = "UPDATE orders_orderline SET {} WHERE order_id = %(order)s AND sku = 'CUP'"
PAPER = "UPDATE orders_invoice SET snapshot = jsonb_set(snapshot, '{}', '{}') WHERE order_id = %(order)s"
# What the first row of a history said before tax was kept.
SAID_BEFORE = """
SELECT concat(ROW(s.id, s.order_id, s.sequence, s.from_status, s.to_status, extract(epoch FROM s.at), s.actor_id, s.reason,
    s.note, encode(s.held, 'hex'))::text,
(SELECT ROW(o.number, o.customer_id, extract(epoch FROM o.placed_at), o.currency, o.items_total, o.shipping_fee,
    o.total_amount, o.needs_parcel, o.price_table_id)::text FROM orders_order o WHERE o.id = s.order_id),
(SELECT string_agg(ROW(l.id, l.position, l.product_id, l.inventory, l.sku, l.name, l.quantity, l.unit_price,
    l.line_total)::text, '' ORDER BY l.position) FROM orders_orderline l WHERE l.order_id = s.order_id))
FROM orders_statuschange s WHERE s.order_id = %s AND s.sequence = 1
"""
NO_TAX = "; ".join(
    [
        "UPDATE orders_orderline SET tax_rate = {0}, tax_amount = {0} WHERE order_id = %(order)s",
        ORDER.format("tax_total = {0}, shipping_tax = {0}, shipping_tax_rate = {0}"),
    ]
)
WRITTEN = "order {order}: step 1 is not what was written, or what stood before it has changed"

# The order is two cups for 25.00 and two keys for nothing, with shipping for 4.00, all at 20 %: 4.83 of tax.
DAMAGE = [
    ("a share", "pending", LINE.format("tax_amount = 4.16"),
        "line 1 (CUP): tax 4.16 is not its share at 20 %, 4.17"),
    ("a share, and the sum with it", "pending",
        LINE.format("tax_amount = 4.10") + "; " + ORDER.format("tax_total = 4.76"),
        "line 1 (CUP): tax 4.10 is not its share at 20 %, 4.17"),
    ("from one share to another", "pending",
        LINE.format("tax_amount = 4.16") + "; " + ORDER.format("shipping_tax = 0.67"),
        "shipping: tax 0.67 is not its share at 20 %, 0.66"),
    ("a rate", "pending", LINE.format("tax_rate = 10"), "line 1 (CUP): tax 4.17 is not its share at 10 %, 2.27"),
    ("the rate of shipping", "pending", ORDER.format("shipping_tax_rate = 0"),
        "shipping: tax 0.66 is not its share at 0 %, 0.00"),
    ("the sum", "pending", ORDER.format("tax_total = 4.84"),
        "order {order}: tax 4.84 is not the sum of its shares, 4.83"),
    ("no share", "pending", LINE.format("tax_amount = NULL, tax_rate = NULL"),
        "order {order}: has tax in some of its amounts, and none in others"),
    ("no sum", "pending", ORDER.format("tax_total = NULL"),
        "order {order}: has tax in some of its amounts, and none in others"),
    ("a reason for none", "pending", ORDER.format("tax_reason = 'export'"),
        "order {order}: says why it has no tax, and has some"),
    ("a reason without its ground", "pending",
        NO_TAX.format("0") + "; " + ORDER.format("tax_reason = 'intra_eu', billing_snapshot = '{}'"),
        "order {order}: has no tax, and no VAT id that holds"),
    ("a reason, and a ground for it", "pending", NO_TAX.format("0") + "; " + ORDER.format(
        "tax_reason = 'export', billing_snapshot = jsonb_build_object('vat_check', 'in_use')"), WRITTEN),
    ("to whom it is billed", "pending",
        ORDER.format("billing_snapshot = jsonb_build_object('vat_id', 'DE136695976', 'country', 'DE')"), WRITTEN),
    ("all of it, as if from before", "pending", NO_TAX.format("NULL"), WRITTEN),
    ("all of it, for another rate that adds up", "pending", NO_TAX.format("0"), WRITTEN),
]  # fmt: skip


@pytest.fixture(scope="class")
def shop(request, world):
    """A shop that takes 20 %, with an order of the name that is asked for, for all rows of the table."""
    with world(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "snapshot", nullcontext)
        add_rate(standard_class(), "20")
        shop = open_shop(request.param)
        shop.buyer.place((make_product(stock=3, sku="OTHER"), 1))
        assert run() == []
        yield shop


@table(DAMAGE)
class TestDamage:
    def test_it_is_named(self, shop, statement, words):
        check_damage(shop, statement, words)


@pytest.mark.usefixtures("in_the_tests_transaction")
def test_every_cart_comes_to_the_same_in_the_database(settings):
    random = Random(17)
    buyer, classes = Buyer(), [make_tax_class(percent) for percent in ("0", "5", "8.25", "19.6", "100")]
    products = [
        make_product(
            sku=sku,
            slug=f"thing-{at}",
            price=Decimal(random.randint(1, 400)) / 4,
            stock=999,
            tax_class=random.choice([None, *classes]),
        )
        for at, sku in enumerate(("a", "B", "c", "Z", "é", "字", "-1"))
    ]
    for currency in ("EUR", "VND"):
        settings.CURRENCY = currency
        for _ in range(8):
            chosen = random.sample(products, random.randint(1, len(products)))
            buyer.place(*[(product, random.randint(1, 9)) for product in chosen])
    assert OrderLine.objects.filter(tax_amount__gt=0).count() > 20

    assert run() == []


@pytest.mark.usefixtures("in_the_tests_transaction")
def test_orders_from_before_tax_was_kept_say_what_they_said():
    shop = open_shop("pay_required")
    order = shop.orders["pay_required"]
    damage(
        "; ".join([NO_TAX.format("NULL"), "UPDATE orders_statuschange SET hash = NULL"]),
        shop,
        order=order,
    )
    chaining.link_all()

    with connection.cursor() as cursor:
        cursor.execute(SAID_BEFORE, [order.pk])
        said = cursor.fetchone()[0]
    assert bytes(order.history.get(sequence=1).hash) == sha256(said.encode()).digest()
    assert run() == []

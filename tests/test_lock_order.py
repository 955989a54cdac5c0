"""The watch itself: what it takes for a lock, and what it says to a wrong order."""

import pytest
from django.db import transaction

from catalog.inventory import taking
from orders.documents import invoices
from orders.models import InvoiceKind, Order
from tests import lock_order
from tests.factories import make_product


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ('SELECT * FROM "catalog_product" WHERE id = 1 FOR NO KEY UPDATE', {"catalog_product"}),
        (
            'SELECT * FROM "orders_order" INNER JOIN "accounts_user" ON 1 FOR NO KEY UPDATE OF "orders_order"',
            {"orders_order"},
        ),
        ("SELECT p.id FROM orders_promotion p ORDER BY p.id FOR NO KEY UPDATE OF p", {"orders_promotion"}),
        ('UPDATE "catalog_number" SET state = 1', {"catalog_number"}),
        (
            "INSERT INTO orders_invoicecounter (kind) VALUES ('invoice') ON CONFLICT (kind) DO UPDATE",
            {"orders_invoicecounter"},
        ),
        ('INSERT INTO "orders_order" (id) VALUES (1)', set()),
        ('SELECT * FROM "orders_order" WHERE "orders_order"."id" = 1', set()),
    ],
)
def test_a_statement_locks(sql, tables):
    assert lock_order.locked_by(sql) == tables


@pytest.mark.django_db
@transaction.atomic
def test_goods_after_the_counter_are_refused_here():
    product = make_product()
    invoices._next_number(Order(), InvoiceKind.INVOICE)

    with pytest.raises(lock_order.WrongOrder, match="catalog_product is locked after orders_invoicecounter"):
        taking.lock([product.pk])


@pytest.mark.django_db
@transaction.atomic
def test_goods_before_the_counter_are_what_is_promised():
    product = make_product()
    taking.lock([product.pk])
    invoices._next_number(Order(), InvoiceKind.INVOICE)

    assert taking.lock([product.pk]) == [product]

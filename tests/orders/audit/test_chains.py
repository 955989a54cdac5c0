"""Rows are chained by hash: by everybody who inserts them, at once too; and what was hashed anew is told by digests."""

from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal
from functools import partial
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from catalog import inventory
from orders import audit, chaining
from orders.audit import heads
from orders.models import LedgerEntry, Order, StatusChange
from orders.status import OrderStatus
from tests.factories import (
    Buyer,
    ask_refund,
    cancel,
    confirm,
    give_credit,
    make_gift_card,
    make_numbered,
    make_product,
    pay,
    redeem,
)
from tests.orders.audit.world import linked
from tests.orders.audited import ORDERS, damage, open_shop, run
from tests.parallel import at_once

S = OrderStatus


@pytest.mark.django_db(transaction=True)
def test_orders_for_the_same_products_at_once_make_one_chain_of_movements():
    """Both orders take both products, and others receive pieces of them: each movement follows upon one other."""
    products = [make_product(stock=500) for _ in range(2)]
    buyers = [Buyer() for _ in range(4)]

    def buy(buyer: Buyer) -> None:
        for _ in range(5):
            order = buyer.place((products[0], 1), (products[1], 1))
            confirm(order)
            cancel(order)

    def receive() -> None:
        for _ in range(5):
            for product in products:
                inventory.receive(product_id=product.pk, quantity=1, actor=None)

    at_once([*(lambda b=buyer: buy(b) for buyer in buyers), receive])

    assert linked()["catalog_stockmovement"] == 2 * (1 + 4 * 5 * 2 + 5)
    assert list(audit.findings()) == []


@pytest.mark.django_db(transaction=True)
def test_who_use_one_card_and_give_it_back_at_once_make_one_chain_of_its_movements():
    buyers = [Buyer() for _ in range(3)]
    orders = [
        buyer.order_in(S.PAY_REQUIRED, (make_product(stock=9, price=Decimal(3)), 1)) for buyer in buyers
    ]
    card = make_gift_card("500")

    def use(order: Order) -> None:
        ask_refund(redeem(order, card))

    def give() -> None:
        for _ in range(4):
            give_credit(buyers[0].user, "5")

    at_once([*(partial(use, order) for order in orders), give, give])

    assert linked()["orders_giftcardentry"] == 1 + 3 * 2 + 8
    assert list(audit.findings()) == []


def test_digests_from_before_cards_were_chained_still_hold(looked_at_from_inside, monkeypatch, tmp_path):
    open_shop("by_card")
    later(monkeypatch)
    file = kept(tmp_path)
    first, *rest = file.read_text().splitlines()
    assert any(line.startswith("cards ") for line in rest)
    until = " ".join(first.split()[:2])
    file.write_text("\n".join([until, *(line for line in rest if not line.startswith("cards "))]))

    assert audit_since(file) == ""


def forget_hashes() -> None:
    with connection.cursor() as cursor:
        for chain, model in chaining.CHAINS:
            chaining.allow(cursor, chaining.protection_of(model))
            held = ", held = NULL" if model is StatusChange else ""
            cursor.execute(f"UPDATE {chain.table} SET hash = NULL{held}")  # noqa: S608 our own names


def test_rows_from_before_are_linked_in_pieces_and_go_on(in_the_tests_transaction, monkeypatch):
    # Before there were chains no change took a number away.
    shop = open_shop(
        *(name for name in ORDERS if not name.startswith(("part_", "canceled_in_", "came_back")))
    )
    counts = linked()
    forget_hashes()
    assert any("carries no hash" in line for line in run())
    # What is inserted meanwhile after a row without a hash has none either.
    cancel(shop.orders["pay_required"])
    monkeypatch.setattr("chains.BATCH_SIZE", 7)
    monkeypatch.setattr("chains.OWNERS", 5)

    assert sum(chaining.link_all().values()) > sum(counts.values())

    assert linked() and run() == []
    shop.buyer.order_in(S.DONE, (shop.cups, 1), (shop.keys, 1))
    assert linked() and run() == []
    assert set(chaining.link_all().values()) == {0}


def hash_anew(shop, order) -> None:
    """As somebody who may do everything, and knows how it is done, in the chain of an order."""
    damage("UPDATE orders_ledgerentry SET hash = NULL WHERE order_id = %(order)s", shop, order=order)
    chaining.LEDGER.link(chaining.protection_of(LedgerEntry))


def later(monkeypatch) -> None:
    """Nothing of the test is young any more."""
    monkeypatch.setattr(heads, "YOUNG", timedelta(minutes=-1))


def kept(tmp_path):
    out = StringIO()
    call_command("audit", "--heads", stdout=out)
    file = tmp_path / "heads"
    file.write_text(out.getvalue())
    return file


def audit_since(file) -> str:
    out = StringIO()
    try:
        call_command("audit", "--since", str(file), stdout=out)
    except CommandError as error:
        return out.getvalue() + str(error)
    return ""


@pytest.fixture
def looked_at_from_inside(monkeypatch, db):
    monkeypatch.setattr(audit, "snapshot", nullcontext)


def test_what_was_hashed_anew_is_told_by_the_digest_of_its_day(looked_at_from_inside, monkeypatch, tmp_path):
    shop = open_shop("paid", "done")
    later(monkeypatch)
    file = kept(tmp_path)
    assert audit_since(file) == ""
    order = shop.orders["paid"]
    damage("UPDATE orders_ledgerentry SET note = 'x' WHERE order_id = %(order)s", shop, order=order)
    hash_anew(shop, order)
    assert run() == []

    today = timezone.now().date().isoformat()
    assert audit_since(file).startswith(
        f"ledger of {today}: is not what it was: it had 2 rows, and has 2\n1 things"
    )


def test_an_order_that_was_wiped_out_is_told_by_the_digests(looked_at_from_inside, monkeypatch, tmp_path):
    shop = open_shop("pending")
    gone = shop.buyer.place((make_numbered(numbers=1), 1))
    later(monkeypatch)
    file = kept(tmp_path)
    damage(
        "DELETE FROM orders_feedentry WHERE order_id = %(order)s; DELETE FROM orders_mail WHERE order_id = %(order)s; "
        "DELETE FROM orders_statuschange WHERE order_id = %(order)s; "
        "DELETE FROM orders_orderline WHERE order_id = %(order)s; DELETE FROM orders_order WHERE id = %(order)s",
        shop,
        order=gone,
    )
    assert run() == []

    assert "history of" in audit_since(file)


def test_what_came_since_the_digests_is_no_difference(looked_at_from_inside, tmp_path):
    shop = open_shop("paid")
    file = kept(tmp_path)
    order = shop.buyer.place((shop.cups, 1))
    confirm(order)
    pay(order)

    assert audit_since(file) == ""


@pytest.mark.parametrize(
    "words", ["", "until yesterday", "nonsense", "until 2026-01-01T00:00:00+00:00\nledger x"]
)
def test_what_are_no_digests_is_said(looked_at_from_inside, tmp_path, words):
    file = tmp_path / "heads"
    file.write_text(words)

    assert "these are no digests" in audit_since(file)

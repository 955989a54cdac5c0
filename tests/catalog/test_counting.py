"""What lies on the shelf is counted, and what of it is promised to orders is never sold again."""

from functools import partial
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from bulk.models import ImportJob
from catalog import inventory
from catalog.models import Product
from orders.audit import findings
from orders.checkout.placement.placement import place_order
from orders.checkout.placement.stock import InsufficientStock
from orders.status import UNSENT, OrderStatus
from tests.bulk.tables import checked, counts, exported, imported, problems, rows_of, run
from tests.factories import (
    Buyer,
    cancel,
    complete,
    make_numbered,
    make_product,
    make_staff,
    pay,
    return_money,
)
from tests.html_form import fields_of
from tests.orders import audited
from tests.parallel import at_once

pytestmark = pytest.mark.django_db
S = OrderStatus


def figures(product: Product) -> tuple[int, int, int]:
    """On hand, promised, free."""
    product.refresh_from_db()
    return product.on_hand, product.promised, product.stock_quantity


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def count_at(desk, product: Product, pieces: int, **sent):
    data = {"kind": "counted", "counted-quantity": pieces, "counted-reason": "counted by hand"} | sent
    return desk.post(reverse("admin:catalog_product_stock", args=[product.pk]), data)


def test_a_delivery_that_is_booked_by_two_clicks_is_booked_once(desk):
    cup = make_product(stock=4)
    page = reverse("admin:catalog_product_stock", args=[cup.pk])
    shown = fields_of(desk.get(page).text, "received")
    said = shown | {"received-quantity": "10", "received-reason": "delivery"}

    assert desk.post(page, said).status_code == 302
    again = desk.post(page, said)

    assert "This page said 4 on hand, and now it is 14" in again.text
    assert figures(cup)[0] == 14
    # Another delivery of as many, which somebody means.
    more = fields_of(again.text, "received")
    assert desk.post(page, more).status_code == 302
    assert figures(cup)[0] == 24


# --- the model -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [status for status in S if status != S.NOT_CONFIRMED])
def test_an_orders_pieces_are_promised_until_it_is_sent_or_given_up(buyer, status):
    cup = make_product(stock=10)
    buyer.order_in(status, (cup, 3))
    expected = {S.DONE: (7, 0, 7), S.CANCELED: (10, 0, 10)}.get(status, (10, 3, 7))
    assert figures(cup) == expected
    assert (status in UNSENT) == (figures(cup)[1] == 3)
    assert list(findings()) == []


def test_an_order_without_numbers_and_one_whose_money_went_back_promise_nothing(buyer):
    cup = make_product(stock=10)
    buyer.order_in(S.NOT_CONFIRMED, (make_numbered(numbers=1), 2))
    return_money(buyer.order_in(S.REFUND, (cup, 3)))
    assert figures(cup) == (10, 0, 10)
    assert list(findings()) == []


def test_what_is_promised_can_not_be_less_than_nothing():
    cup = make_product(stock=10)
    with pytest.raises(IntegrityError), transaction.atomic():
        inventory.send(quantities={cup.pk: 1})
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(pk=make_numbered().pk).update(promised=1)


def test_a_shop_from_before_knows_what_its_open_orders_hold(buyer):
    cup, pot = make_product(stock=20), make_product(stock=6)
    for status in (S.PENDING, S.PAY_REQUIRED, S.PAID, S.DONE, S.REFUND, S.CANCELED):
        buyer.order_in(status, (cup, 2), (pot, 1))
    before = figures(cup), figures(pot)
    Product.objects.update(promised=0)
    with connection.cursor() as cursor:
        cursor.execute(import_module("orders.migrations.0018_promised").PROMISE)
    assert (figures(cup), figures(pot)) == before == ((18, 8, 10), (5, 4, 1))
    assert list(findings()) == []


def test_the_audit_finds_a_promise_that_no_order_has(buyer):
    cup = make_product(stock=10, sku="CUP")
    buyer.order_in(S.PAID, (cup, 3))
    Product.objects.update(promised=2)
    assert list(findings()) == ["product CUP: 2 are promised, and orders that are not sent hold 3"]


# --- counting --------------------------------------------------------------------------------------------------------


def test_what_was_counted_is_on_hand_and_what_of_it_is_promised_is_not_sold_again(desk, buyer):
    cup = make_product(stock=22)
    buyer.order_in(S.PAID, (cup, 5))
    assert count_at(desk, cup, 17).status_code == 302
    assert figures(cup) == (17, 5, 12)
    assert cup.movements.values_list("kind", "quantity").first() == ("counted", -5)
    with pytest.raises(InsufficientStock):
        buyer.place((cup, 13))
    buyer.place((cup, 12))
    assert figures(cup) == (17, 17, 0)
    assert list(findings()) == []


@pytest.mark.parametrize("status", [S.PENDING, S.PAY_REQUIRED, S.PAID, S.REFUND])
def test_fewer_than_are_promised_are_refused_and_nothing_is_booked(desk, buyer, status):
    cup = make_product(stock=10)
    buyer.order_in(status, (cup, 5))
    page = count_at(desk, cup, 4)
    assert page.status_code == 200 and "5 are promised" in page.text
    assert figures(cup) == (10, 5, 5)
    assert count_at(desk, cup, 5).status_code == 302
    assert figures(cup) == (5, 5, 0)


def test_a_count_from_a_page_that_is_no_longer_true_is_asked_again(desk, buyer):
    cup = make_product(stock=10)
    order = buyer.order_in(S.PAID, (cup, 2))
    page = desk.get(reverse("admin:catalog_product_stock", args=[cup.pk]))
    assert page.context["forms"]["counted"]["read"].value() == 10
    complete(order)
    refused = count_at(desk, cup, 10, **{"counted-read": 10})
    assert "said 10 on hand, and now it is 8" in refused.text
    assert figures(cup) == (8, 0, 8)
    read = refused.context["forms"]["counted"]["read"].value()
    assert count_at(desk, cup, 7, **{"counted-read": read}).status_code == 302
    assert figures(cup) == (7, 0, 7)


def test_page_and_list_show_on_hand_promised_and_free(desk, buyer):
    cup = make_product(stock=22, sku="CUP")
    buyer.order_in(S.PAID, (cup, 5))
    shown = desk.get(reverse("admin:catalog_product_change", args=[cup.pk])).context["on_hand"].figures
    assert [(figure.count, figure.label) for figure in shown] == [
        (22, "on hand"),
        (5, "promised"),
        (17, "free"),
    ]
    assert "22 on hand, 5 of them promised" in " ".join(
        desk.get(reverse("admin:catalog_product_stock", args=[cup.pk])).text.split()
    )
    page = desk.get("/admin/catalog/product/").text
    assert all(f">{count}<" in page.replace("\n", "").replace(" ", "") for count in (22, 5, 17))


# --- tables ----------------------------------------------------------------------------------------------------------


def test_a_table_that_was_exported_before_a_sale_puts_nothing_back(staff, buyer):
    cup, pot = make_product(stock=20, sku="CUP"), make_product(stock=8, sku="POT")
    text = exported("stock", actor=staff)
    sent = buyer.order_in(S.PAID, (cup, 4))
    unsent = buyer.order_in(S.PAID, (pot, 3))
    complete(sent)
    job = checked("stock", text, actor=staff)
    assert counts(job) == (0, 0, 2, 0) and not job.may_start
    assert (figures(cup), figures(pot)) == ((16, 0, 16), (8, 3, 5))
    assert unsent.lines.get().quantity == 3


def filled(text: str, **counted: int) -> str:
    """A table as somebody fills it in: SKU -> pieces counted."""
    rows = rows_of(text)
    lines = [
        f"{row['sku']},{row['on_hand']},{counted.get(row['sku'], '')},{'shelf' if row['sku'] in counted else ''}"
        for row in rows
    ]
    return "\n".join(["sku,on_hand,counted,reason", *lines])


def test_a_count_against_a_figure_that_has_changed_is_a_line_that_somebody_decides(staff, buyer):
    cup, pot = make_product(stock=20, sku="CUP"), make_product(stock=8, sku="POT")
    text = filled(exported("stock", actor=staff), CUP=20, POT=7)
    complete(buyer.order_in(S.PAID, (cup, 4)))
    buyer.order_in(S.PAID, (pot, 3))

    job = checked("stock", text, actor=staff)

    assert problems(job) == [(2, "on_hand", "stock_moved")]
    assert "20 on hand, and now it is 16" in job.notes.get().sentence
    decided = text.replace("CUP,20,20", "CUP,16,15")
    assert counts(imported("stock", decided, actor=staff)) == (0, 2, 0, 0)
    assert (figures(cup), figures(pot)) == ((15, 0, 15), (7, 3, 4))
    assert list(findings()) == []


def test_a_line_that_goes_stale_between_check_and_import_is_refused(staff, buyer):
    cup = make_product(stock=20, sku="CUP")
    job = checked("stock", filled(exported("stock", actor=staff), CUP=19), actor=staff)
    complete(buyer.order_in(S.PAID, (cup, 4)))
    job = run(job, actor=staff)
    assert (job.state, counts(job)) == (ImportJob.State.DONE, (0, 0, 0, 1))
    assert figures(cup) == (16, 0, 16)


def test_a_table_of_counts_alone_knows_what_is_promised(staff, buyer):
    cup, pot = make_product(stock=22, sku="CUP"), make_product(stock=9, sku="POT")
    buyer.order_in(S.PAID, (cup, 5), (pot, 5))
    text = "sku,counted,reason\nCUP,17,shelf\nPOT,4,shelf\n"
    assert problems(checked("stock", text, actor=staff)) == [(3, "counted", "fewer_than_promised")]
    imported("stock", text.replace("POT,4", "POT,9"), actor=staff)
    assert (figures(cup), figures(pot)) == ((17, 5, 12), (9, 5, 4))


# --- at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.flow
@pytest.mark.django_db(transaction=True)
def test_counts_while_orders_are_placed_sent_and_canceled_sell_nothing_twice():
    cups = [make_product(stock=60), make_product(stock=60)]
    buyers, staff = [Buyer() for _ in range(4)], make_staff()
    to_be_sent = [buyer.order_in(S.PAID, (cups[0], 1), (cups[1], 2)) for buyer in buyers]
    to_be_canceled = [buyer.order_in(S.PAY_REQUIRED, (cups[1], 2), (cups[0], 1)) for buyer in buyers]
    previews = [(buyer, buyer.preview((cups[1], 2), (cups[0], 1))) for buyer in buyers]
    placing = [
        partial(place_order, preview_id=p.id, customer=b.user, price_table_id=b.table.pk, note="")
        for b, p in previews
    ]
    counting = [
        partial(inventory.count, product_id=cup.pk, quantity=50, reason="shelf", actor=staff) for cup in cups
    ]

    at_once(
        [
            *placing,
            *[partial(complete, order) for order in to_be_sent],
            *counting,
            *[partial(cancel, order) for order in to_be_canceled],
        ]
    )

    for cup, each in zip(cups, (1, 2), strict=True):
        on_hand, promised, free = figures(cup)
        assert promised == 4 * each
        assert 50 - 4 * each <= on_hand <= 50 and free == on_hand - promised
    assert audited.run() == []


def test_paying_moves_nothing(buyer):
    cup = make_product(stock=10)
    order = buyer.order_in(S.PAY_REQUIRED, (cup, 3))
    before = figures(cup)
    pay(order)
    assert figures(cup) == before

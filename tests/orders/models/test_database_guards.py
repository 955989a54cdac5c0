"""What PostgreSQL itself refuses, whoever asks: raw SQL and `.update()` go round every rule in Python."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction
from django.db.models import F, ProtectedError

from catalog.models import Number, Product, StockMovement
from orders.actions.money.payment import start_payment
from orders.models import Allocation, Order, OrderLine, Payment, StatusChange
from orders.status import FIRST, LAST, STEPS, OrderStatus
from tests.factories import make_numbered, make_product

pytestmark = [pytest.mark.django_db, pytest.mark.flow]

S = OrderStatus
# The second diagram of the flow, spelled out: every arrow between two of its seven statuses.
STATUSES = {"pending", "not_confirmed", "pay_required", "paid", "done", "refund", "canceled"}
ARROWS = {
    ("pending", "not_confirmed"),
    ("pending", "pay_required"),
    ("pay_required", "paid"),
    ("pay_required", "canceled"),
    ("paid", "done"),
    ("paid", "refund"),
    ("refund", "canceled"),
}


def sql(statement: str, *params) -> int:
    """Run a statement in a savepoint; how many rows it touched."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.rowcount


def order_in(buyer, status) -> Order:
    return buyer.order_in(status, (make_numbered(numbers=0 if status == S.NOT_CONFIRMED else 1), 1))


# --- the diagram ---------------------------------------------------------------------------------------------------


def test_the_statuses_and_steps_are_those_of_the_diagram():
    assert set(S.values) == STATUSES
    assert {(str(edge.source), str(edge.target)) for edge in STEPS.values()} == ARROWS
    assert len(STEPS) == len(ARROWS)
    assert FIRST == "pending"
    assert set(LAST) == {"not_confirmed", "done", "canceled"}


def test_every_status_can_be_reached_from_the_first():
    reached = {"pending"}
    for _ in STATUSES:
        reached |= {target for source, target in ARROWS if source in reached}

    assert reached == STATUSES


def passes(change, *args) -> bool:
    """Whether the database lets a change of status pass; it is undone at once."""
    try:
        with transaction.atomic():
            change(*args)
            transaction.set_rollback(True)
    except ProgrammingError as refusal:
        if "Invalid transition" not in str(refusal):
            raise
        return False
    return True


@pytest.mark.parametrize("source", S)
def test_an_order_moves_only_along_an_arrow(buyer, source):
    order = order_in(buyer, source)
    raw = "UPDATE orders_order SET status = %s WHERE id = %s"

    moved_by_sql = {str(target) for target in S if passes(sql, raw, target.value, order.pk)}
    moved_by_update = {
        str(target)
        for target in S
        if passes(lambda to=target: Order.objects.filter(pk=order.pk).update(status=to))
    }

    # To stay where it is, is no move.
    allowed = {target for arrow_source, target in ARROWS if arrow_source == source} | {str(source)}
    assert moved_by_sql == moved_by_update == allowed


def test_a_status_that_is_none_is_refused(buyer):
    order = order_in(buyer, S.PENDING)

    with pytest.raises(DatabaseError):
        sql("UPDATE orders_order SET status = 'lost' WHERE id = %s", order.pk)


COPY = """
INSERT INTO orders_order
SELECT (jsonb_populate_record(o, changes)).*
FROM orders_order o, jsonb_build_object('id', %s::text, 'number', 1000000, 'status', %s::text) changes
WHERE o.id = %s
"""


@pytest.mark.parametrize("status", S)
def test_an_order_is_inserted_only_as_pending(buyer, status):
    order = order_in(buyer, S.PENDING)
    order.pk, order.number = uuid4(), order.number + 500_000
    copy = Order(
        **{field.attname: getattr(order, field.attname) for field in Order._meta.fields} | {"status": status}
    )
    original = Order.objects.get()

    if status == S.PENDING:
        assert sql(COPY, str(uuid4()), status.value, original.pk) == 1
        assert Order.objects.bulk_create([copy])
        return
    with pytest.raises(ProgrammingError, match="Cannot insert"):
        sql(COPY, str(uuid4()), status.value, original.pk)
    with pytest.raises(ProgrammingError, match="Cannot insert"), transaction.atomic():
        Order.objects.bulk_create([copy])


@pytest.mark.parametrize("status", S)
def test_an_order_is_never_deleted(buyer, status):
    order = order_in(buyer, status)

    with pytest.raises(ProgrammingError, match="Cannot delete"):
        sql("DELETE FROM orders_order WHERE id = %s", order.pk)
    with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
        Order.objects.filter(pk=order.pk)._raw_delete("default")


@pytest.mark.parametrize("status", S)
def test_a_status_is_not_set_by_hand(buyer, status):
    order = order_in(buyer, S.PENDING)

    with pytest.raises(AttributeError):
        order.status = status


# --- rows that are only added ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "column"),
    [
        (StatusChange, "note"),
        (StatusChange, "to_status"),
        (StockMovement, "reason"),
        (StockMovement, "quantity"),
    ],
)
def test_history_is_neither_rewritten_nor_deleted(buyer, model, column):
    buyer.order_in(S.PAID, (make_product(stock=3), 1))
    name = model._meta.db_table
    before = list(model.objects.order_by("pk").values())

    for statement in (f"UPDATE {name} SET {column} = {column}", f"DELETE FROM {name}"):  # noqa: S608 our own names
        with pytest.raises(ProgrammingError, match="Cannot update or delete rows"):
            sql(statement)
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        model.objects.update(**{column: F(column)})
    with (
        pytest.raises((ProgrammingError, ProtectedError), match=r"Cannot (update or )?delete"),
        transaction.atomic(),
    ):
        model.objects.all().delete()

    assert before == list(model.objects.order_by("pk").values())


def test_the_history_has_each_sequence_once_and_a_source_in_all_but_the_first(buyer):
    order = order_in(buyer, S.PENDING)

    for sequence, source in [(1, None), (2, None), (1, "pending")]:
        with pytest.raises(IntegrityError, match="orders_statuschange_"), transaction.atomic():
            StatusChange.objects.create(
                order=order, sequence=sequence, from_status=source, to_status="pending"
            )


# --- sums and counts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "change", "promise"),
    [
        (Product, {"stock_quantity": -1}, "stock_not_negative"),
        (Product, {"stock_quantity": F("stock_quantity") - 100}, "stock_not_negative"),
        (Product, {"price": "-0.01"}, "price_not_negative"),
        (Order, {"total_amount": F("total_amount") + 1}, "orders_order_total"),
        (Order, {"items_total": F("items_total") - 1}, "orders_order_total"),
        (Order, {"shipping_fee": 0}, "orders_order_total"),
        (
            Order,
            {"shipping_fee": -1, "total_amount": F("items_total") - 1},
            "orders_order_money_not_negative",
        ),
        (OrderLine, {"line_total": F("line_total") + 1}, "orders_line_total"),
        (OrderLine, {"quantity": 3}, "orders_line_total"),
        (OrderLine, {"quantity": 0, "line_total": 0}, "orders_line_quantity"),
        (Payment, {"captured_amount": -1}, "orders_payment_money_not_negative"),
    ],
)
def test_sums_are_right_and_nothing_is_negative(buyer, model, change, promise):
    buyer.order_in(S.PAID, (make_product(stock=5), 2))

    with pytest.raises(IntegrityError, match=promise), transaction.atomic():
        model.objects.update(**change)


def test_a_numbered_product_has_no_count():
    make_numbered(numbers=2)

    with pytest.raises(IntegrityError, match="numbered_has_no_count"), transaction.atomic():
        Product.objects.update(stock_quantity=1)


def test_a_products_inventory_is_for_good():
    make_product(), make_numbered()

    for inventory in ("counted", "numbered"):
        with pytest.raises(ProgrammingError, match="inventory_is_for_good"), transaction.atomic():
            Product.objects.update(inventory=inventory)


def test_a_number_is_allocated_once_at_most(buyer):
    rooms = make_numbered(numbers=2)
    held = Allocation.objects.get(line__order=buyer.order_in(S.PAY_REQUIRED, (rooms, 1)))
    other = buyer.order_in(S.PAY_REQUIRED, (rooms, 1)).lines.get()

    with pytest.raises(IntegrityError, match="number_id"), transaction.atomic():
        Allocation.objects.create(line=other, number=held.number)
    with pytest.raises(IntegrityError, match="number_id"), transaction.atomic():
        Allocation.objects.update(number=held.number)


def test_a_product_has_each_number_once():
    rooms = make_numbered(numbers=1)

    with pytest.raises(IntegrityError, match="catalog_number_once_per_product"), transaction.atomic():
        Number.objects.create(product=rooms, value=rooms.numbers.get().value)


def test_an_order_takes_and_gives_back_a_product_once_at_most(buyer):
    product = make_product(stock=5)
    order = buyer.order_in(S.CANCELED, (product, 2))

    for kind, quantity in [("taken", -1), ("given_back", 1)]:
        with pytest.raises(IntegrityError, match="catalog_movement_once_for_order"), transaction.atomic():
            StockMovement.objects.create(product=product, kind=kind, quantity=quantity, order_id=order.pk)


def test_an_order_has_one_payment_in_progress_at_most(buyer):
    order = buyer.order_in(S.PAY_REQUIRED)
    start_payment(order_id=order.pk, actor=order.customer)

    for status in ("waiting", "input", "preauth"):
        with pytest.raises(IntegrityError, match="orders_payment_one_in_progress"), transaction.atomic():
            Payment.objects.create(order=order, variant="demo", status=status)
    Payment.objects.create(order=order, variant="demo", status="rejected")

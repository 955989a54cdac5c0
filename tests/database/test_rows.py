"""Rows by statements that are written once: the same objects as Django's, and the same rows."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, DataError, IntegrityError, connection, models, transaction
from django.db.transaction import TransactionManagementError
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.functional import lazy

from database import fetch
from database.rows import (
    change,
    find,
    find_one,
    find_with,
    insert,
    insert_all,
    read_again,
    returned,
    update,
)
from database.values import as_stored
from orders.models import Order, Payment, ProviderEvent
from orders.status import OrderStatus
from tests.factories import Buyer

pytestmark = pytest.mark.django_db
ONCE = "ON CONFLICT (variant, event_id) DO NOTHING"


@pytest.fixture
def order() -> Order:
    return Buyer().order_in(OrderStatus.PAY_REQUIRED)


def event(**more: object) -> ProviderEvent:
    return ProviderEvent(variant="demo", event_id="one", notification={"amount": "12.50"}, **more)


def payment(order: Order) -> Payment:
    return Payment(order=order, variant="demo", total=order.amount_due, currency=order.currency)


def test_a_row_is_read_as_django_reads_it(order):
    found = find_one(Order, "WHERE id = %s", [order.pk])

    djangos = Order.objects.get(pk=order.pk)
    assert found == djangos
    assert vars(found).keys() == vars(djangos).keys()
    assert model_to_dict(found) == model_to_dict(djangos)
    assert found.address_snapshot == djangos.address_snapshot
    assert type(found.address_snapshot) is dict


def test_what_is_not_there_is_not_found():
    assert find_one(Order, "WHERE number = %s", [-1]) is None
    assert find(Order, "WHERE number = %s", [-1]) == []


def test_a_row_comes_with_one_of_another_table(order):
    (found,) = find_with(Order, "customer", "WHERE orders_order.id = %s", [order.pk])

    with CaptureQueriesContext(connection) as captured:
        assert (found, found.customer.email) == (order, order.customer.email)
    assert len(captured) == 1  # for the order that was not read with it


def test_a_new_row_is_written_as_django_writes_it(order):
    begun = payment(order)

    assert insert(begun)

    kept = Payment.objects.get()
    assert (kept.pk, kept.token, kept.total) == (begun.pk, begun.token, order.amount_due)
    assert (kept.attempts, begun.attempts) == (0, 0)
    assert kept.created == begun.created
    begun.captured_amount = Decimal(5)
    begun.save()
    assert Payment.objects.get().captured_amount == Decimal(5)


def test_json_is_the_same_after_it_was_written():
    insert(event())

    assert ProviderEvent.objects.get().notification == {"amount": "12.50"}
    assert find(ProviderEvent, "WHERE event_id = %s", ["one"])[0].notification == {"amount": "12.50"}


def test_a_row_that_is_there_already_is_not_written_again():
    assert insert(event(remark="first"), unless=ONCE)

    second = event(remark="second")
    assert not insert(second, unless=ONCE)
    assert second.pk is None
    assert ProviderEvent.objects.get().remark == "first"


def test_fields_that_are_named_are_written_and_no_others(order):
    begun = payment(order)
    insert(begun)
    begun.variant, begun.currency = "other", "EUR"
    modified = begun.modified

    update(begun, "variant", "modified")

    kept = Payment.objects.get()
    assert (kept.variant, kept.currency) == ("other", order.currency)
    assert kept.modified > modified


def test_a_row_that_is_gone_is_not_written():
    with pytest.raises(DatabaseError):
        update(ProviderEvent(pk=1), "remark")


def test_a_change_is_made_only_while_the_row_has_what_it_should():
    until = timezone.now()
    mine = event(leased_until=until)
    insert(mine)

    assert not change(mine, {"remark": "late"}, leased_until=until + timedelta(seconds=1))
    assert change(mine, {"remark": "in time"}, leased_until=until)

    assert (mine.remark, ProviderEvent.objects.get().remark) == ("", "in time")


def test_a_statement_gives_back_what_it_has_written():
    insert(event())
    statement = "UPDATE orders_providerevent SET remark = %s RETURNING {columns}"

    assert [one.remark for one in returned(ProviderEvent, statement, ["seen"])] == ["seen"]


def test_a_statement_is_planned_once(order):
    for _nth in range(3):
        find_one(Order, "WHERE id = %s", [order.pk])

    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        known = [statement for (statement,) in cursor.fetchall()]
    assert sum(statement.rstrip().endswith('FROM "orders_order" WHERE id = $1') for statement in known) == 1


@pytest.mark.django_db(transaction=True)
def test_no_row_is_locked_outside_of_a_transaction(order):
    locking = "WHERE orders_order.id = %s FOR NO KEY UPDATE OF orders_order"

    with pytest.raises(TransactionManagementError):
        find(Order, locking, [order.pk])
    with transaction.atomic():
        assert find_with(Order, "customer", locking, [order.pk]) == [order]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_new_rows_are_written_together(count):
    events = [ProviderEvent(variant="demo", event_id=f"{nth}", notification={}) for nth in range(count)]

    with CaptureQueriesContext(connection) as captured:
        insert_all(events)

    assert sorted(ProviderEvent.objects.values_list("event_id", flat=True)) == [
        one.event_id for one in events
    ]
    assert all(one.pk for one in events)
    assert len([one for one in captured if one["sql"].startswith("INSERT")]) == min(count, 1)


def test_new_rows_say_what_django_would_write_and_are_planned_once():
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    for nth in range(3):
        insert_all(
            [
                ProviderEvent(
                    variant="demo",
                    event_id=f"{nth}-{one}",
                    notification={"ấ": [one, None]},
                    received_at=long_ago,
                )
                for one in range(nth + 2)
            ]
        )

    assert [(one.event_id, one.notification) for one in ProviderEvent.objects.order_by("pk")] == [
        (f"{nth}-{one}", {"ấ": [one, None]}) for nth in range(3) for one in range(nth + 2)
    ]
    assert not ProviderEvent.objects.exclude(received_at=long_ago).exists()
    written = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s"
    assert fetch(written, ['INSERT INTO "orders_providerevent"%unnest%']) == [(1,)]


def test_new_rows_of_which_one_is_too_long_are_refused_and_not_cut():
    events = [ProviderEvent(variant="v" * length, event_id="e", notification={}) for length in (3, 999)]

    with pytest.raises(DataError), transaction.atomic():
        insert_all(events)


def test_new_rows_that_say_different_things_are_written_too(order):
    begun = [payment(order), payment(order)]
    begun[0].pk = 77_000_001

    with pytest.raises(IntegrityError, match="one_in_progress"), transaction.atomic():
        insert_all(begun)
    begun[1].status = "rejected"
    insert_all(begun)

    assert begun[0].pk == 77_000_001 != begun[1].pk
    assert Payment.objects.count() == 2


def test_fields_are_read_again(order):
    begun = payment(order)
    insert(begun)
    Payment.objects.update(status="confirmed", captured_amount=Decimal("2.50"), extra_data={"a": 1})

    read_again(begun, "status", "extra_data")

    assert (begun.status, begun.captured_amount) == ("confirmed", 0)
    assert begun.extra_data == Payment.objects.get().extra_data


def test_fields_of_a_row_that_is_gone_are_an_error(order):
    begun = payment(order)
    begun.pk = -1

    with pytest.raises(DatabaseError):
        read_again(begun, "status")


def test_what_is_to_be_committed_at_once_is_no_part_of_another_transaction(order):
    statement = "UPDATE orders_payment SET status = status RETURNING {columns}"
    insert(payment(order))

    assert len(returned(Payment, statement, (), durable=True)) == 1
    with transaction.atomic():
        with pytest.raises(RuntimeError):
            returned(Payment, statement, (), durable=True)
        assert len(returned(Payment, statement, ())) == 1


class Shouting(models.CharField):
    def get_prep_value(self, value):
        return super().get_prep_value(value).upper()


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        (models.CharField(), "a", "a"),
        (models.CharField(), 7, "7"),
        (models.CharField(), lazy(str, str)("later"), "later"),
        (models.IntegerField(), "7", 7),
        (models.IntegerField(), None, None),
        (models.BooleanField(), "True", True),
        (models.UUIDField(), str(UUID(int=1)), UUID(int=1)),
        (models.DecimalField(max_digits=9, decimal_places=2), Decimal("1.50"), Decimal("1.50")),
        (models.DecimalField(max_digits=9, decimal_places=2), "1.50", Decimal("1.50")),
        (Order._meta.get_field("customer"), 7, 7),
        (Order._meta.get_field("customer"), "7", 7),
        (Order._meta.get_field("customer"), None, None),
        (Order._meta.get_field("total_amount"), 3, Decimal(3)),
        (Order._meta.get_field("status"), "paid", "paid"),
        (Shouting(), "a", "A"),
    ],
)
def test_a_value_is_stored_as_django_stores_it(field, value, stored):
    assert as_stored(field, value) == stored == field.get_db_prep_save(value, connection)


def test_what_is_no_number_is_no_amount():
    with pytest.raises(ValidationError):
        as_stored(Order._meta.get_field("total_amount"), Decimal("NaN"))


def test_what_is_nothing_of_json_is_no_json():
    assert as_stored(Order._meta.get_field("billing_snapshot"), None) is None

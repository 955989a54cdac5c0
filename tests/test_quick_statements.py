"""tests/quick_statements.py: tests send what a shop sends, and get what it gets."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.models import User
from database import fetch
from orders import audit
from orders.models import Order
from orders.status import OrderStatus
from tests import quick_statements
from tests.factories import make_user
from tests.orders.audited import drop_guards

pytestmark = pytest.mark.django_db


def both_ways(monkeypatch) -> tuple[list[str], list[str]]:
    """What an audit finds here, and what it finds as a shop looks."""
    here = list(audit.findings())
    with monkeypatch.context() as patch:
        patch.setattr(audit, "_in_rows", quick_statements._as_a_shop)
        return here, list(audit.findings())


def test_an_audit_finds_the_same_here_as_in_a_shop(buyer, monkeypatch):
    order = buyer.order_in(OrderStatus.PAID)
    assert both_ways(monkeypatch) == ([], [])
    drop_guards("orders_order")
    Order.objects.filter(pk=order.pk).update(total_amount=1)

    here, in_a_shop = both_ways(monkeypatch)

    assert here == in_a_shop != []


def test_an_audit_finds_what_is_wrong_after_its_statements_were_planned_and_a_table_has_changed(buyer):
    order = buyer.order_in(OrderStatus.PAID)
    for _ in range(3):
        assert list(audit.findings()) == []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE orders_order ALTER note TYPE varchar(3000)")
    drop_guards("orders_order")
    Order.objects.filter(pk=order.pk).update(total_amount=1)

    assert [line for line in audit.findings() if line.startswith(f"order {order.number}")] != []


def test_what_is_prepared_outlives_a_rollback():
    def prepared():
        return {name for (name,) in fetch("SELECT name FROM pg_prepared_statements", ())}

    for _ in range(3):
        fetch("SELECT 1 AS planned", ())
    before = prepared()
    with transaction.atomic():
        transaction.set_rollback(True)

    assert before and prepared() >= before


def test_a_savepoint_takes_back_what_came_after_it():
    user = make_user()

    @transaction.atomic
    def second_and_again_the_first():
        make_user(email="second@example.com")
        User.objects.create(email=user.email)

    with pytest.raises(IntegrityError):
        second_and_again_the_first()

    assert not User.objects.filter(email="second@example.com").exists()
    with transaction.atomic():
        make_user(email="third@example.com")
    assert User.objects.filter(email="third@example.com").exists()


def test_a_savepoint_that_is_not_there_is_the_databases_error():
    transaction.savepoint()
    with pytest.raises(DatabaseError, match="does not exist"):
        transaction.savepoint_rollback("no_such")
    connection.needs_rollback = True

"""Migrations wait for a lock no longer than customers can, and are tried again."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest
from django.db import OperationalError, ProgrammingError, connection
from psycopg.errors import LockNotAvailable

from config.runtime import prepare
from database.schema import LOCK_MILLISECONDS
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
ADD = "ALTER TABLE orders_courier ADD COLUMN tried integer"


@pytest.fixture
def reader():
    """Somebody who reads for long, as a backup does."""
    parameters = connection.get_connection_params()
    wanted = {
        name: parameters[name]
        for name in ("dbname", "host", "port", "user", "password")
        if name in parameters
    }
    with psycopg.connect(**wanted) as server:
        server.execute("SELECT count(*) FROM orders_courier")
        yield server
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_courier DROP COLUMN IF EXISTS tried")


def migrate(*steps: str) -> None:
    with connection.schema_editor() as editor:
        for step in steps or (ADD,):
            editor.execute(step)


def test_a_step_that_would_keep_customers_waiting_is_given_up_after_a_second(reader):
    began = time.monotonic()
    with pytest.raises(OperationalError) as refused:
        migrate()
    assert isinstance(refused.value.__cause__, LockNotAvailable)
    assert time.monotonic() - began >= LOCK_MILLISECONDS / 1000


def test_it_is_tried_again_until_the_lock_is_free(reader, monkeypatch, capsys):
    monkeypatch.setattr(prepare, "LOCK_PAUSE", 0.0)
    tries = []

    def work():
        if tries:
            reader.rollback()
        tries.append(None)
        migrate()

    prepare.patiently(work)
    assert len(tries) == 2
    assert "another holds a lock" in capsys.readouterr().err


def test_another_error_is_not_tried_again():
    tries = []

    def work():
        tries.append(None)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(OperationalError):
        prepare.patiently(work)
    assert len(tries) == 1
    connection.close()


def test_no_lock_is_held_while_a_migration_thinks_and_all_is_done_at_its_end(reader):
    reader.rollback()
    with connection.schema_editor() as editor:
        editor.execute(ADD)
        reader.execute("SET lock_timeout = 100")
        reader.execute("UPDATE orders_courier SET name = name")
        reader.rollback()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tried FROM orders_courier")


def test_what_asks_in_between_finds_what_was_done_before(reader):
    reader.rollback()
    with connection.schema_editor() as editor, connection.cursor() as cursor:
        editor.execute(ADD)
        cursor.execute("SELECT tried FROM orders_courier")


def test_an_error_at_the_end_undoes_all_of_it(reader):
    reader.rollback()
    with pytest.raises(ProgrammingError):
        migrate(ADD, "ALTER TABLE orders_courier DROP COLUMN that_never_was")
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute("SELECT tried FROM orders_courier")


def test_a_customer_who_waits_for_a_migration_that_waits_for_them_goes_on(reader):
    """Each holds what the other wants; PostgreSQL would end the one who began to wait first."""
    reader.rollback()
    reader.execute("UPDATE orders_courier SET name = name")
    waiting: list[Future] = []
    with ThreadPoolExecutor() as other:

        def ask() -> None:
            waiting.append(other.submit(reader.execute, "SELECT count(*) FROM orders_zone"))

        with pytest.raises(OperationalError):
            migrate_beside(ask)
        assert waiting[0].result().fetchone() == (0,)


def migrate_beside(customer: Callable[[], None]) -> None:
    """Locks one table, and asks for another when the customer waits."""
    with connection.schema_editor() as editor:
        editor.execute("LOCK TABLE orders_zone IN ACCESS EXCLUSIVE MODE")
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        customer()
        wait_until(waiting_for_locks_beside, "the customer waits")
        editor.execute(ADD)


def waiting_for_locks_beside() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid())")
        return cursor.fetchone()[0]


def test_what_is_built_concurrently_waits():
    with connection.schema_editor(atomic=False), connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() != (f"{LOCK_MILLISECONDS}ms",)

"""Migrations wait for a lock no longer than customers can, and are tried again."""

import time

import psycopg
import pytest
from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from config.runtime import prepare
from database.schema import LOCK_MILLISECONDS

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


def migrate() -> None:
    with connection.schema_editor() as editor:
        editor.execute(ADD)


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


def test_what_is_built_concurrently_waits():
    with connection.schema_editor(atomic=False), connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() != (f"{LOCK_MILLISECONDS // 1000}s",)

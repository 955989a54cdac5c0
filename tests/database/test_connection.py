"""How PostgreSQL is spoken to: statements that it plans once, on connections that are known to live."""

import pytest
from django.db import NotSupportedError, connection, connections

import database
from database.base import TRUSTED_SECONDS
from tests.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)
DOUBLE = "SELECT %(number)s::int * 2, %(word)s::text"


def asked(word: str) -> list[tuple]:
    return database.fetch(
        "SELECT from_sql FROM pg_prepared_statements WHERE statement LIKE %(like)s AND statement NOT LIKE %(own)s",
        {"like": word, "own": "%pg_prepared%"},
    )


def test_a_statement_is_prepared_when_it_comes_again_and_says_the_same():
    found = [database.fetch(DOUBLE, {"number": number, "word": "a'%"}) for number in (1, 2, 3)]

    assert found == [[(2, "a'%")], [(4, "a'%")], [(6, "a'%")]]
    assert asked("%* 2, $2::text%") == [(False,)]


def test_a_prepared_statement_is_planned_once_whatever_its_values_are():
    for number in range(8):
        database.fetch(DOUBLE, {"number": number, "word": "once"})

    plans = "SELECT custom_plans FROM pg_prepared_statements WHERE statement LIKE %(like)s AND statement NOT LIKE %(own)s"
    assert database.fetch(plans, {"like": "%* 2, $2::text%", "own": "%pg_prepared%"}) == [(0,)]


def test_djangos_own_statements_are_not_prepared():
    for _nth in range(3):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 41 + %s", [1])

    assert not asked("SELECT 41%")


def test_a_column_that_a_migration_adds_is_no_error():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE shelf (id int)")
    for _nth in range(3):
        database.fetch("SELECT id FROM shelf WHERE id = %(id)s", {"id": 1})
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE shelf ADD COLUMN name text")

    assert database.fetch("SELECT id FROM shelf WHERE id = %(id)s", {"id": 1}) == []


def widen() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("ALTER TABLE shelf ALTER name TYPE varchar(9)")


def test_a_column_that_becomes_another_is_an_error_for_one_request_only(healthy):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE shelf (name varchar(5))")
    try:
        begin_a_request()
        for _nth in range(3):
            database.fetch("SELECT name FROM shelf", {})
        at_once([widen])
        with pytest.raises(NotSupportedError):
            database.fetch("SELECT name FROM shelf", {})
        begin_a_request()

        assert database.fetch("SELECT name FROM shelf", {}) == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE shelf")


def backend() -> int:
    return database.fetch("SELECT pg_backend_pid()", {})[0][0]


def begin_a_request() -> int:
    """As Django does before each: the connection is looked at when it is used next."""
    connection.close_if_unusable_or_obsolete()
    return backend()


@pytest.fixture
def healthy(monkeypatch):
    for name, value in {"CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": 300}.items():
        monkeypatch.setitem(connection.settings_dict, name, value)
    connection.close()
    connection.connect()
    yield
    connection.close()


def test_a_connection_that_the_server_ended_is_found_out_before_it_is_used(healthy):
    first = begin_a_request()
    assert begin_a_request() == first

    def end() -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])

    at_once([end])

    assert begin_a_request() != first


def test_a_connection_is_asked_again_after_a_while_and_not_before(healthy, monkeypatch):
    begin_a_request()
    asked_at, which = connection.answered
    begin_a_request()
    assert connection.answered == (asked_at, which)

    connection.answered = (asked_at - TRUSTED_SECONDS, which)
    begin_a_request()

    assert connection.answered[0] > asked_at - TRUSTED_SECONDS

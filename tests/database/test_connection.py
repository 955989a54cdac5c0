"""How PostgreSQL is spoken to: statements that it plans once, on connections that are known to live."""

import pytest
from django.db import DataError, NotSupportedError, connection, connections, transaction
from django.db.transaction import TransactionManagementError

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


def test_a_trigger_is_told_that_it_is_not_ignored_and_need_not_find_out_by_an_error():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('pgtrigger.ignore')")
        assert cursor.fetchone() == ("{}",)
    # What is ignored for one transaction is not in the next one.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pgtrigger.ignore', '{one}', true), _pgtrigger_should_ignore('one')"
        )
        assert cursor.fetchone() == ("{one}", True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT _pgtrigger_should_ignore('one')")
        assert cursor.fetchone() == (False,)


def test_a_statement_whose_values_are_of_other_types_than_before_says_what_they_are():
    said = "SELECT coalesce(%(given)s::text, 'none'), array_length(%(some)s::int[], 1)"
    given = [{"given": "a", "some": [1, 2]}, {"given": None, "some": []}, {"given": "", "some": [2**31 - 1]}]

    found = [database.fetch(said, values) for values in given * 2]

    assert found == [[("a", 2)], [("none", None)], [("", 1)]] * 2


def test_a_statement_goes_on_over_a_new_connection():
    first = database.fetch(DOUBLE, {"number": 1, "word": "first"})
    connection.close()

    assert database.fetch(DOUBLE, {"number": 2, "word": "second"}) == [(4, "second")]
    assert first == [(2, "first")]


def test_a_statement_that_failed_is_well_with_other_values():
    for _nth in range(3):
        with pytest.raises(DataError):
            database.fetch("SELECT 12 / %(number)s::int", {"number": 0})

        assert database.fetch("SELECT 12 / %(number)s::int", {"number": 3}) == [(4,)]


def test_in_a_transaction_that_is_broken_nothing_more_is_said():
    with transaction.atomic():
        connection.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            database.fetch(DOUBLE, {"number": 1, "word": "late"})


def test_a_long_statement_with_many_values_says_each_where_it_belongs():
    names = [f"value_{nth}" for nth in range(90)]
    said = f"SELECT {', '.join(f'%({name})s::text' for name in names)} -- {'long ' * 1000}"

    for word in ("a", "b", "c"):
        values = {name: f"{word} {name}" for name in names}
        assert database.fetch(said, dict(reversed(values.items()))) == [tuple(values.values())]


def test_what_is_put_before_statements_is_put_before_these_too():
    seen = []

    def note(execute, sql, params, many, context):
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        database.fetch(DOUBLE, {"number": 1, "word": "seen"})

    assert seen == [DOUBLE]


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

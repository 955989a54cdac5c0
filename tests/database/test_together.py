"""Statements that go to the server together: in their order, and all or none of a transaction's."""

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError

from database import Asked, fetch, fetch_together, flush, later, together
from tests.trips import counted

pytestmark = pytest.mark.django_db(transaction=True)
ADD = "INSERT INTO shelf (id) VALUES (%(id)s) RETURNING id"
COUNT = "SELECT count(*) FROM shelf"
DIVIDE = "SELECT 12 / %(by)s::int"


@pytest.fixture(autouse=True)
def shelf():
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE shelf (id int UNIQUE DEFERRABLE INITIALLY IMMEDIATE CHECK (id > 0))"
        )
    yield
    connection.close()


def add(number: int) -> Asked:
    return Asked(ADD, {"id": number})


class Undone(Exception):
    """What ends a block."""


@transaction.atomic
def write(*numbers: int, then: Exception | None = None) -> None:
    """Each later, in a transaction, or a part of one."""
    for number in numbers:
        later(add(number))
    if then:
        raise then


def on_the_shelf() -> int:
    return fetch(COUNT, {})[0][0]


@pytest.fixture
def trips(monkeypatch):
    return lambda: counted(monkeypatch)


def test_each_sees_what_those_before_it_did_and_all_take_one_trip(trips):
    for number in (1, 2, 3):
        with trips() as found:
            rows = fetch_together(add(number), Asked(COUNT, {}))

        assert rows == [[(number,)], [(number,)]]
        assert found.count == 1


def test_after_one_that_fails_none_is_run():
    with pytest.raises(DataError), transaction.atomic():
        fetch_together(add(1), Asked(DIVIDE, {"by": 0}), add(2))
    with pytest.raises(DataError):
        fetch_together(Asked(DIVIDE, {"by": 0}), add(2))

    assert on_the_shelf() == 0


def test_what_stood_behind_an_error_is_well_the_next_time():
    for nth in range(1, 5):
        with pytest.raises(DataError):
            fetch_together(Asked(DIVIDE, {"by": 0}), add(nth))
        fetch_together(Asked(DIVIDE, {"by": 1}), add(nth))

    assert on_the_shelf() == 4


def test_a_transaction_begins_with_its_first_statement_and_ends_with_its_last(trips):
    with trips() as found, transaction.atomic():
        on_the_shelf()
        later(add(1))
        later(add(2))
    assert found.count == 2

    assert on_the_shelf() == 2


def test_what_is_sent_later_comes_before_what_is_asked_next(trips):
    with transaction.atomic():
        sent = later(add(1))
        assert not hasattr(sent, "rows")
        with trips() as found:
            assert on_the_shelf() == 1
        assert sent.rows == [(1,)]
        assert found.count == 1


def test_djangos_own_statements_find_it_too():
    with transaction.atomic():
        with connection.cursor() as cursor:
            later(add(1))
            cursor.execute(COUNT)
            assert cursor.fetchone() == (1,)
        later(add(2))
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO shelf (id) VALUES (%s)", [[on_the_shelf() + 1]])

    assert on_the_shelf() == 3


def test_one_statement_may_wait_twice_with_rows_of_its_own():
    with transaction.atomic():
        first, second = later(add(1)), later(add(2))

    assert (first.rows, second.rows) == ([(1,)], [(2,)])


def test_its_rows_are_given_to_who_asked_for_them():
    taken: list[object] = []
    with transaction.atomic():
        later(add(7), taken.append)
        assert not taken
        flush()
        assert taken == [[(7,)]]


def test_what_fails_with_the_commit_undoes_the_transaction_and_tells_nobody():
    told: list[object] = []

    @transaction.atomic
    def tell() -> None:
        transaction.on_commit(lambda: told.append("committed"))
        write(1)
        later(add(-1))
        later(add(2))

    with pytest.raises(IntegrityError):
        tell()

    assert on_the_shelf() == 0
    assert not told


def test_what_waits_is_forgotten_with_the_transaction():
    with pytest.raises(Undone):
        write(1, then=Undone())
    with transaction.atomic():
        later(add(2))
        connection.set_rollback(True)

    assert on_the_shelf() == 0


def test_an_inner_block_ends_with_what_waits_in_it():
    with transaction.atomic():
        later(add(1))
        with pytest.raises(IntegrityError):
            write(2, 1)
        with pytest.raises(Undone):
            write(3, then=Undone())
        write(4)

    assert fetch("SELECT id FROM shelf ORDER BY id", {}) == [(1,), (4,)]


def test_outside_of_a_transaction_it_is_sent_at_once():
    assert later(add(1)).rows == [(1,)]


def test_in_a_transaction_that_is_broken_nothing_waits():
    with transaction.atomic():
        connection.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            later(add(1))
        with pytest.raises(TransactionManagementError):
            fetch_together(add(1))


def test_what_is_put_before_statements_is_put_before_each_of_these():
    seen = []

    def note(execute, sql, params, many, context):
        seen.append(sql)
        return execute(sql, params, many, context)

    with transaction.atomic():
        later(add(1))
        with connection.execute_wrapper(note):
            fetch_together(add(2), Asked(COUNT, {}))
            assert later(add(3)).rows == [(3,)]

    assert seen == [ADD, COUNT, ADD]
    assert on_the_shelf() == 3


def test_a_lost_connection_is_an_error_and_the_next_one_has_nothing_of_it():
    @transaction.atomic
    def lose() -> None:
        later(add(1))
        connection.connection.close()

    with pytest.raises(OperationalError):
        lose()

    assert fetch("SELECT to_regclass('shelf')::text", {}) == [(None,)]


def test_a_rollback_leaves_prepared_what_was_prepared():
    prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %(like)s"
    for _nth in range(2):
        fetch(DIVIDE, {"by": 1})
    with pytest.raises(Undone):
        write(1, then=Undone())

    assert fetch(prepared, {"like": "SELECT 12 /%"}) == [(1,)]


def test_with_a_value_that_no_column_holds_nothing_is_sent_and_the_connection_stays():
    first = fetch("SELECT pg_backend_pid()", {})
    with pytest.raises(DataError), transaction.atomic():
        fetch_together(add(1), Asked("SELECT %(word)s::text", {"word": "nul\0"}))

    assert on_the_shelf() == 0
    assert fetch("SELECT pg_backend_pid()", {}) == first


def test_after_an_interruption_nobody_gets_anothers_rows(monkeypatch):
    def interrupt(*_given: object) -> None:
        raise KeyboardInterrupt

    def ask() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(together, "fetch_many", interrupt)
            fetch_together(Asked(DIVIDE, {"by": 1}), Asked(DIVIDE, {"by": 2}))

    with pytest.raises(KeyboardInterrupt):
        ask()
    connection.close()

    assert fetch(DIVIDE, {"by": 3}) == [(4,)]

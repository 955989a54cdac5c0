"""A row that is its own queue: claimed by one worker, leased, tried again, given up, and made due anew."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from bulk import exports
from bulk.models import ExportJob
from orders.models import ProviderEvent
from outbox import queue
from outbox.queue import ClaimLost, Policy
from tests import pauses
from tests.factories import unique
from tests.parallel import at_once

pytestmark = pytest.mark.django_db
parallel = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)
POLICY = Policy(first_pause=10 * MINUTE, max_pause=60 * MINUTE, lease=MINUTE, give_up_after=3)
ROWS = ProviderEvent.objects


def make_row(**fields) -> ProviderEvent:
    """A row of one of the kinds that wait: what a provider told."""
    return ROWS.create(variant="demo", event_id=unique("event"), notification={}, **fields)


def claim(policy: Policy = POLICY) -> ProviderEvent | None:
    return queue.claim(ROWS.all(), policy)


def claimed(**fields) -> ProviderEvent:
    make_row(**fields)
    row = claim()
    assert row is not None
    return row


def lease_is_over() -> None:
    pauses.pass_for(ROWS.all())


def now_is(row: ProviderEvent) -> ProviderEvent:
    return ROWS.get(pk=row.pk)


# --- claiming ------------------------------------------------------------------------------------------------------


def test_a_claim_counts_the_attempt_and_moves_the_next_one_to_the_end_of_its_lease():
    row = claimed()

    kept = now_is(row)
    assert (kept.attempts, kept.next_attempt_at) == (1, kept.leased_until) == (1, row.leased_until)
    assert timedelta(seconds=50) < row.leased_until - timezone.now() <= MINUTE


def test_what_is_not_due_is_in_hand_or_has_nothing_to_do_is_not_claimed():
    make_row(next_attempt_at=timezone.now() + MINUTE)
    make_row(next_attempt_at=None, acted_at=timezone.now())
    claimed()

    assert claim() is None


def test_the_longest_due_is_claimed_first():
    rows = [make_row(next_attempt_at=timezone.now() - ago * MINUTE) for ago in (1, 3, 2)]

    assert [claim().pk for _ in rows] == [rows[1].pk, rows[2].pk, rows[0].pk]


@parallel
def test_of_many_claimers_at_once_one_has_the_row():
    make_row()

    got = at_once([claim] * 6)

    assert sum(row is not None for row in got) == 1
    assert ROWS.get().attempts == 1


@parallel
def test_many_claimers_of_many_rows_get_one_each():
    rows = [make_row() for _ in range(6)]

    got = at_once([claim] * 6)

    assert sorted(row.pk for row in got) == [row.pk for row in rows]


@parallel
def test_a_claim_waits_for_no_lock_and_leaves_none_behind():
    row, other = make_row(next_attempt_at=timezone.now() - MINUTE), make_row()
    locked, done = threading.Event(), threading.Event()

    def hold_the_first() -> None:
        with transaction.atomic():
            ROWS.select_for_update().get(pk=row.pk)
            locked.set()
            assert done.wait(20)

    def take_another() -> ProviderEvent | None:
        assert locked.wait(20)
        try:
            return claim()
        finally:
            done.set()

    _held, got = at_once([hold_the_first, take_another])

    assert got is not None and got.pk == other.pk
    with transaction.atomic():
        assert ROWS.select_for_update(nowait=True).get(pk=other.pk)


@parallel
def test_a_claim_cannot_be_part_of_a_transaction_that_goes_on():
    make_row()
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        claim()
    assert ROWS.get().attempts == 0


# --- the lease -----------------------------------------------------------------------------------------------------


def test_a_row_whose_worker_died_is_claimed_again_when_the_lease_is_over():
    first = claimed()
    assert claim() is None

    lease_is_over()
    second = claim()

    assert second is not None and second.pk == first.pk
    assert (second.attempts, second.leased_until != first.leased_until) == (2, True)


@pytest.mark.parametrize(
    "note",
    [
        lambda row: queue.note_done(row, remark="late"),
        lambda row: queue.note_failure(row, POLICY, "late", remark="late"),
    ],
)
@pytest.mark.parametrize("then", ["in hand", "failed", "done", "due anew"])
def test_a_worker_that_is_late_does_not_overwrite_what_a_later_one_noted(note, then):
    late = claimed()
    lease_is_over()
    later = claim()
    if then == "failed":
        queue.note_failure(later, POLICY, "no route")
    elif then == "done":
        queue.note_done(later, acted_at=timezone.now())
    elif then == "due anew":
        queue.note_done(later, acted_at=timezone.now())
        queue.make_due(ROWS.all())
        # Counted from the beginning, so that its attempt has the late one's number.
        assert claim().attempts == late.attempts
    before = now_is(late)

    assert note(late) is False

    after = now_is(late)
    assert {f.attname: getattr(after, f.attname) for f in after._meta.fields} == {
        f.attname: getattr(before, f.attname) for f in before._meta.fields
    }


def test_what_is_done_in_pieces_renews_its_lease_and_notices_when_it_lost_it():
    row = claimed()
    queue.renew(row, Policy(first_pause=MINUTE, max_pause=MINUTE, lease=5 * MINUTE), remark="half")

    kept = now_is(row)
    assert (kept.remark, kept.leased_until, kept.next_attempt_at) == (
        "half",
        row.leased_until,
        row.leased_until,
    )
    assert kept.leased_until - timezone.now() > 4 * MINUTE
    lease_is_over()
    claim()
    with pytest.raises(ClaimLost):
        queue.renew(row, POLICY, remark="more")
    with pytest.raises(ClaimLost), transaction.atomic():
        queue.hold(ROWS.all(), row)
    assert now_is(row).remark == "half"


@parallel
def test_a_row_that_is_held_is_not_claimed_though_its_lease_is_over():
    row = claimed()
    lease_is_over()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            queue.hold(ROWS.all(), row)
            held.set()
            assert done.wait(20)
            queue.renew(row, POLICY)

    def take() -> ProviderEvent | None:
        assert held.wait(20)
        try:
            return claim()
        finally:
            done.set()

    assert at_once([hold, take])[1] is None
    assert now_is(row).leased_until == row.leased_until


# --- what came of it -----------------------------------------------------------------------------------------------


def test_what_is_done_waits_no_more():
    row = claimed(failure="no route")
    assert queue.note_done(row, acted_at=timezone.now())

    kept = now_is(row)
    assert (kept.next_attempt_at, kept.leased_until, kept.failure, kept.attempts) == (None, None, "", 1)
    assert kept.acted_at is not None


def test_what_failed_is_tried_again_after_its_pause_and_says_what_went_wrong():
    row = claimed()
    assert queue.note_failure(row, POLICY, ConnectionError("no\0 route"))

    kept = now_is(row)
    assert (kept.failure, kept.leased_until) == ("ConnectionError: no route", None)
    assert 7 * MINUTE < kept.next_attempt_at - timezone.now() <= 12 * MINUTE
    assert claim() is None


def test_what_failed_too_often_is_given_up_and_rests():
    row = make_row(acted_at=timezone.now())
    for _ in range(3):
        lease_is_over()
        row = claim()
        queue.note_failure(row, POLICY, "no route")

    kept = now_is(row)
    assert (kept.attempts, kept.next_attempt_at, kept.failure) == (3, None, "no route")
    assert list(queue.given_up(ROWS.all())) == [kept]
    assert claim() is None


def test_a_row_that_ends_its_worker_at_each_attempt_is_given_up_and_the_next_one_is_claimed():
    poison = make_row(acted_at=timezone.now(), next_attempt_at=timezone.now() - MINUTE)
    for _ in range(3):
        assert claim().pk == poison.pk
        lease_is_over()
    well = make_row()

    assert claim().pk == well.pk
    assert list(queue.given_up(ROWS.all())) == [poison]
    assert now_is(poison).leased_until is None


def test_giving_up_brings_what_the_kind_of_row_says_it_does(staff):
    export = exports.ask(actor=staff, kind="stock")
    row = queue.claim(ExportJob.objects.all(), POLICY)
    ExportJob.objects.update(attempts=3)
    row.refresh_from_db()
    queue.note_failure(row, POLICY, "broken")

    export.refresh_from_db()
    assert (export.state, export.failure, export.finished_at is None) == ("failed", "broken", False)


def test_without_an_end_nothing_is_given_up():
    row = make_row(attempts=5000)
    queue.note_failure(
        claim(Policy(first_pause=MINUTE, max_pause=MINUTE, lease=MINUTE)),
        Policy(first_pause=MINUTE, max_pause=MINUTE, lease=MINUTE),
        "no route",
    )
    assert now_is(row).next_attempt_at is not None
    assert not queue.given_up(ROWS.all())


def test_whatever_goes_wrong_in_an_attempt_is_noted_and_raised_on():
    row = claimed()
    with pytest.raises(ZeroDivisionError), queue.attempt(row, POLICY):
        1 / 0  # noqa: B018 it is there to go wrong

    assert now_is(row).failure == "ZeroDivisionError: division by zero"
    assert now_is(row).next_attempt_at > timezone.now() + 5 * MINUTE


def test_the_database_refuses_a_row_that_was_given_up_and_has_a_next_attempt():
    row = make_row()
    with pytest.raises(IntegrityError, match="orders_event_rests"), transaction.atomic():
        ROWS.filter(pk=row.pk).update(given_up_at=timezone.now())


# --- many at once --------------------------------------------------------------------------------------------------


def test_staff_make_due_what_was_given_up_or_done_with_all_attempts_before_it():
    done = claimed()
    queue.note_done(done, acted_at=timezone.now())
    lost = claimed(acted_at=timezone.now())
    queue.give_up(ROWS.filter(pk=lost.pk))
    assert not queue.given_up(ROWS.all()), "what is in hand is left alone"
    lease_is_over()
    ROWS.filter(pk=lost.pk).update(leased_until=timezone.now())
    queue.give_up(ROWS.filter(pk=lost.pk))
    assert list(queue.given_up(ROWS.all())) == [lost]

    assert queue.make_due(ROWS.all(), remark="again") == [done.pk, lost.pk]

    for row in ROWS.all():
        assert (row.attempts, row.leased_until, row.given_up_at, row.remark) == (0, None, None, "again")
        assert row.next_attempt_at <= timezone.now()


def test_what_a_worker_has_in_hand_is_not_made_due():
    row = claimed()

    assert queue.make_due(ROWS.all()) == []
    assert now_is(row).leased_until == row.leased_until


@parallel
def test_giving_up_and_making_due_at_once_end_in_one_of_both():
    ids = [make_row(acted_at=timezone.now()).pk for _ in range(40)]
    up, down = ROWS.filter(pk__in=ids), ROWS.filter(pk__in=ids[::-1])

    at_once([partial(queue.give_up, up), partial(queue.make_due, down), partial(queue.give_up, down)])

    assert ROWS.filter(given_up_at=None, next_attempt_at=None).count() == 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM orders_providerevent "
            "WHERE given_up_at IS NOT NULL AND next_attempt_at IS NOT NULL"
        )
        assert cursor.fetchone() == (0,)

"""Bringing a table in: kept, checked to its end without changing anything, and imported when a member of staff says so.

Checking and importing are the same code, piece by piece; what a check has written is rolled back. Each piece is one
transaction: it locks the job, looks how far it is, locks what its rows are about, writes, and moves `done` on. So a
worker that is killed repeats nothing and loses nothing, two of them never do a row twice, and a customer who places an order
waits for one piece at most.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from bulk import hints, kinds, problems, tables
from bulk.models import ImportJob, LineNote
from bulk.problems import BadCell, BulkError
from bulk.resource import Outcome
from bulk.tables import Row, Table
from bulk.turns import policy, turns
from outbox.queue import ClaimLost, claim, due_ids, hold, make_due, note_done, note_failure, renew
from staff.log import use_right
from staff.rights import Actor, PermissionDenied, Rights, require

log = logging.getLogger(__name__)
TASK = "bulk.import"
State = ImportJob.State

# Rows of one transaction: a customer who orders one of their products waits until all of them are written.
BATCH_SIZE = 100
RETENTION = timedelta(days=30)
# How long the desk's first page lists a job that was given up.
GIVEN_UP_RETENTION = timedelta(days=7)


class NotReady(BulkError):
    """It was started already, has bad lines, or is still being checked."""


# --- by staff --------------------------------------------------------------------------------------------------------


def check(
    *, actor: Actor, kind: str, file_name: str, text: str, fixed: dict[str, str] | None = None
) -> ImportJob:
    """Keep a CSV table and have it checked; `fixed` is what every row has of the columns that are missing.

    Raises PermissionDenied, BulkError for what is no table of this kind.
    """
    return _keep(actor, kind, tables.read(text), text=text, file_name=file_name, fixed=fixed or {})


def check_list(
    *, actor: Actor, kind: str, text: str, column: str, fixed: dict[str, str], file_name: str = ""
) -> ImportJob:
    """The same for plain lines, each the value of one column; `fixed` is what every row has besides."""
    table = tables.read_list(text, column)
    return _keep(actor, kind, table, text=text, file_name=file_name, fixed=fixed, is_list=True)


def start(*, job_id: int, actor: Actor) -> ImportJob:
    """Have a table imported that was checked without a bad line, in the name of the person who starts it.

    Raises PermissionDenied, NotReady, also for the second of two clicks.
    """
    job = ImportJob.objects.defer("text").get(pk=job_id)
    with transaction.atomic():
        use_right(actor=actor, right=_right(job), about=job, rows=job.rows)
        ready = ImportJob.objects.filter(pk=job_id, state=State.CHECKED, bad=0, done=job.rows)
        counted = {"done": 0, "added": 0, "changed": 0, "unchanged": 0}
        if not make_due(ready, state=State.IMPORTING, actor_id=actor.pk, finished_at=None, **counted):
            raise NotReady("not_ready")
        job.notes.all().delete()
        hints.ask(TASK, job_id)
    return ImportJob.objects.defer("text").get(pk=job_id)


def _keep(actor: Actor, kind: str, table: Table, *, text: str, file_name: str, **more: Any) -> ImportJob:
    fixed = more.get("fixed", {})
    right = kinds.get(kind).import_right
    if right is None:
        raise PermissionDenied
    require(actor=actor, right=right)
    kinds.get(kind).resource.check_columns([*fixed, *table.columns])
    with transaction.atomic():
        job = ImportJob.objects.create(
            actor_id=actor.pk, kind=kind, file_name=file_name[:200], text=text, rows=len(table.rows), **more
        )
        hints.ask(TASK, job.pk)
    return job


def _right(job: ImportJob) -> Rights:
    right = kinds.get(job.kind).import_right
    if right is None:
        raise PermissionDenied
    return right


# --- by workers ------------------------------------------------------------------------------------------------------


def work(*, job_id: int) -> None:
    """Work on this job to its end, and then on those whose hints came meanwhile.

    While another thread of this process works on a table, it is left to that one, and to the sweep.
    """
    with turns.take() as is_mine:
        if is_mine:
            _work(job_id)
            for other in set(due()) - {job_id}:
                _work(other)


def due() -> list[int]:
    """Jobs that wait for a worker."""
    return due_ids(ImportJob.objects.all())


def take_up() -> None:
    """The sweep: ask the workers for what is due, because its hint was lost or its worker died."""
    for job_id in due():
        hints.ask(TASK, job_id)


def forget_old() -> None:
    """Let go of the letters of tables that came in a month ago."""
    old = ImportJob.objects.filter(created_at__lt=timezone.now() - RETENTION).exclude(text="")
    old.filter(state=State.CHECKED).update(state=State.FAILED, failure="forgotten")
    old.filter(next_attempt_at=None).update(text="")
    ImportJob.objects.filter(given_up_at__lt=timezone.now() - GIVEN_UP_RETENTION).update(given_up_at=None)


def _work(job_id: int) -> None:
    job = claim(ImportJob.objects.filter(pk=job_id), policy())
    if job is None:
        return
    try:
        table = table_of(job)
        repeated = kinds.get(job.kind).resource.repeated(table)
        while job.is_working:
            job = _piece(job, table, repeated)
    except ClaimLost:
        log.warning("import %s is worked on by another worker", job_id)
    except Exception:
        # Any error is noted, so that the job is tried again later, and not for ever.
        log.exception("import %s failed", job_id)
        note_failure(job, policy(), "broken")


def table_of(job: ImportJob) -> Table:
    """The table as it was sent, and in each of its rows what the job has fixed for all."""
    if job.is_list:
        (column,) = (one for one in _list_columns(job) if one not in job.fixed)
        table = tables.read_list(job.text, column)
    else:
        table = tables.read(job.text)
    return Table(table.columns, [Row(row.line, job.fixed | row.cells, row.odd) for row in table.rows])


def _list_columns(job: ImportJob) -> list[str]:
    return [column.column_name for column in kinds.get(job.kind).resource.known() if column.needed]


@transaction.atomic
def _piece(claimed: ImportJob, table: Table, repeated: dict[int, problems.BadLine]) -> ImportJob:
    """Take the next rows of a job and note what became of them; the job as it is then. Raises ClaimLost."""
    job = hold(ImportJob.objects.select_related("actor").defer("text"), claimed)
    try:
        require(actor=job.actor, right=_right(job))
    except PermissionDenied as refused:
        note_done(job, state=State.FAILED, failure=refused.code, finished_at=timezone.now())
        return job
    rows = table.rows[job.done : job.done + BATCH_SIZE]
    counted = _counted(job, rows, _outcomes(job, rows, repeated))
    if counted["done"] < job.rows:
        renew(job, policy(), attempts=1, **counted)
    else:
        state = State.CHECKED if job.state == State.CHECKING else State.DONE
        note_done(job, state=state, finished_at=timezone.now(), **counted)
    return job


# --- rows ------------------------------------------------------------------------------------------------------------


def _outcomes(job: ImportJob, rows: Sequence[Row], repeated: dict[int, problems.BadLine]) -> list[Outcome]:
    """What became of each row; a check leaves nothing behind."""
    outcomes = [_refused_at_once(row, repeated.get(job.done + index)) for index, row in enumerate(rows)]
    good = [row for row, outcome in zip(rows, outcomes, strict=True) if outcome is None]
    taken = iter(_taken(job, good))
    return [next(taken) if outcome is None else outcome for outcome in outcomes]


def _refused_at_once(row: Row, repeats: problems.BadLine | None) -> Outcome | None:
    if row.odd is not None:
        count, wanted = row.odd
        return _refusal(problems.BadLine({"": BadCell("cells", count=count, wanted=wanted)}))
    return _refusal(repeats) if repeats else None


def _refusal(error: problems.BadLine) -> Outcome:
    outcome = Outcome()
    outcome.import_type, outcome.validation_error = Outcome.IMPORT_TYPE_INVALID, error
    return outcome


def _taken(job: ImportJob, rows: list[Row]) -> list[Outcome]:
    """All rows together; one by one when they break a promise of the database together."""
    try:
        return _tried(job, rows)
    except (IntegrityError, DataError):
        if len(rows) == 1:
            return [_refusal(problems.BadLine({"": BadCell("conflict")}))]
        return [outcome for row in rows for outcome in _taken(job, [row])]


def _tried(job: ImportJob, rows: list[Row]) -> list[Outcome]:
    if not rows:
        return []
    with transaction.atomic():
        outcomes = kinds.get(job.kind).resource(actor=job.actor).take(rows)
        if job.state == State.CHECKING:
            transaction.set_rollback(True)
    return outcomes


def _counted(job: ImportJob, rows: Sequence[Row], outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Write down what is to be said of the rows; how many of the job's there are then of each kind."""
    counted = {name: getattr(job, name) for name in COUNT_OF.values()} | {"done": job.done + len(rows)}
    notes = []
    for row, outcome in zip(rows, outcomes, strict=True):
        counted[COUNT_OF[outcome.import_type]] += 1
        said = outcome.wrong or list(outcome.remark.items())
        notes += [_line_note(job, row, column, why, is_bad=bool(outcome.wrong)) for column, why in said]
    LineNote.objects.bulk_create(notes)
    return counted


COUNT_OF = {
    Outcome.IMPORT_TYPE_NEW: "added",
    Outcome.IMPORT_TYPE_UPDATE: "changed",
    Outcome.IMPORT_TYPE_SKIP: "unchanged",
    Outcome.IMPORT_TYPE_INVALID: "bad",
}


def _line_note(job: ImportJob, row: Row, column: str, why: ValidationError, *, is_bad: bool) -> LineNote:
    value = row.cells.get(column, "").strip()[:200]
    details = why.params or {}
    return LineNote(
        job=job,
        line=row.line,
        column=column,
        value=value,
        code=why.code or "",
        details=details,
        is_bad=is_bad,
    )

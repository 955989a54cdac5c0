"""Bringing a table in: it is kept, checked to its end without changing anything, and imported when somebody says so.

Checking and importing are the same code, piece by piece; what a check has written is rolled back. Each piece is one
transaction: it locks the job, looks how far it is, locks what its rows are about, writes, and moves `done` on. So a
worker that is killed repeats nothing and loses nothing, two of them never do a row twice, and whoever places an order
waits for one piece at most.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from bulk import hints, kinds, problems, tables
from bulk.models import ImportJob, LineNote
from bulk.problems import BadCell, BulkError
from bulk.resource import Outcome
from bulk.tables import Row, Table
from bulk.turns import my_turn
from staff.log import use_right
from staff.rights import Actor, PermissionDenied, Rights, require

log = logging.getLogger(__name__)
TASK = "bulk.import"
State = ImportJob.State

# Rows of one piece: whoever wants to order what they are about waits until all of them are written.
AT_ONCE = 100
MOST_ATTEMPTS = 5
KEPT = timedelta(days=30)


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
    """Have a table imported that was checked without a bad line; whoever starts it is who does it.

    Raises PermissionDenied, NotReady, also for the second of two clicks.
    """
    job = ImportJob.objects.defer("text").get(pk=job_id)
    with transaction.atomic():
        use_right(actor=actor, right=_right(job), about=job, rows=job.rows)
        ready = ImportJob.objects.filter(pk=job_id, state=State.CHECKED, bad=0, done=job.rows)
        counted = {"done": 0, "added": 0, "changed": 0, "unchanged": 0, "attempts": 0}
        now = timezone.now()
        if not ready.update(
            state=State.IMPORTING, actor_id=actor.pk, next_attempt_at=now, finished_at=None, **counted
        ):
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
    with my_turn() as is_mine:
        if is_mine:
            _work(job_id)
            for other in set(due()) - {job_id}:
                _work(other)


def due() -> list[int]:
    """Jobs that nobody works on and somebody should."""
    jobs = ImportJob.objects.filter(next_attempt_at__lte=timezone.now()).order_by("next_attempt_at")
    return list(jobs.values_list("pk", flat=True)[:100])


def take_up() -> None:
    """The sweep: ask the workers for what is due, because its hint was lost or its worker died."""
    for job_id in due():
        hints.ask(TASK, job_id)


def forget_old() -> None:
    """Let go of the letters of tables that came in a month ago."""
    old = ImportJob.objects.filter(created_at__lt=timezone.now() - KEPT).exclude(text="")
    old.filter(state=State.CHECKED).update(state=State.FAILED, failure="forgotten")
    old.filter(next_attempt_at=None).update(text="")


def _work(job_id: int) -> None:
    job = ImportJob.objects.filter(pk=job_id, state__in=ImportJob.WORKING).first()
    if job is None:
        return
    table = table_of(job)
    repeated = kinds.get(job.kind).resource.repeated(table)
    try:
        while _piece(job_id, table, repeated):
            pass
    except Exception:
        # Whatever it was: noted, so that it is tried again later, and not for ever.
        log.exception("import %s failed", job_id)
        _put_off(job_id)


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
def _piece(job_id: int, table: Table, repeated: dict[int, problems.BadLine]) -> bool:
    """Take the next rows of a job and note what became of them; whether there is more to do."""
    jobs = (
        ImportJob.objects.select_for_update(no_key=True, of=("self",)).select_related("actor").defer("text")
    )
    job = jobs.filter(pk=job_id, state__in=ImportJob.WORKING).first()
    if job is None:
        return False
    try:
        require(actor=job.actor, right=_right(job))
    except PermissionDenied:
        return _end(job, State.FAILED, failure=PermissionDenied.code)
    rows = table.rows[job.done : job.done + AT_ONCE]
    _note(job, rows, _outcomes(job, rows, repeated))
    if job.done < job.rows:
        job.next_attempt_at = timezone.now() + timedelta(seconds=settings.BULK_RETRY_AFTER)
        job.save(update_fields=[*COUNTS, "done", "attempts", "next_attempt_at"])
        return True
    return _end(job, State.CHECKED if job.state == State.CHECKING else State.DONE)


COUNTS = ("added", "changed", "unchanged", "bad")


def _end(job: ImportJob, state: State, failure: str = "") -> bool:
    job.state, job.failure = state, failure
    job.finished_at, job.next_attempt_at = timezone.now(), None
    job.save(
        update_fields=[*COUNTS, "done", "attempts", "state", "failure", "finished_at", "next_attempt_at"]
    )
    return False


def _put_off(job_id: int) -> None:
    with transaction.atomic():
        job = ImportJob.objects.select_for_update(no_key=True).defer("text").get(pk=job_id)
        if not job.is_working:
            return
        job.attempts += 1
        if job.attempts >= MOST_ATTEMPTS:
            _end(job, State.FAILED, failure="broken")
            return
        job.next_attempt_at = timezone.now() + timedelta(seconds=settings.BULK_RETRY_AFTER)
        job.save(update_fields=["attempts", "next_attempt_at"])


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


def _note(job: ImportJob, rows: Sequence[Row], outcomes: Sequence[Outcome]) -> None:
    """Count the rows, and write down what is to be said of them."""
    notes = []
    for row, outcome in zip(rows, outcomes, strict=True):
        count = COUNT_OF[outcome.import_type]
        setattr(job, count, getattr(job, count) + 1)
        said = outcome.wrong or list(outcome.remark.items())
        notes += [_line_note(job, row, column, why, is_bad=bool(outcome.wrong)) for column, why in said]
    LineNote.objects.bulk_create(notes)
    job.done += len(rows)
    job.attempts = 0


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

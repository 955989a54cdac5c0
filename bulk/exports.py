"""Taking a table out: a worker writes it, row by row, and whoever asked for it takes it within a day.

It may hold personal data, so it lies in its job's row and not among the files. A worker that dies is followed by another,
which begins again: writing changes nothing.
"""

import gzip
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from bulk import hints, kinds, tables
from bulk.models import ExportJob
from bulk.problems import BulkError
from bulk.turns import my_turn
from staff.log import use_right
from staff.rights import Actor, PermissionDenied, require

log = logging.getLogger(__name__)
TASK = "bulk.export"
State = ExportJob.State

MOST_ROWS = 200_000
MOST_ATTEMPTS = 5
KEPT = timedelta(days=1)


class Gone(BulkError):
    """It is not ready, or no longer kept."""


# --- by staff --------------------------------------------------------------------------------------------------------


def ask(*, actor: Actor, kind: str, narrowed: dict[str, str] | None = None) -> ExportJob:
    """Have a table written; `narrowed` is how its kind reads it. Raises PermissionDenied."""
    with transaction.atomic():
        job = ExportJob.objects.create(actor_id=actor.pk, kind=kind, narrowed=narrowed or {})
        use_right(actor=actor, right=kinds.get(kind).export_right, about=job, **job.narrowed)
        hints.ask(TASK, job.pk)
    return job


def take(*, job_id: int, actor: Actor) -> ExportJob:
    """The table, for whoever asked for it and still may. Raises PermissionDenied, Gone."""
    job = ExportJob.objects.get(pk=job_id)
    require(actor=actor, right=kinds.get(job.kind).export_right)
    if job.actor_id != actor.pk:
        raise PermissionDenied
    if not job.is_ready:
        raise Gone("forgotten_export")
    return job


def pieces(job: ExportJob) -> Iterator[bytes]:
    """A table that was taken, as a file."""
    with gzip.GzipFile(fileobj=BytesIO(job.content)) as file:
        while piece := file.read(1 << 16):
            yield piece


# --- by workers ------------------------------------------------------------------------------------------------------


def work(*, job_id: int) -> None:
    """Write this table. While another thread of this process works on one, it is left to the sweep."""
    with my_turn() as is_mine:
        if is_mine:
            _work(job_id)


def due() -> list[int]:
    """Tables that nobody writes and somebody should."""
    jobs = ExportJob.objects.filter(next_attempt_at__lte=timezone.now()).order_by("next_attempt_at")
    return list(jobs.values_list("pk", flat=True)[:100])


def take_up() -> None:
    """The sweep: ask the workers for what is due, because its hint was lost or its worker died."""
    for job_id in due():
        hints.ask(TASK, job_id)


def forget_old() -> None:
    """Empty the tables of a day ago."""
    old = ExportJob.objects.filter(state=State.DONE, finished_at__lt=timezone.now() - KEPT)
    old.update(state=State.FORGOTTEN, content=b"")


def _work(job_id: int) -> None:
    """A claim of the job by moving its next attempt: a second hint finds nothing to do."""
    waiting = ExportJob.objects.filter(pk=job_id, state=State.WRITING)
    if not waiting.filter(next_attempt_at__lte=timezone.now()).update(next_attempt_at=_later(), done=0):
        return
    job = waiting.select_related("actor").defer("content").get()
    try:
        content = _written(job)
    except (PermissionDenied, BulkError) as error:
        _end(job, state=State.FAILED, failure=error.code)
    except Exception:
        # Whatever it was: noted, so that it is tried again later, and not for ever.
        log.exception("export %s failed", job_id)
        _put_off(job)
    else:
        _end(job, state=State.DONE, content=content)


def _end(job: ExportJob, **fields: Any) -> None:
    mine = ExportJob.objects.filter(pk=job.pk, state=State.WRITING)
    mine.update(next_attempt_at=None, finished_at=timezone.now(), **fields)


def _put_off(job: ExportJob) -> None:
    if job.attempts + 1 >= MOST_ATTEMPTS:
        _end(job, state=State.FAILED, failure="broken")
    else:
        ExportJob.objects.filter(pk=job.pk).update(attempts=job.attempts + 1, next_attempt_at=_later())


def _later() -> datetime:
    return timezone.now() + timedelta(seconds=settings.BULK_RETRY_AFTER)


def _written(job: ExportJob) -> bytes:
    """The whole table, compressed."""
    rows = kinds.get(job.kind).rows(job.narrowed)
    count = rows.order_by()[: MOST_ROWS + 1].count()
    if count > MOST_ROWS:
        raise BulkError("too_many_to_export")
    ExportJob.objects.filter(pk=job.pk).update(rows=count)
    content = BytesIO()
    with gzip.GzipFile(fileobj=content, mode="wb") as file:
        for text in _texts(job, rows):
            file.write(text.encode())
    return content.getvalue()


def _texts(job: ExportJob, rows: QuerySet[Any]) -> Iterator[str]:
    """The heading, and then some rows at once, in the order of their ids; each time the job says how far it is."""
    kind = kinds.get(job.kind)
    resource = kind.resource()
    yield tables.BOM + tables.written([resource.get_export_headers()])
    done, last = 0, None
    while True:
        require(actor=type(job.actor).objects.get(pk=job.actor_id), right=kind.export_right)
        after = rows.order_by("pk") if last is None else rows.order_by("pk").filter(pk__gt=last)
        if not (some := list(after[: kind.at_once])):
            return
        yield tables.written(resource.export_resource(one) for one in some)
        done, last = done + len(some), some[-1].pk
        if done > MOST_ROWS:
            raise BulkError("too_many_to_export")
        ExportJob.objects.filter(pk=job.pk).update(done=done, next_attempt_at=_later())

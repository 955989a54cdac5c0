"""Taking a table out: a worker writes it, row by row, and the person who asked for it downloads it within a day.

It may hold personal data, so it lies in its job's row and not among the files. A worker that dies is followed by another,
which begins again: writing changes nothing.
"""

import gzip
import logging
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from bulk import hints, kinds, tables
from bulk.models import ExportJob
from bulk.problems import BulkError
from bulk.turns import policy, turns
from outbox.queue import ClaimLost, claim, due_ids, note_done, note_failure, renew
from staff.log import use_right
from staff.rights import Actor, PermissionDenied, require

log = logging.getLogger(__name__)
TASK = "bulk.export"
State = ExportJob.State

MAX_ROWS = 200_000
RETENTION = timedelta(days=1)


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
    """The table, for the person who asked for it and still may read it. Raises PermissionDenied, Gone."""
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
    with turns.take() as is_mine:
        if is_mine:
            _work(job_id)


def due() -> list[int]:
    """Tables that wait for a worker."""
    return due_ids(ExportJob.objects.all())


def take_up() -> None:
    """The sweep: ask the workers for what is due, because its hint was lost or its worker died."""
    for job_id in due():
        hints.ask(TASK, job_id)


def forget_old() -> None:
    """Empty the tables of a day ago."""
    old = ExportJob.objects.filter(state=State.DONE, finished_at__lt=timezone.now() - RETENTION)
    old.update(state=State.FORGOTTEN, content=b"")
    ExportJob.objects.filter(given_up_at__lt=timezone.now() - RETENTION).update(given_up_at=None)


def _work(job_id: int) -> None:
    job = claim(ExportJob.objects.select_related("actor").filter(pk=job_id), policy())
    if job is None:
        return
    try:
        content = _written(job)
    except ClaimLost:
        log.warning("export %s is written by another worker", job_id)
    except (PermissionDenied, BulkError) as error:
        note_done(job, state=State.FAILED, failure=error.code, finished_at=timezone.now())
    except Exception:
        # Any error is noted, so that the job is tried again later, and not for ever.
        log.exception("export %s failed", job_id)
        note_failure(job, policy(), "broken")
    else:
        note_done(job, state=State.DONE, content=content, finished_at=timezone.now())


def _written(job: ExportJob) -> bytes:
    """The whole table, compressed."""
    rows = kinds.get(job.kind).rows(job.narrowed)
    count = rows.order_by()[: MAX_ROWS + 1].count()
    if count > MAX_ROWS:
        raise BulkError("too_many_to_export")
    renew(job, policy(), rows=count, done=0)
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
        if done > MAX_ROWS:
            raise BulkError("too_many_to_export")
        renew(job, policy(), done=done)

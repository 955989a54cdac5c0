"""What the tests of tables share: a file sent, checked and imported as staff and workers do it."""

import gzip

from bulk import exports, imports
from bulk.models import ExportJob, ImportJob
from bulk.tables import read


def checked(kind: str, text: str, *, actor, file_name: str = "file.csv", **more) -> ImportJob:
    """A table that a member of staff sent and a worker has checked."""
    job = imports.check(actor=actor, kind=kind, file_name=file_name, text=text, **more)
    imports.work(job_id=job.pk)
    return ImportJob.objects.get(pk=job.pk)


def imported(kind: str, text: str, *, actor, **more) -> ImportJob:
    """A table that was checked without a bad line, and imported to its end."""
    job = checked(kind, text, actor=actor, **more)
    assert problems(job) == []
    return run(job, actor=actor)


def run(job: ImportJob, *, actor) -> ImportJob:
    imports.start(job_id=job.pk, actor=actor)
    imports.work(job_id=job.pk)
    return ImportJob.objects.get(pk=job.pk)


def counts(job: ImportJob) -> tuple[int, int, int, int]:
    """New, changed, unchanged, refused."""
    return job.added, job.changed, job.unchanged, job.bad


def problems(job: ImportJob) -> list[tuple[int, str, str]]:
    """Of each bad line its number, column and code."""
    return list(job.notes.filter(is_bad=True).values_list("line", "column", "code"))


def exported(kind: str, *, actor, **narrowed: str) -> str:
    """The letters of a table that was asked for and written."""
    job = exports.ask(actor=actor, kind=kind, narrowed=narrowed)
    exports.work(job_id=job.pk)
    job = ExportJob.objects.get(pk=job.pk)
    assert job.state == ExportJob.State.DONE, job.failure
    return gzip.decompress(job.content).decode()


def rows_of(text: str) -> list[dict[str, str]]:
    return [row.cells for row in read(text).rows]

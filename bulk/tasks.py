"""Celery doors: ids in, one call on, safe to run twice."""

from celery import shared_task

from bulk import exports, imports


@shared_task(name=imports.TASK)
def import_table(job_id: str) -> None:
    """Check or import one table."""
    imports.work(job_id=int(job_id))


@shared_task(name=exports.TASK)
def export_table(job_id: str) -> None:
    """Write one table."""
    exports.work(job_id=int(job_id))

"""Celery doors: ids in, one call on, safe to run twice."""

from celery import shared_task


@shared_task(name="orders.sweep")
def sweep() -> None:
    """Does whatever is due."""

"""Rows beside others, kept as Django's prefetching leaves them: for pages that read the same ones each time."""

from collections.abc import Sequence

from django.db.models import Model


def keep(row: Model, name: str, found: Sequence[Model]) -> None:
    """These are the rows that the row has by this name; who asks for all of them asks no database."""
    rows = getattr(row, name).get_queryset()
    rows._result_cache, rows._prefetch_done = list(found), True  # noqa: SLF001 what Django's own prefetching notes
    vars(row).setdefault("_prefetched_objects_cache", {})[name] = rows

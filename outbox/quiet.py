"""A shop that was restored is quiet: nothing that is due goes out, until somebody says that this is the shop now.

A copy that is looked at beside the shop it was made of would send its customers every email once more, and ask for refunds
that were made. Orders are taken and confirmed meanwhile; what is owed for them waits with the rest.
"""

from datetime import datetime

from django.db.models import Exists

from outbox.models import Quiet

ONLY = 1


def is_quiet() -> Exists:
    """For statements that look for what is due. The table has one row, or none."""
    return Exists(Quiet.objects.all())


def begin() -> None:
    """From now on nothing goes out."""
    Quiet.objects.get_or_create(pk=ONLY)


def since() -> datetime | None:
    """Since when the shop has been quiet; None if it is not."""
    row = Quiet.objects.first()
    return row.since if row else None


def end() -> bool:
    """Let everything go out that is due; whether it was kept back."""
    gone, _each = Quiet.objects.all().delete()
    return bool(gone)

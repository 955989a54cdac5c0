"""One thread of a process works on tables, so that confirmations, emails and webhooks have the others."""

from datetime import timedelta

from django.conf import settings

from outbox.queue import Policy
from outbox.turns import Turns

turns = Turns(1)
MAX_PAUSE = timedelta(minutes=10)
MAX_ATTEMPTS = 5


def policy() -> Policy:
    """How a table is tried again: the lease begins anew with each piece, and so do the attempts."""
    lease = timedelta(seconds=settings.BULK_RETRY_AFTER)
    return Policy(first_pause=lease, max_pause=MAX_PAUSE, lease=lease, give_up_after=MAX_ATTEMPTS)

"""Events about a charge or a refund that the ledger does not know yet: they wait for it, however long it takes.

Providers tell in any order, and a refund may be told before its capture. An event is put by and the ledger row is written
under one advisory lock of the name that both carry, so neither can miss the other.
"""

from django.db import transaction
from django.utils import timezone

from database import Asked, fetch, fetch_together
from orders.events.hints import enqueue
from orders.events.task_names import Task
from orders.models import LedgerEntry, ProviderEvent
from outbox.queue import Policy, make_due, note_done, note_failure

# The first key of the advisory locks of names; the second is the name's hash. Any number, used nowhere else.
NAMES = 7_302_002
WAITS = "nothing of ours yet"
# Letters of a name that the ledger could have.
MAX_NAME = 255


# By the index of what waits, which a plan for any name may use because it asks for one.
WAITING = """
SELECT EXISTS (SELECT FROM orders_providerevent WHERE variant = %s AND waits_for = %s AND waits_for <> '')
"""


class NotKnownYet(Exception):
    """The ledger has no row of this name of the provider's, a charge or a refund."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


def is_known(*, variant: str, name: str) -> bool:
    """Whether the ledger has money of this name at the provider."""
    return LedgerEntry.objects.filter(
        payment__variant=variant, reference=name, kind__in=LedgerEntry.MOVES
    ).exists()


@transaction.atomic
def put_by(event: ProviderEvent, name: str, policy: Policy) -> None:
    """Have a claimed event wait for the name, unless it has become known meanwhile: then it is tried again.

    What is no name of anything is not waited for.
    """
    if not 0 < len(name) <= MAX_NAME:
        note_done(event, remark="no payment of ours", acted_at=timezone.now())
        return
    _hold(event.variant, name)
    if is_known(variant=event.variant, name=name):
        note_failure(event, policy, NotKnownYet(name))
    else:
        note_done(event, waits_for=name, remark=WAITS)


def wake(*, variant: str, name: str) -> None:
    """Act on what waited for the name, in the transaction that has written its row into the ledger."""
    _held, ((waits,),) = fetch_together(_holding(variant, name), Asked(WAITING, [variant, name]))
    if not waits:
        return
    waiting = ProviderEvent.objects.filter(variant=variant, waits_for=name)
    for event_id in make_due(waiting, waits_for="", remark=""):
        enqueue(Task.ACT_ON_EVENT, str(event_id))


def _hold(variant: str, name: str) -> None:
    fetch(*_holding(variant, name))


def _holding(variant: str, name: str) -> Asked:
    return Asked("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [NAMES, f"{variant} {name}"])

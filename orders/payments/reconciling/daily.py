"""Reconciliation by the clock: each provider that has lists is compared once a day, by one worker.

A row says which day, from when to when, and what came of it. A provider that does not answer is asked again after
growing pauses; how that is done stands in outbox/queue.py, and the threads in orders/actions/money/money_due.py.
"""

import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy

from orders.errors import OrderError
from orders.models import MoneyMismatch, Reconciliation
from orders.payments.providers.base import NoLists, ProviderUnreachable, UnknownProvider
from orders.payments.providers.movements import Balance
from orders.payments.providers.registry import provider_named
from orders.payments.reconciling import comparing, lists, mismatches, payouts, statements
from orders.payments.reconciling.comparing import Reconciled
from orders.reports.dates import began
from orders.rights import OrderRights
from outbox.queue import Policy, attempt, claim, due_ids, note_done
from staff.log import use_right
from staff.rights import require

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)
# PayPal lists some transactions only hours later, and what hangs for some hours at night is no mismatch yet.
AFTER = timedelta(hours=6)
# So many days are made up for after the workers were away, and an open mismatch is looked at again.
MAX_DAYS = 31
# A comparison reads many pages, each with the provider's own timeout.
POLICY = Policy(first_pause=timedelta(minutes=5), max_pause=timedelta(hours=6), lease=timedelta(minutes=30))
# A report has nothing of the time around it, in which the provider may have dated what we dated at its edges.
MARGIN = timedelta(hours=1)
# Lines of a report that a page reads while somebody waits; a longer one is for the command.
MAX_BY_PAGE = 2000
NAMELESS = "no provider of this name is in the settings any more"


class TooMuchForPage(OrderError):
    """Said at the desk alone."""

    message = gettext_lazy("This report is too long for a page: read it with manage.py reconcile --report.")


def due() -> list[int]:
    """Comparisons whose time has come; those of days that are over are asked for here."""
    _ask()
    return due_ids(Reconciliation.objects.all())


def _ask() -> None:
    """A row for each day that is over, of each provider that has lists. Two workers at once make it once."""
    listing = [name for name in settings.PAYMENT_VARIANTS if provider_named(name).has_lists]
    if not listing:
        return
    last = (timezone.localtime() - AFTER).date() - timedelta(days=1)
    by_lists = Reconciliation.objects.filter(
        variant__in=listing, source=Reconciliation.Source.LISTS, day__lte=last
    )
    known = dict(by_lists.values_list("variant").annotate(Max("day")).order_by())
    missing = [
        Reconciliation(variant=name, day=day) for name in listing for day in _days(known.get(name), last)
    ]
    if missing:
        Reconciliation.objects.bulk_create(missing, ignore_conflicts=True)


def _days(known: date | None, last: date) -> list[date]:
    """The days after the one that is known, the last one alone if there is none."""
    many = min((last - known).days, MAX_DAYS) if known else 1
    return [last - timedelta(days=before) for before in reversed(range(many))]


def run(*, reconciliation_id: int) -> Reconciliation:
    """Compare, if it is time to, and note what came of it. May run twice, late, or beside itself."""
    row = claim(Reconciliation.objects.filter(pk=reconciliation_id), POLICY)
    if row is None:
        return Reconciliation.objects.get(pk=reconciliation_id)
    try:
        with attempt(row, POLICY):
            _run(row)
    except (ProviderUnreachable, NoLists) as error:
        log.warning("reconciliation %s: %s", row, error)  # its pause is noted, the sweep tries again
    return row


def _run(row: Reconciliation) -> None:
    since, until = _span(row)
    try:
        result = lists.reconcile(variant=row.variant, since=since, until=until)
    except UnknownProvider:
        note_done(row, failure=NAMELESS)
        return
    finish(row, result, since=since, until=until)


def _span(row: Reconciliation) -> tuple[datetime, datetime]:
    """The row's day, and the days before it of which something is open, so that what is explained since vanishes."""
    found = MoneyMismatch.objects.filter(variant=row.variant, state=MoneyMismatch.State.OPEN)
    recent = found.filter(at__gte=began(row.day - timedelta(days=MAX_DAYS)))
    oldest = recent.aggregate(oldest=Min("at"))["oldest"]
    day = min(row.day, timezone.localtime(oldest).date()) if oldest else row.day
    return began(day), began(row.day + timedelta(days=1))


@transaction.atomic
def finish(row: Reconciliation, result: Reconciled, *, since: datetime, until: datetime) -> None:
    """Write down what a claimed comparison found, unless the claim was lost to another worker."""
    if note_done(row, since=since, until=until, ran_at=timezone.now(), **_counted(result)):
        mismatches.keep(row, result.mismatches, since=since, until=until)
        statements.keep(row, result.statements)
        payouts.keep(row, result.payouts)


def _counted(result: Reconciled) -> dict[str, int]:
    return {
        "explained": len(result.explained),
        "mismatches": len(result.mismatches),
        "foreign": len(result.foreign),
    }


def read_file(*, variant: str, lines: Iterable[str], actor: "User | None" = None) -> Reconciliation:
    """Compare a provider's own report, a file, with the ledger; the row of it. It tells no balance: there is no statement.

    Raises PermissionDenied, UnknownProvider, NoLists, BadReport, TooMuchForPage for what staff send by a page.
    """
    require(actor=actor, right=OrderRights.CLOSE_MISMATCH)
    report = provider_named(variant).read_report(lines)
    if actor is not None and len(report.movements) > MAX_BY_PAGE:
        raise TooMuchForPage
    since, until = report.since, report.until
    result = comparing.compare(
        variant=variant,
        since=since,
        until=until,
        listed=report.movements,
        balance=Balance({}),
        margin=MARGIN,
    )
    with transaction.atomic():
        row = Reconciliation.objects.create(
            variant=variant,
            source=Reconciliation.Source.FILE,
            day=timezone.localtime(since).date(),
            since=since,
            until=until,
            next_attempt_at=None,
            ran_at=timezone.now(),
            **_counted(result),
        )
        mismatches.keep(row, result.mismatches, since=since + MARGIN, until=until - MARGIN)
        payouts.keep(row, result.payouts)
        use_right(actor=actor, right=OrderRights.CLOSE_MISMATCH, about=row, how="report")
    return row

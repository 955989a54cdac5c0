"""What a mail service says of emails that it took: noted at each email, all that comes together in one transaction.

A word may come twice, late, before the email's own row says that it is sent, or about an email that nobody knows: of each
kind an email has one report, and what belongs to no email is passed over.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from orders.models import Email, EmailKind, EmailReport, HandedOver
from orders.rights import OrderRights
from staff.log import write
from staff.rights import require

if TYPE_CHECKING:
    from accounts.models import User
    from orders.emails.mime import Message

log = logging.getLogger(__name__)
MAX_REASON = 500
# About no order, and asked for at no moment near: these stop for an address that has complained. Codes and links that
# somebody waits for, and what says that money was given, do not.
UNASKED = (EmailKind.WEBHOOK_OFF, EmailKind.BACK_TO_CONFIRM, EmailKind.BACK_IN_STOCK)


class Word(NamedTuple):
    """What a service says of one email. No `kind`: it arrived."""

    # Our own name of the email, if the service gives it back, and the service's.
    message_id: str
    service_id: str
    kind: EmailReport.Kind | None
    is_final: bool
    at: datetime
    reason: str


def note_handed_over(email: Email, message: "Message") -> None:
    """Keep what a mail service calls an email that it took; a mail server calls it nothing."""
    said = getattr(getattr(message, "anymail_status", None), "message_id", None)
    names: set[str] = said if isinstance(said, set) else {said} if said else set()
    for name in names:
        HandedOver.objects.create(email=email, service_id=name)


# --- what is said --------------------------------------------------------------------------------------------------


@transaction.atomic
def note(words: Collection[Word]) -> None:
    """Note what is said, all of it or nothing.

    The emails are locked by their ids, as by who forgets a customer: no address comes back after its owner has left.
    """
    emails = _emails_of(words)
    about = [(email, word) for word in words if (email := _named(word, emails))]
    fresh = [_report(email, word, word.kind) for email, word in about if word.kind]
    EmailReport.objects.bulk_create(fresh, ignore_conflicts=True)
    _note_arrived({email.to.lower(): word.at for email, word in about if word.kind is None})
    if len(about) < len(words):
        log.info("a mail service told of %d emails that are not known", len(words) - len(about))


def _note_arrived(arrived: Mapping[str, datetime]) -> None:
    """What came back before from an address that takes emails again is no matter any more; a complaint stays one."""
    came_back = _open(arrived).exclude(kind=EmailReport.Kind.COMPLAINED)
    over = [report.pk for report in came_back if report.at < arrived[report.address]]
    _close(EmailReport.objects.filter(pk__in=over))


def _emails_of(words: Collection[Word]) -> dict[str, Email]:
    """By each name that the words have for them."""
    ours = [word.message_id for word in words if word.message_id]
    theirs = dict(
        HandedOver.objects.filter(
            service_id__in=[word.service_id for word in words if word.service_id]
        ).values_list("service_id", "email_id")
    )
    rows = Email.objects.filter(Q(message_id__in=ours) | Q(pk__in=theirs.values()))
    locked = {
        email.pk: email
        for email in rows.only("to", "message_id").order_by("pk").select_for_update(no_key=True, of=("self",))
    }
    found = {email.message_id: email for email in locked.values()}
    return found | {name: locked[pk] for name, pk in theirs.items() if pk in locked}


def _named(word: Word, emails: Mapping[str, Email]) -> Email | None:
    return emails.get(word.message_id) or emails.get(word.service_id)


def _report(email: Email, word: Word, kind: EmailReport.Kind) -> EmailReport:
    return EmailReport(
        email=email,
        kind=kind,
        is_final=word.is_final,
        at=min(word.at, timezone.now()),
        reason=word.reason.replace("\0", "")[:MAX_REASON] if email.to else "",
        address=email.to.lower(),
    )


# --- what follows --------------------------------------------------------------------------------------------------


def is_unreachable(address: str) -> bool:
    """Whether emails to an address come back for good, as far as a service has told and nobody has seen to it."""
    return _open([address]).filter(is_final=True).exclude(kind=EmailReport.Kind.COMPLAINED).exists()


def has_complained(address: str) -> bool:
    """Whether somebody at the address has reported an email of ours as unwanted, ever."""
    return EmailReport.objects.filter(
        ~Q(address=""), address=address.lower(), kind=EmailReport.Kind.COMPLAINED
    ).exists()


def is_unwanted(*, kind: EmailKind, to: str) -> bool:
    """Whether an email of this kind is not sent to an address."""
    return kind in UNASKED and has_complained(to)


def _open(addresses: Iterable[str]) -> QuerySet[EmailReport]:
    its = {address.lower() for address in addresses}
    return EmailReport.objects.filter(~Q(address=""), address__in=its, settled_at=None)


def _close(reports: QuerySet[EmailReport]) -> None:
    """They are settled; locked by their ids, since several may be at it."""
    ids = list(
        reports.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True)
    )
    EmailReport.objects.filter(pk__in=ids).update(settled_at=timezone.now())


def settle(*, email_ids: Collection[int], actor: "User") -> int:
    """Staff have seen to what came back: it is no matter any more, and the customer is told no more; how many emails.

    All that is open about the same addresses goes with it. Raises PermissionDenied.
    """
    require(actor=actor, right=OrderRights.SETTLE_REPORTS)
    with transaction.atomic():
        open_ = EmailReport.objects.filter(settled_at=None)
        chosen = Email.objects.filter(Q(pk__in=open_.values("email")), pk__in=email_ids).select_related(
            "order"
        )
        emails = list(chosen.order_by("pk"))
        write(actor=actor, action=OrderRights.SETTLE_REPORTS, about=emails)
        addresses = {email.to.lower() for email in emails} - {""}
        _close(open_.filter(Q(email__in=emails) | Q(address__in=addresses)))
    return len(emails)


def forget(emails: QuerySet[Email]) -> None:
    """In the caller's transaction, which holds the emails: what came back of them keeps no address, and no words of it."""
    EmailReport.objects.filter(email__in=emails).update(address="", reason="")

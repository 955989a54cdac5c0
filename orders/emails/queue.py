"""The emails that the shop owes: each a row, written with what it tells of and sent after commit.

An email waits in its row until it is sent (outbox/queue.py says how). A hint wakes a worker's round; an email whose hint
was lost, or whose sending failed, is found by the round that comes every few seconds. A crash between handing an email
over and noting it repeats the email, with the same Message-ID; none is lost.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation

from database.rows import find_with, insert_all, insert_later
from orders.emails.claiming import Claimed, claim_next, claim_this
from orders.emails.messages import Words, message_of
from orders.emails.reports import is_unwanted, note_handed_over
from orders.emails.together import first_attempt, left_to_answer, note_not_sent, note_sent
from orders.events.hints import wake
from orders.events.task_names import Task
from orders.faults import fault_point
from orders.models import Email, EmailKind, Order
from orders.rights import OrderRights
from orders.status import Step
from outbox import clock
from outbox.queue import Policy, give_up, make_due, note_given_up, postpone
from outbox.turns import Turns
from staff.log import write
from staff.rights import require

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)

# Which step sends which email. Besides: placing sends PLACED, money that came too late LATE_MONEY_RETURNED, and a tracking
# code that comes later TRACKING, a change of a part of the order CHANGED and CHANGE_REFUNDED.
EMAIL_AFTER: dict[Step, EmailKind] = {
    Step.CONFIRM: EmailKind.PAY_REQUIRED,
    Step.REFUSE: EmailKind.NOT_CONFIRMED,
    Step.PAY: EmailKind.PAID,
    Step.COMPLETE: EmailKind.DONE,
    Step.CANCEL: EmailKind.CANCELED,
    Step.ASK_REFUND: EmailKind.REFUND,
    Step.RETURN_MONEY: EmailKind.REFUNDED,
}
# An order that costs nothing moves no money that an email could tell of.
FREE_EMAIL_AFTER: dict[Step, EmailKind | None] = {
    **EMAIL_AFTER,
    Step.CONFIRM: None,
    Step.ASK_REFUND: None,
    Step.RETURN_MONEY: EmailKind.CANCELED,
}

FIRST_PAUSE, MAX_PAUSE = timedelta(minutes=1), timedelta(hours=6)
# The pauses between so many attempts are three days together.
MAX_ATTEMPTS = 21
# Each answer of a mail server may take EMAIL_TIMEOUT, and an email takes a dozen; the rest is room for a busy machine.
MAX_ANSWERS = 30
MAX_PER_ROUND = 100
# So many threads of a process may wait for the mail server at once: it may hang, and others have orders to confirm.
SENDERS = 2
_senders = Turns(SENDERS)
# The server is there, and will not have this one email.
REFUSED = (SMTPRecipientsRefused, SMTPDataError)
# What an API answers to all emails alike: a key that does not hold, too many at once.
ALL_REFUSED = (401, 403, 408, 429)


def policy() -> Policy:
    """How an email is tried again."""
    return Policy(
        first_pause=FIRST_PAUSE,
        max_pause=MAX_PAUSE,
        lease=MAX_ANSWERS * timedelta(seconds=settings.EMAIL_TIMEOUT),
        give_up_after=MAX_ATTEMPTS,
    )


# --- owing ---------------------------------------------------------------------------------------------------------


def write_email(*, order: Order, kind: EmailKind, sequence: int) -> Email:
    """Owe the customer an email, in the caller's transaction; a worker sends it after commit.

    `sequence` is the status change's, or tells apart what else one order may get several emails of one kind about:
    a second email of the same order, kind and sequence is an IntegrityError. A customer who has closed the account gets
    none: the row says that there was one to send, without an address.
    """
    email = _of_order(order, kind, sequence)
    insert_later(email)
    _send_soon(email)
    return email


def write_emails(*, kind: EmailKind, sequences: Mapping[Order, int]) -> None:
    """The same for many orders (with their customers loaded), in one statement."""
    insert_all([_of_order(order, kind, sequence) for order, sequence in sequences.items()])
    wake(Task.SEND_EMAILS)


def _of_order(order: Order, kind: EmailKind, sequence: int) -> Email:
    left = order.customer.has_left
    return _email(
        order=order,
        kind=kind,
        sequence=sequence,
        language=order.language,
        to="" if left else order.customer.email,
        next_attempt_at=None if left else first_attempt(kind),
    )


def email_after(order: Order, step: Step) -> EmailKind | None:
    """The email that tells of a step; one about no money is not sent."""
    if order.is_exchange and order.is_given and step == Step.CONFIRM:
        return None  # there is nothing to pay
    if order.is_fee and step == Step.COMPLETE:
        return None  # there is nothing to send
    return FREE_EMAIL_AFTER[step] if order.is_free else EMAIL_AFTER[step]


def write_message(
    *, kind: EmailKind, user: "User | None", to: str, words: Words, expires_at: datetime | None = None
) -> None:
    """Owe a message that is finished, in the language that is on, in the caller's transaction.

    What somebody has complained about is not owed (orders/emails/reports.py says which kinds that stops).
    """
    if is_unwanted(kind=kind, to=to):
        log.info("no email of the kind %s is written to an address that has complained", kind)
        return
    language = translation.get_language() or settings.LANGUAGE_CODE
    email = _email(kind=kind, user=user, to=to, language=language, expires_at=expires_at, **words._asdict())
    email.save(force_insert=True)
    _send_soon(email)


@transaction.atomic
def write_account_email(
    *, user: "User | None", to: str, words: Words, valid_for: timedelta | None = None
) -> None:
    """Owe a message about an account, to its user if it has one; after `valid_for` it is worth nothing, and given up.

    A user who has left gets none: the user's row is locked first, as closing the account does.
    """
    if user is not None:
        user = get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)
        if user.has_left:
            return
    expires_at = timezone.now() + valid_for if valid_for else None
    write_message(kind=EmailKind.ACCOUNT, user=user, to=to, words=words, expires_at=expires_at)


def _email(**fields: Any) -> Email:
    """An email that is not written yet."""
    return Email(message_id=f"<{uuid4()}@{urlsplit(settings.PUBLIC_URL).hostname}>", **fields)


def _send_soon(email: Email) -> None:
    if email.next_attempt_at and email.next_attempt_at <= timezone.now():
        wake(Task.SEND_EMAILS)


# --- sending -------------------------------------------------------------------------------------------------------


def deliver(*, email_ids: Iterable[int]) -> None:
    """Send these emails, unless all senders of this process are busy: then the next round does."""
    with _senders.take() as is_free:
        if is_free:
            all(send_email(email_id=email_id) for email_id in email_ids)


def send_due() -> None:
    """The round: send what is due, unless all senders of this process are busy with it already."""
    with _senders.take() as is_free:
        if is_free:
            _send_due()


def _send_due() -> None:
    """Send what is due until there is no more, or until the mail server is away.

    Then the rest waits for the next round: each further email would keep this thread until a timeout.
    """
    for _nth in range(MAX_PER_ROUND):
        claimed = claim_next(policy())
        if claimed is None:
            return
        if claimed.are_more:
            clock.share()
        if not _send(claimed) or not claimed.are_more:
            return
        clock.step()


def give_up_expired() -> None:
    """An expired link is not sent: `claim_next` passes it over, and the sweep gives it up."""
    give_up(Email.objects.filter(expires_at__lte=timezone.now()), text="", html="")


def send_email(*, email_id: int) -> bool:
    """Send an email that is due, and note that it is sent, or what went wrong; False if the mail server is away.

    One that is not due, or in the hands of another worker, is left alone.
    """
    claimed = claim_this(email_id, policy())
    return claimed is None or _send(claimed)


def _send(claimed: Claimed) -> bool:
    """Hand a claimed email to Django's mail backend; no transaction is open while the mail server takes its time."""
    email, first, _are_more = claimed
    fault_point("email taken")
    if policy().is_last(email.attempts - 1):
        # Its last attempt never came to an end: it ended its worker, and must not end all of them.
        note_given_up(email)
        if first is not None:
            postpone(first, until=timezone.now())
        return True
    if email.order_id:
        # With its customer, whose address is in the salt of the link (orders/links.py).
        (email.order,) = find_with(Order, "customer", "WHERE orders_order.id = %s", [email.order_id])
    if left_to_answer(email):
        return True
    try:
        message = message_of(email, is_first=first is not None)
        message.send()
    except Exception as error:
        # Any error is noted: an email that can't be written must not be tried every few seconds for ever.
        log.warning("email %s was not sent: %r", email.pk, error, exc_info=error)
        note_not_sent(email, first, policy(), error)
        return not _is_away(error)
    fault_point("email sent")
    note_handed_over(email, message)
    note_sent(email, first)
    return True


def _is_away(error: Exception) -> bool:
    """Whether no other email would fare better now: the server or service is away, or takes nothing of ours."""
    answer = getattr(error, "status_code", None)  # of a service's API
    if answer is not None:
        return answer >= 500 or answer in ALL_REFUSED
    return isinstance(error, OSError) and not isinstance(error, REFUSED)


def send_again(
    *, email_ids: Iterable[int], actor: "User", right: OrderRights = OrderRights.SEND_AGAIN
) -> int:
    """Make emails due now, sent ones too, with all their attempts before them; how many. Raises PermissionDenied.

    It takes a right of its own, or that of what the emails belong to.

    Left out are emails that a worker has in hand at this moment, and those whose recipient or message is gone.
    """
    require(actor=actor, right=right)
    with transaction.atomic():
        sendable = Email.objects.filter(~Q(order=None, text=""), pk__in=email_ids).exclude(to="")
        chosen = make_due(sendable, sent_at=None)
        again = Email.objects.filter(pk__in=chosen).select_related("order")
        write(actor=actor, action=right, about=again)
        wake(Task.SEND_EMAILS)
    return len(chosen)

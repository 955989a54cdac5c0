"""The mails of an order: each a row, written with the status change it tells of and sent after commit.

The row is the truth and the queue. A worker is given a hint; a mail whose hint was lost, or whose sending failed, is found
by a round every few seconds. A crash between handing a mail over and noting it repeats the mail, with the same
Message-ID; none is lost.
"""

import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from orders.documents import invoices
from orders.emails.amounts import moved_money
from orders.events.hints import enqueue
from orders.events.task_names import Task
from orders.models import InvoiceKind, Mail, MailKind, Order, StatusChange
from orders.rights import OrderRights
from orders.status import Step
from staff.log import write
from staff.rights import require

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)

# Which step sends which mail. Besides: placing sends PLACED, and money that came too late LATE_MONEY_RETURNED.
MAIL_AFTER: dict[Step, MailKind] = {
    Step.CONFIRM: MailKind.PAY_REQUIRED,
    Step.REFUSE: MailKind.NOT_CONFIRMED,
    Step.PAY: MailKind.PAID,
    Step.COMPLETE: MailKind.DONE,
    Step.CANCEL: MailKind.CANCELED,
    Step.ASK_REFUND: MailKind.REFUND,
    Step.RETURN_MONEY: MailKind.REFUNDED,
}
# An order that costs nothing moves no money that a mail could tell of.
FREE_MAIL_AFTER: dict[Step, MailKind | None] = {
    **MAIL_AFTER,
    Step.CONFIRM: None,
    Step.ASK_REFUND: None,
    Step.RETURN_MONEY: MailKind.CANCELED,
}
INVOICE_WITH = {MailKind.PAID: InvoiceKind.INVOICE, MailKind.REFUNDED: InvoiceKind.CREDIT_NOTE}
# These say why.
WITH_REASON = (MailKind.NOT_CONFIRMED, MailKind.CANCELED)

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
# The pauses between so many attempts, each twice the one before, are three days together.
MOST_ATTEMPTS = 21
SENT_PER_ROUND = 100
# So many threads of one process may wait for the mail server at one moment: it may hang, and whoever else has work for
# the worker's other threads (an order to confirm, say) must not notice.
SENDERS = 2
_senders = threading.BoundedSemaphore(SENDERS)


class Attachment(NamedTuple):
    filename: str
    content: bytes
    mimetype: str


def write_mail(*, order: Order, kind: MailKind, sequence: int) -> Mail:
    """Owe the customer a mail, in the caller's transaction; a worker sends it after commit.

    `sequence` is the status change's, or tells apart what else one order may get several mails of one kind about:
    a second mail of the same order, kind and sequence is an IntegrityError. Whoever has closed the account gets none:
    the row says that there was one to send, and to nobody.
    """
    left = order.customer.has_left
    mail = Mail.objects.create(
        order=order,
        kind=kind,
        sequence=sequence,
        language=order.language,
        to="" if left else order.customer.email,
        next_attempt_at=None if left else timezone.now(),
        message_id=f"<{uuid4()}@{urlsplit(settings.PUBLIC_URL).hostname}>",
    )
    if not left:
        enqueue(Task.SEND_EMAIL, str(mail.pk))
    return mail


def mail_after(order: Order, step: Step) -> MailKind | None:
    """The mail that tells of a step; one about no money is not sent."""
    return FREE_MAIL_AFTER[step] if order.is_free else MAIL_AFTER[step]


def forget_recipient(*, customer_id: int) -> None:
    """In the caller's transaction: a customer's mails keep what they were about, not whom they went to.

    What is still to be sent is sent no more. A mail that a worker has in hand at this moment is waited for.
    """
    Mail.objects.filter(order__customer_id=customer_id).update(
        to="", next_attempt_at=None, given_up_at=None, failure=""
    )


# --- sending -------------------------------------------------------------------------------------------------------


@transaction.atomic
def send_mail(*, mail_id: int) -> bool:
    """Send a mail that is due, and note that it is sent, or what went wrong and when to try again; False if it failed.

    One that is sent, not due, or in the hands of another worker is left alone. Only the mail's row is locked while the
    mail server takes its time, never the order's.
    """
    due = _due().select_for_update(no_key=True, skip_locked=True)
    mail = due.filter(pk=mail_id).first()
    if mail is None:
        return True
    _allow_slow_mail_server()
    failure = _hand_over(mail)
    if failure is None:
        mail.sent_at, mail.next_attempt_at, mail.failure = timezone.now(), None, ""
    else:
        _put_off(mail, failure)
    mail.save(update_fields=["sent_at", "next_attempt_at", "attempts", "failure", "given_up_at"])
    return failure is None


def deliver(*, mail_id: int) -> None:
    """What a hint asks for: send this mail, and then those whose hints came while every sender was busy.

    If all senders of this process are busy now, it leaves the mail to them and to the next round.
    """
    with _a_sender() as is_free:
        if is_free and send_mail(mail_id=mail_id):
            _send_due()


def send_due() -> None:
    """The round: send what is due, unless all senders of this process are busy with it already."""
    with _a_sender() as is_free:
        if is_free:
            _send_due()


@contextmanager
def _a_sender() -> Iterator[bool]:
    """Whether this thread may send mails now; it never waits for its turn."""
    is_free = _senders.acquire(blocking=False)
    try:
        yield is_free
    finally:
        if is_free:
            _senders.release()


def _send_due() -> None:
    """Send what is due, the longest due first.

    After a failure the rest waits for the next round: most likely the mail server is away, and each further mail would
    keep this thread until a timeout.
    """
    mail_ids = _due().order_by("next_attempt_at", "pk").values_list("pk", flat=True)
    for mail_id in list(mail_ids[:SENT_PER_ROUND]):
        if not send_mail(mail_id=mail_id):
            return


def send_again(*, mail_ids: Iterable[int], actor: "User") -> int:
    """Make mails due now, sent ones too, with all their attempts before them; how many. Raises PermissionDenied.

    A mail that a worker has in hand at this moment is left out.
    """
    require(actor=actor, right=OrderRights.SEND_AGAIN)
    with transaction.atomic():
        mails = Mail.objects.filter(pk__in=mail_ids).exclude(to="").select_related("order").order_by("pk")
        free = list(mails.select_for_update(no_key=True, skip_locked=True, of=("self",)))
        chosen = Mail.objects.filter(pk__in=[mail.pk for mail in free])
        chosen.update(sent_at=None, next_attempt_at=timezone.now(), attempts=0, given_up_at=None)
        write(actor=actor, action=OrderRights.SEND_AGAIN, about=free)
        for mail in free:
            enqueue(Task.SEND_EMAIL, str(mail.pk))
    return len(free)


def _due():
    return Mail.objects.filter(sent_at__isnull=True, next_attempt_at__lte=timezone.now()).exclude(to="")


def _allow_slow_mail_server() -> None:
    """In this transaction, let the database wait for longer than it does elsewhere.

    Each answer of a mail server may take EMAIL_TIMEOUT, and a mail takes several. Were the transaction ended under our
    hands, a mail that is handed over would go unnoted, and be sent again by each sweep.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '15min'")


def _hand_over(mail: Mail) -> Exception | None:
    """Give a mail to Django's mail backend; what went wrong, if anything did."""
    try:
        # A savepoint: a statement that fails must not take the lock and the note of the failure with it.
        with transaction.atomic():
            message = message_of(mail)
        message.send()
    except Exception as error:
        # Whatever it was, it is noted: one mail that can't be written must not be tried every few seconds for ever.
        log.warning("mail %s was not sent: %r", mail.pk, error, exc_info=error)
        return error
    return None


def _put_off(mail: Mail, failure: Exception) -> None:
    mail.attempts += 1
    mail.failure = f"{type(failure).__name__}: {failure}".replace("\0", "")
    given_up = mail.attempts >= MOST_ATTEMPTS
    mail.next_attempt_at = None if given_up else timezone.now() + pause_after(mail.attempts)
    mail.given_up_at = timezone.now() if given_up else None


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts."""
    return min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)


# --- what it says --------------------------------------------------------------------------------------------------


def message_of(mail: Mail) -> EmailMultiAlternatives:
    """The mail in its order's language, as text and as HTML."""
    with translation.override(mail.language):
        context = _context(mail)
        words = render_to_string(f"orders/mail/{mail.kind}.txt", context).strip()
        subject, _newline, says = words.partition("\n")
        context |= {"subject": subject, "says": says.strip()}
        message = EmailMultiAlternatives(
            subject=subject,
            body=render_to_string("orders/mail/base.txt", context).strip() + "\n",
            to=[mail.to],
            headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
        )
        message.attach_alternative(render_to_string("orders/mail/base.html", context), "text/html")
    for attachment in attachments_of(mail):
        message.attach(*attachment)
    return message


def attachments_of(mail: Mail) -> list[Attachment]:
    """The files that hang on a mail: the invoice on the paid one, the credit note on the refunded one."""
    issued = mail.order.invoices.filter(kind=INVOICE_WITH.get(MailKind(mail.kind)))
    return [Attachment(one.filename, invoices.pdf(one), "application/pdf") for one in issued]


def _change_of(mail: Mail) -> StatusChange | None:
    """The status change that a mail tells of, if it tells of one."""
    if mail.kind == MailKind.LATE_MONEY_RETURNED:
        return None
    return mail.order.history.filter(sequence=mail.sequence).first()


def _context(mail: Mail) -> dict[str, object]:
    order, change = mail.order, _change_of(mail)
    moved, cause = moved_money(mail)
    return {
        "order": order,
        "status": change.get_to_status_display() if change else order.get_status_display(),
        "why": change.why if change and mail.kind in WITH_REASON else "",
        "moved": moved,
        "cause": cause,
        "lines": order.lines.prefetch_related("allocations__number"),
        # An order that has moved on since may have given them back.
        "shows_numbers": mail.kind == MailKind.PAID and order.shows_numbers,
        "tracking_code": order.tracking_code if mail.kind == MailKind.DONE else "",
        "url": f"{settings.PUBLIC_URL}{order.get_absolute_url()}",
        "shop": settings.SHOP_NAME,
        "language": mail.language,
    }

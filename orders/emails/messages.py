"""What an email says: of an order as it stands when it is sent, in the order's language; of all else as it was written."""

from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from orders.documents import invoices
from orders.emails.amounts import moved_money
from orders.models import InvoiceKind, Mail, MailKind, Order, StatusChange
from orders.status import OrderStatus

INVOICE_WITH = {MailKind.PAID: InvoiceKind.INVOICE, MailKind.REFUNDED: InvoiceKind.CREDIT_NOTE}
# These say why.
WITH_REASON = (MailKind.NOT_CONFIRMED, MailKind.CANCELED)


class Words(NamedTuple):
    """A message that is finished; `html` may be empty."""

    subject: str
    text: str
    html: str = ""


class Attachment(NamedTuple):
    filename: str
    content: bytes
    mimetype: str


def message_of(mail: Mail) -> EmailMultiAlternatives:
    """The mail as it is sent, always under the same Message-ID."""
    words = _of_order(mail, mail.order) if mail.order else Words(mail.subject, mail.text, mail.html)
    message = EmailMultiAlternatives(
        subject=words.subject,
        body=words.text,
        to=[mail.to],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )
    if words.html:
        message.attach_alternative(words.html, "text/html")
    for attachment in attachments_of(mail):
        message.attach(*attachment)
    return message


def attachments_of(mail: Mail) -> list[Attachment]:
    """The files that hang on a mail: the invoice on the paid one, the credit note on the refunded one."""
    kind = INVOICE_WITH.get(MailKind(mail.kind))
    issued = mail.order.invoices.filter(kind=kind) if mail.order and kind else ()
    return [Attachment(one.filename, invoices.pdf(one), "application/pdf") for one in issued]


def _of_order(mail: Mail, order: Order) -> Words:
    with translation.override(mail.language):
        context = _context(mail, order)
        words = render_to_string(f"orders/mail/{mail.kind}.txt", context).strip()
        subject, _newline, says = words.partition("\n")
        context |= {"subject": subject, "says": says.strip()}
        text = render_to_string("orders/mail/base.txt", context).strip() + "\n"
        return Words(subject, text, render_to_string("orders/mail/base.html", context))


def _context(mail: Mail, order: Order) -> dict[str, Any]:
    change = _change_of(mail, order)
    moved, cause = moved_money(mail, order)
    return {
        "order": order,
        "status": change.get_to_status_display() if change else order.get_status_display(),
        "why": change.why if change and mail.kind in WITH_REASON else "",
        "moved": moved,
        "cause": cause,
        "lines": order.lines.prefetch_related("allocations__number"),
        # An order that has moved on since may have given them back.
        "shows_numbers": mail.kind in (MailKind.PAID, MailKind.DONE) and order.shows_numbers,
        "tracking_code": order.tracking_code if mail.kind == MailKind.DONE else "",
        "url": f"{settings.PUBLIC_URL}{order.get_absolute_url()}",
        "pay_url": f"{settings.PUBLIC_URL}{order.get_absolute_url()}pay/"
        if _is_to_be_paid(mail, order)
        else "",
        "address": order.address_snapshot,
        "contact": settings.SHOP_EMAIL,
        "shop": settings.SHOP_NAME,
        "language": mail.language,
    }


def _is_to_be_paid(mail: Mail, order: Order) -> bool:
    """An order that has moved on since has nothing to pay any more."""
    return mail.kind == MailKind.PAY_REQUIRED and order.status == OrderStatus.PAY_REQUIRED


def _change_of(mail: Mail, order: Order) -> StatusChange | None:
    """The status change that a mail tells of, if it tells of one."""
    if mail.kind == MailKind.LATE_MONEY_RETURNED:
        return None
    return order.history.filter(sequence=mail.sequence).first()

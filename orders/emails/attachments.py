"""The files that hang on emails: papers of orders, and codes that banks' apps read."""

import logging
from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings

from database.rows import find
from orders.documents import invoices
from orders.documents.drawing.letters import LettersNotPrintable
from orders.documents.transfer import Transfer, transfer_for
from orders.models import TRANSFER, Email, EmailKind, Invoice, InvoiceKind, Order, OrderChange, Refund
from orders.status import OrderStatus

log = logging.getLogger(__name__)
INVOICE_WITH = {
    EmailKind.PAID: InvoiceKind.INVOICE,
    EmailKind.REFUNDED: InvoiceKind.CREDIT_NOTE,
    EmailKind.REFUND_FAILED: InvoiceKind.REVERSAL,
    EmailKind.REFUNDED_LATER: InvoiceKind.CREDIT_NOTE,
}
LATEST = "WHERE order_id = %s AND kind = %s ORDER BY number DESC LIMIT 1"
# The picture of a code that banks' apps read.
CODE_NAME = "bank-transfer.png"


class Attachment(NamedTuple):
    filename: str
    content: bytes
    mimetype: str


def attachments_of(email: Email) -> list[Attachment]:
    """The files that hang on an email: the invoice on the paid one, the credit note on the refunded one.

    An order whose refund failed may have several of a kind: the latest is what holds. One that can't be printed is left
    out, as its page says why, and what the email tells of the money has to arrive.
    """
    if transfer := transfer_in(email):
        return [Attachment(CODE_NAME, transfer.code.png, "image/png")] if transfer.code else []
    papers = []
    for one in _papers_of(email, email.order) if email.order else ():
        try:
            papers.append(Attachment(one.filename, invoices.pdf(one), "application/pdf"))
        except LettersNotPrintable as error:
            log.warning("An email of order %s goes without its invoice: %s", email.order_id, error)
        if made := invoices.einvoice(one):
            papers.append(Attachment(one.xml_filename, made, "application/xml"))
    return papers


def transfer_in(email: Email) -> Transfer | None:
    """How to pay by transfer, in emails that say it: the customer has chosen it, or there is no other way."""
    order = email.order
    if order is None or order.status != OrderStatus.PAY_REQUIRED:
        return None
    if email.kind == EmailKind.PAY_REQUIRED:
        return transfer_for(order) if settings.PAYMENT_VARIANT == TRANSFER else None
    if email.kind != EmailKind.PAY_BY_HAND or order.payments.get(pk=email.sequence).variant != TRANSFER:
        return None
    return transfer_for(order)


def _papers_of(email: Email, order: Order) -> Iterable[Invoice]:
    change = changed_of(email, order)
    if change is not None:
        notes = order.invoices.filter(kind=InvoiceKind.CREDIT_NOTE, snapshot__change=str(change.pk))
        return notes.order_by("-number")[:1]
    kind = INVOICE_WITH.get(EmailKind(email.kind))
    return find(Invoice, LATEST, [order.pk, kind.value]) if kind else ()


def changed_of(email: Email, order: Order) -> OrderChange | None:
    """The change that an email tells of."""
    if email.kind == EmailKind.CHANGED:
        return order.changes.get(sequence=email.sequence)
    if email.kind == EmailKind.CHANGE_REFUNDED:
        return Refund.objects.select_related("change").get(pk=email.sequence).change
    return None

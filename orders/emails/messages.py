"""What an email says: of an order as it stands when it is sent, in the order's language; of all else as it was written."""

from collections.abc import Collection
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from orders.documents.way_back import return_address
from orders.emails.amounts import credited, moved_money
from orders.emails.attachments import attachments_of, changed_of, transfer_in
from orders.emails.mime import Message
from orders.emails.writing import write
from orders.links import make_link
from orders.models import (
    ChangeRequest,
    Email,
    EmailKind,
    Order,
    OrderLine,
    Shipment,
    StatusChange,
    discounts_of,
    have_codes,
    lines_of,
    lines_with_numbers,
    note_codes_shown,
)
from orders.pricing.kept import kept_taxes
from orders.status import OrderStatus

WITH_TRACKING = (EmailKind.DONE, EmailKind.TRACKING)
# One parcel is told of by its code alone; of so many each is listed.
MANY = 2
WITH_NUMBERS = (EmailKind.PAID, EmailKind.DONE)
# They tell of no status change.
OF_NO_CHANGE = (
    EmailKind.LATE_MONEY_RETURNED,
    EmailKind.REFUND_FAILED,
    EmailKind.REFUNDED_LATER,
    EmailKind.REFUND_DECLINED,
    EmailKind.CHANGED,
    EmailKind.CHANGE_REFUNDED,
    EmailKind.REQUEST_RECEIVED,
    EmailKind.REQUEST_EXPECTED,
    EmailKind.REQUEST_DECLINED,
    EmailKind.TRACKING,
    EmailKind.PAY_BY_HAND,
    EmailKind.SHIPPED,
    EmailKind.READY,
)
OF_REQUESTS = (EmailKind.REQUEST_RECEIVED, EmailKind.REQUEST_EXPECTED, EmailKind.REQUEST_DECLINED)
# These say why, as the status change has it.
WITH_REASON = (EmailKind.NOT_CONFIRMED, EmailKind.CANCELED)
# What the others tell that the order is, whatever it has become since.
STATUS_OF = {
    EmailKind.PLACED: OrderStatus.PENDING,
    EmailKind.PAY_REQUIRED: OrderStatus.PAY_REQUIRED,
    EmailKind.PAID: OrderStatus.PAID,
    EmailKind.DONE: OrderStatus.DONE,
}


class Words(NamedTuple):
    """A message that is finished; `html` may be empty."""

    subject: str
    text: str
    html: str = ""


class Listed(NamedTuple):
    """An order's lines, and whether their numbers are shown; codes count as seen from then on."""

    lines: list[OrderLine]
    with_numbers: bool


def finished(text: str, *, link: str, action: str, links: Collection[str] = ()) -> Words:
    """A message in the look of all others, in the language that is on. The text's first line is its subject.

    In HTML the line that is nothing but `link` is a button that says `action`, and each that is one of `links` a link.
    """
    subject, _newline, says = text.strip().partition("\n")
    says = says.strip()
    context = {
        "subject": subject,
        "paragraphs": says.split("\n\n"),
        "link": link,
        "action": action,
        "links": [one for one in links if one],
        "contact": settings.SHOP_EMAIL,
        "shop": settings.SHOP_NAME,
        "language": translation.get_language(),
    }
    return Words(subject, f"{says}\n", write("orders/email/message.html", context))


def message_of(email: Email, *, is_first: bool = False) -> Message:
    """The email as it is sent, always under the same Message-ID. `is_first`: the order's customer has heard nothing yet.

    Where it shows numbers it is noted that they were shown, unless the email can't be made.
    """
    if email.order is None:
        return _message(email, Words(email.subject, email.text, email.html))
    may_show = email.kind in WITH_NUMBERS and email.order.shows_numbers
    lines = lines_with_numbers(email.order) if may_show else lines_of(email.order)
    if not may_show or not have_codes(lines):
        return _message(email, _of_order(email, email.order, Listed(lines, may_show), is_first=is_first))
    with transaction.atomic():
        # An order that has moved on since may have given them back.
        listed = Listed(lines, note_codes_shown(email.order))
        return _message(email, _of_order(email, email.order, listed, is_first=is_first))


def _message(email: Email, words: Words) -> Message:
    message = Message(
        subject=words.subject,
        body=words.text,
        to=[email.to],
        headers={"Message-ID": email.message_id, "Auto-Submitted": "auto-generated"},
    )
    # A mail service with an API takes it along and gives it back (orders/emails/views.py); others know nothing of it.
    message.metadata = {"email": email.message_id.strip("<>")}
    if words.html:
        message.attach_alternative(words.html, "text/html")
    for attachment in attachments_of(email):
        message.attach(*attachment)
    return message


def _asked(email: Email, order: Order) -> ChangeRequest | None:
    """The request that an email is about."""
    if email.kind not in OF_REQUESTS:
        return None
    return order.change_requests.get(pk=email.sequence)


def _of_order(email: Email, order: Order, listed: Listed, *, is_first: bool) -> Words:
    with translation.override(email.language):
        context = _context(email, order, listed) | {"is_first": is_first}
        words = write(f"orders/email/{email.kind}.txt", context).strip()
        subject, _newline, says = words.partition("\n")
        context |= {"subject": subject, "says": says.strip()}
        text = write("orders/email/base.txt", context).strip() + "\n"
        return Words(subject, text, write("orders/email/base.html", context))


def _context(email: Email, order: Order, listed: Listed) -> dict[str, Any]:
    change = _change_of(email, order)
    moved, cause = moved_money(email, order)
    url = address_of_link(order)
    parcels = _parcels_in(email, order)
    return {
        "order": order,
        "status": _status_of(email, order, change),
        "why": _why(email, order, change),
        "moved": moved,
        "cause": cause,
        "credited": credited(email, order),
        "change": changed_of(email, order),
        "asked": _asked(email, order),
        "return_address": return_address(),
        "lines": listed.lines,
        "taxes": kept_taxes(order, listed.lines),
        "discounts": discounts_of(order),
        "shows_numbers": listed.with_numbers,
        "url": url,
        "pay_url": f"{url}pay/" if _is_to_be_paid(email, order) else "",
        "tracking_code": order.tracking_code if email.kind in WITH_TRACKING and len(parcels) < MANY else "",
        "all_exchanged": _is_all_exchanged(email, order, parcels),
        "parcels": parcels if len(parcels) >= MANY or email.kind == EmailKind.SHIPPED else [],
        "transfer": transfer_in(email),
        "address": order.address_snapshot,
        "pickup": order.price_table if order.is_pickup else None,
        "is_cash": email.kind == EmailKind.READY and order.status == OrderStatus.PAY_REQUIRED,
        "contact": settings.SHOP_EMAIL,
        "shop": settings.SHOP_NAME,
        "language": email.language,
    }


def _is_all_exchanged(email: Email, order: Order, parcels: Collection[Shipment]) -> bool:
    """Whether an order is done because nothing was left to be sent; one that was sent is not asked."""
    if email.kind != EmailKind.DONE or parcels or not order.needs_parcel:
        return False
    return order.changes.filter(exchange__isnull=False).exists()


def address_of_link(order: Order) -> str:
    """Where the order is shown without a sign-in; who is signed in comes to its own page."""
    return f"{settings.PUBLIC_URL}{reverse('order-link', args=[make_link(order)])}"


def _parcels_in(email: Email, order: Order) -> list[Shipment]:
    """The parcels that an email tells of: the one that left, or all of them."""
    if email.kind not in (*WITH_TRACKING, EmailKind.SHIPPED):
        return []
    sent = order.shipments.select_related("courier").prefetch_related("lines__line")
    return list(sent.filter(sequence=email.sequence) if email.kind == EmailKind.SHIPPED else sent)


def _why(email: Email, order: Order, change: StatusChange | None) -> str:
    if email.kind == EmailKind.REFUND_DECLINED:
        return order.refund_requests.get(pk=email.sequence).answer
    return change.why if change and email.kind in WITH_REASON else ""


def _is_to_be_paid(email: Email, order: Order) -> bool:
    """An order that has moved on since has nothing to pay any more."""
    tells = email.kind in (EmailKind.PAY_REQUIRED, EmailKind.PAY_BY_HAND)
    return tells and order.status == OrderStatus.PAY_REQUIRED


def _status_of(email: Email, order: Order, change: StatusChange | None) -> object:
    """In words."""
    if change:
        return change.get_to_status_display()
    told = STATUS_OF.get(EmailKind(email.kind))
    return told.label if told else order.get_status_display()


def _change_of(email: Email, order: Order) -> StatusChange | None:
    """The status change that an email tells of, if it tells of one and its kind does not say which."""
    if email.kind in OF_NO_CHANGE or email.kind in STATUS_OF:
        return None
    return order.history.filter(sequence=email.sequence).first()

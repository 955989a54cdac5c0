"""The way back of goods: staff say that they expect them, where they go, and with which label."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.actions.changes.change_requests import MAX_NOTE, RequestAnswered
from orders.documents.way_back import return_address
from orders.emails.queue import write_email
from orders.errors import InvalidInput
from orders.events.notices import notice
from orders.lifecycle.locking import lock_order
from orders.models import ChangeRequest, EmailKind, Notice, Order
from orders.rights import OrderRights
from orders.status import OrderStatus
from staff.log import use_right
from staff.rights import require

if TYPE_CHECKING:
    from accounts.models import User

Kind, State = ChangeRequest.Kind, ChangeRequest.State
# A courier's label is a page or two: bytes.
MAX_LABEL = 1_000_000
MAX_URL = ChangeRequest._meta.get_field("label_url").max_length or 0


def may_be_expected(request: ChangeRequest) -> bool:
    """Whether its goods may be asked for: they were sent, and the request has no answer yet."""
    order: Order = request.order
    is_back = request.kind in (Kind.RETURN, Kind.WITHDRAW) and order.status == OrderStatus.DONE
    return is_back and order.needs_parcel and request.state == State.OPEN


@transaction.atomic
def expect_goods(
    *, request_id: int, actor: "User", note: str = "", label: bytes = b"", label_url: str = ""
) -> ChangeRequest:
    """Tell the customer where to send the goods of a request, with a courier's label as PDF or as an address, or without.

    The request stays open: staff accept it when the goods are here. Again it takes another label in the place of the first,
    which the customer finds at the same place and gets no second email about. Raises PermissionDenied, RequestAnswered,
    InvalidInput.
    """
    order = lock_order(ChangeRequest.objects.values_list("order", flat=True).get(pk=request_id))
    request = ChangeRequest.objects.get(pk=request_id)
    request.order = order
    require(actor=actor, right=OrderRights.TAKE_RETURN)
    if not may_be_expected(request):
        raise RequestAnswered
    _check(note, label, label_url)
    use_right(
        actor=actor,
        right=OrderRights.TAKE_RETURN,
        about=order,
        expected=request.pk,
        label=bool(label or label_url),
        note=note,
    )
    is_first = request.expected_at is None
    if is_first:
        request.expected_at, request.expected_by = timezone.now(), actor
    request.answer = note.strip() or request.answer
    if label or label_url or is_first:
        request.label, request.label_url = label or None, label_url
    request.save(update_fields=["expected_at", "expected_by", "answer", "label", "label_url"])
    if is_first:
        write_email(order=order, kind=EmailKind.REQUEST_EXPECTED, sequence=request.pk)
    notice(order, Notice.Kind.REQUEST_EXPECTED, actor=actor, request=request.kind)
    return request


def _check(note: str, label: bytes, label_url: str) -> None:
    errors = {}
    if len(note) > MAX_NOTE:
        errors["note"] = [_("At most %(most)d characters.") % {"most": MAX_NOTE}]
    if label and (len(label) > MAX_LABEL or not label.startswith(b"%PDF-")):
        errors["label"] = [_("Choose a PDF of at most %(most)d kB.") % {"most": MAX_LABEL // 1000}]
    if label_url and (len(label_url) > MAX_URL or not _is_web(label_url)):
        errors["label_url"] = [_("Enter an address that begins with https://.")]
    if not return_address():
        errors["note"] = [_("The shop has no address for the way back: set SHOP_RETURN_ADDRESS.")]
    if errors:
        raise InvalidInput(errors)


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and url.isprintable() and " " not in url

"""The courier's tracking code of a done order: given when it is marked as done, or corrected later."""

import re
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from orders.emails.queue import write_email
from orders.errors import InvalidInput
from orders.events.notices import notice
from orders.lifecycle.locking import lock_order
from orders.lifecycle.transitions import StepNotAllowed
from orders.models import EmailKind, Notice, Order
from orders.rights import OrderRights
from orders.status import OrderStatus
from staff.log import use_right

if TYPE_CHECKING:
    from accounts.models import User

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")


def cleaned(code: str) -> str:
    """A code as couriers print it, without the spaces that are there for the eye; empty is no code.

    Raises InvalidInput.
    """
    code = "".join(code.split())
    if code and not CODE.fullmatch(code):
        raise InvalidInput({"tracking_code": [_("At most 100 letters, digits, dots, dashes and slashes.")]})
    return code


@transaction.atomic
def correct_tracking_code(*, order_id: UUID, actor: "User", code: str) -> Order:
    """Put another code, or none, in the place of a done order's, which is its last parcel's; the log keeps what was there.

    The customer gets an email with a new code. Raises OrderNotFound, PermissionDenied, InvalidInput, and StepNotAllowed
    unless the order is done.
    """
    order = lock_order(order_id)
    code = cleaned(code)
    use_right(actor=actor, right=OrderRights.TRACK, about=order, before=order.tracking_code, after=code)
    if order.status != OrderStatus.DONE:
        raise StepNotAllowed(order)
    is_news = code not in ("", order.tracking_code)
    is_other = code != order.tracking_code
    order.tracking_code = code
    order.save(update_fields=["tracking_code"])
    last = order.shipments.last()
    if last is not None:
        last.tracking_code = code
        last.save(update_fields=["tracking_code"])
    if is_other:
        parcel = None if last is None else last.sequence
        notice(order, Notice.Kind.TRACKING_CHANGED, actor=actor, shipment=parcel)
    if is_news:
        told = order.emails.filter(kind=EmailKind.TRACKING).count()
        write_email(order=order, kind=EmailKind.TRACKING, sequence=told + 1)
    return order

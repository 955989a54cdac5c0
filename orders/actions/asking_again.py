"""The email that asks for an order's money, once more: with a new link, which pays without a sign-in."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.emails.queue import send_again
from orders.errors import OrderError
from orders.lifecycle.locking import lock_order
from orders.lifecycle.transitions import StepNotAllowed
from orders.models import Email, EmailKind
from orders.rights import OrderRights
from orders.status import OrderStatus
from staff.rights import require

if TYPE_CHECKING:
    from accounts.models import User


class NothingToSend(OrderError):
    """A worker has the email in hand, or the customer has left. It is said at the desk alone."""

    message = _("This email can't be sent again now: it is just being sent, or the customer has left.")


@transaction.atomic
def ask_for_money_again(*, order_id: UUID, actor: "User") -> None:
    """Send the customer of an order that waits for its money the email with the link again.

    It is written when it is sent, so the link in it is new, and the ones before go on. Raises PermissionDenied,
    OrderNotFound, StepNotAllowed where nothing is to be paid (any more), NothingToSend.
    """
    require(actor=actor, right=OrderRights.TAKE_ORDERS)
    order = lock_order(order_id)
    if order.status != OrderStatus.PAY_REQUIRED:
        raise StepNotAllowed(order)
    asked = Email.objects.filter(order=order, kind=EmailKind.PAY_REQUIRED)
    ids = asked.values_list("pk", flat=True)
    if not send_again(email_ids=list(ids), actor=actor, right=OrderRights.TAKE_ORDERS):
        raise NothingToSend

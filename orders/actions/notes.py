"""Notes about an order, by staff and for staff."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from orders.errors import InvalidInput
from orders.lifecycle.locking import OrderNotFound
from orders.models import Order, OrderNote
from orders.rights import OrderRights
from staff.log import use_right

if TYPE_CHECKING:
    from accounts.models import User

MAX_LENGTH = OrderNote._meta.get_field("text").max_length or 0


@transaction.atomic
def add_note(*, order_id: UUID, actor: "User", text: str) -> OrderNote:
    """Leave a note about an order in any status. Raises OrderNotFound, PermissionDenied, InvalidInput."""
    order = Order.objects.visible_to(actor).filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound
    use_right(actor=actor, right=OrderRights.NOTE, about=order)
    text = text.replace("\0", "").strip()
    if not text:
        raise InvalidInput({"text": [_("Write something.")]})
    if len(text) > MAX_LENGTH:
        raise InvalidInput({"text": [_("At most %(most)d characters.") % {"most": MAX_LENGTH}]})
    return OrderNote.objects.create(order=order, author=actor, text=text)

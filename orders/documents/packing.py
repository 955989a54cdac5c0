"""Papers for picking: packing lists and address labels of the orders that are to be sent.

Whoever has them packs the parcel, so the orders count as packed from then on: their customers can't take the money back
without asking.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.errors import InvalidInput, OrderError
from orders.models import Order, OrderLine, Shipment, WaitingChange
from orders.rights import OrderRights
from orders.status import NUMBERS_SHOWN
from staff.log import write
from staff.rights import require

if TYPE_CHECKING:
    from accounts.models import User

# Orders on one stack of paper: a worker's thread draws some hundred pages a second.
MAX_ORDERS = 500


# How often an order was changed, or something of it was sent: what was printed before is of no use after.
HAD = Count("changes", distinct=True) + Count("shipments", distinct=True)


class NothingToPack(OrderError):
    """Some order is not paid, or was given up, or none has a parcel.

    Nothing is printed then: a few papers missing in a stack would go unnoticed.
    """

    code = "nothing_to_pack"
    status = 409
    title = gettext_lazy("Nothing to pack")
    advice = gettext_lazy("Only paid and done orders with a parcel have packing papers.")


def packing_lists(*, order_ids: Iterable[UUID], actor: "User") -> bytes:
    """One page or more for each order, in the order of their numbers and the reader's language, as PDF.

    Raises PermissionDenied, NothingToPack, LettersNotPrintable (which names orders and letters), InvalidInput for too many.
    """
    # Imported here: its library takes half a second to load, for which only printing should wait.
    from orders.documents.packing_pdf import draw_lists

    orders = _to_pack(order_ids, actor)
    printed = draw_lists(orders)
    _note_packed(orders, actor)
    return printed


def address_labels(*, order_ids: Iterable[UUID], actor: "User") -> bytes:
    """Labels, eight on a sheet of A4, in the same order. Raises what packing_lists raises."""
    from orders.documents.packing_pdf import draw_labels

    orders = _to_pack(order_ids, actor)
    printed = draw_labels(orders)
    _note_packed(orders, actor)
    return printed


def parcel_papers(*, order_id: UUID, number: int, actor: "User") -> bytes:
    """The packing list and the label of one parcel that was sent.

    Raises PermissionDenied, NothingToPack, LettersNotPrintable.
    """
    from orders.documents.packing_pdf import draw_parcel

    require(actor=actor, right=OrderRights.PACK)
    sent = Shipment.objects.filter(order=order_id, sequence=number).select_related("order", "courier")
    shipment = sent.filter(order__in=Order.objects.visible_to(actor)).first()
    if shipment is None:
        raise _nothing_to_pack([])
    printed = draw_parcel(shipment)
    with transaction.atomic():
        write(actor=actor, action=OrderRights.PACK, about=[shipment.order], parcel=number)
    return printed


def _to_pack(order_ids: Iterable[UUID], actor: "User") -> list[Order]:
    """The orders that are sent, with all that is printed of them, in a fixed number of statements."""
    require(actor=actor, right=OrderRights.PACK)
    found = Order.objects.visible_to(actor).filter(pk__in=list(order_ids)).order_by("number")
    found = found.annotate(had=HAD)
    lines = Prefetch("lines", OrderLine.objects.with_canceled())
    shown = found.prefetch_related(lines, "lines__allocations__number", "lines__product")
    orders = list(shown[: MAX_ORDERS + 1])
    if len(orders) > MAX_ORDERS:
        raise InvalidInput({"orders": [_("At most %(most)d orders at once.") % {"most": MAX_ORDERS}]})
    wrong = [order for order in orders if order.status not in NUMBERS_SHOWN]
    packed = [order for order in orders if order.needs_parcel]
    if wrong or not packed:
        raise _nothing_to_pack(wrong or orders)
    return packed


@transaction.atomic
def _note_packed(orders: list[Order], actor: "User") -> None:
    """Note that the orders are packed, and who did it, before the papers are given away.

    It waits for whoever holds one of them at this moment: a refund, or another address, comes either before, and nothing is
    printed, or after, and knows that the parcel was packed. Raises NothingToPack.
    """
    ids = [order.pk for order in orders]
    locked = Order.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True, of=("self",))
    if wrong := [order for order in locked if order.status not in NUMBERS_SHOWN]:
        raise _nothing_to_pack(wrong)
    _check_not_awaited(orders)
    had = dict(Order.objects.filter(pk__in=ids).values_list("pk").annotate(had=HAD).order_by())
    if old := [order for order in orders if had[order.pk] != vars(order)["had"]]:
        numbers = ", ".join(map(str, old))
        text = _("These orders were changed just now, so nothing was printed: %(numbers)s. Print again.")
        raise NothingToPack(text % {"numbers": numbers})
    Order.objects.filter(pk__in=ids, packed_at=None).update(packed_at=timezone.now())
    write(actor=actor, action=OrderRights.PACK, about=orders)


def _check_not_awaited(orders: list[Order]) -> None:
    """Raise NothingToPack if something else may go into one of the parcels, or it elsewhere, once its customer has paid."""
    waiting = WaitingChange.objects.open().filter(order__in=orders).values_list("order", flat=True)
    if awaited := [order for order in orders if order.pk in set(waiting)]:
        numbers = ", ".join(map(str, awaited))
        text = _(
            "A change of these orders waits to be paid: %(numbers)s. Wait for that, or end it on the order's page first."
        )
        raise NothingToPack(text % {"numbers": numbers})


def _nothing_to_pack(orders: list[Order]) -> NothingToPack:
    numbers = ", ".join(map(str, orders)) or "–"
    return NothingToPack(_("Nothing is to be sent for these orders: %(numbers)s") % {"numbers": numbers})

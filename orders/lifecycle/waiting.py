"""What waits until its difference is paid, as the steps of both orders meet it. Called by those who hold the order."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from database.rows import update
from orders.errors import OrderError
from orders.events.notices import notice
from orders.models import Notice, Order, OrderChange, WaitingChange
from orders.status import OrderStatus

if TYPE_CHECKING:
    from accounts.models import User


class ChangeAwaited(OrderError):
    """Nothing is sent that the customer is just paying to have changed; `waiting_order` pays the difference.

    Staff end what waits first (orders/actions/changes/waiting.py), or wait for it.
    """

    code = "change_awaited"
    status = 409
    title = _("A change waits to be paid")
    message = _(
        "A change of this order is made once its customer has paid the difference. Wait for that, or end the change first."
    )
    advice = _(
        "Wait until `waiting_order` is paid or canceled, or end the change with POST to `waiting-change/cancellation/`."
    )
    example = {"waiting_order": "0197a2c4-7d3e-7c52-9d0a-6a3f4c1b2e99"}


def check_not_awaited(order: Order, leaving: Mapping[int, int] | None = None) -> None:
    """Raise ChangeAwaited if these pieces (line id -> how many), or else all that is left, are what a change is about."""
    agreed = WaitingChange.objects.open().filter(order=order).first()
    if agreed is not None and (leaving is None or not agreed.spares(leaving)):
        raise ChangeAwaited(waiting_order=str(agreed.pk))


def begin_waiting(agreed: WaitingChange) -> None:
    """Write a change that waits from now on. The caller holds its order."""
    agreed.save(force_insert=True)
    _tell(agreed, Notice.Kind.CHANGE_WAITS, agreed.actor)


def end_waiting(order: Order, *, is_made: bool = False) -> None:
    """What waited for this supplement is made next, which the change tells; or never will be. The caller holds it."""
    for agreed in WaitingChange.objects.open().filter(supplement=order).select_related("order"):
        agreed.ended_at = timezone.now()
        update(agreed, "ended_at")
        if not is_made:
            _tell(agreed, Notice.Kind.CHANGE_DROPPED)


def _tell(agreed: WaitingChange, what: Notice.Kind, actor: "User | None" = None) -> None:
    change, pays = str(agreed.change_id), str(agreed.pk)
    notice(agreed.order, what, actor=actor, change=change, kind=agreed.kind, waiting_order=pays)


def owe_fees(order: Order) -> None:
    """The order comes to nothing: what its customer paid for sending it elsewhere goes back. The caller holds it."""
    paid = order.waiting_changes.filter(kind=OrderChange.Kind.DETAILS, supplement__status=OrderStatus.DONE)
    paid.update(is_owed=True)

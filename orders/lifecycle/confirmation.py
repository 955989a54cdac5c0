"""Pending -> Pay Required, or -> Not Confirmed when too few numbers are free."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalog import inventory
from catalog.models import Inventory
from orders.lifecycle.transitions import change_status, lock_order
from orders.models import Allocation, Order
from orders.status import OrderStatus, Reason, Step


@transaction.atomic
def confirm_order(*, order_id: UUID) -> Order:
    """Confirm a pending order: allocate its numbers, all or none, and let the customer pay, or refuse it.

    An order that costs nothing becomes Paid at once: no provider takes a payment of 0. An order that is no longer pending
    is returned as it is: this may run twice, late, or beside itself.
    """
    order = lock_order(order_id)
    if order.status != OrderStatus.PENDING:
        return order
    if not _allocate_numbers(order):
        return change_status(order_id=order_id, step=Step.REFUSE, reason=Reason.NO_FREE_NUMBERS)
    confirmed = change_status(order_id=order_id, step=Step.CONFIRM, reason=Reason.CONFIRMED)
    if confirmed.is_free:
        return change_status(order_id=order_id, step=Step.PAY, reason=Reason.NOTHING_TO_PAY)
    return confirmed


def _allocate_numbers(order: Order) -> bool:
    lines = {line.product_id: line for line in order.lines.filter(inventory=Inventory.NUMBERED)}
    if not lines:
        return True
    picked = inventory.pick(quantities={product_id: line.quantity for product_id, line in lines.items()})
    if picked is None:
        return False
    Allocation.objects.bulk_create(
        Allocation(line=lines[product_id], number=number)
        for product_id, numbers in picked.items()
        for number in numbers
    )
    return True


def overdue(now: datetime | None = None) -> list[UUID]:
    """Orders that have been pending for longer than PENDING_SWEEP_AFTER, the oldest first."""
    before = (now or timezone.now()) - timedelta(seconds=settings.PENDING_SWEEP_AFTER)
    pending = Order.objects.filter(status=OrderStatus.PENDING, status_since__lt=before)
    return list(pending.order_by("status_since").values_list("pk", flat=True)[:500])

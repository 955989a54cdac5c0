"""What a customer asked for of an order, as its steps meet it. Called by those who hold the order."""

from typing import TYPE_CHECKING

from orders.events.notices import notice
from orders.models import ChangeRequest, Notice, Order, RefundRequest

if TYPE_CHECKING:
    from accounts.models import User

# What events call a request for the whole order's money.
REFUND = "refund"


def is_asked(order: Order) -> bool:
    """Whether its customer waits for an answer."""
    return (
        order.refund_requests.filter(state=RefundRequest.State.OPEN).exists()
        or order.change_requests.filter(state=ChangeRequest.State.OPEN).exists()
    )


def accept_open(order: Order, actor: "User | None", note: str) -> None:
    """What the customer asked for happens, whoever brought it about."""
    said = {"state": "accepted", "decided_by": actor, "decided_at": order.status_since, "answer": note}
    if order.refund_requests.filter(state=RefundRequest.State.OPEN).update(**said):
        answered(order, REFUND, actor=actor, state="accepted")
    asked = order.change_requests.filter(state=ChangeRequest.State.OPEN).first()
    if asked is not None:
        order.change_requests.filter(pk=asked.pk).update(**said)
        answered(order, asked.kind, actor=actor, state="accepted")


def opened(order: Order, request: str, *, actor: "User") -> None:
    """Tell that a request was opened, by its kind."""
    notice(order, Notice.Kind.REQUEST_OPENED, actor=actor, request=request)


def answered(order: Order, request: str, *, actor: "User | None", state: str) -> None:
    """Tell that it was accepted or declined."""
    notice(order, Notice.Kind.REQUEST_ANSWERED, actor=actor, request=request, state=state)

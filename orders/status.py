"""The life of an order on one screen: its statuses, and every step between two of them.

The model's django-fsm transitions, the database triggers, the buttons on every page and the tests are all made from
STEPS. A row that isn't here can't happen.
"""

from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    NOT_CONFIRMED = "not_confirmed", _("Not confirmed")
    PAY_REQUIRED = "pay_required", _("Payment required")
    PAID = "paid", _("Paid")
    DONE = "done", _("Done")
    REFUND = "refund", _("Refund")
    CANCELED = "canceled", _("Canceled")


class Step(models.TextChoices):
    """What can be done to an order; the label is what a button says."""

    CONFIRM = "confirm", _("Confirm")
    REFUSE = "refuse", _("Refuse")
    PAY = "pay", _("Pay")
    CANCEL = "cancel", _("Cancel order")
    COMPLETE = "complete", _("Mark as done")
    ASK_REFUND = "ask_refund", _("Cancel and refund")
    RETURN_MONEY = "return_money", _("Money returned")


class Edge(NamedTuple):
    source: OrderStatus
    target: OrderStatus


S = OrderStatus
STEPS: dict[Step, Edge] = {
    Step.CONFIRM: Edge(S.PENDING, S.PAY_REQUIRED),
    Step.REFUSE: Edge(S.PENDING, S.NOT_CONFIRMED),
    Step.PAY: Edge(S.PAY_REQUIRED, S.PAID),
    Step.CANCEL: Edge(S.PAY_REQUIRED, S.CANCELED),
    Step.COMPLETE: Edge(S.PAID, S.DONE),
    Step.ASK_REFUND: Edge(S.PAID, S.REFUND),
    Step.RETURN_MONEY: Edge(S.REFUND, S.CANCELED),
}

FIRST = S.PENDING
# The customer still owes the money, and the order holds stock or waits for numbers.
UNPAID = (S.PENDING, S.PAY_REQUIRED)
# The order came to nothing: what it held has gone back.
GIVEN_UP = (S.NOT_CONFIRMED, S.CANCELED)
# What the order took lies on the shelf still: it is neither sent nor given up.
UNSENT = tuple(status for status in S if status not in (S.DONE, *GIVEN_UP))
# The order holds the numbers that it was given when it was confirmed.
HOLDING = tuple(status for status in S if status not in (FIRST, *GIVEN_UP))
# The customer may see the numbers of the order.
NUMBERS_SHOWN = (S.PAID, S.DONE)
# Nothing comes after these.
LAST = tuple(status for status in S if status not in {edge.source for edge in STEPS.values()})

# What a customer may do to an order of their own, and what staff may do; the rest is the system's.
CUSTOMER_STEPS = (Step.PAY, Step.CANCEL, Step.ASK_REFUND)
STAFF_STEPS = (Step.COMPLETE, Step.CANCEL, Step.ASK_REFUND)


def possible_steps(status: str) -> list[Step]:
    """The steps that lead away from a status."""
    return [step for step, edge in STEPS.items() if edge.source == status]


class Reason(models.TextChoices):
    """Why the system itself changed a status; people write theirs in words."""

    NONE = "", ""
    PLACED = "placed", _("The order was placed")
    CONFIRMED = "confirmed", _("Everything in the order is available")
    NO_FREE_NUMBERS = "no_free_numbers", _("Sold out")
    PAYMENT_TAKEN = "payment_taken", _("The payment was received")
    ALL_SENT = "all_sent", _("Everything was sent")
    CHANGE_MADE = "change_made", _("The change was made")
    MOVED_ON = "moved_on", _("The order that it was for has changed meanwhile")
    CHANGE_ENDED = "change_ended", _("The shop ended the change that it was for")
    NOTHING_TO_PAY = "nothing_to_pay", _("There was nothing to pay")
    CUSTOMER_WISH = "customer_wish", _("Requested by the customer")
    STAFF_DECISION = "staff_decision", _("Decision of the shop")
    PAYMENT_WINDOW_PASSED = "payment_window_passed", _("Not paid in time")
    MONEY_RETURNED = "money_returned", _("The money was returned")
    NOTHING_TO_RETURN = "nothing_to_return", _("There was no money to return")
    RETURNED_AT_PROVIDER = "returned_at_provider", _("The money was returned at the payment provider")

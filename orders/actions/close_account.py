"""A customer closes the account: the orders stay, the person goes out of them.

It is a rule about orders (who may leave when, and what an order keeps), so it lives here; what is taken out of the user
is in accounts/leaving.py, which knows no orders.
"""

from copy import copy

from django.db import transaction
from django.db.models import CharField, F, Func, JSONField, Value
from django.utils.translation import gettext_lazy as _

from accounts.access.notices import tell_who_left
from accounts.leaving import empty_user
from accounts.models import User
from catalog.shelf import waiting
from orders.emails.retention import forget_recipient
from orders.errors import OrderError
from orders.models import ChangeRequest, DetailsChange, LedgerEntry, Order, Payment, Refund, drafts_about
from orders.status import LAST
from orders.webhooks import retention

# What an order's address keeps is what its parcel cost: city, region, postal code and country.
BLANKED = ("full_name", "phone", "line1", "line2")
# Likewise what its tax hung on stays of its billing: the VAT id with its check, and the country.
BLANKED_IN_BILLING = ("full_name", "company", "line1", "line2")
MAX_LISTED = 20


class OrdersStillOpen(OrderError):
    """`orders` are the numbers of those that are open, or whose money is on its way back; at most SHOWN_OPEN."""

    code = "orders_still_open"
    status = 409
    title = _("Orders are still open")
    message = _("The account can be closed when no order is open and no money is on its way back.")
    advice = _(
        "The account can be closed when the orders that `orders` names are at an end, and their money is back."
    )


class StaffCannotLeave(OrderError):
    code = "staff_cannot_leave"
    status = 409
    title = _("Staff can't leave")
    message = _(
        "A staff account cannot be closed here: ask an owner of the shop to take your rights away first."
    )
    advice = _("An owner of the shop takes the rights away first; then the account can be closed.")


def check_may_leave(*, user: User) -> None:
    """Raise what keeps the user from closing the account, if anything does: OrdersStillOpen, StaffCannotLeave."""
    if user.is_staff:
        raise StaffCannotLeave
    if numbers := _still_open(user):
        raise OrdersStillOpen(orders=numbers)


@transaction.atomic
def close_account(*, user_id: int) -> None:
    """Close a customer's account for good.

    Orders, history, payments and invoices stay. Name, phone, street and note are blanked in the orders, the recipient in
    their emails, the email in their payments; invoices keep what they said, as tax law asks for. What the customer waits
    for goes, what staff were taking down for them, and webhooks with all that was sent there; the feed stays, which names
    orders and no person. The user is emptied and signed out everywhere, and the address that was theirs is told.
    Raises OrdersStillOpen, StaffCannotLeave, or EmailOnItsWay; then nothing was changed.

    The customer's row is locked first, as placing an order does: an order that is being placed at this moment is either
    seen here, or finds no customer to place it for. An account that is closed already is left alone.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if user.has_left:
        return
    check_may_leave(user=user)
    _blank_orders(user)
    Payment.objects.filter(order__customer=user).update(billing_email="")
    drafts_about(user).delete()
    retention.forget_owner(owner_id=user.pk)
    waiting.of(user_id=user.pk, emails=user.verified_emails).delete()
    # After all that may owe the customer an email is locked or gone.
    forget_recipient(customer_id=user.pk)
    leaving = copy(user)
    empty_user(user)
    tell_who_left(leaving)


def _still_open(user: User) -> list[int]:
    """Numbers of orders that are not at an end, or that have money which should go back and is not back yet."""
    own = Order.objects.filter(customer=user)
    is_going = [Refund.State.ASKED, Refund.State.REFUSED]
    going_back = LedgerEntry.objects.filter(order__customer=user, refunds__state__in=is_going)
    going_back = going_back.exclude(refunds__state=Refund.State.DONE)
    found = own.exclude(status__in=LAST) | own.filter(pk__in=going_back.values("order"))
    return list(found.order_by("number").values_list("number", flat=True)[:MAX_LISTED])


def _blank_orders(user: User) -> None:
    own = Order.objects.filter(customer=user)
    list(
        own.order_by("pk").select_for_update(no_key=True).values_list("pk")
    )  # the locks, in the order of ids
    blank = Value(dict.fromkeys(BLANKED, ""), JSONField())
    nobody = Value(dict.fromkeys(BLANKED_IN_BILLING, ""), JSONField())
    own.update(
        address_snapshot=_Merged(F("address_snapshot"), blank),
        billing_snapshot=_Merged(F("billing_snapshot"), nobody),
        note="",
    )
    ChangeRequest.objects.filter(order__customer=user).exclude(label=None, label_url="").update(
        label=None, label_url=""
    )
    changed = DetailsChange.objects.filter(change__order__customer=user)
    changed.update(
        address_before=_Merged(F("address_before"), blank),
        address_after=_Merged(F("address_after"), blank),
        note_before=_Blank(F("note_before")),
        note_after=_Blank(F("note_after")),
    )


class _Blank(Func):
    """Nothing in place of words, and null where there were none."""

    template = "left(%(expressions)s, 0)"
    output_field = CharField()


class _Merged(Func):
    """A JSON object with another one's members in place of its own."""

    template = "%(expressions)s"
    arg_joiner = " || "
    output_field = JSONField()

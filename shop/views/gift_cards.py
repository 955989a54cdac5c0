"""Paying an order with gift cards and store credit, from its page."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from catalog.money import written
from orders.actions.money import gift_cards
from orders.models import Order
from orders.status import OrderStatus
from refusals import Refusal
from shop.order_readers import may_come_by_link, readable
from shop.responses import see_other

# Letters of a code as it may be typed, and digits of the id of a use.
MAX_TYPED, MAX_DIGITS = 60, 18


@may_come_by_link
def use(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Take what is on a card for the order. Who came by its link pays for its customer, but not with their credit."""
    order, user = readable(request, order_id)
    wants_credit = user is not None and "store_credit" in request.POST
    code = request.POST.get("code", "")[:MAX_TYPED]
    if request.method == "POST" and (wants_credit or code.strip()):
        try:
            paid = gift_cards.redeem(
                order_id=order_id, actor=user or order.customer, code=code, store_credit=wants_credit
            )
        except Refusal as error:
            messages.error(request, str(error))
        else:
            _say(request, paid)
    return see_other(order)


@may_come_by_link
def remove(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Give back to a card what the order holds of it."""
    order, user = readable(request, order_id)
    use_id = request.POST.get("use", "")
    if request.method == "POST" and use_id.isdecimal() and len(use_id) <= MAX_DIGITS:
        try:
            gift_cards.put_back(order_id=order_id, actor=user or order.customer, use_id=int(use_id))
        except Refusal as error:
            messages.error(request, str(error))
    return see_other(order)


def _say(request: HttpRequest, order: Order) -> None:
    if order.status == OrderStatus.PAY_REQUIRED:
        rest = written(order.amount_due, order.currency)
        messages.success(request, _("%(rest)s are left to pay.") % {"rest": rest})

"""The pay page: starts or resumes a payment, shows the provider's form or leads to its page, and takes the way back."""

import logging
from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from database.rows import read_again
from orders.actions.money.payment import start_payment, ways_to_pay
from orders.actions.steps import steps_for
from orders.errors import OrderError
from orders.models import IN_PROGRESS, Order, Payment, PaymentStatus
from orders.payments.provider_events import answered, came_back
from orders.payments.providers.base import ProviderError, ProviderUnreachable
from orders.payments.providers.registry import provider_of
from orders.status import Step
from shop.context.by_hand import by_hand_parts, other_ways
from shop.order_readers import linked_order, may_come_by_link, readable, visible_order
from shop.responses import see_other

log = logging.getLogger(__name__)


@never_cache
def pay(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Pay an order, with the provider that `?with=` names where there are several.

    One that can't be paid leads back to its page, which says why.
    """
    if not request.user.is_authenticated and not linked_order(request, order_id):
        # From the form of signing in no browser goes on to the provider's site: our policy's form-action forbids it.
        return redirect_to_login(reverse("order", args=[order_id]))
    order, user = readable(request, order_id)
    # Who came by the link of an email pays for its customer.
    payer = user or order.customer
    if Step.PAY not in steps_for(order=order, user=payer):
        return _not_payable(request, order)
    ways, chosen = ways_to_pay(order), request.GET.get("with", "")
    if len(ways) > 1 and chosen not in ways and not settings.PAYMENT_VARIANT:
        return render(request, "shop/pay.html", {"order": order, "ways": ways})
    try:
        variant = chosen if chosen in ways else ""
        payment = start_payment(order_id=order.pk, actor=payer, variant=variant).payment
        if answered(payment=payment, data=request.POST):
            return _answered(request, payment)
        page = provider_of(payment).begin_session(payment)
    except OrderError as error:
        messages.error(request, str(error))
        return see_other(order)
    except ProviderError as error:
        log.warning("order %s: nowhere to pay: %s", order.pk, error)
        messages.error(request, _sorry(error, ways))
        return see_other(order)
    if page:
        return see_other(page)
    context = {"order": payment.order, "payment": payment, "other_ways": other_ways(payment)}
    return render(request, "shop/pay.html", context | by_hand_parts(payment))


def _sorry(error: ProviderError, ways: Mapping[str, object]) -> str:
    """What a customer is told who could not get to the provider's page."""
    if not isinstance(error, ProviderUnreachable):
        return _("The payment could not be made. Nothing was charged; please try again.")
    if len(ways) > 1:
        return _(
            "The payment provider does not answer. Nothing was charged; please pay in another way, or try again."
        )
    return _("The payment provider does not answer. Nothing was charged; please try again in a few minutes.")


@never_cache
@may_come_by_link
def back(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """The customer is back from the provider's own page."""
    order = visible_order(request, order_id)
    payment = came_back(order_id=order.pk)
    return _answered(request, payment) if payment else see_other(order)


def _answered(request: HttpRequest, payment: Payment) -> HttpResponse:
    """The order's page, with what the provider says at this moment; what it has taken the page itself shows."""
    read_again(payment, "status")
    if payment.status == PaymentStatus.REJECTED:
        text = _("The payment was declined. Nothing was charged; you can try again.")
        messages.error(request, text)
    elif payment.status == PaymentStatus.PREAUTH:
        messages.info(
            request, _("The bank has not answered yet. This page will tell you as soon as it does.")
        )
    elif payment.status in IN_PROGRESS:
        text = _("Your payment has not arrived yet. This page will tell you as soon as it does.")
        messages.info(request, text)
    return see_other(payment.order)


def _not_payable(request: HttpRequest, order: Order) -> HttpResponse:
    text = _("There is nothing to pay: the order is %(status)s.")
    status = order.get_status_display()
    messages.info(request, text % {"status": status})
    return see_other(order)

"""The pay page: starts or resumes a payment and shows the provider's form."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from payments import PaymentError, PaymentStatus, RedirectNeeded

from accounts.requests import SignedIn
from orders.errors import OrderError
from orders.models import IN_PROGRESS, Order, Payment
from orders.payments import start_payment
from orders.provider_events import answer_demo
from orders.providers import DemoForm
from orders.status import Step
from orders.steps import steps_for
from shop.responses import see_other
from shop.views.orders import visible_order


@never_cache
@login_required
def pay(request: SignedIn, order_id: UUID) -> HttpResponse:
    """Pay an order. One that can't be paid leads back to its page, which says why."""
    order = visible_order(request, order_id)
    if Step.PAY not in steps_for(order=order, user=request.user):
        return _not_payable(request, order)
    try:
        payment = start_payment(order_id=order.pk).payment
        form = payment.get_form(data=request.POST or None)
        if isinstance(form, DemoForm) and form.is_valid():
            answer_demo(payment=payment, outcome=form.cleaned_data["outcome"])
            return _answered(request, payment, payment.get_success_url())
    except RedirectNeeded as answered:
        return _answered(request, payment, str(answered))
    except OrderError as error:
        messages.error(request, str(error))
        return see_other(order)
    except PaymentError:
        text = _("The payment could not be made. Nothing was charged; please try again.")
        messages.error(request, text)
        return see_other(order)
    context = {"order": order, "payment": payment, "form": form}
    return render(request, "shop/pay.html", context)


def _answered(request: SignedIn, payment: Payment, to: str) -> HttpResponse:
    payment.refresh_from_db(fields=["status"])
    if payment.status in IN_PROGRESS:
        messages.info(
            request, _("The bank has not answered yet. This page will tell you as soon as it does.")
        )
    if payment.status == PaymentStatus.REJECTED:
        text = _("The payment was declined. Nothing was charged; you can try again.")
        messages.error(request, text)
    return see_other(to)


def _not_payable(request: SignedIn, order: Order) -> HttpResponse:
    text = _("There is nothing to pay: the order is %(status)s.")
    status = order.get_status_display()
    messages.info(request, text % {"status": status})
    return see_other(order)

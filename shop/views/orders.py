"""A customer's orders: the list, the live order page, and the steps one may take."""

from uuid import UUID

from csp.decorators import csp_exempt
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.requests import SignedIn
from orders.actions.steps import take_step
from orders.documents.drawing.letters import LettersNotPrintable
from orders.documents.invoices import einvoice, pdf
from orders.lifecycle.locking import OrderNotFound
from orders.models import (
    Invoice,
    InvoiceKind,
    Order,
)
from orders.status import OrderStatus, Step
from refusals import Refusal
from shop.context import told
from shop.context.order_page import live_parts
from shop.context.unreachable import unreachable
from shop.forms.ordering import StepForm
from shop.order_readers import may_come_by_link, visible_order
from shop.responses import see_other

PER_PAGE, PAPERS_PER_PAGE = 10, 30
# Statuses that end by themselves within seconds: a page without JavaScript looks again soon.
BRIEF = (OrderStatus.PENDING, OrderStatus.REFUND)


@never_cache
@login_required
def orders(request: SignedIn) -> HttpResponse:
    """One's own orders, the newest first."""
    own = Order.objects.filter(customer=request.user)
    own = own.prefetch_related("lines__product__images", "lines__product__group__images")
    page = Paginator(own, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "shop/orders.html", {"page": page})


@never_cache
@login_required
def invoices(request: SignedIn) -> HttpResponse:
    """One's own invoices and credit notes, the newest first."""
    own = Invoice.objects.filter(order__customer=request.user).select_related("order").order_by("-id")
    page = Paginator(own, PAPERS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "shop/invoices.html", {"page": page})


@never_cache
@may_come_by_link
def order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """One order; the page follows its status live."""
    context = live_parts(request, order_id)
    context["unreachable"] = unreachable(request.user) if context["is_own"] else ""
    context["reload_seconds"] = 5 if context["order"].status in BRIEF else 15
    return render(request, "shop/order.html", context)


@never_cache
@may_come_by_link
def live(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """The parts of the order page that change by themselves."""
    return render(request, "orders/live_parts.html", live_parts(request, order_id))


@login_required
def steps(request: SignedIn, order_id: UUID) -> HttpResponse:
    """Take a step with an order. A GET, to which a sign-in in between leads, does nothing."""
    if request.method != "POST":
        return see_other("order", order_id)
    form = StepForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("There is no such step."))
        return see_other("order", order_id)
    step = Step(form.cleaned_data["step"])
    try:
        take_step(order_id=order_id, step=step, actor=request.user, note=form.cleaned_data["note"])
    except OrderNotFound as error:
        raise Http404 from error
    except Refusal as error:
        messages.error(request, str(error))
    return see_other("order", order_id)


@login_required
def again(request: SignedIn, order_id: UUID) -> HttpResponse:
    """Put what is in the order into the cart once more, as far as it is there. A GET does nothing."""
    order = visible_order(request, order_id)
    if request.method != "POST":
        return see_other(order)
    told.put_back(request, order.lines.values_list("product_id", "quantity"))
    return see_other("cart")


# Browsers show a PDF as a plug-in of a page of their own, which `object-src 'none'` leaves empty.
@csp_exempt()
@never_cache
@may_come_by_link
def invoice(request: HttpRequest, order_id: UUID, kind: InvoiceKind) -> HttpResponse:
    """The order's invoice or credit note as PDF, the first of its kind unless `?number=` names another."""
    papers = visible_order(request, order_id).invoices.filter(kind=kind)
    number = request.GET.get("number", "")
    found = papers.filter(number=number).first() if number.isdecimal() else papers.first()
    if found is None:
        raise Http404
    if request.GET.get("as") == "xml":
        return _for_programs(found)
    try:
        printed = pdf(found)
    except LettersNotPrintable as error:
        messages.error(request, str(error))
        return redirect(found.order)
    inline = {"Content-Disposition": f'inline; filename="{found.filename}"'}
    return HttpResponse(printed, content_type="application/pdf", headers=inline)


def _for_programs(paper: Invoice) -> HttpResponse:
    made = einvoice(paper)
    if made is None:
        raise Http404
    attached = {"Content-Disposition": f'attachment; filename="{paper.xml_filename}"'}
    return HttpResponse(made, content_type="application/xml", headers=attached)

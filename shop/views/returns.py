"""Papers for the way back: the slip, and the courier's label; for the customer, and for who came by the link."""

from uuid import UUID

from csp.decorators import csp_exempt
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from orders.documents.drawing.letters import LettersNotPrintable
from orders.documents.way_back import NoReturnAddress, return_slip
from orders.models import ChangeRequest
from shop.order_readers import may_come_by_link, visible_order


# Browsers show a PDF as a plug-in of a page of their own, which `object-src 'none'` leaves empty.
@csp_exempt()
@never_cache
@may_come_by_link
def slip(request: HttpRequest, order_id: UUID, request_id: int) -> HttpResponse:
    """What lies in the parcel, as PDF."""
    asked = _expected(request, order_id, request_id)
    try:
        printed = return_slip(asked)
    except (LettersNotPrintable, NoReturnAddress) as error:
        messages.error(request, str(error))
        return redirect(asked.order)
    return _pdf(printed, f"return-{asked.order}-{asked.pk}.pdf")


@csp_exempt()
@never_cache
@may_come_by_link
def label(request: HttpRequest, order_id: UUID, request_id: int) -> HttpResponse:
    """The courier's label, as staff attached it."""
    asked = _expected(request, order_id, request_id)
    if not asked.label:
        raise Http404
    return _pdf(bytes(asked.label), f"label-{asked.order}-{asked.pk}.pdf")


def _expected(request: HttpRequest, order_id: UUID, request_id: int) -> ChangeRequest:
    """A request of the order whose goods are expected."""
    order = visible_order(request, order_id)
    asked = order.change_requests.filter(pk=request_id, expected_at__isnull=False, state="open").first()
    if asked is None:
        raise Http404
    asked.order = order
    return asked


def _pdf(content: bytes, filename: str) -> HttpResponse:
    inline = {"Content-Disposition": f'inline; filename="{filename}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type="application/pdf", headers=inline)

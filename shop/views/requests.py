"""What a customer asks for after paying: to cancel a part, to return, to withdraw. Two steps: chosen, then confirmed."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.requests import SignedIn
from orders.actions.changes import change_requests
from orders.errors import InvalidInput, OrderError
from orders.models import ChangeRequest, Order
from orders.pricing.left import LineLeft
from shop.order_readers import visible_order

MAX_DIGITS = 9


class RequestForm(forms.Form):
    """What is asked for, and why: nobody has to say that. The pieces stand beside it, a field for each line."""

    kind = forms.ChoiceField()
    note = forms.CharField(max_length=change_requests.MAX_NOTE, required=False)

    def __init__(self, data: Any = None, *, kinds: list[ChangeRequest.Kind]) -> None:
        super().__init__(data)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]  # of a ChoiceField


@never_cache
@login_required
def ask(request: SignedIn, order_id: UUID) -> HttpResponse:
    """GET shows the form, POST what was chosen, and POST with `confirmed` asks for it."""
    order = visible_order(request, order_id)
    if order.customer_id != request.user.pk:
        raise Http404
    kinds = change_requests.kinds_for(order)
    if not kinds:
        messages.error(request, str(change_requests.RequestNotPossible()))
        return redirect(order)
    lines = change_requests.requestable(order)
    form = RequestForm(request.POST if request.method == "POST" else None, kinds=kinds)
    chosen = _chosen(request, lines)
    context: dict[str, Any] = {
        "order": order,
        "form": form,
        "lines": [(one, chosen.get(one.line.pk, "")) for one in lines],
        "until": change_requests.withdraw_until(order),
        "excepted": len(lines) < order.lines.count(),
    }
    if form.is_valid():
        if not any(chosen.values()):
            form.add_error(None, _("Choose at least one piece."))
        elif "confirmed" in request.POST:
            return _ask(request, order, form, chosen)
        elif "change" not in request.POST:
            kind = ChangeRequest.Kind(form.cleaned_data["kind"])
            context |= {"what": kind.label, "confirming": True}
    return render(request, "shop/order_request.html", context)


def _chosen(request: HttpRequest, lines: list[LineLeft]) -> dict[int, int]:
    """Pieces by line. What is no number is none, and more than there are is as many as there are."""
    typed = {one: request.POST.get(f"pieces-{one.line.pk}", "").strip() for one in lines}
    return {
        one.line.pk: min(int(text), one.quantity)
        for one, text in typed.items()
        if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS
    }


def _ask(request: SignedIn, order: Order, form: RequestForm, chosen: dict[int, int]) -> HttpResponse:
    said = form.cleaned_data
    kind = ChangeRequest.Kind(said["kind"])
    try:
        change_requests.ask(
            order_id=order.pk, actor=request.user, kind=kind, quantities=chosen, note=said["note"]
        )
    except InvalidInput as error:
        messages.error(request, str(error.message))
    except OrderError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("We have received your request, and confirm it by email."))
    return redirect(order)

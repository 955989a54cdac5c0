"""What a customer asks for after paying: to cancel a part, return, exchange or withdraw. First chosen, then confirmed."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.requests import SignedIn
from orders.actions.changes import change_requests
from orders.actions.changes.offers import Offer, offers_of
from orders.errors import OrderError
from orders.models import ChangeRequest, Order
from orders.pricing.left import NOTHING, LineLeft
from shop.order_readers import visible_order

MAX_DIGITS = 9
OR_EXCHANGE = {
    ChangeRequest.Kind.CANCEL: gettext_lazy("Cancel or exchange a part"),
    ChangeRequest.Kind.RETURN: gettext_lazy("Return or exchange"),
}


class RequestForm(forms.Form):
    """What is asked for, and why: nobody has to say that. The pieces stand beside it, a field for each line."""

    kind = forms.ChoiceField()
    note = forms.CharField(max_length=change_requests.MAX_NOTE, required=False)

    def __init__(self, data: Any = None, *, kinds: list[ChangeRequest.Kind], exchanges: bool) -> None:
        """`exchanges`: there is something to exchange for."""
        super().__init__(data)
        labels = {kind: kind.label for kind in kinds}
        if exchanges:
            labels |= {kind: label for kind, label in OR_EXCHANGE.items() if kind in labels}
        self.fields["kind"].choices = list(labels.items())  # type: ignore[attr-defined]  # of a ChoiceField


@dataclass(frozen=True)
class Row:
    """A line of the form: how many of its pieces were typed, and what was chosen in the place of money."""

    line: LineLeft
    pieces: int
    offers: list[Offer]
    sku: str

    @property
    def offer(self) -> Offer | None:
        return next((one for one in self.offers if one.product.sku == self.sku), None)

    @property
    def is_missing(self) -> bool:
        """Whether what was chosen can't be had by now, or not so many of it."""
        return bool(self.pieces and self.sku) and (self.offer is None or self.offer.available < self.pieces)

    @property
    def more(self) -> Decimal:
        """What the chosen variant costs more than what its pieces give; below zero less."""
        return self.offer.more(self.pieces) if self.offer else NOTHING

    @property
    def less(self) -> Decimal:
        return -self.more


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
    offers = offers_of(order)
    typed = request.POST if request.method == "POST" else None
    form = RequestForm(typed, kinds=kinds, exchanges=bool(offers))
    rows = _rows(request, lines, offers)
    context: dict[str, Any] = {
        "order": order,
        "form": form,
        "rows": rows,
        "until": change_requests.withdraw_until(order),
        "excepted": len(lines) < order.lines.count(),
    }
    if form.is_valid():
        if wrong := _wrong(form, rows):
            form.add_error(None, wrong)
        elif "confirmed" in request.POST:
            return _ask(request, order, form, rows)
        elif "change" not in request.POST:
            kind = ChangeRequest.Kind(form.cleaned_data["kind"])
            chosen = [row for row in rows if row.pieces]
            what = _("Exchange") if all(row.offer for row in chosen) else kind.label
            context |= {"what": what, "confirming": True, "exchanging": any(row.offer for row in chosen)}
    return render(request, "shop/order_request.html", context)


def _rows(request: HttpRequest, lines: list[LineLeft], offers: dict[int, list[Offer]]) -> list[Row]:
    return [
        Row(
            one,
            _pieces(request.POST.get(f"pieces-{one.line.pk}", "").strip(), one.quantity),
            offers.get(one.line.pk, []),
            request.POST.get(f"variant-{one.line.pk}", ""),
        )
        for one in lines
    ]


def _pieces(typed: str, most: int) -> int:
    """What is no number is none, and more than there are is as many as there are."""
    is_number = typed.isascii() and typed.isdecimal() and len(typed) <= MAX_DIGITS
    return min(int(typed), most) if is_number else 0


def _wrong(form: RequestForm, rows: list[Row]) -> str:
    """What keeps the form from being asked for, for its reader; empty where nothing does."""
    if not any(row.pieces for row in rows):
        return _("Choose at least one piece.")
    wished = [row for row in rows if row.pieces and row.sku]
    if wished and form.cleaned_data["kind"] == ChangeRequest.Kind.WITHDRAW:
        return _("Who withdraws gets the money back. Ask for a return to exchange.")
    if missing := next((row for row in wished if row.is_missing), None):
        text = _("What you chose for %(name)s can't be had any more, or not so many of it.")
        return text % {"name": missing.line.line.name}
    return ""


def _ask(request: SignedIn, order: Order, form: RequestForm, rows: list[Row]) -> HttpResponse:
    said = form.cleaned_data
    kind = ChangeRequest.Kind(said["kind"])
    try:
        change_requests.ask(
            order_id=order.pk,
            actor=request.user,
            kind=kind,
            quantities={row.line.line.pk: row.pieces for row in rows},
            note=said["note"],
            wished={row.line.line.pk: row.sku for row in rows},
        )
    except OrderError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("We have received your request, and confirm it by email."))
    return redirect(order)

"""Another address or another note for an order that has not left: typed, looked at, then changed."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.models import Address
from accounts.requests import SignedIn
from orders.actions.changes import details
from orders.errors import InvalidInput, OrderError
from orders.models import Order, WaitingChange
from shop.forms.account import AddressForm
from shop.forms.ordering import Note
from shop.order_readers import visible_order


class NoteForm(forms.Form):
    """The order's note, and what was shown when the change was looked at."""

    note = Note(
        label=gettext_lazy("Note to us"),
        max_length=details.MAX_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    based_on = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


@never_cache
@login_required
def change(request: SignedIn, order_id: UUID) -> HttpResponse:
    """GET shows what stands there, POST what would change, and POST with `confirmed` changes it."""
    order = visible_order(request, order_id)
    if order.customer_id != request.user.pk:
        raise Http404
    if not details.may_be_changed(order, request.user):
        refusal = details.AlreadyPacked() if order.packed_at else details.DetailsNotPossible()
        messages.error(request, str(refusal))
        return redirect(order)
    data = request.POST if request.method == "POST" else None
    note = NoteForm(data, initial={"note": order.note})
    address = _address_form(data, order) if order.needs_parcel else None
    context: dict[str, Any] = {"order": order, "address_form": address, "note_form": note}
    if note.is_valid() and (address is None or address.is_valid()):
        wish = details.Details(
            address=_typed(address) if address else None,
            note=note.cleaned_data["note"].strip(),
            pay=True,
        )
        try:
            if "confirmed" in request.POST and note.cleaned_data["id"]:
                return _changed(request, order, note, wish)
            if "change" not in request.POST:
                shown = details.preview_details(order_id=order.pk, actor=request.user, wish=wish)
                context["shown"] = shown
        except InvalidInput as error:
            note.add_error(None, [text for texts in error.errors.values() for text in texts])
        except OrderError as error:
            note.add_error(None, str(error))
    return render(request, "shop/order_details.html", context)


def _address_form(data: Any, order: Order) -> AddressForm:
    stands = {name: order.address_snapshot.get(name, "") for name in Address.FIELDS}
    return AddressForm(data, instance=Address(), initial=stands)


def _typed(form: AddressForm) -> dict[str, str]:
    """As the address of the form writes it, once it is valid."""
    return {name: getattr(form.instance, name) for name in Address.FIELDS}


def _changed(request: SignedIn, order: Order, note: NoteForm, wish: details.Details) -> HttpResponse:
    made = details.change_details(
        order_id=order.pk,
        actor=request.user,
        change_id=note.cleaned_data["id"],
        based_on=note.cleaned_data["based_on"] or 0,
        wish=wish,
    )
    if isinstance(made, WaitingChange) and made.ended_at is None:
        messages.success(request, _("Please pay what sending there costs more: then your order is changed."))
        return redirect(made.supplement)
    messages.success(request, _("Your order was changed. We confirm it by email."))
    return redirect(order)

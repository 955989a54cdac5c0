"""Another address or note for an order at the desk: a form, what it would do, and the button that does it."""

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.models import Address
from orders.actions.changes import details
from orders.errors import InvalidInput, OrderError
from orders.models import Order, WaitingChange
from orders.rights import OrderRights
from staff.admin import ReadOnlyAdmin
from staff.rights import may, require

if TYPE_CHECKING:
    from django.db.models import CharField

    from accounts.models import User


class DetailsForm(forms.Form):
    """What stands in the order, to be typed over; the rules check it."""

    note = forms.CharField(
        label=gettext_lazy("Note of the customer"),
        max_length=details.MAX_NOTE,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    waive = forms.BooleanField(
        label=gettext_lazy("The shop pays what sending there costs more"),
        required=False,
    )
    pay = forms.BooleanField(
        label=gettext_lazy("The customer pays what it costs more, before it is changed"),
        required=False,
    )
    although_packed = forms.BooleanField(
        label=gettext_lazy("It is packed: I print its papers anew"),
        required=False,
    )
    why = forms.CharField(
        label=gettext_lazy("Reason, which the customer is told"),
        max_length=details.MAX_WHY,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )

    def __init__(self, data: QueryDict | None = None, *, order: Order) -> None:
        super().__init__(data, initial={"note": order.note, **order.address_snapshot})
        if order.needs_parcel:
            self.fields = {f"{name}": _field(name) for name in Address.FIELDS} | self.fields
        else:
            del self.fields["waive"], self.fields["pay"]
        if not order.packed_at:
            del self.fields["although_packed"]
        self.needs_parcel = order.needs_parcel

    def wish(self) -> details.Details:
        """What a valid form asks for."""
        said = self.cleaned_data
        return details.Details(
            address={name: said[name] for name in Address.FIELDS} if self.needs_parcel else None,
            note=said["note"].replace("\r\n", "\n"),
            although_packed=said.get("although_packed", False),
            waive=said.get("waive", False),
            pay=said.get("pay", False),
            why=said["why"],
        )


def _field(name: str) -> forms.CharField:
    of_model = cast("CharField[str, str]", Address._meta.get_field(name))
    return forms.CharField(
        label=str(of_model.verbose_name),
        max_length=of_model.max_length,
        required=not of_model.blank,
        widget=UnfoldAdminTextInputWidget,
    )


def _waits(made: WaitingChange) -> str:
    text = _("It is changed once the customer has paid order %(number)s.")
    return text % {"number": made.supplement.number}


class DetailsMixin(ReadOnlyAdmin):
    """The page of a change of address or note, as that of other changes is: shown first, and then made."""

    if TYPE_CHECKING:  # the order's page gives them

        def _order(self, request: HttpRequest, object_id: str) -> Order: ...

        def _page(
            self, request: HttpRequest, name: str, order: Order | None, **context: Any
        ) -> HttpResponse: ...

    def may_redirect(self, request: HttpRequest, order: Order) -> bool:
        """Whether the order's page leads there."""
        user = cast("User", request.user)
        return may(user, OrderRights.REDIRECT) and details.may_be_changed(order, user)

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.details_view)
        return [path("<uuid:pk>/details/", guarded, name="orders_order_details"), *super().get_urls()]

    def details_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """GET asks, POST shows what the change would do, and POST with `confirmed` makes it."""
        require(actor=request.user, right=OrderRights.REDIRECT)
        order = self._order(request, str(pk))
        form = DetailsForm(request.POST if request.method == "POST" else None, order=order)
        shown = self._shown(request, order, form) if form.is_valid() else None
        if shown and "confirmed" in request.POST and self._change(request, order, form):
            return HttpResponseRedirect(reverse("admin:orders_order_change", args=[pk]))
        label = _("Address and note")
        return self._page(
            request, "details", order, title=f"{label}: {order}", label=label, form=form, shown=shown
        )

    def _shown(self, request: HttpRequest, order: Order, form: DetailsForm) -> details.DetailsPreview | None:
        actor = cast("User", request.user)  # the admin admits staff alone
        try:
            return details.preview_details(order_id=order.pk, actor=actor, wish=form.wish())
        except InvalidInput as error:
            for name, texts in error.errors.items():
                field = name.removeprefix("address.")
                form.add_error(field if field in form.fields and name != "address" else None, texts)
        except OrderError as error:
            form.add_error(None, str(error))
        return None

    def _change(self, request: HttpRequest, order: Order, form: DetailsForm) -> bool:
        """What the rules refuse is a message beside the new preview."""
        actor, sent = cast("User", request.user), request.POST
        try:
            made = details.change_details(
                order_id=order.pk,
                actor=actor,
                change_id=UUID(sent.get("id", "")),
                based_on=int(sent.get("based_on", "")),
                wish=form.wish(),
            )
        except (OrderError, ValueError) as error:
            self.message_user(request, str(error), "error")
            return False
        if isinstance(made, WaitingChange):
            self.message_user(request, _waits(made), "success")
            return True
        text = _("Order %(number)s: %(what)s")
        what = made.get_kind_display()
        self.message_user(request, text % {"number": order.number, "what": what}, "success")
        return True

"""Sending an order in parcels: a page with what is left of it, and the papers of each parcel."""

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from orders.actions.parcels import (
    MAX_REASON,
    MAX_WEIGHT_G,
    end_early,
    is_told,
    may_be_ready,
    may_be_sent,
    send_parcel,
    tell_ready,
)
from orders.actions.steps import find_order
from orders.documents import packing
from orders.errors import OrderError
from orders.lifecycle.locking import OrderNotFound
from orders.lifecycle.parcels import Parcel
from orders.models import Courier, Order, OrderLine
from orders.rights import OrderRights
from orders.status import OrderStatus
from staff.admin import ReadOnlyAdmin
from staff.rights import may, require

if TYPE_CHECKING:
    from accounts.models import User


class SendForm(forms.Form):
    """What is in the parcel: a field for each line of which something is left; all of it unless somebody says less."""

    courier_id = forms.TypedChoiceField(
        label=gettext_lazy("courier"), coerce=int, widget=UnfoldAdminSelectWidget()
    )
    tracking_code = forms.CharField(
        label=gettext_lazy("tracking code"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget
    )
    weight_g = forms.IntegerField(
        label=gettext_lazy("weight (g)"),
        min_value=1,
        max_value=MAX_WEIGHT_G,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=500, required=False, widget=UnfoldAdminTextInputWidget
    )

    # How many parcels the page said were sent.
    after = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: QueryDict | None = None, *, order: Order, left: list[OrderLine], may_early: bool = False
    ) -> None:
        super().__init__(data, initial={"courier_id": order.courier_id, "after": order.shipments.count()})
        couriers = Courier.objects.filter(is_active=True) | Courier.objects.filter(pk=order.courier_id)
        cast("forms.ChoiceField", self.fields["courier_id"]).choices = [
            (one.pk, one.name) for one in couriers.distinct()
        ]
        lines = {f"line-{line.pk}": _pieces(line, is_pickup=order.is_pickup) for line in left}
        self.fields = lines | self.fields
        if order.is_pickup:
            # Nobody carries what its customer fetches.
            for name in ("courier_id", "tracking_code", "weight_g"):
                del self.fields[name]
        if may_early and any(line.is_awaited for line in left):
            self.fields["early"] = forms.CharField(
                label=_("Why the pre-order is handed over before its day")
                if order.is_pickup
                else _("Why the pre-order leaves before its day"),
                max_length=MAX_REASON,
                required=False,
                widget=UnfoldAdminTextInputWidget,
            )

    @property
    def parcel(self) -> Parcel:
        said = self.cleaned_data
        pieces = {
            int(name.removeprefix("line-")): many
            for name, many in said.items()
            if name.startswith("line-") and many
        }
        return Parcel(
            pieces,
            said.get("tracking_code", ""),
            said.get("courier_id"),
            said.get("weight_g"),
            early=said.get("early", ""),
        )


def _pieces(line: OrderLine, *, is_pickup: bool) -> forms.IntegerField:
    """A pre-order before its day is not in the parcel, unless somebody puts it there."""
    left = line.quantity - line.sent
    text = (
        _("%(left)d of %(ordered)d are left to hand over.")
        if is_pickup
        else _("%(left)d of %(ordered)d are left to send.")
    )
    says = text % {"left": left, "ordered": line.quantity}
    if line.available_from and line.is_awaited:
        text = _("Don't hand over before %(day)s") if is_pickup else _("Don't send before %(day)s")
        says += " " + text % {"day": date_format(line.available_from)}
    return forms.IntegerField(
        label=f"{line.sku} · {line.name}",
        help_text=says,
        initial=0 if line.is_awaited else left,
        min_value=0,
        max_value=left,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )


class EndForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Why not all of it is sent"), max_length=500, widget=UnfoldAdminTextInputWidget
    )


class ParcelsMixin(ReadOnlyAdmin):
    """The page on which parcels are sent, the one that ends an order early, and the papers of a parcel."""

    def parcels(self, request: HttpRequest, order: Order) -> dict[str, object]:
        """What an order's page shows of its parcels, and where it leads."""
        sent = order.shipments.select_related("courier", "actor").prefetch_related("lines__line")
        parcels = list(sent) if any(line.sent for line in order.lines.all()) else []
        is_left = any(line.sent < line.quantity for line in order.lines.all())
        return {
            "parcels": parcels,
            "may_send": is_left and may(request.user, OrderRights.SEND) and may_be_sent(order),
            "may_tell_ready": may_be_ready(order)
            and may(request.user, OrderRights.SEND)
            and not is_told(order),
            "may_end": bool(parcels)
            and order.status == OrderStatus.PAID
            and may(request.user, OrderRights.COMPLETE),
            "may_pack": may(request.user, OrderRights.PACK),
        }

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("<uuid:pk>/send/", guard(self.send_view), name="orders_order_send"),
            path("<uuid:pk>/ready/", guard(self.ready_view), name="orders_order_ready"),
            path("<uuid:pk>/end/", guard(self.end_view), name="orders_order_end"),
            path("<uuid:pk>/parcels/<int:number>/", guard(self.papers_view), name="orders_order_parcel"),
            *super().get_urls(),
        ]

    def send_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """GET asks what is in the parcel, POST sends it; what the rules refuse is a message."""
        order, user = self._found(request, pk, OrderRights.SEND), cast("User", request.user)
        left = [line for line in order.lines.all() if line.sent < line.quantity]
        posted = request.POST if request.method == "POST" else None
        form = SendForm(posted, order=order, left=left, may_early=may(user, OrderRights.SEND_EARLY))
        if not form.is_valid():
            return self._ask_parcel(
                request, order, form, _("Hand over") if order.is_pickup else _("Send a parcel")
            )
        return self._sent(
            request,
            order,
            lambda: send_parcel(
                order_id=pk,
                actor=user,
                parcel=form.parcel,
                note=form.cleaned_data["note"],
                after=form.cleaned_data["after"],
            ),
        )

    def ready_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """By POST the customer is told that it can be picked up."""
        order, user = self._found(request, pk, OrderRights.SEND), cast("User", request.user)
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:orders_order_change", args=[pk]))
        return self._sent(request, order, lambda: tell_ready(order_id=pk, actor=user))

    def end_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Done, though not all of it was sent."""
        order, user = self._found(request, pk, OrderRights.COMPLETE), cast("User", request.user)
        form = EndForm(request.POST if request.method == "POST" else None)
        if order.is_pickup:
            form.fields["note"].label = _("Why not all of it is handed over")
        if not form.is_valid():
            return self._ask_parcel(request, order, form, _("Done without the rest"))
        note = form.cleaned_data["note"]
        return self._sent(request, order, lambda: end_early(order_id=pk, actor=user, note=note))

    def papers_view(self, request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
        """The packing list and the label of one parcel, as one PDF."""
        order = self._found(request, pk, OrderRights.PACK)
        try:
            printed = packing.parcel_papers(order_id=pk, number=number, actor=cast("User", request.user))
        except OrderError as error:
            self.message_user(request, str(error), "error")
            return HttpResponseRedirect(reverse("admin:orders_order_change", args=[pk]))
        what = "pickup" if order.is_pickup else "parcel"
        named = {"Content-Disposition": f'attachment; filename="{what}-{order}-{number}.pdf"'}
        return HttpResponse(printed, content_type="application/pdf", headers=named)

    def _found(self, request: HttpRequest, pk: UUID, right: OrderRights) -> Order:
        require(actor=request.user, right=right)
        try:
            return find_order(order_id=pk, user=cast("User", request.user))
        except OrderNotFound as error:
            raise Http404 from error

    def _sent(self, request: HttpRequest, order: Order, act: Any) -> HttpResponse:
        try:
            what, level = act().get_status_display(), "success"
        except OrderError as error:
            what, level = str(error), "error"
        text = _("Order %(number)s: %(what)s")
        self.message_user(request, text % {"number": order.number, "what": what}, level)
        return HttpResponseRedirect(reverse("admin:orders_order_change", args=[order.pk]))

    def _ask_parcel(self, request: HttpRequest, order: Order, form: forms.Form, label: str) -> HttpResponse:
        context: dict[str, Any] = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "order": order,
            "original": order,
            "title": f"{label}: {order}",
            "label": label,
            "form": form,
        }
        return TemplateResponse(request, "admin/orders/order/step.html", context)

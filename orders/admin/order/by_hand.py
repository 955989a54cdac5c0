"""Staff say on an order's page that its money came: by bank transfer, or in cash."""

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from orders.actions.steps import find_order
from orders.errors import OrderError
from orders.lifecycle.locking import OrderNotFound
from orders.models import BY_HAND, Order
from orders.payments.by_hand import MAX_REFERENCE, note_received, ways_by_hand
from orders.payments.providers.registry import provider_named
from orders.rights import OrderRights
from orders.status import OrderStatus
from staff.admin import ReadOnlyAdmin
from staff.rights import may, require

if TYPE_CHECKING:
    from accounts.models import User


class ReceivedForm(forms.Form):
    """How the money came, and how much. The reference tells one amount from another: a bank's name of it, a receipt."""

    variant = forms.ChoiceField(label=gettext_lazy("Way to pay"), widget=UnfoldAdminSelectWidget())
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), max_digits=14, decimal_places=2, widget=UnfoldAdminDecimalFieldWidget()
    )
    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        max_length=MAX_REFERENCE,
        required=False,
        help_text=gettext_lazy("The bank's, or the receipt's. The same one again is the same money."),
        widget=UnfoldAdminTextInputWidget,
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=500, required=False, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, data: QueryDict | None = None, *, order: Order) -> None:
        begun = order.payments.filter(variant__in=BY_HAND).last()
        chosen = begun.variant if begun else ""
        super().__init__(data, initial={"amount": order.amount_due, "variant": chosen})
        ways = [(name, provider_named(name).label) for name in ways_by_hand()]
        cast("forms.ChoiceField", self.fields["variant"]).choices = ways


class ByHandMixin(ReadOnlyAdmin):
    """The page on which money is noted, and whether an order's page leads there."""

    def takes_money(self, request: HttpRequest, order: Order) -> bool:
        is_late = order.status == OrderStatus.CANCELED and order.payments.filter(variant__in=BY_HAND).exists()
        waits = order.status == OrderStatus.PAY_REQUIRED or is_late
        return waits and bool(ways_by_hand()) and may(request.user, OrderRights.TAKE_MONEY)

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.received_view)
        return [path("<uuid:pk>/received/", guarded, name="orders_order_received"), *super().get_urls()]

    def received_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """GET asks how much came, POST notes it; what the rules refuse is a message."""
        require(actor=request.user, right=OrderRights.TAKE_MONEY)
        user, back = cast("User", request.user), reverse("admin:orders_order_change", args=[pk])
        try:
            order = find_order(order_id=pk, user=user)
        except OrderNotFound:
            return HttpResponseRedirect(reverse("admin:orders_order_changelist"))
        form = ReceivedForm(request.POST if request.method == "POST" else None, order=order)
        if form.is_valid():
            self._note(request, order, user, **form.cleaned_data)
            return HttpResponseRedirect(back)
        context: dict[str, Any] = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "order": order,
            "original": order,
            "title": _("Payment received: %s") % order,
            "label": _("Payment received"),
            "form": form,
        }
        return TemplateResponse(request, "admin/orders/order/step.html", context)

    def _note(self, request: HttpRequest, order: Order, actor: "User", **said: Any) -> None:
        try:
            after = note_received(order_id=order.pk, actor=actor, **said)
        except OrderError as error:
            what, level = str(error), "error"
        else:
            what, level = after.get_status_display(), "success"
        text = _("Order %(number)s: %(what)s")
        self.message_user(request, text % {"number": order.number, "what": what}, level)

"""Exchanging pieces at the desk: a form, what the exchange would do, and the button that makes it."""

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from orders.actions.changes import exchange_preview, exchanges
from orders.actions.changes.changes import MAX_NOTE, RIGHTS
from orders.errors import InvalidInput, OrderError
from orders.models import Order, OrderChange, WaitingChange
from orders.status import OrderStatus
from staff.admin import ReadOnlyAdmin
from staff.rights import may, require

if TYPE_CHECKING:
    from accounts.models import User

# Between the SKU of the line and that of the variant, in the value of a choice: no SKU has it.
ARROW = " → "


class ExchangeForm(forms.Form):
    """What for what, how many, and why; the rules check it."""

    what = forms.ChoiceField(label=gettext_lazy("Exchange"), widget=UnfoldAdminSelectWidget())
    quantity = forms.IntegerField(
        label=gettext_lazy("Pieces"), min_value=1, initial=1, widget=UnfoldAdminIntegerFieldWidget
    )
    restocked = forms.BooleanField(label=gettext_lazy("The old ones are for sale again"), required=False)
    waive = forms.BooleanField(
        label=gettext_lazy("The shop pays what the new ones cost more"), required=False
    )
    pay = forms.BooleanField(
        label=gettext_lazy("The customer pays what the new ones cost more, before they are exchanged"),
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("Reason, which the customer is told"),
        max_length=MAX_NOTE,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )

    def __init__(self, data: QueryDict | None = None, *, order: Order) -> None:
        super().__init__(data)
        cast("forms.ChoiceField", self.fields["what"]).choices = [
            (
                f"{one.line.sku}{ARROW}{other.sku}",
                f"{one.line.name} ({one.quantity}){ARROW}{other.local_name} ({other.sku})",
            )
            for one, others in exchange_preview.exchangeable(order).items()
            for other in others
        ]
        if order.status != OrderStatus.DONE:
            del self.fields["restocked"]

    def swap(self) -> exchange_preview.Swap:
        """What a valid form asks for."""
        said = self.cleaned_data
        sku, _arrow, to = said["what"].partition(ARROW)
        return exchange_preview.Swap(
            sku=sku,
            to=to,
            quantity=said["quantity"],
            restocked=said.get("restocked", False),
            waive=said["waive"],
            pay=said["pay"],
            note=said["note"],
        )


class ExchangesMixin(ReadOnlyAdmin):
    """The page of an exchange, as that of other changes is: shown first, and then made."""

    if TYPE_CHECKING:  # the order's page gives them

        def _order(self, request: HttpRequest, object_id: str) -> Order: ...

        def _page(
            self, request: HttpRequest, name: str, order: Order | None, **context: Any
        ) -> HttpResponse: ...

    def may_exchange(self, request: HttpRequest, order: Order) -> bool:
        """Whether the order's page leads there: cheaply, so that there may be nothing to choose."""
        kind = exchange_preview.kind_of(order)
        if kind is None or not may(request.user, RIGHTS[kind]):
            return False
        return order.lines.filter(product__group__isnull=False).exists()

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.exchange_view)
        return [path("<uuid:pk>/exchange/", guarded, name="orders_order_exchange"), *super().get_urls()]

    def exchange_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """GET asks, POST shows what the exchange would do, and POST with `confirmed` makes it."""
        order = self._order(request, str(pk))
        kind = exchange_preview.kind_of(order)
        require(actor=request.user, right=RIGHTS[kind or OrderChange.Kind.CANCEL])
        form = ExchangeForm(request.POST if request.method == "POST" else None, order=order)
        shown = self._shown_exchange(request, order, form) if form.is_valid() else None
        if shown and "confirmed" in request.POST:
            new = self._exchange(request, order, form)
            if new is not None:
                return HttpResponseRedirect(reverse("admin:orders_order_change", args=[new.pk]))
        label = _("Exchange")
        return self._page(
            request, "exchange", order, title=f"{label}: {order}", label=label, form=form, shown=shown
        )

    def _shown_exchange(
        self, request: HttpRequest, order: Order, form: ExchangeForm
    ) -> exchange_preview.ExchangePreview | None:
        actor = cast("User", request.user)  # the admin admits staff alone
        try:
            return exchange_preview.preview_exchange(order_id=order.pk, actor=actor, swap=form.swap())
        except InvalidInput as error:
            for name, texts in error.errors.items():
                form.add_error(name if name in form.fields else "what", texts)
        except OrderError as error:
            form.add_error(None, str(error))
        return None

    def _exchange(self, request: HttpRequest, order: Order, form: ExchangeForm) -> Order | None:
        """The new order; what the rules refuse is a message beside the new preview."""
        actor, sent = cast("User", request.user), request.POST
        try:
            made = exchanges.make_exchange(
                order_id=order.pk,
                actor=actor,
                change_id=UUID(sent.get("id", "")),
                based_on=int(sent.get("based_on", "")),
                swap=form.swap(),
            )
        except (OrderError, ValueError) as error:
            self.message_user(request, str(error), "error")
            return None
        new = made.supplement if isinstance(made, WaitingChange) else made.order
        text = _("Order %(number)s is for the new pieces.")
        if isinstance(made, WaitingChange):
            text = _(
                "Order %(number)s is for the new pieces. They are exchanged once the customer has paid it."
            )
        self.message_user(request, text % {"number": new.number}, "success")
        return new

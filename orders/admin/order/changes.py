"""Changing a paid order at the desk: what is left of it, a form, what the change would do, and the button that does it."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from catalog.money import decimals
from orders.actions.changes.changes import (
    MAX_NOTE,
    RIGHTS,
    Preview,
    Wish,
    apply_change,
    kinds_for,
    preview_change,
)
from orders.errors import InvalidInput, OrderError
from orders.models import Order, OrderChange
from orders.pricing.left import Left, LineLeft, left_of_order
from staff.admin import ReadOnlyAdmin
from staff.rights import may, require

if TYPE_CHECKING:
    from accounts.models import User

Kind = OrderChange.Kind
LABELS = {
    Kind.REFUND: gettext_lazy("Give money back"),
    Kind.CANCEL: gettext_lazy("Cancel pieces"),
    Kind.RETURN: gettext_lazy("Take pieces back"),
}


def money_field(currency: str, **more: Any) -> forms.DecimalField:
    """A field for an amount with no more decimals than the currency has."""
    widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"})
    return forms.DecimalField(
        min_value=0, max_digits=18, decimal_places=decimals(currency), widget=widget, **more
    )


class ChangeForm(forms.Form):
    """The pieces of each line and the money, as the kind of change asks for them; the rules check what was typed."""

    def __init__(self, data: QueryDict | None = None, *, kind: OrderChange.Kind, left: Left) -> None:
        super().__init__(data)
        self.kind, self.left = kind, left
        if kind == Kind.REFUND:
            self.fields["amount"] = self._money(_("Amount"), left.amount)
        else:
            self._add_lines(left)
            if left.shipping.amount:
                self.fields["shipping"] = self._money(_("Of the shipping"), left.shipping.amount)
                self.fields["shipping"].required = False
        self.fields["note"] = forms.CharField(
            label=_("Reason, which the customer is told"),
            max_length=MAX_NOTE,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        )
        self.fields["to_credit"] = forms.BooleanField(
            label=_("As store credit, instead of the way it was paid"), required=False
        )

    def _add_lines(self, left: Left) -> None:
        for one in self.lines:
            text = _("%(name)s: %(left)d left")
            self.fields[f"pieces-{one.line.pk}"] = forms.IntegerField(
                label=text % {"name": one.line.name, "left": one.quantity},
                min_value=0,
                max_value=one.quantity,
                required=False,
                widget=UnfoldAdminIntegerFieldWidget(attrs={"min": 0, "max": one.quantity}),
            )
            if self.kind == Kind.RETURN:
                self.fields[f"restock-{one.line.pk}"] = forms.BooleanField(
                    label=_("%(name)s: for sale again") % {"name": one.line.name},
                    required=False,
                )

    @property
    def lines(self) -> list[LineLeft]:
        return [one for one in self.left.lines if one.quantity]

    def _money(self, label: str, most: Decimal) -> forms.DecimalField:
        return money_field(self.left.order.currency, label=label, max_value=most)

    def wish(self) -> Wish:
        """What a valid form asks for."""
        said = self.cleaned_data
        pieces = {one.line.sku: said.get(f"pieces-{one.line.pk}") or 0 for one in self.lines}
        again = {one.line.sku for one in self.lines if said.get(f"restock-{one.line.pk}")}
        return Wish(
            kind=self.kind,
            quantities={} if self.kind == Kind.REFUND else pieces,
            restocked=again,
            amount=said.get("amount") or Decimal(0),
            shipping=said.get("shipping") or Decimal(0),
            note=said["note"],
            to_credit=said["to_credit"],
        )


def preview_named(sent: QueryDict) -> tuple[UUID, int]:
    """The preview that a form was made from: its id, and how many changes there were. Raises InvalidInput."""
    try:
        return UUID(sent.get("id", "")), int(sent.get("based_on", ""))
    except ValueError as error:
        raise InvalidInput({"id": [_("Please look at the amount again.")]}) from error


class ChangesMixin(ReadOnlyAdmin):
    """The page of a change. Its first answer shows what it would do, the second makes it; without scripts too."""

    if TYPE_CHECKING:  # the order's page gives them

        def _order(self, request: HttpRequest, object_id: str) -> Order: ...

        def _page(
            self, request: HttpRequest, name: str, order: Order | None, **context: Any
        ) -> HttpResponse: ...

    def changes(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        """What the order's page shows: its changes, what is left, and the changes that this member of staff may make."""
        kinds = [(str(kind), LABELS[kind]) for kind in kinds_for(order) if may(request.user, RIGHTS[kind])]
        made = list(order.changes.select_related("actor", "exchange__order").prefetch_related("lines__line"))
        return {
            "change_kinds": kinds,
            "changes": made,
            "left": left_of_order(order) if made else None,
            "change_requests": order.change_requests.defer("label"),
        }

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.changes_view)
        return [
            path("<uuid:pk>/changes/<str:kind>/", guarded, name="orders_order_change_part"),
            *super().get_urls(),
        ]

    def changes_view(self, request: HttpRequest, pk: UUID, kind: str) -> HttpResponse:
        """GET asks, POST shows what the change would do, and POST with `confirmed` makes it."""
        if kind not in LABELS:
            raise Http404
        require(actor=request.user, right=RIGHTS[Kind(kind)])
        order = self._order(request, str(pk))
        back = reverse("admin:orders_order_change", args=[pk])
        if Kind(kind) not in kinds_for(order):
            self.message_user(request, _("This change is not possible for the order as it is."), "error")
            return HttpResponseRedirect(back)
        data = request.POST if request.method == "POST" else None
        form = ChangeForm(data, kind=Kind(kind), left=left_of_order(order))
        shown = self._preview(request, order, form) if form.is_valid() else None
        if shown and "confirmed" in request.POST and self._apply(request, order, shown):
            return HttpResponseRedirect(back)
        return self._ask(request, order, form, shown)

    def _preview(self, request: HttpRequest, order: Order, form: ChangeForm) -> Preview | None:
        actor = cast("User", request.user)  # the admin admits staff alone
        try:
            return preview_change(order_id=order.pk, actor=actor, wish=form.wish())
        except InvalidInput as error:
            for name, messages in error.errors.items():
                form.add_error(name if name in form.fields else None, messages)
        return None

    def _apply(self, request: HttpRequest, order: Order, shown: Preview) -> bool:
        """Make it, if it is what was shown; what the rules refuse is a message beside the new preview."""
        actor, sent = cast("User", request.user), request.POST
        try:
            if sent.get("shown") != str(shown.effect.amount):
                self.message_user(request, _("Please look at the amount again."), "warning")
                return False
            change_id, based_on = preview_named(sent)
            made = apply_change(
                order_id=order.pk, actor=actor, change_id=change_id, based_on=based_on, wish=shown.wish
            )
        except OrderError as error:
            self.message_user(request, str(error), "error")
            return False
        text = _("Order %(number)s: %(what)s")
        what = made.get_kind_display()
        self.message_user(request, text % {"number": order.number, "what": what}, "success")
        return True

    def _ask(
        self, request: HttpRequest, order: Order, form: ChangeForm, shown: Preview | None
    ) -> HttpResponse:
        label = LABELS[form.kind]
        return self._page(
            request,
            "change",
            order,
            title=f"{label}: {order}",
            label=label,
            form=form,
            shown=shown,
            left=form.left,
        )

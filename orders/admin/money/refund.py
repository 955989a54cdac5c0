"""Refunds: how far each is. Staff decide about what a provider refused."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from catalog.money import written
from orders.admin.of_order import OfOrderAdmin
from orders.errors import OrderError
from orders.models import Refund
from orders.payments import refunds
from orders.reports.attention import refunds_by_hand, refused_refunds, waiting_refunds
from orders.rights import OrderRights
from staff.rights import may, require

if TYPE_CHECKING:
    from accounts.models import User


class DecisionForm(forms.Form):
    """Why, or how, money goes back; it stays in the ledger."""

    note = forms.CharField(max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))

    def __init__(self, data: QueryDict | None = None, *, how: str) -> None:
        super().__init__(data)
        self.fields["note"].label = LABELS[how].note


class Words(NamedTuple):
    """What a decision is called, what is asked for, and what stands above it."""

    title: Any
    note: Any
    about: Any


LABELS = {
    "retry": Words(
        gettext_lazy("Ask the provider again"),
        gettext_lazy("Reason"),
        gettext_lazy("The provider refused these refunds. It is asked anew, as a new attempt:"),
    ),
    "settle": Words(
        gettext_lazy("Settled by hand"),
        gettext_lazy("How the money went back"),
        gettext_lazy("The provider can't return these by itself. Say how the customers got their money:"),
    ),
    "take-back": Words(
        gettext_lazy("Keep the money"),
        gettext_lazy("Reason, which the customer is told"),
        gettext_lazy("This money was to be given back by mistake, and has not left yet. It stays here:"),
    ),
}


DECISION_RIGHTS = {
    "retry": OrderRights.RETRY_REFUND,
    "settle": OrderRights.SETTLE_REFUND,
    "take-back": OrderRights.REFUND_PART,
}
DECISIONS: dict[str, Callable[..., Refund]] = {
    "retry": refunds.retry,
    "settle": refunds.settle_by_hand,
    "take-back": refunds.take_back,
}


class NeedsYouFilter(admin.SimpleListFilter):
    """Refusals that wait for a decision (not those that were tried anew), and refunds that wait for the provider."""

    title = gettext_lazy("needs you")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [
            ("decision", gettext_lazy("refused, not settled yet")),
            ("patience", gettext_lazy("hanging at the provider")),
            ("hand", gettext_lazy("to be given back by hand")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Refund]) -> QuerySet[Refund]:
        kinds = {"decision": refused_refunds, "patience": waiting_refunds, "hand": refunds_by_hand}
        found = kinds.get(self.value() or "")
        return found(queryset) if found else queryset


@admin.register(Refund)
class RefundAdmin(OfOrderAdmin):
    list_display = (
        "id",
        "order",
        "money",
        "cause",
        "state",
        "answer",
        "attempts",
        "failure",
        "asked_at",
        "next_attempt_at",
    )
    list_filter = (NeedsYouFilter, "state", "cause", "asked_at")
    list_select_related = ("payment__order",)
    ordering = ("-id",)
    order_field = "payment__order"
    search_help_text = gettext_lazy("What finds the order: its number, email, phone, SKU")
    actions = ("retry", "settle")

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def money(self, refund: Refund) -> str:
        return written(refund.amount, refund.payment.currency)

    @admin.display(description=gettext_lazy("order"))
    def order(self, refund: Refund) -> str:
        return str(refund.payment.order)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return may(request.user, OrderRights.RETRY_REFUND)

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return may(request.user, OrderRights.SETTLE_REFUND)

    @admin.action(description=LABELS["retry"].title, permissions=["retry"])
    def retry(self, request: HttpRequest, chosen: QuerySet[Refund]) -> HttpResponse | None:
        return self._decide(request, chosen, "retry")

    @admin.action(description=LABELS["settle"].title, permissions=["settle"])
    def settle(self, request: HttpRequest, chosen: QuerySet[Refund]) -> HttpResponse | None:
        return self._decide(request, chosen, "settle")

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.decide_view)
        return [path("<int:pk>/decide/<str:how>/", guarded, name="orders_refund_decide"), *super().get_urls()]

    def decide_view(self, request: HttpRequest, pk: int, how: str) -> HttpResponse:
        """The same for one refund, from its order's page and back to it."""
        refund = self.get_queryset(request).select_related("payment").filter(pk=pk).first()
        if how not in LABELS or refund is None:
            raise Http404
        require(actor=request.user, right=DECISION_RIGHTS[how])
        order_page = reverse("admin:orders_order_change", args=[refund.payment.order_id])
        asked = self._decide(request, Refund.objects.filter(pk=pk), how, back=order_page)
        return asked or HttpResponseRedirect(order_page)

    def _decide(
        self, request: HttpRequest, chosen: QuerySet[Refund], how: str, back: str = ""
    ) -> HttpResponse | None:
        """Ask for the note, and once it is there do what was decided; None when it is done."""
        form = DecisionForm(request.POST if "confirmed" in request.POST else None, how=how)
        if not form.is_valid():
            return self._ask(request, chosen, how, form, back)
        actor, note = cast("User", request.user), form.cleaned_data["note"]  # the admin admits staff alone
        self._each(request, chosen, lambda pk: DECISIONS[how](refund_id=pk, actor=actor, note=note))
        return None

    def _each(self, request: HttpRequest, chosen: QuerySet[Refund], act: Callable[[int], Refund]) -> None:
        """One by one: what is refused is a message and does not hold up the others."""
        for refund in chosen.select_related("payment__order"):
            try:
                after, level = act(refund.pk).get_state_display(), "success"
            except OrderError as error:
                after, level = str(error), "error"
            text = _("Order %(number)s: %(what)s")
            self.message_user(request, text % {"number": refund.payment.order, "what": after}, level)

    def _ask(
        self, request: HttpRequest, chosen: QuerySet[Refund], how: str, form: DecisionForm, back: str
    ) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": LABELS[how].title,
            "about": LABELS[how].about,
            "refunds": chosen.select_related("payment__order"),
            "form": form,
            "action": how,
            "back": back or reverse("admin:orders_refund_changelist"),
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/orders/refund/decide.html", context)

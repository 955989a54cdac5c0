"""Where the money went: the ledger, refunds and what providers told. Staff decide about what a provider refused."""

from collections.abc import Callable
from typing import cast

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from catalog.admin.read_only import ReadOnlyAdmin
from catalog.money import written
from orders import provider_events, refunds
from orders.errors import OrderError
from orders.models import LedgerEntry, ProviderEvent, Refund
from orders.rights import OrderRights
from staff.rights import may


class SettlementForm(forms.Form):
    """How the money went back; it stays in the ledger."""

    note = forms.CharField(
        label=gettext_lazy("How the money went back"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )


@admin.register(LedgerEntry)
class LedgerAdmin(ReadOnlyAdmin):
    list_display = ("at", "order", "kind", "money", "reference", "actor", "note")
    list_filter = ("kind", "at")
    list_select_related = ("order", "actor", "payment")
    search_fields = ("order__number", "reference")

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def money(self, entry: LedgerEntry) -> str:
        return written(entry.amount, entry.payment.currency)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ("id", "order", "money", "cause", "state", "answer", "tries", "asked_at", "next_try_at")
    list_filter = ("state", "cause", "asked_at")
    list_select_related = ("payment__order",)
    search_fields = ("payment__order__number",)
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

    @admin.action(description=gettext_lazy("Ask the provider again"), permissions=["retry"])
    def retry(self, request: HttpRequest, chosen: QuerySet[Refund]) -> None:
        actor = cast("User", request.user)  # the admin lets nobody else in
        self._each(request, chosen, lambda pk: refunds.retry(refund_id=pk, actor=actor))

    @admin.action(description=gettext_lazy("Settled by hand"), permissions=["settle"])
    def settle(self, request: HttpRequest, chosen: QuerySet[Refund]) -> HttpResponse | None:
        form = SettlementForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            return self._ask_how(request, chosen, form)
        actor, note = cast("User", request.user), form.cleaned_data["note"]
        self._each(request, chosen, lambda pk: refunds.settle_by_hand(refund_id=pk, actor=actor, note=note))
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

    def _ask_how(self, request: HttpRequest, chosen: QuerySet[Refund], form: SettlementForm) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": _("Settled by hand"),
            "refunds": chosen.select_related("payment__order"),
            "form": form,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/orders/refund/settle.html", context)


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "variant", "event_id", "kind", "acted_at", "tries", "remark")
    list_filter = ("variant", ("acted_at", admin.EmptyFieldListFilter), "received_at")
    search_fields = ("event_id",)
    actions = ("act_again",)

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, event: ProviderEvent) -> str:
        return event.news.get("kind", "")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return may(request.user, OrderRights.ACT_AGAIN)

    @admin.action(description=gettext_lazy("Act on it again"), permissions=["decide"])
    def act_again(self, request: HttpRequest, chosen: QuerySet[ProviderEvent]) -> None:
        actor = cast("User", request.user)  # the admin lets nobody else in
        for event in chosen:
            after = provider_events.act(event_id=event.pk, again_by=actor)
            self.message_user(request, f"{after}: {after.remark or _('done')}")

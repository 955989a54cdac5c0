"""What payment providers told, and when they could not be reached."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orders.models import LedgerEntry, ProviderEvent, ProviderOutage
from orders.payments import provider_events
from orders.payments.providers.base import NotificationKind
from orders.reports.attention import failed_events, foreign_money, other_versions, unheard_payments
from orders.rights import OrderRights
from staff.admin import ReadOnlyAdmin
from staff.asking import asked_first
from staff.rights import may

if TYPE_CHECKING:
    from accounts.models import User


class FailedFilter(admin.SimpleListFilter):
    title = gettext_lazy("needs you")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [
            ("look", gettext_lazy("failed or overdue")),
            ("webhook", gettext_lazy("known by asking alone")),
            ("currency", gettext_lazy("in another currency")),
            ("version", gettext_lazy("in another version")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ProviderEvent]) -> QuerySet[ProviderEvent]:
        kinds = {
            "look": failed_events,
            "webhook": unheard_payments,
            "currency": foreign_money,
            "version": other_versions,
        }
        found = kinds.get(self.value() or "")
        return found(queryset) if found else queryset


@admin.register(ProviderOutage)
class ProviderOutageAdmin(ReadOnlyAdmin):
    list_display = ("variant", "since", "seen_at", "failure")
    sortable_by = ()


# What a provider told, in the reader's words: the ledger's where a row is the same.
TOLD = dict(LedgerEntry.Kind.choices) | {
    str(NotificationKind.DECLINED): gettext_lazy("declined"),
    str(NotificationKind.EXPIRED): gettext_lazy("expired"),
    str(NotificationKind.REFUND_REFUSED): LedgerEntry.Kind.REFUSED.label,
    str(NotificationKind.REFUNDS_CHANGED): gettext_lazy("refunds changed"),
    str(NotificationKind.DISPUTE_LOST): gettext_lazy("dispute lost"),
    str(NotificationKind.OTHER): gettext_lazy("something else"),
}


def _told(event: ProviderEvent) -> str:
    """What it tells, and how much."""
    kind, said = str(event.notification.get("kind", "")), event.notification
    return " ".join(map(str, filter(None, (TOLD.get(kind, kind), said.get("amount"), said.get("currency")))))


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin):
    list_display = (
        "received_at",
        "variant",
        "event_id",
        "kind",
        "api_version",
        "acted_at",
        "attempts",
        "failure",
        "remark",
    )
    list_filter = (FailedFilter, "variant", ("acted_at", admin.EmptyFieldListFilter), "received_at")
    search_fields = ("event_id__exact",)
    search_help_text = gettext_lazy("The whole id of the event at the provider")
    sortable_by = ()
    actions = ("act_again",)

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, event: ProviderEvent) -> str:
        kind = str(event.notification.get("kind", ""))
        return str(TOLD.get(kind, kind))

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return may(request.user, OrderRights.ACT_AGAIN)

    @admin.action(description=gettext_lazy("Act on it again"), permissions=["decide"])
    @asked_first(
        says=lambda count: (
            ngettext(
                "%(count)d event is acted on once more: its order may be paid or refunded by it, and its customer is told. "
                "This can't be taken back.",
                "%(count)d events are acted on once more: their orders may be paid or refunded by them, and their customers "
                "are told. This can't be taken back.",
                count,
            )
            % {"count": count}
        ),
        whom=_told,
    )
    def act_again(self, request: HttpRequest, chosen: QuerySet[ProviderEvent]) -> None:
        actor = cast("User", request.user)  # the admin admits staff alone
        for event in chosen:
            after = provider_events.act(event_id=event.pk, again_by=actor)
            self.message_user(request, f"{after}: {after.remark or _('done')}")

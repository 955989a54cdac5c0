"""What the list of drafts is narrowed down by."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from orders.models import OrderDraft

if TYPE_CHECKING:
    from django.contrib.admin.options import ModelAdmin


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, Any]]:
        return [
            ("open", gettext_lazy("open")),
            ("placed", gettext_lazy("placed")),
            ("over", gettext_lazy("expired")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OrderDraft]) -> QuerySet[OrderDraft]:
        now = timezone.now()
        wanted = {
            "open": Q(order=None, expires_at__gt=now),
            "placed": Q(order__isnull=False),
            "over": Q(order=None, expires_at__lte=now),
        }
        return queryset.filter(wanted.get(self.value() or "", Q()))

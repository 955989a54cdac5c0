"""Webhooks that the shop sends: to look at, and to send again."""

from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from orders.admin.of_order import OfOrderAdmin
from orders.models import WebhookDelivery, WebhookEndpoint
from orders.rights import OrderRights
from orders.webhooks.endpoints import send_again
from outbox.admin import GivenUpFilter
from staff.admin import ReadOnlyAdmin
from staff.asking import asked_first
from staff.rights import may

if TYPE_CHECKING:
    from accounts.models import User


@admin.register(WebhookEndpoint)
class EndpointAdmin(ReadOnlyAdmin):
    list_display = ("url", "owner", "state", "failing_since", "created_at")
    list_filter = ("state",)
    list_select_related = ("owner",)
    search_fields = ("url", "owner__email")
    # Not the secrets.
    fields = (
        "url",
        ("owner", "language"),
        "types",
        ("state", "state_at", "created_at"),
        ("failing_since", "failures", "rests_until"),
    )


@admin.register(WebhookDelivery)
class DeliveryAdmin(OfOrderAdmin):
    list_display = ("id", "type", "order", "endpoint", "state", "attempts", "status", "next_attempt_at")
    list_filter = (GivenUpFilter, "state", "failure")
    list_select_related = ("order", "endpoint")
    search_help_text = _("What finds the order, a part of the endpoint's address, or the whole webhook-id")
    fields = (
        ("key", "type", "order"),
        "endpoint",
        ("state", "created_at", "done_at"),
        ("attempts", "attempted_at", "next_attempt_at", "given_up_at"),
        ("failure", "status", "duration_ms"),
        "answer",
    )
    actions = ("send_again",)

    def ways(self, text: str) -> list[QuerySet[Any]]:
        """Also by the address, and by the id that its receiver was sent."""
        ways = [*super().ways(text), WebhookDelivery.objects.filter(endpoint__url__icontains=text)]
        try:
            key = UUID(text.removeprefix("msg_"))
        except ValueError:
            return ways
        return [*ways, WebhookDelivery.objects.filter(key=key)]

    def has_send_permission(self, request: HttpRequest) -> bool:
        return may(request.user, OrderRights.SEND_WEBHOOK_AGAIN)

    @admin.action(description=_("Send again"), permissions=["send"])
    @asked_first(
        says=lambda count: (
            ngettext(
                "%(count)d event is sent once more, also if it has arrived before. This can't be taken back.",
                "%(count)d events are sent once more, also those that have arrived before. This can't be taken back.",
                count,
            )
            % {"count": count}
        ),
        whom=attrgetter("endpoint"),
    )
    def send_again(self, request: HttpRequest, deliveries: QuerySet[WebhookDelivery]) -> None:
        actor = cast("User", request.user)  # the admin admits staff alone
        count = send_again(delivery_ids=deliveries.values_list("pk", flat=True), actor=actor)
        said = ngettext("%(count)d event is sent again.", "%(count)d events are sent again.", count)
        self.message_user(request, said % {"count": count})

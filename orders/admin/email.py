"""Emails, to look at, and to send again. Their text is not shown: those about accounts hold secrets."""

from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from orders.admin.of_order import OfOrderAdmin
from orders.emails.queue import send_again
from orders.emails.reports import settle
from orders.models import Email
from orders.reports.attention import given_up_emails, returned_emails
from orders.rights import OrderRights
from outbox.admin import GivenUpFilter
from staff.asking import asked_first
from staff.rights import may

if TYPE_CHECKING:
    from accounts.models import User


class NeedsYouFilter(GivenUpFilter):
    """Those about accounts can't be sent again: their text is erased, and the person who waits for one asks anew."""

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [*super().lookups(request, model_admin), ("returned", _("came back"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Email]) -> QuerySet[Email]:
        return (
            returned_emails(queryset) if self.value() == "returned" else super().queryset(request, queryset)
        )

    def found(self, queryset: QuerySet[Email]) -> QuerySet[Email]:
        return given_up_emails(queryset)


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"
    conditions: dict[str, dict[str, Any]] = {
        "sent": {"sent_at__isnull": False},
        "unsent": {"sent_at__isnull": True},
        "failing": {"sent_at__isnull": True, "failure__gt": ""},
        "given_up": {"given_up_at__isnull": False},
    }

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [
            ("sent", _("sent")),
            ("unsent", _("not sent yet")),
            ("failing", _("failed so far")),
            ("given_up", _("given up")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Email]) -> QuerySet[Email]:
        return queryset.filter(**self.conditions.get(str(self.value()), {}))


@admin.register(Email)
class EmailAdmin(OfOrderAdmin):
    list_display = (
        *("id", "order", "kind", "to", "created_at", "sent_at", "came_back"),
        *("attempts", "next_attempt_at"),
    )
    list_filter = (NeedsYouFilter, "kind", StateFilter, "created_at")
    list_select_related = ("order",)
    own_names = ("message_id",)
    search_help_text = _(
        "What finds the order (its number, email, phone, SKU), the whole message id, or the address of an account's email"
    )
    fields = (
        ("order", "user"),
        ("kind", "sequence", "language"),
        "to",
        ("message_id", "subject"),
        ("created_at", "sent_at", "expires_at"),
        ("attempts", "next_attempt_at", "leased_until", "given_up_at"),
        "failure",
        "came_back",
    )
    actions = ("send_again", "settle_reports")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Email]:
        return super().get_queryset(request).prefetch_related("reports")

    @admin.display(description=_("came back"))
    def came_back(self, email: Email) -> str:
        """What the mail service told later, and whether somebody has seen to it."""
        settled = _("settled")
        return format_html_join(
            mark_safe("<br>"),
            "{} {}{}",
            (
                (
                    report,
                    localize(timezone.localtime(report.at)),
                    f" ({settled})" if report.settled_at else "",
                )
                for report in email.reports.all()
            ),
        )

    def ways(self, text: str) -> list[QuerySet[Any]]:
        """Also by the address, of those that are about no order."""
        return [*super().ways(text), Email.objects.filter(order=None, to=text.lower())]

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return may(request.user, OrderRights.SETTLE_REPORTS)

    @admin.action(
        description=_("Seen to: the customer has another address, or knows"), permissions=["settle"]
    )
    def settle_reports(self, request: HttpRequest, emails: QuerySet[Email]) -> None:
        actor = cast("User", request.user)  # the admin admits staff alone
        count = settle(email_ids=list(emails.values_list("pk", flat=True)), actor=actor)
        said = ngettext("%(count)d email is settled.", "%(count)d emails are settled.", count)
        self.message_user(request, said % {"count": count})

    def has_send_permission(self, request: HttpRequest) -> bool:
        return may(request.user, OrderRights.SEND_AGAIN)

    @admin.action(description=_("Send again"), permissions=["send"])
    @asked_first(
        says=lambda count: (
            ngettext(
                "%(count)d email is sent once more, also if it was sent before. This can't be taken back.",
                "%(count)d emails are sent once more, also those that were sent before. This can't be taken back.",
                count,
            )
            % {"count": count}
        ),
        whom=attrgetter("to"),
    )
    def send_again(self, request: HttpRequest, emails: QuerySet[Email]) -> None:
        actor = cast("User", request.user)  # the admin admits staff alone
        count = send_again(email_ids=emails.values_list("pk", flat=True), actor=actor)
        said = ngettext("%(count)d email is sent again.", "%(count)d emails are sent again.", count)
        self.message_user(request, said % {"count": count})

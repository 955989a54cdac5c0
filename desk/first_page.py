"""The first page of the desk: what needs a person now, and how the shop does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import date as in_words
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backups import models as backups
from catalog.money import rounded, written
from catalog.running_low import low_numbers, low_stock
from desk.plots import Plot, Row, Series, bar_list, columns, curves
from orders.models import Order, open_drafts
from orders.reports import attention, dates, statistics
from orders.shipping import rate_checks
from outbox import quiet
from staff.counting import counts

NEWEST = 8
# Seconds after which an open page asks for what is new.
EVERY = 12
# A wait of so many seconds or more is shown in minutes.
LONG = 120


@dataclass(frozen=True)
class Matter:
    """Something that may wait for a person; shown to staff who may see what it is about."""

    title: Any
    icon: str
    model: str
    query: str
    found: Callable[[], QuerySet[Any]]

    @property
    def link(self) -> str:
        return f"{reverse(f'admin:{self.model}_changelist')}?{self.query}"

    @property
    def permission(self) -> str:
        app, model = self.model.split("_")
        return f"{app}.view_{model}"


MATTERS = (
    Matter(
        gettext_lazy("Disputes to answer"),
        "gavel",
        "orders_dispute",
        "state__exact=open",
        attention.open_disputes,
    ),
    Matter(
        gettext_lazy("Refunds that customers ask for"),
        "undo",
        "orders_refundrequest",
        "state__exact=open",
        attention.open_refund_requests,
    ),
    Matter(
        gettext_lazy("Changes requested"),
        "undo",
        "orders_changerequest",
        "state__exact=open",
        attention.open_change_requests,
    ),
    Matter(
        gettext_lazy("Paid, to be done"),
        "package_2",
        "orders_order",
        "status__exact=paid",
        attention.waiting_to_be_done,
    ),
    Matter(
        gettext_lazy("Orders being taken"),
        "call",
        "orders_orderdraft",
        "state=open",
        open_drafts,
    ),
    Matter(
        gettext_lazy("Refunds refused"),
        "currency_exchange",
        "orders_refund",
        "needs=decision",
        attention.refused_refunds,
    ),
    Matter(
        gettext_lazy("Refunds that hang"),
        "hourglass_bottom",
        "orders_refund",
        "needs=patience",
        attention.waiting_refunds,
    ),
    Matter(
        gettext_lazy("Money to give back by hand"),
        "account_balance",
        "orders_refund",
        "needs=hand",
        attention.refunds_by_hand,
    ),
    Matter(
        gettext_lazy("Sent for cash that has not come"),
        "local_shipping",
        "orders_order",
        "status__exact=pay_required&packed_at__isnull=False&pay_by__lt={now}",
        attention.sent_unpaid,
    ),
    Matter(
        gettext_lazy("Bank entries that match nothing"),
        "account_balance",
        "orders_bankentry",
        "state__exact=open",
        attention.open_bank_entries,
    ),
    Matter(
        gettext_lazy("Pending for too long"),
        "hourglass_disabled",
        "orders_order",
        "status__exact=pending&status_since__lt={pending}",
        attention.pending_too_long,
    ),
    Matter(
        gettext_lazy("Money that does not match a provider"),
        "balance",
        "orders_moneymismatch",
        "state__exact=open",
        attention.open_mismatches,
    ),
    Matter(
        gettext_lazy("Reconciliations that hang"),
        "sync_problem",
        "orders_reconciliation",
        "needs=patience",
        attention.hanging_reconciliations,
    ),
    Matter(
        gettext_lazy("Payments on their way for a week"),
        "hourglass_bottom",
        "orders_payment",
        "status__exact=preauth",
        attention.slow_payments,
    ),
    Matter(
        gettext_lazy("Payments that no webhook told of"),
        "notifications_off",
        "orders_providerevent",
        "needs=webhook",
        attention.unheard_payments,
    ),
    Matter(
        gettext_lazy("Money in another currency"),
        "currency_exchange",
        "orders_providerevent",
        "needs=currency",
        attention.foreign_money,
    ),
    Matter(
        gettext_lazy("Webhooks in another version of the provider's API"),
        "published_with_changes",
        "orders_providerevent",
        "needs=version",
        attention.other_versions,
    ),
    Matter(
        gettext_lazy("Not confirmed today"),
        "production_quantity_limits",
        "orders_order",
        "status__exact=not_confirmed&status_since__gte={today}",
        attention.not_confirmed_today,
    ),
    Matter(gettext_lazy("Low stock"), "inventory_2", "catalog_product", "low=stock", low_stock),
    Matter(
        gettext_lazy("Numbers running out"),
        "confirmation_number",
        "catalog_product",
        "low=numbers",
        low_numbers,
    ),
    Matter(
        gettext_lazy("Zones nobody serves"),
        "wrong_location",
        "orders_zone",
        "served=nobody",
        rate_checks.unserved_zones,
    ),
    Matter(
        gettext_lazy("Emails given up"),
        "unsubscribe",
        "orders_email",
        "needs=given_up",
        attention.given_up_emails,
    ),
    Matter(
        gettext_lazy("Provider events failed"),
        "webhook",
        "orders_providerevent",
        "needs=look",
        attention.failed_events,
    ),
    Matter(
        gettext_lazy("Payment providers that do not answer"),
        "power_off",
        "orders_provideroutage",
        "",
        attention.silent_providers,
    ),
    Matter(
        gettext_lazy("Webhooks switched off after failures"),
        "link_off",
        "orders_webhookendpoint",
        "state__exact=failed",
        attention.dead_endpoints,
    ),
    Matter(
        gettext_lazy("Webhooks given up"),
        "cancel_schedule_send",
        "orders_webhookdelivery",
        "needs=given_up",
        attention.given_up_deliveries,
    ),
    Matter(
        gettext_lazy("Imports given up"),
        "upload",
        "bulk_importjob",
        "needs=given_up",
        attention.given_up_imports,
    ),
    Matter(
        gettext_lazy("Exports given up"),
        "download",
        "bulk_exportjob",
        "needs=given_up",
        attention.given_up_exports,
    ),
    Matter(
        gettext_lazy("Backups that failed"),
        "backup",
        "backups_backup",
        "",
        backups.failed,
    ),
)


@dataclass(frozen=True)
class Card:
    matter: Matter
    count: int
    link: str
    about: str = ""


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the first page's template shows (django-unfold calls it)."""
    return context | now(request) | (_figures() if request.user.has_perm("orders.view_order") else {})


def now(request: HttpRequest) -> dict[str, Any]:
    """The part of the page that an open page asks for again and again."""
    newest: QuerySet[Order] | tuple[()] = ()
    if request.user.has_perm("orders.view_order"):
        newest = Order.objects.select_related("customer")[:NEWEST]
    shown = {"cards": list(_cards(request)), "newest": newest, "every": EVERY, "at": timezone.localtime()}
    return shown | (_copies() if request.user.has_perm("backups.view_backup") else {})


def _copies() -> dict[str, Any]:
    """Of which moment the shop can be put back, and whether it is a restored one that is quiet."""
    known = backups.moments()
    return {
        "restorable": known.get(backups.Backup.Kind.DRILL),
        "copied": known.get(backups.Backup.Kind.MADE),
        "quiet_since": quiet.since(),
    }


def now_view(request: HttpRequest) -> HttpResponse:
    return render(request, "admin/now.html", now(request))


def _cards(request: HttpRequest) -> Iterator[Card]:
    seen = [matter for matter in MATTERS if request.user.has_perm(matter.permission)]
    for matter, count in zip(seen, counts([matter.found() for matter in seen]), strict=True):
        about = _waiting_since() if count and matter.found is attention.waiting_to_be_done else ""
        yield Card(matter, count, _filled(matter.link), about)


def _filled(link: str) -> str:
    """With the moments that its filter goes by."""
    moments = {"{today}": dates.today_began(), "{pending}": attention.pending_since()}
    moments["{now}"] = timezone.now()
    for name, moment in moments.items():
        link = link.replace(name, quote(moment.isoformat()))
    return link


def _waiting_since() -> str:
    since = attention.oldest(attention.waiting_to_be_done())
    return _("the oldest for %(time)s") % {"time": timesince(since, depth=1)} if since else ""


# --- figures ---------------------------------------------------------------------------------------------------------


def _figures() -> dict[str, Any]:
    days = statistics.per_day()
    labels = [_day(day.day) for day in days]
    return {
        "figures": [
            columns(
                _("Orders per day"),
                labels,
                [
                    Series(_("Orders"), [day.orders for day in days], "{:,}".format),
                    Series(_("Revenue"), [day.revenue for day in days], written),
                ],
            ),
            columns(
                _("Revenue per day"),
                labels,
                [Series(_("Revenue"), [rounded(day.revenue) for day in days], written)],
            ),
            _waits(labels),
        ],
        "statuses": _statuses(),
        "sellers": _sellers(),
        "month": _month(days),
    }


def _waits(labels: list[str]) -> Plot:
    found = statistics.waits()
    return curves(
        _("From placing to Payment required"),
        labels,
        [
            Series(_("95 of 100 at most"), [wait.most for wait in found], _seconds),
            Series(_("Median"), [wait.median for wait in found], _seconds),
        ],
    )


def _statuses() -> list[Row]:
    orders = reverse("admin:orders_order_changelist")
    counted = statistics.by_status()
    return bar_list(
        [
            (str(status.label), count, f"{orders}?status__exact={status}", status)
            for status, count in counted.items()
        ]
    )


def _sellers() -> list[Row]:
    return bar_list(
        [
            (
                seller.name,
                seller.pieces,
                reverse("admin:catalog_product_change", args=[seller.product_id]),
                "",
            )
            for seller in statistics.best_sellers()
        ]
    )


def _month(days: list[statistics.Day]) -> str:
    orders, paid = sum(day.orders for day in days), sum(day.paid for day in days)
    said = ngettext("%(count)s order", "%(count)s orders", orders) % {"count": f"{orders:,}"}
    revenue = written(sum((day.revenue for day in days), start=rounded(days[0].revenue)))
    return f"{said} · " + _("%(paid)s paid: %(revenue)s") % {"paid": f"{paid:,}", "revenue": revenue}


def _day(day: date) -> str:
    return in_words(day, "j M")


def _seconds(seconds: float) -> str:
    """A wait in the unit that fits it."""
    if seconds < LONG:
        return _("%(seconds)s s") % {"seconds": f"{seconds:.1f}"}
    return _("%(minutes)s min") % {"minutes": f"{seconds / 60:.0f}"}

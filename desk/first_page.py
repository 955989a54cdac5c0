"""The first page of the desk: what needs a person now, and how the shop does."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import date as in_words
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backups import models as backups
from catalog.money import rounded, written
from desk.matters import MATTERS, Matter
from desk.plots import Plot, Row, Series, bar_list, columns, curves
from orders.models import Order
from orders.reports import attention, dates, statistics
from outbox import quiet
from staff.counting import counts

if TYPE_CHECKING:
    from django.db.models import QuerySet

NEWEST = 8
# Seconds after which an open page asks for what is new.
EVERY = 12
# A wait of so many seconds or more is shown in minutes.
LONG = 120


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

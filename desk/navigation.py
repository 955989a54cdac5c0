"""How the staff's desk (django-unfold) looks: its name, its colours, and what its sidebar holds."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# Sections with their items: (label, icon, app, model), and a fifth word where the item leads to another page of the model
# than its list. An item is shown to staff who may see its model.
SECTIONS: list[tuple[Any, list[tuple[Any, str, str, str] | tuple[Any, str, str, str, str]]]] = [
    (
        _("Orders"),
        [
            (_("Orders"), "shopping_bag", "orders", "order"),
            (_("Orders being taken"), "call", "orders", "orderdraft"),
            (_("Emails"), "mail", "orders", "email"),
        ],
    ),
    (
        _("Money"),
        [
            (_("Payments"), "payments", "orders", "payment"),
            (_("Refunds"), "currency_exchange", "orders", "refund"),
            (_("Refund requests"), "undo", "orders", "refundrequest"),
            (_("Changes requested"), "assignment_return", "orders", "changerequest"),
            (_("Invoices"), "receipt_long", "orders", "invoice"),
            (_("Gift cards"), "redeem", "orders", "giftcard"),
            (_("Bank entries"), "account_balance", "orders", "bankentry"),
            (_("Ledger"), "menu_book", "orders", "ledgerentry"),
            (_("Reports"), "monitoring", "orders", "report", "sales"),
            (_("Tax report"), "percent", "orders", "invoice", "taxes"),
            (_("Daily statement"), "account_balance", "orders", "providerstatement", "days"),
            (_("Payouts"), "savings", "orders", "payout"),
            (_("Reconciliations"), "balance", "orders", "reconciliation"),
        ],
    ),
    (
        _("Catalog"),
        [
            (_("Products"), "inventory_2", "catalog", "product"),
            (_("Products with variants"), "style", "catalog", "productgroup"),
            (_("Categories"), "category", "catalog", "category"),
            (_("Numbers"), "confirmation_number", "catalog", "number"),
            (_("Tax classes"), "label", "catalog", "taxclass"),
            (_("Promotions"), "sell", "orders", "promotion"),
        ],
    ),
    (
        pgettext_lazy("section", "Shipping"),
        [
            (_("Couriers"), "local_shipping", "orders", "courier"),
            (_("Price tables"), "price_change", "orders", "pricetable"),
            (_("Zones"), "public", "orders", "zone"),
            (_("What would this cost?"), "calculate", "orders", "pricetable", "cost"),
        ],
    ),
    (
        _("Customers"),
        [
            (_("Customers and staff"), "group", "accounts", "user"),
            (_("Email addresses"), "alternate_email", "account", "emailaddress"),
            (_("Groups"), "badge", "auth", "group"),
        ],
    ),
    (
        _("Log"),
        [
            (_("Staff actions"), "history", "staff", "staffaction"),
            (_("Imports"), "upload", "bulk", "importjob"),
            (_("Exports"), "download", "bulk", "exportjob"),
            (_("Stock movements"), "swap_vert", "catalog", "stockmovement"),
            (_("Provider events"), "webhook", "orders", "providerevent"),
            (_("Webhooks"), "hub", "orders", "webhookendpoint"),
            (_("Sent webhooks"), "send", "orders", "webhookdelivery"),
            (_("Audits"), "fact_check", "orders", "auditrun"),
            (_("Backups"), "backup", "backups", "backup"),
        ],
    ),
]


def unfold(shop_name: str) -> dict[str, Any]:
    """The settings of django-unfold."""
    return {
        "SITE_TITLE": shop_name,
        "SITE_HEADER": shop_name,
        "SITE_SUBHEADER": _("Staff's desk"),
        "SITE_ICON": lambda request: static("shop/favicon.svg"),
        "SITE_FAVICONS": [
            {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("shop/favicon.svg")}
        ],
        "SHOW_LANGUAGES": True,
        "STYLES": [lambda request: static("desk/desk.css")],
        "SCRIPTS": [lambda request: static("desk/desk.js")],
        "GLOBAL_CALLBACK": "desk.navigation.without_inline_styles",
        "DASHBOARD_CALLBACK": "desk.first_page.context",
        "COMMAND": {"search_callback": "orders.admin.search.found"},
        "SIDEBAR": {"command_search": True, "navigation": _sections()},
    }


def without_inline_styles(request: HttpRequest) -> dict[str, None]:
    """Colours come from desk.css: unfold's own way is a style sheet inside the page, which the policy forbids."""
    return {"colors": None}


def _sections() -> list[dict[str, Any]]:
    today = {"title": _("What needs you"), "icon": "today", "link": reverse_lazy("admin:index")}
    rest = [{"title": title, "items": [_item(*item) for item in items]} for title, items in SECTIONS]
    return [{"title": _("Today"), "items": [today]}, *rest]


def _item(title: Any, icon: str, app: str, model: str, page: str = "changelist") -> dict[str, Any]:
    link = reverse_lazy(f"admin:{app}_{model}_{page}")
    return {
        "title": title,
        "icon": icon,
        "link": link,
        "active": _is_open(link),
        "permission": _may_look(f"{app}.view_{model}"),
    }


def _is_open(link: Any) -> Callable[[HttpRequest], bool]:
    """Whether a page is the item's or below it; a page that has an item of its own belongs to that item alone."""

    def is_open(request: HttpRequest) -> bool:
        links = _links(get_script_prefix())
        return str(link) == max(filter(request.path.startswith, links), key=len, default="")

    return is_open


@cache
def _links(prefix: str) -> list[str]:
    """The addresses of all items, for a site below this prefix. Each item of each page asks for them."""
    return [
        reverse(f"admin:{app}_{model}_{page[0] if page else 'changelist'}")
        for _title, items in SECTIONS
        for _words, _icon, app, model, *page in items
    ]


def _may_look(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)

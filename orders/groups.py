"""Which group of staff has which rights. Migrations make the groups from this table; owners may change them afterwards.

A migration that brings a right runs `make_groups` once more: it adds what a group has not got, and takes nothing away.
"""

from collections.abc import Iterable
from typing import Any

from accounts.rights import OWNER
from orders.rights import OrderRights as O

OWN_APPS = ("accounts", "backups", "bulk", "catalog", "orders", "staff")
EVERYTHING = ["*"]


def _all(app: str, models: Iterable[str], *actions: str) -> list[str]:
    return [f"{app}.{action}_{model}" for model in models for action in actions]


_TAXES = ("taxclass",)
_GOODS = ("category", "product", "productgroup", "optionvalue", "productimage")
_COUNTS = ("number", "stockmovement")
_RATES = ("taxrate",)
_OFFERS = ("promotion",)
_SHIPPING = ("courier", "zone", "zoneplace", "pricetable", "priceband")
_ORDERS = (
    "order",
    "orderline",
    "orderdiscount",
    "priceoverride",
    "discountshare",
    "allocation",
    "statuschange",
    "ordernote",
    "payment",
    "ledgerentry",
    "refund",
    "refundrequest",
    "orderchange",
    "changerequest",
    "shipment",
    "dispute",
    "giftcard",
    "giftcardentry",
    "carduse",
    "invoice",
    "email",
)

# Staff who work with orders see all about them, and may leave notes.
LOOK = [
    *_all("orders", (*_ORDERS, *_SHIPPING, *_RATES, *_OFFERS), "view"),
    *_all("catalog", (*_GOODS, *_COUNTS, *_TAXES), "view"),
    *_all("accounts", ("user", "address"), "view"),
    *_all("bulk", ("exportjob",), "view"),
    O.NOTE,
]

TAKE = [O.TAKE_ORDERS, *_all("orders", ("orderdraft",), "view")]

GROUPS: dict[str, list[str]] = {
    "Support": [*LOOK, *TAKE, O.SETTLE_REPORTS],
    "Fulfilment": [*LOOK, O.COMPLETE, O.SEND, O.SEND_EARLY, O.TRACK, O.PACK, O.REDIRECT],
    "Finance": [
        *LOOK,
        *_all("orders", ("providerevent", "provideroutage", "webhookendpoint", "webhookdelivery"), "view"),
        *_all(
            "orders", ("reconciliation", "moneymismatch", "providerstatement", "payout", "payoutline"), "view"
        ),
        *(O.CANCEL, O.ASK_REFUND, O.RETRY_REFUND, O.SETTLE_REFUND, O.CLOSE_MISMATCH, O.TAKE_MONEY),
        *(O.REFUND_PART, O.CANCEL_PIECES, O.TAKE_RETURN),
        *TAKE,
        O.OVERRIDE_PRICES,
        *_all("orders", ("bankentry",), "view"),
        *(O.READ_STATEMENTS, O.GIVE_CREDIT, O.VOID_CARDS),
        *(O.EXPORT, O.REPORT),
        *_all("catalog", _TAXES, "add", "change", "delete"),
        *_all("orders", _RATES, "add", "change", "delete"),
        *_all("bulk", ("importjob",), "view"),
        *_all("orders", _OFFERS, "add", "change"),
        *(O.ACT_AGAIN, O.SEND_AGAIN, O.SETTLE_REPORTS, O.SEND_WEBHOOK_AGAIN),
    ],
    "Catalog": [
        *_all("catalog", _GOODS, "view", "add", "change"),
        *_all("catalog", ("productgroup", "optionvalue", "productimage"), "delete"),
        *_all("catalog", (*_COUNTS, *_TAXES), "view"),
        *_all("bulk", ("importjob", "exportjob"), "view"),
        *("catalog.change_stock", "catalog.add_number", "catalog.retire_number", "catalog.export_number"),
        *_all("orders", _SHIPPING, "view", "add", "change"),
        *_all("orders", _RATES, "view"),
        *_all("orders", _OFFERS, "view", "add", "change"),
        *_all("orders", ("zone", "zoneplace", "priceband"), "delete"),
    ],
    OWNER: EVERYTHING,
}


def make_groups(apps: Any) -> None:
    """Make the groups that are missing, and give each what this table says; `apps` are a migration's, or Django's own.

    A right whose model comes with a later migration is passed over: that migration runs this again.
    """
    permissions = _permissions(apps)
    for name, rights in GROUPS.items():
        group, _is_new = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        wanted = permissions if rights is EVERYTHING else [str(right) for right in rights]
        group.permissions.add(*(permissions[right] for right in wanted if right in permissions))


def _permissions(apps: Any) -> dict[str, int]:
    """The rights that there are: `app.codename` -> id. Those for staff's own groups count among the shop's."""
    rows = apps.get_model("auth", "Permission").objects.values_list(
        "content_type__app_label", "content_type__model", "codename", "pk"
    )
    return {
        f"{app}.{codename}": pk
        for app, model, codename, pk in rows
        if app in OWN_APPS or (app, model) == ("auth", "group")
    }

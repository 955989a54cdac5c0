"""A table of orders for bookkeepers and parcel software: it goes out and never comes in."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Prefetch, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES, UnfoldAdminSelectWidget

from bulk.kinds import Kind
from bulk.resource import Column, TableResource
from catalog.money import rounded
from orders.models import LedgerEntry, Order, OrderDiscount, OrderLine
from orders.pricing.kept import kept_taxes, plain
from orders.reports.dates import midnight
from orders.rights import OrderRights
from orders.status import OrderStatus

LINE_COLUMNS = ("order_id", "quantity", "sku", "position", "line_total", "tax_rate", "tax_amount")


def _shown(attribute: str) -> Column:
    return Column(attribute=attribute, shown=True)


class OrdersTable(TableResource):
    """One line for each order. Statuses are codes, times are the shop's, amounts have a decimal point."""

    number = _shown("number")
    id = _shown("pk")
    placed = _shown("placed_at")
    status = _shown("status")
    email = _shown("customer__email")
    name = _shown("address_snapshot__full_name")
    phone = _shown("address_snapshot__phone")
    line1 = _shown("address_snapshot__line1")
    line2 = _shown("address_snapshot__line2")
    city = _shown("address_snapshot__city")
    region = _shown("address_snapshot__region")
    postal_code = _shown("address_snapshot__postal_code")
    country = _shown("address_snapshot__country")
    courier = _shown("courier__name")
    service = _shown("shipping_method")
    tracking_code = _shown("tracking_code")
    lines = _shown("lines")
    items_total = _shown("items_total")
    shipping_fee = _shown("shipping_fee")
    total = _shown("total_amount")
    currency = _shown("currency")
    refunded = _shown("refunded")
    tax_total = _shown("tax_total")
    taxes = _shown("taxes")
    discount_total = _shown("discount_total")
    shipping_discount = _shown("shipping_discount")
    discounts = _shown("discounts")
    tax_reason = _shown("tax_reason")
    gift_cards = _shown("card_amount")
    company = _shown("billing_snapshot__company")
    vat_id = _shown("billing_snapshot__vat_id")

    def dehydrate_placed(self, order: Order) -> str:
        return timezone.localtime(order.placed_at).strftime("%Y-%m-%d %H:%M")

    def dehydrate_lines(self, order: Order) -> str:
        return "; ".join(f"{line.quantity} x {line.sku}" for line in order.lines.all())

    def dehydrate_items_total(self, order: Order) -> str:
        return str(rounded(order.items_total, order.currency))

    def dehydrate_shipping_fee(self, order: Order) -> str:
        return str(rounded(order.shipping_fee, order.currency))

    def dehydrate_total(self, order: Order) -> str:
        return str(rounded(order.total_amount, order.currency))

    def dehydrate_gift_cards(self, order: Order) -> str:
        """What of the total gift cards hold or have paid."""
        return str(rounded(order.card_amount, order.currency))

    def dehydrate_tax_total(self, order: Order) -> str:
        return "" if order.tax_total is None else str(rounded(order.tax_total, order.currency))

    def dehydrate_taxes(self, order: Order) -> str:
        """Percent and tax by rate: `20: 2.75; 5: 1.00`."""
        sums = kept_taxes(order, order.lines.all())
        return "; ".join(f"{plain(one.rate)}: {rounded(one.tax, order.currency)}" for one in sums)

    def dehydrate_discount_total(self, order: Order) -> str:
        return str(rounded(order.discount_total, order.currency))

    def dehydrate_shipping_discount(self, order: Order) -> str:
        return str(rounded(order.shipping_discount, order.currency))

    def dehydrate_discounts(self, order: Order) -> str:
        return "; ".join(str(one) for one in order.discounts.all())

    def dehydrate_refunded(self, order: Order) -> str:
        back = sum(
            (-LedgerEntry.SIGNS[entry.kind] * entry.amount for entry in order.ledger.all()), Decimal(0)
        )
        return str(rounded(back, order.currency))


class OrdersForm(forms.Form):
    """Which orders: those in a status, those placed between two days; all without either.

    It begins with what the list of orders is narrowed down by.
    """

    status = forms.ChoiceField(
        label=_("status"),
        choices=[("", _("All")), *OrderStatus.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    first = forms.DateField(label=_("first day"), required=False)
    last = forms.DateField(label=_("last day"), required=False)

    def __init__(self, data: QueryDict | None = None, *, initial: dict[str, str] | None = None) -> None:
        listed = initial or {}
        names = {"status": "status__exact", "first": "placed_at_from", "last": "placed_at_to"}
        super().__init__(data, initial={name: listed.get(of_list) for name, of_list in names.items()})
        for name in ("first", "last"):
            attrs = {"type": "date", "class": " ".join(INPUT_CLASSES)}
            self.fields[name].widget = forms.DateInput(attrs=attrs, format="%Y-%m-%d")


def narrowed_orders(narrowed: dict[str, Any]) -> QuerySet[Order]:
    """Orders as the form narrowed them down, with what the table tells of them."""
    orders = Order.objects.select_related("customer", "courier").prefetch_related(
        Prefetch("lines", OrderLine.objects.only(*LINE_COLUMNS)),
        Prefetch("discounts", OrderDiscount.objects.only("order_id", "name", "code", "position")),
        Prefetch("ledger", LedgerEntry.objects.filter(kind__in=LedgerEntry.RETURNS)),
    )
    if narrowed.get("status"):
        orders = orders.filter(status=narrowed["status"])
    if first := midnight(narrowed.get("first")):
        orders = orders.filter(placed_at__gte=first)
    if last := midnight(narrowed.get("last"), after=1):
        orders = orders.filter(placed_at__lt=last)
    return orders


ORDERS = Kind(
    "orders",
    _("Orders"),
    OrdersTable,
    narrowed_orders,
    export_right=OrderRights.EXPORT,
    form=OrdersForm,
    at_once=500,
)

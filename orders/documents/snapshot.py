"""What an invoice says of its order when it is issued, and ever after."""

from decimal import Decimal
from typing import Any

from django.conf import settings

from catalog.money import rounded
from orders.models import CardUse, Order, OrderLine, discounts_of, lines_of
from orders.models.money.gift_card import CODE_GROUP
from orders.pricing.breakdown import tax_in
from orders.pricing.kept import kept_taxes, plain


def said_of(order: Order) -> dict[str, Any]:
    """All that an invoice of the order says, but its number and date. Amounts are strings: JSON's numbers are not exact."""

    def amount(value: Decimal) -> str:
        return str(rounded(value, order.currency))

    lines = lines_of(order)
    return {
        "shop": {
            "name": settings.SHOP_NAME,
            "address": [line.strip() for line in settings.SHOP_ADDRESS.splitlines() if line.strip()],
            "tax_id": settings.SHOP_TAX_ID,
            **({"country": settings.SHOP_COUNTRY} if settings.SHOP_COUNTRY else {}),
        },
        "customer": _customer(order),
        "order": order.number,
        "currency": order.currency,
        "lines": [
            {
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "unit_price": amount(line.unit_price),
                "unit_net": amount(_net(line.unit_price, line.tax_rate)),
                "total": amount(line.line_total),
                **({"discount": amount(line.discount)} if line.discount else {}),
                **_tax_of(line),
            }
            for line in lines
        ],
        **_discounts(order),
        "items_total": amount(order.items_total),
        "shipping_method": order.shipping_method if order.needs_parcel else "",
        "shipping_fee": amount(order.shipping_fee),
        "total": amount(order.total_amount),
        **({"tax_reason": order.tax_reason} if order.tax_reason else {}),
        **_taxes(order, lines),
        **_cards(order),
    }


def _cards(order: Order) -> dict[str, Any]:
    """How much gift cards paid of it, by the ends of their codes; empty for store credit. Nothing of an order without."""
    if not order.card_amount:
        return {}
    uses = order.card_uses.filter(state__in=CardUse.LIVE).select_related("card").order_by("pk")
    return {
        "cards": [
            {"ending": use.card.code[-CODE_GROUP:], "amount": str(rounded(use.amount, order.currency))}
            for use in uses
        ]
    }


def _discounts(order: Order) -> dict[str, Any]:
    """What promotions took off; the lines and the fee are what is paid. Nothing of an order without any."""
    found = [
        {
            "name": one.name,
            "code": one.code,
            "amount": str(rounded(one.amount, order.currency)),
            "off_shipping": str(rounded(one.shipping_amount, order.currency)),
        }
        for one in discounts_of(order)
    ]
    return {"discounts": found} if found else {}


def _customer(order: Order) -> dict[str, Any]:
    """Whom it is billed to; as it is delivered, to a person, where nothing else was given."""
    billed = order.billing_snapshot or order.address_snapshot
    known = {name: value for name, value in billed.items() if not name.startswith("vat_check")}
    # Where it went, which the tax hangs on, beside another place that it is billed to.
    went = settings.SHOP_COUNTRY if order.is_pickup else order.address_snapshot.get("country", "")
    return (
        known
        | {"email": order.customer.email}
        | ({"delivered_to": went} if went != known["country"] and went else {})
    )


def _tax_of(line: OrderLine) -> dict[str, str]:
    """Nothing of a line from before tax was kept."""
    if line.tax_rate is None or line.tax_amount is None:
        return {}
    tax = rounded(line.tax_amount, line.order.currency)
    return {"tax_rate": plain(line.tax_rate), "tax": str(tax)}


def _taxes(order: Order, lines: list[OrderLine]) -> dict[str, Any]:
    """The tax as the order keeps it, by rate too. One from before has the rate of the setting, worked out now."""
    if order.tax_total is None:
        tax = tax_in(order.total_amount, percent=settings.TAX_RATE, currency=order.currency)
        return {"tax_rate": str(settings.TAX_RATE), **_amounts(order.total_amount, tax, order.currency)}
    sums = kept_taxes(order, lines)
    says: dict[str, Any] = _amounts(order.total_amount, order.tax_total, order.currency)
    if order.shipping_tax_rate is not None:
        says["shipping_tax_rate"] = plain(order.shipping_tax_rate)
    says["taxes"] = [
        {"rate": plain(one.rate), "gross": str(rounded(one.gross, order.currency))}
        | _amounts(one.gross, one.tax, order.currency)
        for one in sums
    ]
    # Of several there is none that holds for all.
    return says if len(sums) > 1 else says | {"tax_rate": says["taxes"][0]["rate"] if sums else "0"}


def _amounts(gross: Decimal, tax: Decimal, currency: str) -> dict[str, str]:
    return {"net": str(rounded(gross - tax, currency)), "tax": str(rounded(tax, currency))}


def _net(gross: Decimal, rate: Decimal | None) -> Decimal:
    """An amount without the tax that it includes."""
    return gross / (1 + (settings.TAX_RATE if rate is None else rate) / 100)

"""Lines, taxes, discounts, days and parcels as orders and previews show them."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from orders.api.shown.amounts import money
from orders.checkout.lines import PreviewLine
from orders.events.payloads import written
from orders.models import OrderDiscount, OrderLine
from orders.pricing.breakdown import Taxed
from orders.pricing.discounts import Offer
from orders.pricing.kept import plain

ADDRESS = (
    "id", "full_name", "phone", "line1", "line2", "city", "region", "postal_code", "country",
)  # fmt: skip
Line = OrderLine | PreviewLine


def of_line(line: Line) -> dict[str, Any]:
    return {
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "list_price": None if line.list_price is None else money(line.list_price),
        "unit_price": money(line.unit_price),
        "discount": money(line.discount),
        "line_total": money(line.line_total),
        "available_from": line.available_from.isoformat() if line.available_from else None,
        "tax_rate": percent(line.tax_rate),
        "starts_at": line.starts_at and written(line.starts_at),
    }


def tax_of(line: Line) -> dict[str, Any]:
    """None of a line from before tax was kept, and of one whose order is not read back."""
    tax = line.tax_amount if isinstance(line, OrderLine) else None
    return {"tax_amount": tax if tax is None else money(tax)}


def of_taxes(taxes: Iterable[Taxed]) -> list[dict[str, str]]:
    return [
        {"rate": plain(one.rate), "net": money(one.net), "tax": money(one.tax), "gross": money(one.gross)}
        for one in taxes
    ]


def percent(rate: Decimal | None) -> str | None:
    return None if rate is None else plain(rate)


def of_discount(one: OrderDiscount | Offer, amount: Decimal) -> dict[str, Any]:
    return {"name": one.name, "code": one.code, "kind": one.kind, "amount": money(amount)}


def of_day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def of_parcel(sides: Any, chargeable_weight_g: int) -> dict[str, int]:
    return {
        "weight_g": sides.weight_g,
        "length_cm": sides.length_cm,
        "width_cm": sides.width_cm,
        "height_cm": sides.height_cm,
        "chargeable_weight_g": chargeable_weight_g,
    }


def of_address(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    return {name: snapshot[name] for name in ADDRESS}

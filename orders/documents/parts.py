"""What a credit note says that takes back a part of an invoice, and one that takes back the rest after such parts.

Made from what the invoice and the earlier credit notes said, so that all of them together come to nothing, to the cent, by
line and by rate.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any

from catalog.money import rounded, smallest
from orders.models import OrderChange
from orders.pricing.breakdown import tax_in

Snapshot = dict[str, Any]
AMOUNTS = ("unit_price", "unit_net", "discount", "total", "tax")
SUMS = ("items_total", "shipping_fee", "total", "net", "tax")
RATE = ("net", "tax", "gross")


def only_rate(says: Snapshot) -> str:
    """The rate of a paper that has one, "0" of one without tax. What is left of several may be one that is not named."""
    if "tax_rate" in says:
        return str(says["tax_rate"])
    return str(says["taxes"][0]["rate"]) if says["taxes"] else "0"


def turned(says: Snapshot) -> Snapshot:
    """The same with every amount's other sign. Adding nothing turns -0 into 0."""
    says = deepcopy(says)
    for name in ("nth", "prefix", "cards"):
        says.pop(name, None)
    for part, name in _amounts(says):
        part[name] = str(-Decimal(part[name]) + 0)
    return says


def _amounts(says: Snapshot) -> Iterable[tuple[Snapshot, str]]:
    """Where the amounts stand. Papers of before say nothing of net amounts, lines of parts nothing of an uneven price."""
    named = [
        *((line, name) for line in says["lines"] for name in AMOUNTS),
        *((one, name) for one in says.get("discounts", ()) for name in ("amount", "off_shipping")),
        *((one, name) for one in says.get("taxes", ()) for name in RATE),
        *((says, name) for name in SUMS),
    ]
    return [(part, name) for part, name in named if name in part]


def of_change(invoice: Snapshot, change: OrderChange) -> Snapshot:
    """What the invoice says of the lines that the change is about, for its pieces and its money, taken back."""
    currency, billed = change.order.currency, {line["sku"]: line for line in invoice["lines"]}
    lines = [
        _line(
            billed[one.line.sku],
            {"quantity": one.quantity, "total": one.amount} | ({} if one.tax is None else {"tax": one.tax}),
            currency,
        )
        for one in change.lines.select_related("line").order_by("line__position")
    ]
    items = change.amount - change.shipping
    says = _without(invoice, "discounts") | {
        "lines": lines,
        "items_total": str(rounded(items, currency)),
        "shipping_fee": str(rounded(change.shipping, currency)),
        "total": str(rounded(change.amount, currency)),
        "change": str(change.pk),
    }
    return turned(says | _taxes(invoice, change, currency))


def _line(billed: Snapshot, left: Mapping[str, Any], currency: str) -> Snapshot:
    """A line with so many pieces and so much money; a price only where it is the same for each piece."""
    amounts = {name: str(rounded(left[name], currency)) for name in ("total", "tax") if name in left}
    line = _without(billed, "discount") | amounts | {"quantity": left["quantity"]}
    price = _price(line, currency)
    if price != Decimal(billed.get("unit_price", "0")):
        line.pop("unit_net", None)
        line.pop("unit_price", None)
    return line if price is None else line | {"unit_price": str(price)}


def _price(line: Snapshot, currency: str) -> Decimal | None:
    pieces, total = line["quantity"], Decimal(line["total"])
    if not pieces or total / smallest(currency) % pieces:
        return None
    return rounded(total / pieces, currency)


def _taxes(invoice: Snapshot, change: OrderChange, currency: str) -> Snapshot:
    """The tax in the change's amounts, by rate as the invoice has it."""
    if "taxes" not in invoice:
        rate = Decimal(invoice.get("tax_rate", "0"))
        tax = tax_in(change.amount, percent=rate, currency=currency)
        return {"net": str(rounded(change.amount - tax, currency)), "tax": str(tax)}
    sums: dict[Decimal, tuple[Decimal, Decimal]] = {}
    for rate, gross, tax in _charges(change):
        before = sums.get(rate, (Decimal(0), Decimal(0)))
        sums[rate] = (before[0] + gross, before[1] + tax)
    taxes = [_rate(rate, *sums[rate], currency) for rate in sorted(sums, reverse=True) if sums[rate][0]]
    tax = sum((one[1] for one in sums.values()), Decimal(0))
    says = {"net": change.amount - tax, "tax": tax}
    one_rate = {"tax_rate": taxes[0]["rate"]} if len(taxes) == 1 else {}
    return (
        {name: str(rounded(amount, currency)) for name, amount in says.items()} | {"taxes": taxes} | one_rate
    )


def _charges(change: OrderChange) -> Iterable[tuple[Decimal, Decimal, Decimal]]:
    """Rate, gross and tax of each amount."""
    for one in change.lines.select_related("line"):
        if one.line.tax_rate is not None and one.tax is not None:
            yield one.line.tax_rate, one.amount, one.tax
    if change.order.shipping_tax_rate is not None and change.shipping_tax is not None:
        yield change.order.shipping_tax_rate, change.shipping, change.shipping_tax


def _rate(rate: Decimal, gross: Decimal, tax: Decimal, currency: str) -> Snapshot:
    amounts = {"net": gross - tax, "tax": tax, "gross": gross}
    return {"rate": f"{rate.normalize():f}"} | {
        name: str(rounded(amount, currency)) for name, amount in amounts.items()
    }


def rest(whole: Snapshot, parts: list[Snapshot]) -> Snapshot:
    """What takes back all that the earlier credit notes have left; all amounts are below zero already."""
    if not parts:
        return whole
    says = _without(deepcopy(whole), "discounts")
    for name in SUMS:
        if name in says:
            says[name] = _less(says[name], (part[name] for part in parts if name in part))
    says["lines"] = [
        line for line in (_rest_of(line, parts, says["currency"]) for line in says["lines"]) if line
    ]
    if "taxes" in says:
        says["taxes"] = [one for one in (_rest_at(one, parts) for one in says["taxes"]) if one]
    return says


def _rest_of(line: Snapshot, parts: list[Snapshot], currency: str) -> Snapshot | None:
    earlier = [one for part in parts for one in part["lines"] if one["sku"] == line["sku"]]
    if not earlier:
        return line
    left: Snapshot = {"quantity": line["quantity"] - sum(one["quantity"] for one in earlier)}
    for name in ("total", "tax"):
        if name in line:
            left[name] = Decimal(_less(line[name], (one[name] for one in earlier if name in one)))
    if not left["quantity"] and not left["total"]:
        return None
    return _line(line, left, currency)


def _rest_at(one: Snapshot, parts: list[Snapshot]) -> Snapshot | None:
    earlier = [other for part in parts for other in part["taxes"] if other["rate"] == one["rate"]]
    left = {name: _less(one[name], (other[name] for other in earlier)) for name in RATE}
    return one | left if Decimal(left["gross"]) else None


def _without(says: Snapshot, name: str) -> Snapshot:
    """Discounts are of the whole; a part says what was paid for it."""
    return {key: value for key, value in says.items() if key != name}


def _less(amount: str, others: Iterable[str]) -> str:
    return str(Decimal(amount) - sum(map(Decimal, others)) + 0)

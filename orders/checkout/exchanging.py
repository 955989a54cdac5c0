"""The order that a customer gets beside another, on its terms: for pieces of it, or for what its new place costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from uuid_utils.compat import uuid7

from accounts.models import User
from catalog.models import Product
from catalog.refunds import RefundPolicy
from database import flush
from orders.checkout.begun import check_not_begun
from orders.checkout.elsewhere import TaxWouldDiffer, prices_there
from orders.checkout.lines import PreviewLine
from orders.checkout.placement import statements
from orders.emails.queue import write_email
from orders.events.hints import announce
from orders.models import EmailKind, Order, OrderLine
from orders.pricing.breakdown import Breakdown, Charge, break_down
from orders.pricing.prices import Prices
from orders.shipping import rates

FIRST_SEQUENCE = 1
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Terms:
    """What one new piece costs at the order's place today, tax included, with the rate (percent) of its tax."""

    price: Decimal
    tax_rate: Decimal
    shipping_tax_rate: Decimal
    tax_reason: str


def terms_of(prices: Prices, line: OrderLine, product: Product) -> Terms:
    """By what is paid where the order goes (prices_there). Raises TaxWouldDiffer where another counts."""
    rate = prices.rates.of(product.tax_class_id)
    if line.tax_rate is not None and line.tax_rate != rate:
        raise TaxWouldDiffer
    shipping = prices.rates.shipping
    return Terms(
        prices.of(product.price_now, product.tax_class_id), rate, shipping, prices.reason({shipping, rate})
    )


def place_exchange(
    *, of: Order, product: Product, quantity: int, unit_price: Decimal, terms: Terms, paid: Decimal
) -> Order:
    """Place it without shipping, in the caller's transaction, which takes the pieces and confirms it. Raises EventBegun.

    The old pieces pay so much of it, and its customer the rest, where there is one.
    """
    check_not_begun([product])
    line = PreviewLine(
        product.pk,
        product.inventory,
        product.sku,
        product.local_name,
        quantity,
        unit_price,
        RefundPolicy(product.refunds),
        terms.tax_rate,
        starts_at=product.starts_at,
        available_from=product.preorder_from,
    )
    parcel = rates.pack([(product, quantity)])
    weight = parcel.weight_g if of.needs_parcel else 0
    size = {"length_cm": parcel.length_cm, "width_cm": parcel.width_cm, "height_cm": parcel.height_cm}
    return _placed(
        _beside(of),
        [line],
        _costs([line], NOTHING, terms.shipping_tax_rate, of.currency),
        tax_reason=terms.tax_reason,
        weight_g=weight,
        chargeable_weight_g=weight,
        **size,
        is_exchange=True,
        exchange_amount=paid,
        is_supplement=paid < line.line_total,
    )


def place_fee(*, of: Order, address: dict[str, Any], note: str, fee: Decimal) -> Order:
    """Place what sending an order to another address costs more: no goods, with the address and note that it gets then."""
    prices = prices_there(of)
    rate = prices.rates.shipping
    given = _beside(of) | {"address_id": None, "address_snapshot": address, "note": note}
    nothing = dict.fromkeys(("weight_g", "chargeable_weight_g", "length_cm", "width_cm", "height_cm"), 0)
    costs = _costs([], fee, rate, of.currency)
    return _placed(given, [], costs, tax_reason=prices.reason({rate}), is_supplement=True, **nothing)


def _beside(of: Order) -> dict[str, Any]:
    """What it has in common with the order that it is placed beside."""
    return {
        "customer": User.objects.get(pk=of.customer_id),
        "language": of.language,
        "currency": of.currency,
        "courier_id": of.courier_id,
        "price_table_id": of.price_table_id,
        "shipping_method": of.shipping_method,
        "needs_parcel": of.needs_parcel,
        "is_pickup": of.is_pickup,
        "address_id": of.address_id,
        "address_snapshot": of.address_snapshot,
        "billing_snapshot": of.billing_snapshot,
    }


def _costs(lines: Sequence[PreviewLine], fee: Decimal, fee_rate: Decimal, currency: str) -> Breakdown:
    charges = [Charge(line.sku, line.line_total, line.tax_rate) for line in lines]
    return break_down(lines=charges, shipping=Charge("", fee, fee_rate), currency=currency)


def _placed(given: dict[str, Any], lines: Sequence[PreviewLine], costs: Breakdown, **more: Any) -> Order:
    items = sum((line.line_total for line in lines), NOTHING)
    order = Order(
        id=uuid7(),
        items_total=items,
        shipping_fee=costs.shipping.gross,
        total_amount=items + costs.shipping.gross,
        shipping_tax_rate=costs.shipping.rate,
        shipping_tax=costs.shipping.tax,
        tax_total=costs.tax,
        **given,
        **more,
    )
    written = statements.write(
        order=order,
        lines=lines,
        taxed=costs.lines,
        discounts=[],
        sequence=FIRST_SEQUENCE,
        actor_id=order.customer_id,
    )
    write_email(order=order, kind=EmailKind.PLACED, sequence=FIRST_SEQUENCE)
    flush()
    ((order.number,),) = written.rows
    announce(order_id=order.pk, customer_id=order.customer_id)
    return order

"""The order that a customer gets for pieces of another one: at the place and on the terms of that, without shipping."""

from dataclasses import dataclass
from decimal import Decimal

from uuid_utils.compat import uuid7

from accounts.models import User
from catalog.models import Product
from catalog.refunds import RefundPolicy
from orders.checkout.begun import check_not_begun
from orders.checkout.elsewhere import TaxWouldDiffer, prices_there
from orders.checkout.lines import PreviewLine
from orders.checkout.placement import statements
from orders.emails.queue import write_email
from orders.events.hints import announce
from orders.models import EmailKind, Order, OrderLine
from orders.pricing.breakdown import Breakdown, Charge, break_down
from orders.shipping import rates
from orders.shipping.rates import Parcel

FIRST_SEQUENCE = 1


@dataclass(frozen=True)
class Terms:
    """What one new piece costs at the order's place today, tax included, with the rate (percent) of its tax."""

    price: Decimal
    tax_rate: Decimal
    shipping_tax_rate: Decimal
    tax_reason: str


def terms_of(order: Order, line: OrderLine, product: Product) -> Terms:
    """Raises TaxWouldDiffer where another tax counts for the new piece than was paid for the old one."""
    prices = prices_there(order)
    rate = prices.rates.of(product.tax_class_id)
    if line.tax_rate is not None and line.tax_rate != rate:
        raise TaxWouldDiffer
    shipping = prices.rates.shipping
    return Terms(
        prices.of(product.price_now, product.tax_class_id), rate, shipping, prices.reason({shipping, rate})
    )


def place_exchange(*, of: Order, product: Product, quantity: int, unit_price: Decimal, terms: Terms) -> Order:
    """Place it, in the caller's transaction, which takes the pieces, and confirms and pays it. Raises EventBegun."""
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
    return _written(_order(of, line, rates.pack([(product, quantity)]), terms), line, terms)


def _order(of: Order, line: PreviewLine, parcel: Parcel, terms: Terms) -> Order:
    weight = parcel.weight_g if of.needs_parcel else 0
    costs = _costs(line, terms, of.currency)
    return Order(
        id=uuid7(),
        customer=User.objects.get(pk=of.customer_id),
        language=of.language,
        currency=of.currency,
        items_total=line.line_total,
        shipping_fee=Decimal(0),
        total_amount=line.line_total,
        shipping_tax_rate=costs.shipping.rate,
        shipping_tax=costs.shipping.tax,
        tax_total=costs.tax,
        tax_reason=terms.tax_reason,
        courier_id=of.courier_id,
        price_table_id=of.price_table_id,
        shipping_method=of.shipping_method,
        needs_parcel=of.needs_parcel,
        address_id=of.address_id,
        address_snapshot=of.address_snapshot,
        billing_snapshot=of.billing_snapshot,
        weight_g=weight,
        length_cm=parcel.length_cm,
        width_cm=parcel.width_cm,
        height_cm=parcel.height_cm,
        chargeable_weight_g=weight,
        is_pickup=of.is_pickup,
        is_exchange=True,
    )


def _costs(line: PreviewLine, terms: Terms, currency: str) -> Breakdown:
    return break_down(
        lines=[Charge(line.sku, line.line_total, line.tax_rate)],
        shipping=Charge("", Decimal(0), terms.shipping_tax_rate),
        currency=currency,
    )


def _written(order: Order, line: PreviewLine, terms: Terms) -> Order:
    order.number = statements.write(
        order=order,
        lines=[line],
        taxed=_costs(line, terms, order.currency).lines,
        discounts=[],
        sequence=FIRST_SEQUENCE,
        actor_id=order.customer_id,
    )
    write_email(order=order, kind=EmailKind.PLACED, sequence=FIRST_SEQUENCE)
    announce(order_id=order.pk, customer_id=order.customer_id)
    return order

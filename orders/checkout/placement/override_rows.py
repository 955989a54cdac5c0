"""The rows beside an order that say which prices staff gave in it, and why."""

from typing import TYPE_CHECKING

from orders.models import OrderLine, PriceOverride

if TYPE_CHECKING:
    from accounts.models import User
    from orders.checkout.lines import PreviewLine
    from orders.checkout.preview import Preview
    from orders.models import Order
    from orders.shipping.rates import ShippingOption


def write(
    *, order: "Order", preview: "Preview", option: "ShippingOption", actor: "User"
) -> list[PriceOverride]:
    """Keep beside a new order, in its transaction, which prices were given and why."""
    given = {line.sku: line for line in preview.lines if line.usual_price is not None}
    lines = OrderLine.objects.filter(order=order, sku__in=given) if given else ()
    rows = [_row(order, line, given[line.sku], actor) for line in lines]
    if option.usual_fee is not None:
        reason = preview.shipping_reason
        rows.append(
            PriceOverride(
                order=order, usual=option.usual_fee, given=option.full_fee, reason=reason, actor=actor
            )
        )
    return PriceOverride.objects.bulk_create(rows)


def _row(order: "Order", line: OrderLine, given: "PreviewLine", actor: "User") -> PriceOverride:
    usual = given.unit_price if given.usual_price is None else given.usual_price
    return PriceOverride(
        order=order, line=line, usual=usual, given=line.unit_price, reason=given.price_reason, actor=actor
    )

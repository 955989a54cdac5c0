"""What promotions take off a preview: of its lines, of each way to send it, and in all."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from decimal import Decimal

from django.conf import settings

from orders.pricing import codes as typed
from orders.pricing import promotions
from orders.pricing.discounts import Discount, Item, off_fee
from orders.shipping.rates import ShippingOption


@dataclass(frozen=True)
class Taken:
    """What a promotion takes off an order: of its lines, and of its shipping."""

    discount: Discount
    off_shipping: Decimal

    @property
    def amount(self) -> Decimal:
        return self.discount.off_items + self.off_shipping


def discounts_of(
    *,
    customer_id: int,
    items: Sequence[Item],
    codes: Sequence[str],
    ways: Sequence[ShippingOption],
    by_staff: bool = False,
) -> tuple[Discount, ...]:
    """What promotions take off. Raises InvalidInput for codes that take off nothing. Staff's are not counted."""
    wanted = typed.checked(codes)
    with nullcontext() if by_staff else typed.counted(customer_id=customer_id, codes=wanted):
        applied = promotions.apply(
            found=promotions.find(
                customer_id=customer_id, codes=wanted, products=[item.product_id for item in items]
            ),
            codes=wanted,
            customer_id=customer_id,
            items=items,
            fee=min((option.fee for option in ways), default=Decimal(0)),
            currency=settings.CURRENCY,
        )
        typed.refuse(codes, applied.refused, unknown=applied.unknown)
    return applied.discounts


def discounted(option: ShippingOption, discounts: Sequence[Discount]) -> ShippingOption:
    """A way to send the parcel with the fee that is left to pay."""
    off = sum(off_fee(discounts, option.fee), Decimal(0))
    return replace(option, fee=option.fee - off, discount=off)

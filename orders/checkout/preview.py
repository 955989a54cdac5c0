"""What a preview says: lines, parcel, shipping options, totals.

What is computed here is what the page shows, what the API answers and what placement charges: nothing is added up twice.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from orders.billing.given import Billing
from orders.checkout.discounting import Taken
from orders.checkout.lines import PreviewLine
from orders.pricing.breakdown import Breakdown, Charge, break_down
from orders.pricing.discounts import Discount, off_fee
from orders.shipping.rates import Parcel, ShippingOption

# The courier whose divisor the preview's own chargeable weight uses: the usual one of air freight (IATA), cm³ per kg.
USUAL_DIVISOR = 5000


@dataclass(frozen=True)
class Preview:
    """A preview for one customer, good until `expires_at`; prices and fees in it are honoured until then."""

    id: UUID
    customer_id: int
    expires_at: datetime
    currency: str
    lines: tuple[PreviewLine, ...]
    parcel: Parcel
    shipping_options: tuple[ShippingOption, ...]
    address: dict[str, Any]
    needs_parcel: bool
    shipping_tax_rate: Decimal
    tax_reason: str
    billing: Billing | None
    # What the customer gave of it, without what was empty.
    billing_given: dict[str, str]
    discounts: tuple[Discount, ...] = ()
    # The same order fetched at the shop, where its tax, and so its prices, may be others. Its options are among these.
    fetched: "Preview | None" = None
    # Of an order that staff take: of which draft, as it was saved when (Draft), and why sending costs what they say.
    draft: tuple[int, int] | None = None
    shipping_reason: str = ""

    def chosen(self, option: ShippingOption) -> "Preview":
        """The preview as it is when the parcel goes this way, or is fetched."""
        return self.fetched if self.fetched and option.is_pickup else self

    @cached_property
    def items_total(self) -> Decimal:
        return sum((line.line_total for line in self.lines), Decimal(0))

    @property
    def chargeable_weight_g(self) -> int:
        return self.parcel.chargeable_weight_g(USUAL_DIVISOR)

    def option(self, price_table_id: int) -> ShippingOption | None:
        return next(
            (option for option in self.shipping_options if option.price_table_id == price_table_id),
            None,
        )

    def total(self, option: ShippingOption) -> Decimal:
        """What the customer pays when the parcel goes this way."""
        return self.chosen(option).items_total + option.fee

    def discount(self, option: ShippingOption) -> Decimal:
        """What of all that is taken off when the parcel goes this way."""
        return sum((line.discount for line in self.chosen(option).lines), option.discount)

    def taken_off(self, option: ShippingOption) -> list[Taken]:
        """What each promotion takes off then; one that only takes off shipping may take off nothing."""
        discounts = self.chosen(option).discounts
        off_shipping = off_fee(discounts, option.full_fee)
        taken = [Taken(one, off) for one, off in zip(discounts, off_shipping, strict=True)]
        return [one for one in taken if one.amount]

    def breakdown(self, option: ShippingOption) -> Breakdown:
        """The tax in that total."""
        chosen = self.chosen(option)
        return break_down(
            lines=[Charge(line.sku, line.line_total, line.tax_rate) for line in chosen.lines],
            shipping=Charge("", option.fee, chosen.shipping_tax_rate),
            currency=self.currency,
        )

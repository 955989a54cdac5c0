"""A line of a preview."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True)
class PreviewLine:
    product_id: int
    inventory: str
    sku: str
    name: str
    quantity: int
    unit_price: Decimal
    refunds: str
    tax_rate: Decimal
    # Of a piece before its sale, where it is on sale; and what promotions take off the line.
    list_price: Decimal | None = None
    discount: Decimal = Decimal(0)
    # Of a pre-order: the day from which on it is sent.
    available_from: date | None = None
    # Where staff gave another price: what a piece costs everybody, and why.
    usual_price: Decimal | None = None
    price_reason: str = ""
    # Of a concert, a stay or a course.
    starts_at: datetime | None = None

    @property
    def line_total(self) -> Decimal:
        """What is paid for it."""
        return self.unit_price * self.quantity - self.discount

"""What an exchange would do to an order."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from uuid_utils.compat import uuid7

from catalog.models import Product
from catalog.money import smallest
from orders.actions.changes.changes import MAX_NOTE, POSSIBLE_IN, RIGHTS, ChangeNotPossible
from orders.actions.changes.waiting import check_may_wait
from orders.checkout.elsewhere import prices_there
from orders.checkout.exchanging import Terms, terms_of
from orders.errors import InvalidInput, OrderError
from orders.lifecycle.locking import OrderNotFound
from orders.models import Order, OrderChange
from orders.payments import returning
from orders.pricing.left import NOTHING, LineLeft, Part, for_pieces, left_of_order
from staff.rights import require

if TYPE_CHECKING:
    from accounts.models import User


Kind = OrderChange.Kind


class CostsMore(OrderError):
    """The new pieces cost `difference` more than the old ones give; staff waive it, or the customer pays it."""

    code = "exchange_costs_more"
    status = 409
    title = gettext_lazy("Costs more")
    message = gettext_lazy(
        "The other variant costs more. Waive the difference, or let the customer pay it before the exchange is made."
    )
    advice = gettext_lazy(
        "It costs `difference` more than what the old pieces give back. Send `waive`, or `pay`: the customer pays it first."
    )
    example = {"difference": "2.00"}


@dataclass(frozen=True, kw_only=True)
class Swap:
    """What staff want: so many pieces of a line, by SKU, for the variant `to`.

    `restocked` says of pieces that were sent whether they are for sale again; `note` says why, and the customer is told.
    What the new ones cost more the shop pays (`waive`), or the customer, before the exchange is made (`pay`).
    """

    sku: str
    to: str
    quantity: int
    note: str
    restocked: bool = False
    waive: bool = False
    pay: bool = False


@dataclass(frozen=True)
class ExchangePreview:
    """What an exchange would do. Its `id` becomes the change's.

    `worth` is what the old pieces give, `paid` of it pays the new ones, and `back` goes to the customer; who pays the
    rest of the new ones, which is `due` then, before it is made.
    """

    id: UUID
    order: Order
    based_on: int
    line: LineLeft
    product: Product
    terms: Terms
    quantity: int
    worth: Part
    unit_price: Decimal
    waived: Decimal

    @property
    def price(self) -> Decimal:
        return self.unit_price * self.quantity

    @property
    def paid(self) -> Decimal:
        return min(self.price, self.worth.amount)

    @property
    def due(self) -> Decimal:
        return self.price - self.paid

    @property
    def back(self) -> Decimal:
        return self.worth.amount - self.paid


def exchangeable(order: Order) -> dict[LineLeft, list[Product]]:
    """The lines of which pieces may be exchanged, with the other variants that are on sale, those first in line first."""
    kind = kind_of(order)
    if kind is None:
        return {}
    lines = [
        one for one in left_of_order(order).lines if most_of(one, kind) and not one.line.product.is_gift_card
    ]
    groups = {one.line.product.group_id for one in lines} - {None}
    on_sale = Product.objects.filter(group__in=groups, is_active=True).order_by("pk")
    found: dict[LineLeft, list[Product]] = {}
    for one in lines:
        group = one.line.product.group_id
        others = [it for it in on_sale if it.group_id == group and it.pk != one.line.product_id]
        if group is not None and others:
            found[one] = others
    return found


def preview_exchange(*, order_id: UUID, actor: "User", swap: Swap) -> ExchangePreview:
    """What the exchange would do to the order as it is now. Changes nothing.

    Raises PermissionDenied, OrderNotFound, ChangeNotPossible, InvalidInput, TaxWouldDiffer, OtherCurrency, CostsMore, and
    what keeps it from waiting for its difference (check_may_wait).
    """
    return preview_of(visible_order(order_id, actor), swap, uuid7())


def visible_order(order_id: UUID, actor: "User") -> Order:
    """The order, for whom may see it and change it. Raises OrderNotFound, PermissionDenied."""
    order = Order.objects.visible_to(actor).filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound
    require(actor=actor, right=RIGHTS[kind_of(order) or Kind.CANCEL])
    return order


def kind_of(order: Order) -> OrderChange.Kind | None:
    """How the old pieces go: canceled before they are sent, returned afterwards; None where neither is possible."""
    return next((kind for kind in (Kind.CANCEL, Kind.RETURN) if order.status in POSSIBLE_IN[kind]), None)


def most_of(one: LineLeft, kind: OrderChange.Kind) -> int:
    """How many of its pieces may go in this way: what is sent can't be canceled any more."""
    return one.quantity - (one.line.sent if kind == Kind.CANCEL else 0)


def preview_of(order: Order, swap: Swap, change_id: UUID) -> ExchangePreview:
    """As preview_exchange, of an order that may be seen, or is locked."""
    kind = kind_of(order)
    if kind is None:
        raise ChangeNotPossible(order_status=order.status)
    left = left_of_order(order)
    one = next((one for one in left.lines if one.line.sku == swap.sku), None)
    product = Product.objects.filter(sku=swap.to, is_active=True).first()
    _check(one, product, swap, kind)
    assert one is not None and product is not None  # what _check has seen
    terms = terms_of(prices_there(order), one.line, product)
    worth = for_pieces(one, swap.quantity, currency=order.currency)
    more = terms.price * swap.quantity - worth.amount
    unit = smallest(order.currency)
    if more > 0 and not (swap.waive or swap.pay):
        raise CostsMore(difference=str(more))
    waived = max(more, NOTHING) if swap.waive else NOTHING
    each = worth.amount / unit // swap.quantity * unit if waived else terms.price
    shown = ExchangePreview(
        change_id, order, left.changes, one, product, terms, swap.quantity, worth, each, waived
    )
    if worth.amount > returning.money_left(order) or shown.paid > returning.payable(order):
        raise InvalidInput({"quantity": [_("Less money than that is left of the order's payment.")]})
    if shown.due:
        check_may_wait(order, shown.due)
    return shown


def _check(one: LineLeft | None, product: Product | None, swap: Swap, kind: OrderChange.Kind) -> None:
    """Raise InvalidInput with every wrong field."""
    errors = {}
    if one is None:
        errors["sku"] = [_("The order has no such line: %(skus)s") % {"skus": swap.sku}]
    elif not 0 < swap.quantity <= most_of(one, kind):
        errors["quantity"] = [_("At most %(most)d are left.") % {"most": most_of(one, kind)}]
    group = one.line.product.group_id if one and not one.line.product.is_gift_card else None
    if (
        product is None
        or one is None
        or group is None
        or product.group_id != group
        or product.sku == swap.sku
    ):
        errors["to"] = [_("That is no other variant of the same product, or it is not on sale.")]
    if not swap.note.strip() or len(swap.note) > MAX_NOTE:
        errors["note"] = [_("Say why, in at most %(most)d characters.") % {"most": MAX_NOTE}]
    if errors:
        raise InvalidInput(errors)

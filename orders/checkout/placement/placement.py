"""A preview becomes an order: one transaction, the story in order."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import get_language

from accounts.models import User
from catalog import inventory
from database import fetch
from database.together import Sent
from orders.checkout.placement import override_rows, statements
from orders.checkout.placement.refusals import (
    NoPaymentProvider,
    OrderAlreadyPlaced,
    OrderedJustNow,
    OtherAddress,
    OtherBilling,
    ShippingMethodNotFound,
    TooManyUnpaidOrders,
    UserNotFound,
)
from orders.checkout.placement.statements import Found
from orders.checkout.placement.stock import check_products, take_stock, why_not_taken
from orders.checkout.preview import Preview
from orders.checkout.previews import forget_preview, get_preview
from orders.documents.drawing.letters import require_printable
from orders.emails.queue import write_email
from orders.errors import OrderError
from orders.events.hints import announce, enqueue_with_others
from orders.events.task_names import Task
from orders.models import EmailKind, Order
from orders.pricing import uses
from orders.pricing.breakdown import Breakdown
from orders.pricing.payable import check_payable
from orders.shipping.rates import ShippingOption
from orders.status import GIVEN_UP
from outbox.tracing import traced

# An order's history begins with it, and so does its first email.
FIRST_SEQUENCE = 1
RECENT = """
SELECT o.id, l.product_id, l.quantity FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
WHERE o.customer_id = %s AND o.placed_at >= %s AND o.status <> ALL(%s::text[])
ORDER BY o.placed_at DESC
"""


@dataclass(frozen=True)
class Placed:
    order: Order
    # What a new order was made of; None for one that was there before.
    preview: Preview | None

    @property
    def is_new(self) -> bool:
        return self.preview is not None


@traced("place the order")
def place_order(  # noqa: PLR0913 what a page alone says comes one by one, as a program says none of it
    *,
    preview_id: UUID,
    customer: User,
    price_table_id: int,
    note: str,
    address_id: int | None = None,
    billing: Mapping[str, str] | None = None,
    unless_just_ordered: bool = False,
) -> Placed:
    """Turn a customer's preview into an order, or find the order that it became before.

    The order keeps the preview's id, so that the same preview is never two orders. Raises NoPaymentProvider,
    PreviewExpired, LettersNotPrintable (of the address or the note), ShippingMethodNotFound, AmountNotPayable,
    UserNotFound, TooManyUnpaidOrders, ProductNotFound, EventBegun, InsufficientStock, PromotionUsedUp,
    OrderAlreadyPlaced (with another price table) or ServiceUnavailable; then nothing was changed. Whatever the refusal,
    it looks for the order first that the preview became before, or a twin request made of it: that is never an error.

    Of a page, on which people make mistakes: `address_id` is the address that was chosen, and gets OtherAddress when it
    is not the preview's; `billing` is what was typed, and gets OtherBilling when the preview was made with something else;
    `unless_just_ordered` gets OrderedJustNow for a second order of the same things.
    """
    try:
        check_can_be_paid()
        preview = get_preview(preview_id=preview_id, customer_id=customer.pk)
        _check_address(preview, address_id)
        if billing is not None and dict(billing) != preview.billing_given:
            raise OtherBilling
        _require_printable(preview, note)
        order = _place(preview, customer, price_table_id, note, unless_just_ordered=unless_just_ordered)
    except (OrderError, IntegrityError):
        if earlier := _earlier(preview_id, customer, price_table_id):
            return earlier
        raise
    forget_preview(preview_id)
    return Placed(order, preview)


@dataclass(frozen=True)
class Taker:
    """Who places an order for somebody else, and in which language its emails are.

    `claim` is called with the customer locked and before anything is written; what it raises is the end of it.
    """

    actor: User
    language: str
    claim: Callable[[], None]


def place_taken(*, preview: Preview, customer: User, price_table_id: int, note: str, taker: Taker) -> Order:
    """Place an order that staff take, in the caller's transaction; the customer's account may be as old as that.

    Raises what place_order does, but looks for no order of before: what was placed twice, `claim` knows.
    """
    _require_printable(preview, note)
    # It may have been made before there was the customer.
    preview = replace(preview, customer_id=customer.pk)
    order = _place(preview, customer, price_table_id, note, taker=taker)
    option = preview.option(price_table_id)
    if option is not None:
        override_rows.write(order=order, preview=preview, option=option, actor=taker.actor)
    return order


def _require_printable(preview: Preview, note: str) -> None:
    billing = preview.billing.snapshot() if preview.billing else {}
    require_printable(note, *map(str, preview.address.values()), *billing.values())


def check_can_be_paid() -> None:
    """Raise NoPaymentProvider if there is none."""
    if not settings.PAYMENT_VARIANTS:
        raise NoPaymentProvider


def _earlier(preview_id: UUID, customer: User, price_table_id: int) -> Placed | None:
    order = Order.objects.filter(pk=preview_id, customer=customer).first()
    if order is None:
        return None
    if order.price_table_id != price_table_id:
        raise OrderAlreadyPlaced
    return Placed(order, None)


def _check_address(preview: Preview, address_id: int | None) -> None:
    if address_id not in (None, preview.address["id"]):
        raise OtherAddress


def _place(
    preview: Preview,
    customer: User,
    price_table_id: int,
    note: str,
    *,
    unless_just_ordered: bool = False,
    taker: Taker | None = None,
) -> Order:
    try:
        order, written = _placed(
            preview, customer, price_table_id, note, unless_just_ordered=unless_just_ordered, taker=taker
        )
    except IntegrityError as error:
        if inventory.is_not_taken(error):
            raise why_not_taken(preview) from error
        raise
    ((order.number,),) = written.rows
    return order


@transaction.atomic
def _placed(
    preview: Preview,
    customer: User,
    price_table_id: int,
    note: str,
    *,
    unless_just_ordered: bool,
    taker: Taker | None,
) -> tuple[Order, Sent]:
    """The order, and what has its number once it is committed: all that is written goes with the commit, in one trip."""
    found = statements.lock_and_look(
        customer_id=customer.pk,
        address_id=preview.address["id"],
        price_table_id=price_table_id,
        product_ids=[line.product_id for line in preview.lines],
    )
    if taker:
        taker.claim()
    option = _shipping_option(preview, price_table_id, found)
    preview = preview.chosen(option)
    check_payable([preview.total(option)], preview.currency)
    _check(preview, found, unless_just_ordered=unless_just_ordered)
    costs = preview.breakdown(option)
    order = _order(preview, option, costs, customer, note)
    order.language = taker.language if taker else order.language
    order.address_id = found.address_id
    return order, _write(order, preview, option, costs, actor_id=taker.actor.pk if taker else customer.pk)


def _write(
    order: Order, preview: Preview, option: ShippingOption, costs: Breakdown, *, actor_id: int
) -> Sent:
    """Write all that an order is, and take its pieces; what comes of it has the order's number, once it is committed."""
    discounts = preview.taken_off(option)
    written = statements.write(
        order=order,
        lines=preview.lines,
        taxed=costs.lines,
        discounts=discounts,
        sequence=FIRST_SEQUENCE,
        actor_id=actor_id,
    )
    write_email(order=order, kind=EmailKind.PLACED, sequence=FIRST_SEQUENCE)
    take_stock(preview)
    # The last lock: many orders may want the same promotion.
    offers = [one.discount.offer for one in discounts]
    uses.take(order_id=order.pk, customer_id=order.customer_id, offers=offers)
    enqueue_with_others(Task.CONFIRM, str(order.pk))
    announce(order_id=order.pk, customer_id=order.customer_id)
    return written


def _shipping_option(preview: Preview, price_table_id: int, found: Found) -> ShippingOption:
    option = preview.option(price_table_id)
    if option is None or not found.is_offered:
        raise ShippingMethodNotFound
    return option


def _check(preview: Preview, found: Found, *, unless_just_ordered: bool) -> None:
    """What may have changed since the preview was made. The customer's row is locked."""
    if not found.is_customer:
        raise UserNotFound
    if found.unpaid >= settings.MAX_UNPAID_ORDERS:
        raise TooManyUnpaidOrders
    if unless_just_ordered:
        _check_not_just_ordered(preview)
    check_products(preview, found.shelf)


def _check_not_just_ordered(preview: Preview) -> None:
    """Raise OrderedJustNow. The customer's row is locked, so that of two tabs one sees what the other has ordered.

    A preview holds no longer than the time that is looked back: what was ordered before can't be from a tab beside it.
    """
    since = timezone.now() - timedelta(seconds=settings.ORDER_PREVIEW_TTL)
    bought: defaultdict[UUID, set[tuple[int, int]]] = defaultdict(set)
    for order_id, product_id, quantity in fetch(RECENT, [preview.customer_id, since, [*GIVEN_UP]]):
        bought[order_id].add((product_id, quantity))
    wanted = {(line.product_id, line.quantity) for line in preview.lines}
    for order_id, items in bought.items():
        if items == wanted:
            raise OrderedJustNow(Order.objects.get(pk=order_id))


def _order(preview: Preview, option: ShippingOption, costs: Breakdown, customer: User, note: str) -> Order:
    """The order as the preview promised it. Not written yet."""
    return Order(
        id=preview.id,
        customer=customer,
        language=customer.language or get_language() or "en",
        currency=preview.currency,
        items_total=preview.items_total,
        shipping_fee=option.fee,
        total_amount=preview.total(option),
        discount_total=preview.discount(option),
        shipping_discount=option.discount,
        shipping_tax_rate=costs.shipping.rate,
        shipping_tax=costs.shipping.tax,
        tax_total=costs.tax,
        tax_reason=preview.tax_reason,
        courier_id=option.courier_id,
        price_table_id=option.price_table_id,
        shipping_method=option.method,
        needs_parcel=preview.needs_parcel,
        is_pickup=option.is_pickup,
        promised_from=option.promised_from,
        promised_to=option.promised_to,
        address_snapshot=preview.address,
        billing_snapshot=preview.billing.snapshot() if preview.billing else None,
        weight_g=preview.parcel.weight_g,
        length_cm=preview.parcel.length_cm,
        width_cm=preview.parcel.width_cm,
        height_cm=preview.parcel.height_cm,
        chargeable_weight_g=option.chargeable_weight_g,
        note=note,
    )

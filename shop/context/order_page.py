"""What an order's page is given."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, When
from django.http import HttpRequest

from accounts.codes.by_code import is_guest
from accounts.models import User
from catalog.refunds import RefundPolicy
from database import clock
from orders.actions.changes.details import may_be_changed
from orders.actions.money.gift_cards import spendable_credit
from orders.actions.steps import steps_for
from orders.documents.invoices import has_einvoice
from orders.documents.way_back import return_address
from orders.events import cursors, feed
from orders.models import (
    CardUse,
    ChangeRequest,
    LedgerEntry,
    Order,
    PaymentStatus,
    Refund,
    Shipment,
    discounts_of,
    have_codes,
    note_codes_shown,
)
from orders.models.order import first_start
from orders.payments.returning import left_of
from orders.pricing.left import Left, left_of_order
from orders.rights import OrderRights
from orders.status import UNPAID, OrderStatus, Step
from shop.context import by_hand
from shop.context.back_in_stock import sold_out_of
from shop.context.beside import More, read_beside
from shop.context.track import track
from shop.order_readers import readable
from staff.rights import may

LABELED = Case(When(label__isnull=False, then=True), default=False)


def live_parts(request: HttpRequest, order_id: UUID) -> dict[str, Any]:
    """The order with all that its page shows, in a fixed number of statements.

    The history is read before all else, with how far the feed is: what happens in between the page may show, and is told of
    once more by the socket. The other way round it would claim to be newer, and stay wrong.
    """
    history, position = feed.history_of(order_id)
    order, user = readable(request, order_id)
    more = read_beside(order, history)
    if shows_codes(user, order) and not note_codes_shown(order):
        return live_parts(request, order_id)
    under_way = is_under_way(order)
    return {
        "order": order,
        "lines": order.lines.all(),
        "discounts": discounts_of(order),
        "history": history,
        "sequence": history[-1].sequence,
        "cursor": cursors.cursor_of(position),
        "xml_papers": [paper for paper in order.invoices.all() if has_einvoice(paper)],
        "missing": history[-1].note if order.status == OrderStatus.NOT_CONFIRMED else "",
        "by_link": user is None,
        "is_guest": user is not None and user.pk == order.customer_id and is_guest(user),
        "sold_out": sold_out_of(user, order),
        "why_over": history[-1].why if order.status == OrderStatus.CANCELED else "",
        "returned": _returned(order),
        "track": track(order, history),
        "parcels": parcels_of(order),
        "strays": strays(order) if more.has_refunds else [],
        "is_under_way": under_way,
        "steps": [step for step in steps_of(user, order) if not (under_way and step == Step.PAY)],
        **refund_parts(user, order),
        **by_hand.of_order(order),
        **change_parts(user, order, more),
        "may_redirect": _may_redirect(user, order),
        **card_parts(user, order),
        "Step": Step,
    }


def _returned(order: Order) -> Decimal:
    """The money of it that went back."""
    back = (entry.amount for entry in order.ledger.all() if entry.kind == LedgerEntry.Kind.REFUNDED)
    return sum(back, Decimal())


def card_parts(user: User | None, order: Order) -> dict[str, Any]:
    """What gift cards pay of the order, and what the reader's own store credit could; its own codes are for its customer."""
    is_own = user is not None and order.customer_id == user.pk
    return {
        "card_uses": _cards_that_pay(order) if order.card_amount else [],
        "credit": spendable_credit(order) if is_own else None,
        "is_own": is_own,
    }


def _cards_that_pay(order: Order) -> list[CardUse]:
    return list(order.card_uses.filter(state__in=CardUse.LIVE).select_related("card"))


def steps_of(user: User | None, order: Order) -> list[Step]:
    """What the reader may do. Who came by a link may pay, and nothing that ends the order: emails are passed on."""
    if user is None:
        return [step for step in steps_for(order=order, user=order.customer) if step == Step.PAY]
    return steps_for(order=order, user=user)


def shows_codes(user: User | None, order: Order) -> bool:
    """Whether the page shows its customer a code, rather than staff, or who came by a link."""
    is_own = user is not None and order.customer_id == user.pk
    return is_own and order.shows_numbers and have_codes(order.lines.all())


def parcels_of(order: Order) -> list[Shipment]:
    """Its parcels, where there are several or more is to come; one that was all of it has its tracking code alone."""
    if not any(line.sent for line in order.lines.all()):
        return []
    sent = list(order.shipments.select_related("courier").prefetch_related("lines__line"))
    return [] if len(sent) == 1 and sent[0].completes else sent


def refund_parts(user: User | None, order: Order) -> dict[str, Any]:
    """What Refund does on the page: nothing is asked of staff that may refund."""
    lines = order.lines.all()
    at = clock() if first_start(lines) else None
    policy = order.refunds(lines, at)
    if user is None:
        return {"refunds": policy, "asked": None}
    asked = order.refund_requests.first() if policy == RefundPolicy.ON_REQUEST else None
    if may(user, OrderRights.ASK_REFUND):
        policy = RefundPolicy.IMMEDIATE
    return {"refunds": policy, "asked": asked, "asks_because": order.asks_because(lines, at)}


def change_parts(user: User | None, order: Order, more: More) -> dict[str, Any]:
    """What became different of the order, with how far the money of each change is, and what is left of it."""
    if order.status in UNPAID:
        return {"refundable": order.total_amount}
    if not more.was_changed:
        return _unchanged(order)
    found = order.change_requests.defer("label").annotate(has_label=LABELED)
    asked = list(found.prefetch_related("lines__line", "lines__exchange_for"))
    # Who came by the link sees where the goods go, and no reason of anybody's.
    requests = [one for one in asked if user or is_expected(one)]
    made = list(order.changes.select_related("exchange__order").prefetch_related("lines__line"))
    left = left_of_order(order) if made else None
    return {
        "changes": made,
        "left": left,
        "refundable": left.amount if left else order.total_amount,
        "change_requests": requests,
        "waiting": order.waiting_changes.open().select_related("supplement"),
        "may_request": may_request(order, asked, left),
        "has_variants": _has_variants(order),
        "return_address": return_address() if any(map(is_expected, requests)) else [],
    }


def _unchanged(order: Order) -> dict[str, Any]:
    return {
        "refundable": order.total_amount,
        "may_request": may_request(order, (), None),
        "has_variants": _has_variants(order),
    }


def _has_variants(order: Order) -> bool:
    return any(line.product.group_id for line in order.lines.all())


def may_request(order: Order, asked: Sequence[ChangeRequest], left: Left | None) -> bool:
    """Whether the page leads to a request: none is open, and something is left that may go back."""
    if any(one.state == ChangeRequest.State.OPEN for one in asked):
        return False
    lines = [one.line for one in left.lines if one.quantity] if left else order.lines.all()
    return any(line.refunds != RefundPolicy.NONE for line in lines)


def is_expected(request: ChangeRequest) -> bool:
    """Whether the shop waits for the goods of a request."""
    return request.expected_at is not None and request.state == ChangeRequest.State.OPEN


def _may_redirect(user: User | None, order: Order) -> bool:
    """Whether its customer, signed in, may change its address or note: asked of no order that is further on."""
    is_own = user is not None and user.pk == order.customer_id
    return is_own and user is not None and may_be_changed(order, user)


def is_under_way(order: Order) -> bool:
    """Whether the customer has paid, and the money comes later than the moment: a bank may take days."""
    if order.status != OrderStatus.PAY_REQUIRED:
        return False
    return any(payment.status == PaymentStatus.PREAUTH for payment in order.payments.all())


def strays(order: Order) -> list[Refund]:
    """Money that could not pay the order, or whose refund failed: how far it is on its way back, the latest attempt of each.

    A refund of the order itself is told of by the order's status, until the order is over.
    """
    attempts = Refund.objects.filter(payment__order=order).exclude(state=Refund.State.WITHDRAWN)
    # Parts of the order are told of beside what was changed.
    attempts = attempts.exclude(cause=Refund.Cause.CHANGE)
    latest = {refund.capture_id: refund for refund in attempts}.values()
    return [one for one in latest if one.cause != Refund.Cause.ORDER or _is_unlucky(order, one)]


def _is_unlucky(order: Order, refund: Refund) -> bool:
    is_over = order.status == OrderStatus.CANCELED and refund.state != Refund.State.DONE
    return is_over and bool(left_of(refund.capture))

"""Paying an order with gift cards and store credit, in part or whole, while it waits to be paid.

What a provider was asked for is another amount then: its session is closed first, and the next one is about the rest.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from database.rows import find_one
from orders.actions.cancellation import PaymentUnderWay, close_session, in_progress
from orders.actions.money.payment_window import cancel_unpaid, is_overdue
from orders.actions.steps import allowed_steps, find_order
from orders.errors import OrderError
from orders.events.notices import notice
from orders.gift_cards import codes, spending
from orders.gift_cards.spending import GiftCardNotUsable
from orders.lifecycle.locking import lock_order
from orders.lifecycle.transitions import StepNotAllowed
from orders.models import CardUse, GiftCard, Notice, Order, PaymentStatus
from orders.payments import cards
from orders.payments.recording import record_expiry
from orders.pricing.codes import count, take_back
from orders.status import OrderStatus, Step
from refusals import NotFound
from staff.rights import PermissionDenied

if TYPE_CHECKING:
    from accounts.models import User


class CardUseNotFound(OrderError, NotFound):
    """The order holds nothing of this card (any more)."""


CREDIT = "WHERE owner_id = %s AND currency = %s AND balance > 0 ORDER BY id DESC LIMIT 1"


@dataclass(frozen=True)
class Spendable:
    """The customer's store credit that an order could take."""

    card: GiftCard
    amount: Decimal


def redeem(*, order_id: UUID, actor: "User", code: str = "", store_credit: bool = False) -> Order:
    """Take what is on a card, or of the customer's store credit, for an own order that waits to be paid.

    No more than the order still costs; when nothing is left of that the order is Paid. The same card again changes nothing.
    Raises OrderNotFound, PermissionDenied, StepNotAllowed, GiftCardNotUsable, TooManyCodes, InvalidInput, and
    PaymentUnderWay when the customer has just paid elsewhere, or the provider does not answer.
    """
    order = _payable(order_id, actor)
    card = _credit(order) if store_credit else _with_code(order, code, actor)
    if not order.card_uses.filter(card=card, state__in=CardUse.LIVE).exists():
        _close_elsewhere(order_id)
    with transaction.atomic():
        order = _locked(order_id)
        spending.hold(order, card_id=card.pk)
        notice(order, Notice.Kind.PAYMENT_CHANGED, actor=actor)
        return cards.pay_if_covered(order)


def put_back(*, order_id: UUID, actor: "User", use_id: int) -> Order:
    """Give back to a card what the order holds of it; twice is once.

    Raises OrderNotFound, PermissionDenied, StepNotAllowed, CardUseNotFound, PaymentUnderWay.
    """
    order = _payable(order_id, actor)
    if not order.card_uses.filter(pk=use_id).exists():
        raise CardUseNotFound
    _close_elsewhere(order_id)
    with transaction.atomic():
        order = _locked(order_id)
        spending.release(order, [use for use in spending.held_by(order) if use.pk == use_id])
        notice(order, Notice.Kind.PAYMENT_CHANGED, actor=actor)
        return order


def spendable_credit(order: Order) -> Spendable | None:
    """The store credit that the order's customer could use for it, and how much of it; None if there is none."""
    if order.status != OrderStatus.PAY_REQUIRED or not order.amount_due:
        return None
    credit = find_one(GiftCard, CREDIT, [order.customer_id, order.currency])
    if credit is None or order.card_uses.filter(card=credit, state__in=CardUse.LIVE).exists():
        return None
    return Spendable(credit, spending.available(credit, order))


def _payable(order_id: UUID, actor: "User") -> Order:
    order = find_order(order_id=order_id, user=actor)
    if Step.PAY not in allowed_steps(order, actor):
        raise PermissionDenied
    if is_overdue(order):
        order = cancel_unpaid(order_id=order_id)
    if order.status != OrderStatus.PAY_REQUIRED:
        raise StepNotAllowed(order)
    return order


def _credit(order: Order) -> GiftCard:
    credit = GiftCard.objects.filter(owner=order.customer_id, currency=order.currency).first()
    if credit is None:
        raise GiftCardNotUsable
    return credit


def _with_code(order: Order, typed: str, actor: "User") -> GiftCard:
    """The card with this code, if the order may be paid with it. What can't be used counts as a guess."""
    tries = count(kind="gift-cards", customer_id=actor.pk, times=1)
    code = codes.read(typed)
    card = GiftCard.objects.filter(code=code).first() if code else None
    is_used = card is not None and order.card_uses.filter(card=card, state__in=CardUse.LIVE).exists()
    if card is None or not (is_used or (card.balance and spending.is_for(card, order))):
        raise GiftCardNotUsable
    take_back(tries, 1)
    return card


def _close_elsewhere(order_id: UUID) -> None:
    """End the payment in progress, at its provider first. Asked without a lock."""
    payment = in_progress(order_id)
    if payment is None:
        return
    if payment.status == PaymentStatus.PREAUTH:
        raise PaymentUnderWay
    close_session(order_id=order_id)
    record_expiry(payment_id=payment.pk)


def _locked(order_id: UUID) -> Order:
    """The order, locked, with nothing that is being paid elsewhere."""
    order = lock_order(order_id)
    if order.status != OrderStatus.PAY_REQUIRED:
        raise StepNotAllowed(order)
    if in_progress(order_id):
        raise PaymentUnderWay
    return order

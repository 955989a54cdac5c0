"""No false alarm: audits while orders are placed, paid, sent, changed, canceled and returned by threads of their own."""

from itertools import count
from threading import Event

import pytest

from orders import audit
from orders.actions import cancellation
from orders.actions.money.payment import start_payment
from orders.actions.parcels import send_parcel
from orders.actions.steps import take_step
from orders.errors import OrderError
from orders.events import feed
from orders.lifecycle.confirmation import confirm_order
from orders.lifecycle.parcels import Parcel
from orders.models import Order, OrderChange, Payment, Refund, Shipment
from orders.payments import provider_events, refunds
from orders.status import OrderStatus, Reason, Step
from tests.factories import (
    Buyer,
    add_rate,
    change,
    make_numbered,
    make_product,
    make_promotion,
    make_staff,
    standard_class,
)
from tests.parallel import at_once

AUDITS, ORDERS_AT_LEAST = 20, 28
# What becomes of an order, in turn.
FATES = ("done", "returned", "canceled", "changed", "parcels", "paid", "pending")


def live(buyer: Buyer, products, fate: str, staff) -> None:
    """An order that is placed and goes its way, by the calls that doors and workers make."""
    order = buyer.place(*((product, 1) for product in products))
    if fate == "pending":
        confirm_order(order_id=order.pk)
        cancellation.cancel_order(order_id=order.pk, actor=buyer.user, reason=Reason.CUSTOMER_WISH)
        return
    confirm_order(order_id=order.pk)
    payment = start_payment(order_id=order.pk, actor=buyer.user).payment
    if fate == "canceled":
        cancellation.cancel_order(order_id=order.pk, actor=buyer.user, reason=Reason.CUSTOMER_WISH)
        return
    provider_events.answered(payment=payment, data={"outcome": "twice"})
    if fate == "done":
        take_step(order_id=order.pk, step=Step.COMPLETE, actor=staff)
    if fate == "parcels":
        lines = order.lines.order_by("position")[:2]
        for line in lines:
            send_parcel(order_id=order.pk, actor=staff, parcel=Parcel({line.pk: 1}))
    if fate == "changed":
        change(order, "cancel", {products[0].sku: 1}, actor=staff)
        change(order, "refund", amount=1, actor=staff)
    if fate in ("returned", "changed"):
        give_back(order, buyer, payment, whole=fate == "returned")


def give_back(order: Order, buyer: Buyer, payment: Payment, *, whole: bool) -> None:
    """What is to go back of an order goes back."""
    if whole:
        cancellation.ask_refund(order_id=order.pk, actor=buyer.user, reason=Reason.CUSTOMER_WISH)
    for refund_id in Refund.objects.filter(payment=payment).values_list("pk", flat=True):
        refunds.work_on(refund_id=refund_id)


@pytest.mark.django_db(transaction=True)
def test_twenty_audits_beside_a_busy_shop_find_nothing():
    add_rate(standard_class(), "20")
    make_promotion(combinable=True)
    products = [make_product(stock=10_000), make_product(stock=10_000), make_numbered(numbers=500)]
    buyers, staff = [Buyer() for _ in range(3)], make_staff()
    is_over, found = Event(), []

    def buy(buyer: Buyer, places: list) -> None:
        for n in count():
            if is_over.is_set():
                return
            try:
                live(buyer, places, FATES[n % len(FATES)], staff)
            except OrderError:
                pass  # sold out, or too many at once

    def tell() -> None:
        while not is_over.wait(0.05):
            feed.give_positions()

    def look() -> None:
        audits = 0
        while audits < AUDITS or Order.objects.count() < ORDERS_AT_LEAST:
            with audit.snapshot():
                found.extend(audit.findings())
            audits += 1
        is_over.set()

    # Products in another order each: locks are taken in the order of ids all the same.
    at_once(
        [
            look,
            tell,
            *(lambda b=buyer, n=n: buy(b, products[n:] + products[:n]) for n, buyer in enumerate(buyers)),
        ]
    )

    assert found == []
    assert OrderChange.objects.exists() and Shipment.objects.exists()
    assert set(Order.objects.values_list("status", flat=True)) >= {OrderStatus.DONE, OrderStatus.CANCELED}
    assert list(audit.findings()) == []

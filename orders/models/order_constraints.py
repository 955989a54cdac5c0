"""What the database promises about an order: what holds in each row, and which changes are refused."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from orders.models.decimals import whole
from orders.models.pricing.tax import BILLING_AS_PLACED, TAX_OF_ORDERS
from orders.status import FIRST, STEPS, OrderStatus

CONSTRAINTS: list[models.BaseConstraint] = [
    models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="orders_order_status"),
    models.CheckConstraint(
        condition=Q(items_total__gte=0, shipping_fee__gte=0),
        name="orders_order_money_not_negative",
    ),
    models.CheckConstraint(
        condition=Q(needs_parcel=True) | Q(shipping_fee=0, weight_g=0),
        name="orders_order_no_parcel_is_free",
    ),
    models.CheckConstraint(
        condition=Q(is_pickup=False) | Q(needs_parcel=True), name="orders_order_pickup_of_goods"
    ),
    models.CheckConstraint(
        condition=Q(promised_from=None, promised_to=None) | Q(promised_to__gte=F("promised_from")),
        name="orders_order_promise",
    ),
    models.CheckConstraint(
        condition=Q(total_amount=F("items_total") + F("shipping_fee")),
        name="orders_order_total",
    ),
    models.CheckConstraint(
        condition=Q(card_amount__range=(0, F("total_amount"))), name="orders_order_card_amount"
    ),
    models.CheckConstraint(
        condition=Q(exchange_amount=0)
        | Q(is_exchange=True, exchange_amount__range=(0, F("total_amount") - F("card_amount"))),
        name="orders_order_exchange_amount",
    ),
    models.CheckConstraint(
        condition=Q(shipping_discount__range=(0, F("discount_total"))),
        name="orders_order_discount",
    ),
    models.CheckConstraint(
        condition=Q(tracking_code="") | Q(status=OrderStatus.DONE),
        name="orders_order_tracked_when_done",
    ),
    *TAX_OF_ORDERS,
    # The parts of a line have no currency beside them: of those the audit says it.
    whole(
        *("items_total", "shipping_fee", "discount_total", "shipping_discount"),
        *("shipping_tax", "tax_total", "card_amount"),
        name="orders_order_decimals",
    ),
]
TRIGGERS = [
    pgtrigger.Protect(
        name="placed_as_pending",
        operation=pgtrigger.Insert,
        condition=~pgtrigger.Q(new__status=FIRST),
    ),
    pgtrigger.FSM(
        name="only_diagram_edges",
        field="status",
        transitions=[(str(edge.source), str(edge.target)) for edge in STEPS.values()],
    ),
    pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
    pgtrigger.ReadOnly(name="tax_as_placed", fields=["shipping_tax_rate", "shipping_tax", "tax_total"]),
    pgtrigger.ReadOnly(name="discounts_as_placed", fields=["discount_total", "shipping_discount"]),
    pgtrigger.ReadOnly(name="exchange_as_placed", fields=["is_exchange", "exchange_amount", "is_supplement"]),
    pgtrigger.ReadOnly(name="delivery_as_placed", fields=["is_pickup", "promised_from", "promised_to"]),
    BILLING_AS_PLACED,
    pgtrigger.Protect(
        name="cards_by_their_uses",
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(
            "OLD.card_amount IS DISTINCT FROM NEW.card_amount AND pg_trigger_depth() < 1"
        ),
    ),
]

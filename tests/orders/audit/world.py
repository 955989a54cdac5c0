"""A shop with rows in every table that carries a promise, none of them damaged."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from orders import chaining
from orders.actions.changes import change_requests
from orders.events import feed
from orders.models import (
    ChangeRequest,
    MoneyMismatch,
    Order,
    OrderNote,
    PromotionKind,
    Reconciliation,
    RefundRequest,
    note_codes_shown,
)
from orders.payments import disputes
from orders.payments.providers.base import Notification, NotificationKind
from orders.payments.reconciling.statements import Statement, keep
from orders.status import OrderStatus
from tests.factories import (
    add_rate,
    ask_for_a_return,
    decline_refund,
    make_group,
    make_product,
    make_promotion,
    make_staff,
    make_variant,
    standard_class,
    tell,
)
from tests.orders.audited import open_shop, refuse_for_numbers

ORDERS = (
    *(
        "done",
        "returned",
        "paid",
        "came_back",
        "part_canceled",
        "sent_in_part",
        "from_bank",
        "refund",
        "pay_required",
    ),
    *(
        "by_provider_in_part",
        "by_provider_failed",
        "part_asked",
        "canceled",
        "failed",
        "late_and_back",
        "approved",
    ),
    "pay_required_started",
)
S = OrderStatus


def linked() -> dict[str, int]:
    """How many rows carry a hash, by table; all do."""
    counts = {}
    for chain, model in chaining.CHAINS:
        assert not model.objects.filter(hash=None).exists()
        counts[chain.table] = model.objects.count()
    return counts


def everything() -> None:
    """Orders in all ways, with tax and promotions; requests, disputes, comparisons; variants and prices."""
    add_rate(standard_class(), "20")
    make_promotion(name="Percent", combinable=True)
    make_promotion(name="Shipping", kind=PromotionKind.FREE_SHIPPING, amount=Decimal(1), combinable=True)
    shop = open_shop(*ORDERS)
    refuse_for_numbers(shop)
    buyer = shop.buyer
    event = make_product(stock=5, starts_at=timezone.now() + timedelta(days=9), sale_price=10, sku="EVENT")
    note_codes_shown(buyer.order_in(S.PAID, (event, 1), (shop.keys, 1)))
    decline_refund(buyer.order_in(S.PAID, (shop.cups, 1)))
    answer_a_return(buyer.order_in(S.DONE, (shop.cups, 1)))
    for end in (NotificationKind.DISPUTE_WON, NotificationKind.DISPUTE_LOST):
        dispute(buyer.order_in(S.DONE, (shop.cups, 1)), end)
    compare(buyer.order_in(S.PAID, (shop.cups, 1)))
    shirt = make_group(Size=["M", "L"], Colour=["red"])
    medium = make_variant(shirt, "M", "red", stock=2, sku="SHIRT-M")
    make_variant(shirt, "L", "red", stock=1, sku="SHIRT-L")
    ask_for_an_exchange(buyer.order_in(S.DONE, (medium, 1)))
    feed.give_positions()


def answer_a_return(order: Order) -> None:
    change_requests.decline(request_id=ask_for_a_return(order).pk, actor=make_staff(), note="used")
    OrderNote.objects.create(order=order, author=make_staff(), text="called")
    assert ChangeRequest.objects.count() == 1
    assert RefundRequest.objects.count() == 1


def ask_for_an_exchange(order: Order) -> None:
    line = order.lines.get()
    wished = {"quantities": {line.pk: 1}, "wished": {line.pk: "SHIRT-L"}}
    kind = ChangeRequest.Kind.RETURN
    change_requests.ask(order_id=order.pk, actor=order.customer, kind=kind, **wished)


def dispute(order: Order, end: NotificationKind) -> None:
    """A charge that is disputed, with the fee, and how that ends."""
    payment = order.payments.get()
    charge = order.ledger.get(kind="captured")
    says = {"amount": charge.amount, "charge": charge.reference, "fee": Decimal(15)}
    for kind in (NotificationKind.DISPUTED, end):
        told = Notification(f"evt {kind}", kind, payment.token, reference=f"dp {end}", **says)
        tell(payment, kind, reference=told.reference, **says)
        disputes.note_dispute(payment.pk, told)


def compare(order: Order) -> None:
    """A comparison with a provider that ran, with a mismatch that was looked at and a statement; and one that waits."""
    now, day = timezone.now(), timezone.localdate()
    since = now - timedelta(days=1)
    ran = {"since": since, "until": now, "ran_at": now, "next_attempt_at": None, "mismatches": 1}
    run = Reconciliation.objects.create(variant="stripe", day=day, **ran)
    Reconciliation.objects.create(variant="stripe", day=day + timedelta(days=1))
    told = {"kind": "captured", "reference": "pi_1", "amount": Decimal(29), "currency": "USD", "at": now}
    closed = {"state": "looked_at", "closed_at": now, "closed_by": make_staff(), "note": "seen"}
    MoneyMismatch.objects.create(
        found_in=run, order=order, variant="stripe", wrong="unknown_here", **told, **closed
    )
    keep(run, [Statement(day=day, currency="USD", opening=Decimal(5), captured=Decimal(29))])

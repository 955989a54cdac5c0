"""The difference of a dearer exchange or address is paid by an order of its own, and then the change is made, or never."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.models import Product
from orders.actions.changes import change_requests, waiting
from orders.actions.changes.changes import OrderMovedOn
from orders.actions.changes.details import ShippingDiffers
from orders.actions.changes.exchange_preview import CostsMore, Swap, preview_exchange
from orders.actions.changes.exchanges import make_exchange
from orders.actions.changes.waiting import ChangeWaits
from orders.actions.money.payment import start_payment, ways_to_pay
from orders.actions.money.payment_window import cancel_unpaid
from orders.actions.parcels import end_early, send_parcel
from orders.checkout.elsewhere import OtherCurrency
from orders.documents.packing import NothingToPack, address_labels
from orders.emails import queue
from orders.lifecycle.parcels import Parcel
from orders.lifecycle.transitions import OrderDisputed, StepNotAllowed
from orders.lifecycle.waiting import ChangeAwaited
from orders.models import (
    ChangeRequest,
    Dispute,
    Email,
    Exchange,
    Invoice,
    Order,
    OrderChange,
    Refund,
    StatusChange,
    WaitingChange,
)
from orders.payments import by_hand, differences, refunds, returning
from orders.payments.made_at_provider import note_made_at_provider
from orders.payments.providers.base import UnknownProvider
from orders.pricing.left import left_of_order
from orders.pricing.payable import AmountNotPayable
from orders.status import OrderStatus
from staff.models import StaffAction
from tests.factories import (
    add_rate,
    ask_refund,
    cancel,
    capture,
    change,
    complete,
    make_gift_card,
    make_product,
    pay,
    redeem,
    return_money,
    shirts,
    standard_class,
)
from tests.orders.audited import run
from tests.orders.differing import dear_shirt, exchange_dearly, far_away, redirect_dearly, swap_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
S = OrderStatus


@pytest.fixture
def paid(buyer):
    """Three shirts in M and a cup, 4.00 shipping; a shirt in XL costs 2.34 more, and Germany 5.50."""
    add_rate(standard_class(), "19")
    medium, _large = shirts()
    dear_shirt()
    return buyer.order_in(S.PAID, (medium, 3), (make_product(stock=5, sku="CUP", price=Decimal(5)), 1))


def now(order) -> Order:
    return Order.objects.get(pk=order.pk)


def kept(*orders) -> Decimal:
    return sum((paper.total for paper in Invoice.objects.filter(order__in=orders)), Decimal(0))


def shelf() -> dict[str, tuple[int, int]]:
    found = Product.objects.filter(sku__in=["SHIRT-M", "SHIRT-XL"])
    return {one.sku: (one.stock_quantity, one.promised) for one in found}


def ended(agreed: WaitingChange) -> bool:
    """Whether it has ended, and nothing was made."""
    agreed.refresh_from_db()
    return (
        agreed.ended_at is not None
        and not agreed.is_made
        and not agreed.order.changes.filter(pk=agreed.change_id).exists()
    )


# --- an exchange -------------------------------------------------------------------------------------------------------


def test_the_new_pieces_are_held_and_the_old_ones_stay_until_the_difference_is_paid(paid, staff):
    agreed = exchange_dearly(paid, staff, quantity=2)
    new = agreed.supplement
    assert (new.status, new.total_amount, new.exchange_amount, new.amount_due) == (
        S.PAY_REQUIRED,
        Decimal("24.68"),
        20,
        Decimal("4.68"),
    )
    assert (new.is_exchange, new.is_supplement, new.customer, new.shipping_fee) == (
        True,
        True,
        paid.customer,
        0,
    )
    assert shelf() == {"SHIRT-M": (6, 3), "SHIRT-XL": (7, 2)}
    assert not paid.changes.exists()
    assert left_of_order(paid).amount == paid.total_amount == returning.balance(paid)
    assert run() == []


def test_once_it_is_paid_the_exchange_is_made_at_the_same_moment(paid, staff):
    agreed = exchange_dearly(paid, staff, quantity=2)
    new = agreed.supplement
    pay(new)

    assert (now(new).status, now(paid).status) == (S.PAID, S.PAID)
    made = Exchange.objects.get(order=new)
    assert (made.change_id, made.change.amount, made.change.kind, made.change.actor, made.waived) == (
        agreed.change_id,
        20,
        "cancel",
        staff,
        0,
    )
    assert shelf() == {"SHIRT-M": (8, 1), "SHIRT-XL": (7, 2)}
    assert returning.balance(paid) == kept(paid) == paid.total_amount - 20
    assert returning.balance(new) == kept(new) == Decimal("24.68")
    captured = new.ledger.filter(kind="captured").order_by("amount").values_list("payment__variant", "amount")
    assert list(captured) == [("demo", Decimal("4.68")), ("exchange", Decimal("20.00"))]
    agreed.refresh_from_db()
    assert agreed.is_made
    assert run() == []


def test_pieces_that_were_sent_come_back_once_it_is_paid(paid, staff):
    complete(paid)
    agreed = exchange_dearly(now(paid), staff, restocked=True)
    assert agreed.kind == "return"
    pay(agreed.supplement)
    assert shelf() == {"SHIRT-M": (7, 0), "SHIRT-XL": (8, 1)}
    assert run() == []


def test_an_order_of_which_all_was_exchanged_is_done_then(buyer, staff, paid):
    order = buyer.order_in(S.PAID, (shirts()[0], 2))
    new = exchange_dearly(order, staff, quantity=2).supplement
    assert now(order).status == S.PAID
    pay(new)
    assert (now(order).status, now(new).status) == (S.DONE, S.PAID)
    assert run() == []


def test_an_exchange_of_an_exchange_is_paid_too(paid, staff):
    first = exchange_dearly(paid, staff).supplement
    pay(first)
    back = exchange_dearly_back(now(first), staff)
    assert (now(back).status, now(first).status, back.total_amount) == (S.PAID, S.DONE, 10)
    assert run() == []


def exchange_dearly_back(order, staff) -> Order:
    """What costs less goes back: the part at the provider first."""
    swap = Swap(sku="SHIRT-XL", to="SHIRT-M", quantity=1, note="Too large", pay=True)
    shown = preview_exchange(order_id=order.pk, actor=staff, swap=swap)
    assert (shown.due, shown.back) == (0, Decimal("2.34"))
    given = {"change_id": shown.id, "based_on": shown.based_on, "swap": swap}
    return make_exchange(order_id=order.pk, actor=staff, **given).order


def test_money_of_it_goes_back_the_way_each_part_came(paid, staff):
    new = exchange_dearly(paid, staff).supplement
    pay(new)
    ask_refund(now(new))
    return_money(new)
    (waits,) = Refund.objects.filter(payment__order=new, state="asked")
    assert (waits.payment.variant, waits.amount, now(new).status) == ("exchange", 10, S.REFUND)
    refunds.settle_by_hand(refund_id=waits.pk, actor=staff, note="in cash")
    assert (now(new).status, kept(new), returning.balance(new)) == (S.CANCELED, 0, 0)
    assert run() == []


def test_without_a_word_about_the_difference_nothing_happens(paid, staff):
    with pytest.raises(CostsMore):
        preview_exchange(order_id=paid.pk, actor=staff, swap=swap_of(pay=False))
    both = preview_exchange(order_id=paid.pk, actor=staff, swap=swap_of(waive=True))
    assert (both.waived, both.due) == (Decimal("2.34"), 0)  # the shop's word counts
    assert Order.objects.count() == 1


# --- another address ---------------------------------------------------------------------------------------------------


def test_the_customer_pays_what_sending_farther_costs_and_then_it_goes_there(paid, buyer):
    agreed = redirect_dearly(paid, buyer.user, far_away(), note="Ring twice")
    fee = agreed.supplement
    assert (fee.status, fee.total_amount, fee.shipping_fee, fee.lines.count()) == (
        S.PAY_REQUIRED,
        Decimal("5.50"),
        Decimal("5.50"),
        0,
    )
    assert now(paid).address_snapshot == paid.address_snapshot
    assert run() == []
    pay(fee)
    after = now(paid)
    assert (after.address_snapshot["city"], after.note, after.status) == ("Berlin", "Ring twice", S.PAID)
    assert now(fee).status == S.DONE
    (made,) = paid.changes.all()
    assert (made.pk, made.kind, made.amount, made.who) == (agreed.change_id, "details", 0, "customer")
    assert kept(fee) == returning.balance(fee) == Decimal("5.50")
    (paper,) = fee.invoices.all()
    assert paper.snapshot["taxes"] == [{"rate": "19", "gross": "5.50", "net": "4.62", "tax": "0.88"}]
    assert run() == []


def test_staff_ask_for_it_and_the_note_stays(paid, staff):
    paid.note = "Ring"
    paid.save(update_fields=["note"])
    pay(redirect_dearly(paid, staff, far_away(), why="By telephone").supplement)
    after = now(paid)
    assert (after.address_snapshot["city"], after.note) == ("Berlin", "Ring")
    (made,) = paid.changes.all()
    assert (made.actor, made.note, made.details.note_after) == (staff, "By telephone", None)
    assert run() == []


def test_without_a_word_about_it_or_unpaid_the_address_stays(paid, buyer):
    far = far_away()
    with pytest.raises(ShippingDiffers):
        redirect_dearly(paid, buyer.user, far, pay=False)
    unpaid = buyer.order_in(S.PAY_REQUIRED)
    with pytest.raises(ShippingDiffers):
        redirect_dearly(unpaid, buyer.user, far)


def test_what_nobody_can_take_is_not_asked_for(paid, buyer, settings):
    settings.PAYMENT_VARIANTS = {"stripe": ("orders.payments.providers.stripe.checkout.StripeCheckout", {})}
    settings.PAYMENT_VARIANT = "stripe"
    with pytest.raises(AmountNotPayable):
        redirect_dearly(paid, buyer.user, far_away(fee="4.30"))


def test_an_order_that_ends_gives_back_what_sending_farther_had_cost(paid, buyer):
    fee = redirect_dearly(paid, buyer.user, far_away()).supplement
    pay(fee)
    assert differences.owed() == []
    ask_refund(now(paid))
    assert differences.owed() == [fee.pk]
    differences.return_fee(order_id=fee.pk)
    differences.return_fee(order_id=fee.pk)
    assert differences.owed() == []
    return_money(fee)
    assert (now(fee).status, returning.balance(fee), kept(fee)) == (S.DONE, 0, 0)
    assert run() == []


def test_a_full_return_at_the_provider_gives_it_back_too(paid, buyer):
    fee = redirect_dearly(paid, buyer.user, far_away()).supplement
    pay(fee)
    charge = paid.ledger.get(kind="captured")
    says = {"charge": charge.reference, "amount": charge.amount, "reference": "re_hand"}
    note_made_at_provider(payment_id=charge.payment_id, **says)
    assert (now(paid).status, differences.owed()) == (S.CANCELED, [fee.pk])


def test_what_staff_gave_back_of_it_before_is_not_given_again(paid, buyer, staff):
    fee = redirect_dearly(paid, buyer.user, far_away()).supplement
    pay(fee)
    change(now(fee), "refund", amount="1.50", actor=staff)
    ask_refund(now(paid))
    differences.return_fee(order_id=fee.pk)
    return_money(fee)
    assert [one.amount for one in fee.changes.all()] == [Decimal("1.50"), Decimal(4)]
    assert (returning.balance(fee), kept(fee)) == (0, 0)


# --- how it is paid ----------------------------------------------------------------------------------------------------


def test_a_gift_card_pays_a_part_or_all_of_the_difference(paid, staff):
    new = exchange_dearly(paid, staff).supplement
    redeem(now(new), make_gift_card("2"))
    assert (now(new).status, now(new).amount_due) == (S.PAY_REQUIRED, Decimal("0.34"))
    redeem(now(new), make_gift_card("9"))
    assert (now(new).status, now(new).card_amount) == (S.PAID, Decimal("2.34"))
    assert run() == []


def test_money_that_staff_note_pays_it(paid, staff):
    new = exchange_dearly(paid, staff).supplement
    given = {"variant": "transfer", "amount": new.amount_due, "reference": "E1"}
    by_hand.note_received(order_id=new.pk, actor=staff, **given)
    assert now(new).status == S.PAID
    assert run() == []


def test_another_amount_goes_back_and_the_exchange_still_waits(paid, staff):
    agreed = exchange_dearly(paid, staff)
    new = agreed.supplement
    capture(start_payment(order_id=new.pk, actor=new.customer).payment, amount=new.total_amount)
    agreed.refresh_from_db()
    assert (now(new).status, agreed.ended_at) == (S.PAY_REQUIRED, None)
    assert Refund.objects.get(payment__order=new).cause == "wrong_amount"


# --- how it ends without ------------------------------------------------------------------------------------------------


def test_a_difference_that_is_not_paid_in_time_ends_and_all_stays_as_it_was(paid, staff):
    agreed = exchange_dearly(paid, staff)
    Order.objects.filter(pk=agreed.pk).update(pay_by=timezone.now() - timedelta(seconds=1))
    cancel_unpaid(order_id=agreed.pk)
    assert now(agreed.supplement).status == S.CANCELED
    assert ended(agreed)
    assert shelf() == {"SHIRT-M": (6, 3), "SHIRT-XL": (9, 0)}
    assert run() == []
    exchange_dearly(paid, staff)  # another may be agreed then


def test_the_customer_cancels_it(paid, staff):
    agreed = exchange_dearly(paid, staff)
    cancel(agreed.supplement)
    assert ended(agreed)
    assert run() == []


def test_late_money_goes_back(paid, buyer):
    fee = redirect_dearly(paid, buyer.user, far_away()).supplement
    payment = start_payment(order_id=fee.pk, actor=fee.customer).payment
    cancel(fee)
    capture(payment)
    assert Refund.objects.get(payment=payment).cause == "late"
    assert (now(fee).status, now(paid).address_snapshot) == (S.CANCELED, paid.address_snapshot)
    return_money(fee)
    assert (returning.balance(fee), run()) == (0, [])


def disputed(order, _staff):
    charge = order.ledger.get(kind="captured")
    Dispute.objects.create(payment=charge.payment, capture=charge, reference="dp", amount=1)


MOVES = {
    "changed": lambda order, staff: change(order, "cancel", {"CUP": 1}, actor=staff),
    "refunded": lambda order, _staff: ask_refund(order),
    "disputed": disputed,
}


@pytest.mark.parametrize("dearly", ["exchanged", "redirected"])
@pytest.mark.parametrize("move", MOVES)
def test_an_order_that_moved_on_ends_it_and_money_that_comes_goes_back(paid, staff, buyer, move, dearly):
    for by_sweep in (True, False):
        order = buyer.order_in(S.PAID, (shirts()[0], 2), (make_product(stock=5, sku=f"CUP{by_sweep}"), 1))
        if dearly == "exchanged":
            agreed = exchange_dearly(order, staff)
        else:
            agreed = redirect_dearly(order, buyer.user, far_away(f"{9 + by_sweep}"))
        payment = start_payment(order_id=agreed.pk, actor=buyer.user).payment
        assert waiting.stale() == []
        before = order.changes.count()
        act = (
            MOVES[move] if move != "changed" else lambda one, who: change(one, "refund", amount=1, actor=who)
        )
        act(order, staff)
        assert waiting.stale() == [agreed.pk]
        if by_sweep:
            waiting.end_stale(order_id=agreed.pk)
        capture(payment)
        assert (now(agreed.supplement).status, Refund.objects.get(payment=payment).cause) == (
            S.CANCELED,
            "late",
        )
        assert ended(agreed)
        assert order.changes.count() == before + (move == "changed")
        assert waiting.stale() == []
        last = StatusChange.objects.filter(order=agreed.pk).order_by("sequence").last()
        assert last.reason == "moved_on"
    assert [line for line in run() if "dispute" not in line] == []


def test_nobody_begins_to_pay_for_an_order_that_moved_on(paid, staff):
    agreed = exchange_dearly(paid, staff)
    ask_refund(paid)
    with pytest.raises(StepNotAllowed):
        start_payment(order_id=agreed.pk, actor=paid.customer)
    assert ended(agreed)


def test_one_waits_at_a_time_and_none_for_a_disputed_order(paid, staff, buyer):
    first = exchange_dearly(paid, staff)
    with pytest.raises(ChangeWaits) as refusal:
        redirect_dearly(paid, buyer.user, far_away())
    assert refusal.value.members == {"waiting_order": str(first.pk)}
    cancel(first.supplement)
    disputed(paid, staff)
    with pytest.raises(OrderDisputed):
        exchange_dearly(paid, staff)


def test_an_old_preview_is_refused(paid, staff):
    shown = preview_exchange(order_id=paid.pk, actor=staff, swap=swap_of())
    change(paid, "cancel", {"CUP": 1}, actor=staff)
    with pytest.raises(OrderMovedOn):
        make_exchange(order_id=paid.pk, actor=staff, change_id=shown.id, based_on=0, swap=swap_of())


def test_what_can_not_be_made_after_all_gives_the_money_back(paid, staff, buyer):
    """Its last pieces would go, which would make it Done, and its customer waits for an answer."""
    order = buyer.order_in(S.PAID, (shirts()[0], 1))
    agreed = exchange_dearly(order, staff)
    payment = start_payment(order_id=agreed.pk, actor=buyer.user).payment
    pieces = {order.lines.get().pk: 1}
    kind = ChangeRequest.Kind.CANCEL
    asked = change_requests.ask(order_id=order.pk, actor=buyer.user, kind=kind, quantities=pieces)
    capture(payment)
    assert (Refund.objects.get(payment=payment).cause, now(agreed.supplement).status) == ("late", S.CANCELED)
    assert ended(agreed)
    asked.refresh_from_db()
    assert (now(order).status, asked.state) == (S.PAID, "open")
    assert shelf()["SHIRT-XL"] == (9, 0)
    return_money(agreed.supplement)
    assert (returning.balance(agreed.supplement), run()) == (0, [])


def test_what_pays_a_difference_is_paid_before_a_courier_has_it(paid, staff, buyer, settings):
    """Cash on delivery would send the new pieces of an exchange that may never be made; and a fee is not sent at all."""
    make = {name: settings.PAYMENT_VARIANTS.get(name) for name in settings.PAYMENT_VARIANTS}
    offline = "orders.payments.providers.offline."
    settings.PAYMENT_VARIANTS = make | {
        "cash_on_delivery": (f"{offline}CashOnDelivery", {}),
        "transfer": (f"{offline}BankTransfer", {}),
    }
    new = exchange_dearly(paid, staff).supplement
    assert "cash_on_delivery" in ways_to_pay(buyer.order_in(S.PAY_REQUIRED))
    assert {"cash_on_delivery", "transfer"} & set(ways_to_pay(new)) == {"transfer"}
    with pytest.raises(UnknownProvider):
        start_payment(order_id=new.pk, actor=buyer.user, variant="cash_on_delivery")


def test_a_difference_to_prices_in_another_currency_is_none(paid, staff, buyer, settings):
    settings.CURRENCY = "EUR"
    with pytest.raises(OtherCurrency):
        exchange_dearly(paid, staff)
    with pytest.raises(OtherCurrency):
        redirect_dearly(paid, buyer.user, far_away())


# --- nothing leaves meanwhile, unless staff end it ----------------------------------------------------------------------


def of_line(order, sku: str) -> dict[int, int]:
    return {order.lines.get(sku=sku).pk: 1}


LEAVES = {
    "all of it": lambda order, staff: complete(order),
    "the piece": lambda order, staff: send(order, staff, of_line(order, "SHIRT-M")),
    "the rest stays": lambda order, staff: end_early(order_id=order.pk, actor=staff, note="?"),
}


def send(order, staff, pieces: dict[int, int]):
    return send_parcel(order_id=order.pk, actor=staff, parcel=Parcel(pieces), note="Today")


@pytest.mark.parametrize("leaves", LEAVES)
@pytest.mark.parametrize("dearly", ["exchanged", "redirected"])
def test_what_a_change_waits_for_does_not_leave_until_it_is_paid(paid, staff, buyer, leaves, dearly):
    agreed = (
        exchange_dearly(paid, staff, 3)
        if dearly == "exchanged"
        else redirect_dearly(paid, buyer.user, far_away())
    )
    before = shelf()
    with pytest.raises(ChangeAwaited) as refusal:
        LEAVES[leaves](paid, staff)
    assert refusal.value.members == {"waiting_order": str(agreed.pk)}
    with pytest.raises(NothingToPack, match=f"waits to be paid: {paid.number}"):
        address_labels(order_ids=[paid.pk], actor=staff)
    assert (shelf(), now(paid).packed_at, waiting.stale()) == (before, None, [])
    pay(agreed.supplement)
    assert OrderChange.objects.filter(pk=agreed.change_id).exists()
    if dearly == "redirected":
        LEAVES[leaves](paid, staff)
    assert run() == []


def test_what_it_is_not_about_leaves_and_it_is_made_all_the_same(paid, staff):
    """Of three shirts one is exchanged: the other two may leave, and the cup, and then no more."""
    agreed = exchange_dearly(paid, staff)
    for sku in ("CUP", "SHIRT-M", "SHIRT-M"):
        send(paid, staff, of_line(paid, sku))
    with pytest.raises(ChangeAwaited):
        send(paid, staff, of_line(paid, "SHIRT-M"))
    assert waiting.stale() == []
    pay(agreed.supplement)
    assert (now(paid).status, now(agreed.supplement).status) == (S.DONE, S.PAID)
    assert run() == []


def test_staff_who_cannot_wait_end_it_and_send(paid, staff, buyer):
    agreed = redirect_dearly(paid, buyer.user, far_away())
    payment = start_payment(order_id=agreed.pk, actor=buyer.user).payment
    assert waiting.end(order_id=paid.pk, actor=staff, note="It has to leave") == paid

    last = agreed.supplement.history.last()
    assert (last.to_status, last.reason, last.actor, last.note) == (
        *(S.CANCELED, "change_ended", staff),
        "It has to leave",
    )
    logged = StaffAction.objects.latest("pk")
    assert (logged.actor, logged.action) == (staff, "orders.redirect_order")
    assert logged.details["ended"] == str(agreed.supplement.number)
    assert ended(agreed)
    complete(paid)
    assert now(paid).status == S.DONE

    capture(payment)
    assert Refund.objects.get(payment=payment).cause == "late"
    return_money(agreed.supplement)
    assert (returning.balance(agreed.supplement), run()) == (0, [])


def test_what_is_paid_or_over_is_not_ended(paid, staff, buyer):
    with pytest.raises(waiting.NothingWaits):
        waiting.end(order_id=paid.pk, actor=staff)
    agreed = redirect_dearly(paid, buyer.user, far_away())
    pay(agreed.supplement)
    with pytest.raises(waiting.NothingWaits):
        waiting.end(order_id=paid.pk, actor=staff)
    assert now(agreed.supplement).status == S.DONE


def test_a_card_that_held_a_part_of_it_has_it_back_when_staff_end_it(paid, staff):
    agreed, card = exchange_dearly(paid, staff), make_gift_card("1")
    redeem(agreed.supplement, card)
    waiting.end(order_id=paid.pk, actor=staff)
    card.refresh_from_db()
    assert (card.balance, run()) == (1, [])


# --- what is told, and what the database keeps ---------------------------------------------------------------------------


def texts(order) -> list[str]:
    found = []
    for one in Email.objects.filter(order=order).order_by("pk"):
        mail.outbox.clear()
        queue.send_email(email_id=one.pk)
        found += [message.body for message in mail.outbox]
    return found


def test_the_customer_is_told_what_is_to_be_paid_for_what(paid, staff):
    new = exchange_dearly(paid, staff).supplement
    (asks,) = texts(new)
    assert f"You exchange items of order {paid.number}. The new ones cost $2.34 more" in asks.replace(
        "\n", " "
    )
    pay(new)
    assert any(f"This is your exchange for order {paid.number}" in text for text in texts(new))


def test_the_customer_is_told_what_sending_farther_costs(paid, buyer):
    fee = redirect_dearly(paid, buyer.user, far_away()).supplement
    (asks,) = texts(fee)
    assert f"Sending order {paid.number} to its new address costs $5.50 more" in asks.replace("\n", " ")
    pay(fee)
    (thanks,) = texts(fee)[-1:]
    assert f"order {paid.number} goes to its new address" in thanks.replace("\n", " ")
    kinds = fee.emails.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["placed", "pay_required", "paid"]


def test_the_database_lets_nobody_write_another(paid, staff, buyer):
    agreed = exchange_dearly(paid, staff)
    other = buyer.order_in(S.PAID)
    with pytest.raises(Exception, match="Cannot"), transaction.atomic():
        WaitingChange.objects.filter(pk=agreed.pk).update(based_on=1)
    with pytest.raises(Exception, match="Cannot"), transaction.atomic():
        agreed.delete()
    with pytest.raises(Exception, match="Cannot"), transaction.atomic():
        Order.objects.filter(pk=agreed.pk).update(exchange_amount=1)
    row = {
        "order": paid,
        "change_id": paid.pk,
        "kind": "details",
        "based_on": 0,
        "sent": 0,
        "is_packed": False,
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        WaitingChange.objects.create(supplement=other, actor=staff, **row)
    cancel(agreed.supplement)
    with pytest.raises(Exception, match="Cannot"), transaction.atomic():
        WaitingChange.objects.filter(pk=agreed.pk).update(ended_at=None)
    assert OrderChange.objects.count() == 0

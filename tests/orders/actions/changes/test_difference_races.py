"""A difference that is paid at the moment at which its order moves on, or its time is over, on connections of their own."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.utils import timezone

from catalog.models import Product
from orders.actions.changes import waiting
from orders.actions.changes.changes import Wish, apply_change
from orders.actions.changes.details import Details, change_details
from orders.actions.changes.exchanges import make_exchange
from orders.actions.money.payment import start_payment
from orders.actions.money.payment_window import cancel_unpaid
from orders.actions.parcels import send_parcel
from orders.actions.steps import take_step
from orders.documents.packing import packing_lists
from orders.lifecycle.parcels import Parcel
from orders.models import Order, OrderChange, Refund, WaitingChange
from orders.payments import differences, returning
from orders.payments.made_at_provider import note_made_at_provider
from orders.payments.providers.base import NotificationKind
from orders.payments.recording import record_capture
from orders.status import OrderStatus, Step
from tests.factories import Buyer, make_gift_card, make_staff, redeem, return_money, shirts, tell
from tests.orders.audited import run
from tests.orders.differing import dear_shirt, exchange_dearly, far_away, redirect_dearly, swap_of
from tests.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)
S = OrderStatus
EACH = pytest.mark.parametrize("dearly", ["exchanged", "redirected"])


@pytest.fixture
def order(db) -> Order:
    dear_shirt()
    return Buyer().order_in(S.PAID, (shirts()[0], 2))


def agree(order: Order, dearly: str) -> WaitingChange:
    staff = make_staff()
    if dearly == "exchanged":
        return exchange_dearly(order, staff)
    return redirect_dearly(order, order.customer, far_away())


def paying(agreed: WaitingChange):
    """The provider tells that the difference was captured."""
    payment = start_payment(order_id=agreed.pk, actor=agreed.order.customer).payment
    told = {"amount": payment.total, "reference": f"charge {payment.token}"}
    tell(payment, NotificationKind.CAPTURED, **told)
    return partial(record_capture, payment_id=payment.pk, **told)


def now(order) -> Order:
    return Order.objects.get(pk=order.pk)


def one_or_the_other(agreed: WaitingChange) -> bool:
    """Whether the change was made; if not, the supplement is canceled, and all of its money goes back."""
    new, made = now(agreed.supplement), OrderChange.objects.filter(pk=agreed.change_id).exists()
    assert (new.status in (S.PAID, S.DONE)) == made
    if not made:
        assert new.status == S.CANCELED
        return_money(new)
        assert returning.balance(new) == 0
        left = Product.objects.get(sku="SHIRT-XL")
        assert (left.stock_quantity, left.promised) == (9, 0)
    return_money(agreed.order)
    assert run() == []
    return made


def moves(order: Order, move: str):
    """A call by which the order moves on."""
    staff, line = make_staff(), order.lines.get()
    charge = order.ledger.get(kind="captured")
    wish = Wish(kind=OrderChange.Kind.CANCEL, quantities={"SHIRT-M": 1}, note="?")
    given = {"order_id": order.pk, "actor": staff}
    return {
        "sent": partial(send_parcel, **given, parcel=Parcel({line.pk: 2})),
        "sent in part": partial(send_parcel, **given, parcel=Parcel({line.pk: 1})),
        "refunded": partial(take_step, **given, step=Step.ASK_REFUND, note="?"),
        "changed": partial(apply_change, **given, change_id=uuid4(), based_on=0, wish=wish),
        "packed": partial(packing_lists, order_ids=[order.pk], actor=staff),
        "returned": partial(
            note_made_at_provider,
            payment_id=charge.payment_id,
            charge=charge.reference,
            amount=charge.amount,
            reference="re_hand",
        ),
    }[move]


@EACH
@pytest.mark.parametrize("move", ["refunded", "changed"])
def test_paid_while_the_order_moves_on_it_is_made_or_the_money_goes_back(order, move, dearly):
    agreed = agree(order, dearly)
    results = at_once([paying(agreed), moves(order, move)])
    refused = [one for one in results if isinstance(one, Exception)]
    made = one_or_the_other(agreed)
    # Made first, the preview of the other one is an old one, or there is nothing left to send.
    assert made or not refused
    assert waiting.stale() == []


@EACH
@pytest.mark.parametrize("move", ["sent", "sent in part", "packed"])
def test_sent_while_it_is_paid_it_is_made_and_what_was_agreed_leaves_or_nothing(order, move, dearly):
    """Whoever is first: what is sent before is refused, and what is sent after is what the change has left of it."""
    agreed = agree(order, dearly)
    paid, sent = at_once([paying(agreed), moves(order, move)])
    assert not isinstance(paid, Exception)
    assert one_or_the_other(agreed)
    parcels = order.shipments.count()
    if isinstance(sent, Exception):
        assert (parcels, now(order).packed_at) == (0, None)
        assert sent.code in {"change_awaited", "more_than_left", "nothing_to_pack"}
    else:
        assert now(order).packed_at
    if dearly == "redirected":
        assert now(order).address_snapshot["city"] == "Berlin"


@EACH
def test_ended_by_staff_while_it_is_paid_it_is_made_or_the_money_goes_back(order, dearly):
    agreed = agree(order, dearly)
    _paid, ended = at_once([paying(agreed), partial(waiting.end, order_id=order.pk, actor=make_staff())])
    made = one_or_the_other(agreed)
    assert made == isinstance(ended, Exception)
    assert not made or ended.code in {"nothing_waits", "payment_under_way"}


@EACH
def test_sent_while_staff_end_it_it_leaves_or_is_refused(order, dearly):
    agreed = agree(order, dearly)
    ended, sent = at_once([partial(waiting.end, order_id=order.pk, actor=make_staff()), moves(order, "sent")])
    assert not isinstance(ended, Exception)
    assert now(agreed.supplement).status == S.CANCELED
    refused = isinstance(sent, Exception)
    assert now(order).status == (S.PAID if refused else S.DONE)
    assert not refused or sent.code == "change_awaited"
    assert run() == []


def test_a_return_at_the_provider_against_the_capture_gives_nothing_twice(order):
    agreed = agree(order, "exchanged")
    said = at_once([paying(agreed), moves(order, "returned")])[1]
    made = OrderChange.objects.filter(pk=agreed.change_id).exists()
    assert made == ("more than the ledger has left" in said)
    assert returning.balance(order) >= 0
    assert now(agreed.supplement).status == (S.PAID if made else S.CANCELED)


@EACH
def test_paid_as_its_time_ends_it_is_made_or_the_money_goes_back(order, dearly):
    agreed = agree(order, dearly)
    capture = paying(agreed)
    Order.objects.filter(pk=agreed.pk).update(pay_by=timezone.now() - timedelta(seconds=1))
    at_once([capture, partial(cancel_unpaid, order_id=agreed.pk)])
    one_or_the_other(agreed)


@EACH
def test_paid_as_the_sweep_ends_what_is_stale_the_money_goes_back(order, dearly):
    agreed = agree(order, dearly)
    capture = paying(agreed)
    moves(order, "changed")()
    at_once([capture, partial(waiting.end_stale, order_id=agreed.pk)])
    assert not one_or_the_other(agreed)


def test_paid_as_its_customer_cancels_it(order):
    agreed = agree(order, "exchanged")
    cancel = partial(take_step, order_id=agreed.pk, step=Step.CANCEL, actor=order.customer)
    at_once([paying(agreed), cancel])
    one_or_the_other(agreed)


def test_a_card_pays_the_difference_while_the_order_is_sent(order):
    agreed = agree(order, "exchanged")
    pay = partial(redeem, now(agreed.supplement), make_gift_card("50"))
    at_once([pay, moves(order, "sent in part")])
    assert one_or_the_other(agreed)


def test_the_same_capture_told_twice_at_once_makes_it_once(order):
    agreed = agree(order, "exchanged")
    capture = paying(agreed)
    at_once([capture, capture])
    assert one_or_the_other(agreed)
    assert order.changes.count() == 1


@pytest.mark.parametrize("same", [True, False])
def test_two_staff_who_agree_at_once_agree_once(order, same):
    ids = [uuid4()] * 2 if same else [uuid4(), uuid4()]
    call = partial(make_exchange, order_id=order.pk, actor=make_staff(), based_on=0, swap=swap_of())
    first, second = at_once([partial(call, change_id=one) for one in ids])
    codes = {getattr(one, "code", "begun") for one in (first, second)}
    assert codes == ({"begun"} if same else {"begun", "change_waits"})
    assert (WaitingChange.objects.count(), Order.objects.count()) == (1, 2)
    assert Product.objects.get(sku="SHIRT-XL").stock_quantity == 8
    assert run() == []


def test_an_exchange_and_an_address_at_once_are_one_that_waits(order):
    wish = Details(address=far_away(), pay=True)
    redirect = partial(
        change_details, order_id=order.pk, actor=order.customer, change_id=uuid4(), based_on=0, wish=wish
    )
    exchange = partial(
        make_exchange, order_id=order.pk, actor=make_staff(), change_id=uuid4(), based_on=0, swap=swap_of()
    )
    results = at_once([redirect, exchange])
    assert sorted(getattr(one, "code", "begun") for one in results) == ["begun", "change_waits"]
    assert run() == []


def test_the_last_dear_piece_is_held_for_one(order):
    other = Buyer().order_in(S.PAID, (shirts()[0], 1))
    Product.objects.filter(sku="SHIRT-XL").update(stock_quantity=1)
    calls = [
        partial(
            make_exchange, order_id=one.pk, actor=make_staff(), change_id=uuid4(), based_on=0, swap=swap_of()
        )
        for one in (order, other)
    ]
    results = at_once(calls)
    assert sorted(getattr(one, "code", "begun") for one in results) == ["begun", "insufficient_stock"]


def test_what_sending_elsewhere_had_cost_goes_back_once(order):
    agreed = agree(order, "redirected")
    paying(agreed)()
    moves(order, "refunded")()
    at_once([partial(differences.return_fee, order_id=agreed.pk)] * 2)
    assert Refund.objects.filter(payment__order=agreed.pk).count() == 1
    return_money(order)
    return_money(agreed.supplement)
    assert (returning.balance(agreed.supplement), run()) == (0, [])

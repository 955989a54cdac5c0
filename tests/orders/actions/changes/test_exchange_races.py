"""Exchanges and new addresses beside what else happens at one moment, on connections of their own."""

from functools import partial
from uuid import uuid4

import pytest

from catalog.models import Product
from orders.actions.changes.changes import Wish, apply_change
from orders.actions.changes.details import Details, change_details
from orders.actions.changes.exchange_preview import Swap
from orders.actions.changes.exchanges import make_exchange
from orders.actions.money.payment import start_payment
from orders.actions.parcels import send_parcel
from orders.actions.steps import take_step
from orders.documents.packing import address_labels
from orders.lifecycle.parcels import Parcel
from orders.models import Exchange, LedgerEntry, Order, OrderChange, Shipment
from orders.payments.made_at_provider import note_made_at_provider
from orders.status import OrderStatus, Step
from tests.factories import HUE, Buyer, capture, make_staff, return_money, shirts
from tests.orders.audited import run
from tests.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)
S = OrderStatus


@pytest.fixture
def order(db) -> Order:
    return Buyer().order_in(S.PAID, (shirts()[0], 2))


def exchanging(order, *, to="SHIRT-L", sku="SHIRT-M", quantity=1):
    """A call that makes an exchange which was previewed before anything else happened."""
    swap = Swap(sku=sku, to=to, quantity=quantity, note="?")
    staff, had = make_staff(), order.changes.count()
    return partial(make_exchange, order_id=order.pk, actor=staff, change_id=uuid4(), based_on=had, swap=swap)


def redirecting(order, **more):
    """A call by which the customer has it sent to another name."""
    address = {name: value for name, value in order.address_snapshot.items() if name != "id"}
    wish = Details(address=address | {"full_name": "Lan", "region": HUE}, **more)
    actor = order.customer
    return partial(change_details, order_id=order.pk, actor=actor, change_id=uuid4(), based_on=0, wish=wish)


def codes(results) -> list[str]:
    return sorted(getattr(result, "code", "done") for result in results)


def settled(*orders) -> None:
    for one in orders:
        return_money(one)
    assert run() == []


def test_two_staff_exchange_the_same_piece_once(order):
    assert codes(at_once([exchanging(order), exchanging(order)])) == ["done", "order_moved_on"]
    assert Exchange.objects.count() == 1
    settled(order)


def test_the_same_exchange_made_at_once_is_one(order):
    call = exchanging(order)
    first, second = at_once([call, call])
    assert first == second
    assert Order.objects.count() == 2
    settled(order)


def test_the_last_piece_of_a_variant_is_exchanged_for_once(order):
    other = Buyer().order_in(S.PAID, (shirts()[0], 2))
    Product.objects.filter(sku="SHIRT-L").update(stock_quantity=1)
    results = at_once([exchanging(order), exchanging(other)])
    assert codes(results) == ["done", "insufficient_stock"]
    assert Product.objects.get(sku="SHIRT-L").stock_quantity == 0
    assert Order.objects.filter(is_exchange=True).count() == 1


def test_exchanges_crosswise_wait_for_each_other_and_end(order):
    """Each gives what the other takes: both lock the two products in the order of their ids."""
    others = [Buyer().order_in(S.PAID, (shirts()[1], 2)) for _n in range(3)]
    more = [Buyer().order_in(S.PAID, (shirts()[0], 2)) for _n in range(2)]
    calls = [exchanging(one, sku="SHIRT-L", to="SHIRT-M") for one in others]
    calls += [exchanging(one) for one in (order, *more)]
    assert codes(at_once(calls)) == ["done"] * 6
    settled(order, *others, *more)


def test_an_exchange_against_sending_knows_what_was_sent(order):
    line, staff = order.lines.get().pk, make_staff()
    send = partial(send_parcel, order_id=order.pk, actor=staff, parcel=Parcel({line: 2}))
    results = codes(at_once([exchanging(order, quantity=2), send]))
    # Sent first, it comes back as a return of an order that is done, or what was left was too little.
    assert "done" in results
    sent = Shipment.objects.filter(order=order).exists()
    made = Exchange.objects.select_related("change").first()
    assert made is None or made.change.kind == ("return" if sent else "cancel")
    settled(order)


def test_an_exchange_against_canceling_the_same_pieces_is_one_of_them(order):
    staff = make_staff()
    wish = Wish(kind=OrderChange.Kind.CANCEL, quantities={"SHIRT-M": 1}, note="?")
    cancel = partial(apply_change, order_id=order.pk, actor=staff, change_id=uuid4(), based_on=0, wish=wish)
    assert codes(at_once([exchanging(order), cancel])) == ["done", "order_moved_on"]
    settled(order)


def test_an_exchange_against_a_full_refund_gives_its_money_once(order):
    staff = make_staff()
    refund = partial(take_step, order_id=order.pk, step=Step.ASK_REFUND, actor=staff, note="?")
    results = codes(at_once([exchanging(order), refund]))
    assert results in (["done", "done"], ["change_not_possible", "done"])
    settled(order)
    assert Order.objects.get(pk=order.pk).status == S.CANCELED


def test_an_exchange_against_a_return_at_the_provider_never_gives_more_than_there_is(order):
    charge = LedgerEntry.objects.get(kind="captured")
    by_hand = partial(
        note_made_at_provider,
        payment_id=charge.payment_id,
        charge=charge.reference,
        amount=order.total_amount - 5,
        reference="re_hand",
    )
    results = at_once([exchanging(order), by_hand])
    made = Exchange.objects.exists()
    said = next(one for one in results if isinstance(one, str))
    # One of them came first, and the other was refused, or says that there was less left.
    assert made == ("more than the ledger has left" in said)
    assert sum(LedgerEntry.SIGNS.get(one.kind, 0) * one.amount for one in order.ledger.all()) >= 0


# --- addresses ------------------------------------------------------------------------------------------------------------


def test_an_address_changed_while_papers_are_printed_comes_before_or_is_refused(order):
    staff = make_staff()
    results = at_once([redirecting(order), partial(address_labels, order_ids=[order.pk], actor=staff)])
    assert codes(results) in (["already_packed", "done"], ["done", "nothing_to_pack"], ["done", "done"])
    after = Order.objects.get()
    if after.packed_at:
        # What was printed is the address that the order has: the paper was drawn before the change, or after it.
        was_first = after.address_snapshot["full_name"] != "Lan"
        assert was_first == ("already_packed" in codes(results))
    settled(order)


def test_an_address_changed_while_the_order_is_sent_comes_before_or_is_refused(order):
    staff = make_staff()
    send = partial(take_step, order_id=order.pk, step=Step.COMPLETE, actor=staff)
    results = codes(at_once([redirecting(order), send]))
    assert results in (["details_not_possible", "done"], ["already_packed", "done"], ["done", "done"])
    assert Order.objects.get().status == S.DONE
    settled(order)


def test_an_address_changed_while_the_order_is_paid_is_in_its_books_either_way():
    order = Buyer().order_in(S.PAY_REQUIRED, (shirts()[0], 1))
    payment = start_payment(order_id=order.pk, actor=order.customer).payment
    assert codes(at_once([redirecting(order), partial(capture, payment)])) == ["done", "done"]
    assert Order.objects.get().address_snapshot["full_name"] == "Lan"
    settled(order)


def test_two_addresses_at_once_are_one(order):
    assert codes(at_once([redirecting(order), redirecting(order, note="x")])) == ["done", "order_moved_on"]
    settled(order)

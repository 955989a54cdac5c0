"""Who listens to one order hears at once of all that happens to it, each once and in order, and from a cursor on."""

from collections.abc import Callable
from functools import partial

import pytest

from orders.actions.changes import waiting
from orders.actions.tracking import correct_tracking_code
from orders.events import cursors, feed
from orders.live.codes import BAD_CURSOR
from orders.live.consumers import OrdersConsumer, OrderStatusConsumer
from orders.models import Invoice, Order
from orders.status import OrderStatus
from tests.factories import (
    Buyer,
    ask_refund,
    change,
    decline_a_return,
    decline_refund,
    expect_a_return,
    fail_refund,
    make_gift_card,
    make_pickup,
    make_product,
    make_staff,
    pay,
    pay_late,
    pay_twice,
    redeem,
    return_money,
    ship_a_piece,
    tell_it_is_ready,
)
from tests.orders.audited import approve
from tests.orders.differing import far_away, redirect_dearly
from tests.orders.live.client import Client, in_thread

S = OrderStatus


def wait_and_end(order: Order) -> None:
    """Its customer wants it elsewhere, and staff can't wait until that is paid."""
    redirect_dearly(order, order.customer, far_away())
    waiting.end(order_id=order.pk, actor=make_staff())


def give_back(order: Order) -> None:
    change(order, "refund", amount=1)
    return_money(order)


def correct(order: Order) -> None:
    correct_tracking_code(order_id=order.pk, actor=make_staff(), code="A1")


# What happens -> the status before, and the types of what is heard.
HAPPENS: dict[Callable[[Order], object], tuple[OrderStatus, list[str]]] = {
    ship_a_piece: (S.PAID, ["order.shipped"]),
    tell_it_is_ready: (S.PAID, ["order.ready"]),
    give_back: (S.PAID, ["order.changed", "order.money_returned"]),
    wait_and_end: (S.PAID, ["order.change_waits", "order.change_dropped"]),
    decline_refund: (S.PAID, ["order.request_answered"]),
    decline_a_return: (S.DONE, ["order.request_opened", "order.request_answered"]),
    expect_a_return: (S.DONE, ["order.request_opened", "order.request_expected"]),
    correct: (S.DONE, ["order.tracking_changed"]),
    approve: (S.PAY_REQUIRED, ["order.payment_changed"]),
    pay_twice: (S.PAID, ["order.payment_changed"]),
    fail_refund: (S.REFUND, ["order.money_returned", "status", "order.refund_failed"]),
    ask_refund: (S.PAID, ["status"]),
}


def bought(buyer: Buyer, status: OrderStatus, *, is_pickup: bool = False) -> Order:
    if is_pickup:
        buyer.table = make_pickup()
    return buyer.order_in(status, (make_product(stock=5), 3))


@pytest.mark.parametrize("happens", HAPPENS, ids=lambda happens: happens.__name__)
async def test_what_happens_to_an_order_is_heard_at_once_and_once(hub, buyer, token, happens):
    status, types = HAPPENS[happens]
    order = await in_thread(partial(bought, buyer, status, is_pickup=happens is tell_it_is_ready))
    now = await in_thread(feed.present)
    async with (
        Client(OrderStatusConsumer, token, after=now, order_id=order.pk) as one,
        Client(OrdersConsumer, token) as all_,
    ):
        assert (await one.next())["status"] == status
        await all_.next()
        await in_thread(happens, order)
        heard = [await one.next() for _ in types]
        told = []
        while len(told) < len(types):
            event = await all_.next()
            # An order that pays a difference has events of its own.
            told += [event] if event["data"]["order"] == str(order.pk) else []

        assert [message["type"] for message in heard] == types
        for message, event in zip(heard, told, strict=True):
            if message["type"] == "status":
                assert event["data"]["to_status"] == message["status"]
            else:
                assert message == event
                assert message["data"]["order"] == str(order.pk)
        assert one.heard.empty()


async def test_who_names_no_cursor_hears_of_statuses_alone(hub, buyer, token):
    order = await in_thread(bought, buyer, S.PAID)
    async with (
        Client(OrderStatusConsumer, token, order_id=order.pk) as one,
        Client(OrdersConsumer, token) as all_,
    ):
        assert (await one.next())["status"] == S.PAID
        await all_.next()
        await in_thread(ship_a_piece, order)
        assert (await all_.next())["type"] == "order.shipped"
        await in_thread(ask_refund, order)
        assert (await one.next())["status"] == S.REFUND
        await in_thread(return_money, order)
        assert (await one.next())["status"] == S.CANCELED
        assert one.heard.empty()


async def test_what_a_gift_card_pays_of_an_order_is_heard(hub, buyer_order, token):
    now = await in_thread(feed.present)
    async with Client(OrderStatusConsumer, token, after=now, order_id=buyer_order.pk) as client:
        await client.next()
        await in_thread(redeem, buyer_order, await in_thread(make_gift_card, "1"))
        assert await client.next() | {"cursor": "", "timestamp": ""} == {
            "type": "order.payment_changed",
            "cursor": "",
            "timestamp": "",
            "data": {"order": str(buyer_order.pk), "number": str(buyer_order.number), "actor": "customer"},
        }


async def test_late_money_is_heard_when_it_comes_and_when_it_is_back(hub, buyer, token):
    order = await in_thread(bought, buyer, S.CANCELED)
    now = await in_thread(feed.present)
    async with Client(OrderStatusConsumer, token, after=now, order_id=order.pk) as client:
        await client.next()
        await in_thread(pay_late, order)
        assert (await client.next())["type"] == "order.payment_changed"
        await in_thread(return_money, order)
        assert (await client.next())["type"] == "order.money_returned"


async def test_what_happened_between_the_page_and_its_socket_is_told(hub, buyer, token):
    order = await in_thread(bought, buyer, S.PAID)
    shown = await in_thread(feed.present)
    await in_thread(ship_a_piece, order)
    await in_thread(give_back, order)
    await in_thread(feed.give_positions)
    async with Client(OrderStatusConsumer, token, after=shown, order_id=order.pk) as client:
        assert (await client.next())["status"] == S.PAID
        types = [(await client.next())["type"] for _ in range(3)]
        assert types == ["order.shipped", "order.changed", "order.money_returned"]
        await in_thread(ask_refund, order)
        assert (await client.next())["status"] == S.REFUND
        assert client.heard.empty()


async def test_statuses_that_were_passed_through_meanwhile_are_not_told(hub, buyer, token):
    """The present one says it all; what else happened is told."""
    order = await in_thread(bought, buyer, S.PAY_REQUIRED)
    shown = await in_thread(feed.present)
    for happens in (pay, ask_refund):
        await in_thread(happens, order)
    await in_thread(feed.give_positions)
    async with Client(OrderStatusConsumer, token, after=shown, order_id=order.pk) as client:
        assert (await client.next())["status"] == S.REFUND
        await in_thread(return_money, order)
        types = [(await client.next())["type"] for _ in range(2)]
        assert types == ["order.money_returned", "status"]


async def test_a_cursor_of_a_shop_that_was_restored_since_counts_as_none(hub, buyer_order, token):
    ahead = cursors.cursor_of(2**40)
    async with Client(OrderStatusConsumer, token, after=ahead, order_id=buyer_order.pk) as client:
        assert (await client.next())["status"] == S.PAY_REQUIRED
        await in_thread(pay, buyer_order)
        assert (await client.next())["status"] == S.PAID


async def test_a_cursor_that_is_none_is_refused(hub, buyer_order, token):
    async with Client(OrderStatusConsumer, token, after="nonsense", order_id=buyer_order.pk) as client:
        assert await client.closed() == BAD_CURSOR


async def test_a_paper_is_there_when_the_event_of_its_money_is_heard(hub, buyer_order, token):
    def papers() -> list[str]:
        return list(Invoice.objects.order_by("pk").values_list("kind", flat=True))

    now = await in_thread(feed.present)
    async with Client(OrderStatusConsumer, token, after=now, order_id=buyer_order.pk) as client:
        await client.next()
        await in_thread(pay, buyer_order)
        assert (await client.next())["status"] == S.PAID
        assert await in_thread(papers) == ["invoice"]
        await in_thread(give_back, buyer_order)
        while (await client.next())["type"] != "order.money_returned":
            pass
        assert await in_thread(papers) == ["invoice", "credit_note"]

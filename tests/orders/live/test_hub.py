"""A process reads what is new once, however many hear it, and hands it to those alone whom it concerns."""

import asyncio
from contextlib import AsyncExitStack, contextmanager
from functools import partial

import pytest
from django.db import connection

from accounts.access.keys import make_key
from orders.events import cursors, feed
from orders.live import hub as hubs
from orders.live import sockets
from orders.live.codes import BAD_CURSOR, TOO_MANY
from orders.live.consumers import OrdersConsumer, OrderStatusConsumer
from orders.models import FeedEntry
from orders.status import OrderStatus
from rest.scopes import Scope
from tests.factories import Buyer, ask_refund, cancel, make_product, make_staff, pay, return_money
from tests.journeys.client import new_session
from tests.orders.live.client import Client, in_thread

S = OrderStatus


@contextmanager
def counted(threads):
    """How many statements are sent in these threads."""
    statements: list[str] = []

    def note(execute, sql, params, many, context):
        statements.append(sql)
        return execute(sql, params, many, context)

    real = threads.run

    async def run(call, *given, seconds):
        def noting(*more):
            with connection.execute_wrapper(note):
                return call(*more)

        return await real(noting, *given, seconds=seconds)

    threads.run = run
    try:
        yield statements
    finally:
        threads.run = real


@pytest.fixture
def staff_token():
    return new_session(make_staff())


async def statements_for_one_change(hub, order, token: str, listeners: int) -> int:
    async with AsyncExitStack() as open_:
        clients = [await open_.enter_async_context(Client(OrdersConsumer, token)) for _ in range(listeners)]
        for client in clients:
            assert (await client.next())["type"] == "ready"
        await asyncio.sleep(0.2)
        with counted(hub.thread) as by_hub, counted(sockets.asking) as by_sockets:
            await in_thread(cancel, order)
            for client in clients:
                assert (await client.next())["data"]["to_status"] == S.CANCELED
            await asyncio.sleep(0.2)
    assert by_sockets == []
    return len(by_hub)


async def test_one_change_takes_the_same_statements_however_many_listen(hub, buyer, staff_token):
    orders = [await in_thread(buyer.order_in, S.PAY_REQUIRED) for _ in range(2)]

    one = await statements_for_one_change(hub, orders[0], staff_token, 1)
    many = await statements_for_one_change(hub, orders[1], staff_token, 30)

    assert many <= one + 1, "and one more look at most, where the hint of the change came late"


async def test_a_look_for_lost_rights_takes_three_statements_however_many_listen(
    hub, buyer, buyer_order, token
):
    key = (await in_thread(partial(make_key, user=buyer.user, name="a till", scope=Scope.READ))).secret
    async with AsyncExitStack() as open_:
        for _ in range(10):
            for client in (
                Client(OrdersConsumer, token),
                Client(OrdersConsumer, "", key=key),
                Client(OrderStatusConsumer, token, order_id=buyer_order.pk),
            ):
                await open_.enter_async_context(client)
                await client.next()
        hub.look_at_everything()
        await settled(hub)
        with counted(hub.thread) as statements:
            hub._suspect(None)
            await settled(hub)

    assert len([one for one in statements if one.lstrip().startswith("SELECT")]) == 3


async def settled(hub) -> None:
    """Until the hub has nothing left to do."""
    await asyncio.sleep(0.3)
    for _ in range(500):
        if not hub.news.is_set() and not hub.suspected.is_set():
            break
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)


async def test_nobody_hears_what_is_somebody_elses(hub, buyer, buyer_order, token, staff_token):
    other = await in_thread(Buyer)
    async with (
        Client(OrdersConsumer, token) as mine,
        Client(OrderStatusConsumer, token, order_id=buyer_order.pk) as one,
        Client(OrdersConsumer, staff_token) as everybodys,
    ):
        assert (await one.next())["status"] == S.PAY_REQUIRED
        for feed_ in (mine, everybodys):
            assert (await feed_.next())["type"] == "ready"
        theirs = await in_thread(other.order_in, S.PENDING)
        await in_thread(cancel, buyer_order)

        assert (await everybodys.next())["data"]["order"] == str(theirs.pk)
        for client in (mine, everybodys):
            assert (await client.next())["data"]["order"] == str(buyer_order.pk)
        assert (await one.next())["status"] == S.CANCELED
        assert mine.heard.empty() and one.heard.empty()


async def test_a_hint_that_concerns_nobody_here_is_not_even_looked_at(hub, buyer, buyer_order, token):
    other = await in_thread(Buyer)
    async with Client(OrdersConsumer, token) as mine:
        await mine.next()
        await settled(hub)
        with counted(hub.thread) as statements:
            await in_thread(other.order_in, S.PENDING)
            await settled(hub)
        assert statements == []

        await in_thread(cancel, buyer_order)
        assert (await mine.next())["data"]["order"] == str(buyer_order.pk), (
            "what was passed over hides nothing"
        )


async def test_one_that_catches_up_while_things_happen_hears_each_once_and_in_order(
    hub, buyer, staff_token, monkeypatch
):
    """Pages are short and so is the outbox: what the hub hands over is in both, and then in neither."""
    monkeypatch.setattr(feed, "MAX_PAGE_SIZE", 3)
    monkeypatch.setattr(sockets, "OUTBOX", 2)
    product = await in_thread(partial(make_product, stock=50))
    for _ in range(3):
        await in_thread(buyer.order_in, S.PAY_REQUIRED, (product, 1))
    start = cursors.cursor_of(0)
    async with Client(OrdersConsumer, staff_token, after=start) as client:
        slow = client.heard.put

        async def sending(message: dict) -> None:
            await asyncio.sleep(0.02)
            await slow(message)

        client.sending = sending
        for _ in range(5):
            last = await in_thread(buyer.order_in, S.CANCELED, (product, 1))
        heard = [await client.next()]
        while heard[-1].get("data", {}).get("order") != str(last.pk) or heard[-1]["type"] != "order.canceled":
            heard.append(await client.next())

    assert heard[0] == {"type": "ready", "cursor": start}
    positions = [cursors.position_of(event["cursor"]) for event in heard[1:]]
    assert positions == await in_thread(all_positions)


def all_positions() -> list[int]:
    return list(FeedEntry.objects.order_by("position").values_list("position", flat=True))


async def test_a_client_that_reads_slowly_has_a_full_outbox_and_misses_nothing(
    hub, buyer_order, token, monkeypatch
):
    """It waits for the first of many changes; the others find no room, and are read again."""
    monkeypatch.setattr(sockets, "OUTBOX", 1)
    async with Client(OrdersConsumer, token) as client:
        await client.next()
        room = asyncio.Event()
        heard = client.heard.put

        async def sending(message: dict) -> None:
            await room.wait()
            await heard(message)

        client.sending = sending
        await in_thread(pay, buyer_order)
        await in_thread(ask_refund, buyer_order)
        await in_thread(return_money, buyer_order)
        await settled(hub)
        (listener,) = hub.listeners
        assert listener.is_behind and listener.outbox == []
        room.set()

        types = [(await client.next())["type"] for _ in range(4)]
    assert types == ["order.paid", "order.refund", "order.money_returned", "order.canceled"]


async def test_a_cursor_that_is_none_is_refused(hub, token):
    async with Client(OrdersConsumer, token, after="nonsense") as client:
        assert await client.closed() == BAD_CURSOR


async def test_so_many_sockets_of_one_user_are_open_and_no_more(hub, buyer_order, token, settings):
    settings.SOCKETS_PER_USER = 2
    async with AsyncExitStack() as open_:
        clients = [Client(OrdersConsumer, token), Client(OrderStatusConsumer, token, order_id=buyer_order.pk)]
        for client in clients:
            await open_.enter_async_context(client)
            await client.next()
        async with Client(OrdersConsumer, token) as one_more:
            assert await one_more.closed() == TOO_MANY
        clients[0].leave()
        await asyncio.wait({clients[0].app})
        async with Client(OrdersConsumer, token) as another:
            assert (await another.next())["type"] == "ready"


async def test_the_hub_ends_with_its_sockets_and_begins_with_the_next(buyer_order, token, monkeypatch):
    monkeypatch.setattr(hubs, "WATCH_SECONDS", 0.05)
    async with Client(OrdersConsumer, token) as client:
        await client.next()
        first = hubs.hub()
        await asyncio.sleep(0.2)
        assert not first.is_over
    await asyncio.wait(first.tasks, timeout=5)
    assert first.is_over and all(task.done() for task in first.tasks)

    async with Client(OrdersConsumer, token) as client:
        await client.next()
        assert hubs.hub() is not first
        await in_thread(cancel, buyer_order)
        assert (await client.next())["data"]["to_status"] == S.CANCELED
    hubs.hub().stop()

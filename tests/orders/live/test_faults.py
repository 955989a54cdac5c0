"""Whatever goes wrong inside a socket, at whichever of its waits, ends it in time with 1011, and leaves nothing behind."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

import pytest
from django.db import OperationalError

from orders.live import hub as hubs
from orders.live import sockets
from orders.live.bounded import Threads, in_time
from orders.live.codes import COME_BACK
from orders.live.consumers import OrdersConsumer, OrderStatusConsumer
from orders.live.sockets import Listener
from orders.status import OrderStatus
from tests.factories import cancel
from tests.orders.live.client import Client, in_thread

S = OrderStatus


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch):
    monkeypatch.setattr(sockets, "GREETING_SECONDS", 3.0)
    for name in ("ASKING_SECONDS", "SENDING_SECONDS", "CLOSING_SECONDS"):
        monkeypatch.setattr(sockets, name, 0.5)
    for name in ("READING_SECONDS", "REDIS_SECONDS"):
        monkeypatch.setattr(hubs, name, 0.5)
    monkeypatch.setattr(hubs, "FIRST_PAUSE", 0.05)


async def away(*_given: object, **_more: object) -> None:
    raise OperationalError("server closed the connection unexpectedly")


async def wrong(*_given: object, **_more: object) -> None:
    raise KeyError("nobody thought of that")


async def hangs(*_given: object, **_more: object) -> None:
    await asyncio.Event().wait()


# What is deaf hears again when its test is over.
deafness: set[asyncio.Future[None]] = set()


async def deaf(*_given: object, **_more: object) -> None:
    """Hangs, and does not obey when it is cancelled, as what waits in Python 3.11's wait_for may not."""
    over = asyncio.get_running_loop().create_future()
    deafness.add(over)
    while not over.done():
        try:
            await asyncio.wait({over})
        except asyncio.CancelledError:
            pass


@pytest.fixture(autouse=True)
async def _hear_again():
    yield
    while deafness:
        deafness.pop().set_result(None)
    await asyncio.sleep(0)


FAULTS = [away, wrong, hangs, deaf]


class Fault:
    """Stands before the database: the call of that number goes wrong, and `came` tells that it did."""

    def __init__(self, number: int, how: Callable[..., Awaitable[None]]) -> None:
        self.number, self.how = number, how
        self.calls = count(1)
        self.came = asyncio.Event()

    def before(self, threads: Threads, monkeypatch: pytest.MonkeyPatch) -> None:
        real = threads.run

        async def run(call, *given, seconds):
            if next(self.calls) == self.number:
                self.came.set()
                return await in_time(self.how(), seconds)
            return await real(call, *given, seconds=seconds)

        monkeypatch.setattr(threads, "run", run)


def client_of(kind: type, token: str, order) -> Client:
    return Client(kind, token, **({"order_id": order.pk} if kind is OrderStatusConsumer else {}))


def assert_nothing_is_left(hub) -> None:
    assert hub.listeners == set()
    assert not hub.by_topic


async def asleep(listener: Listener) -> None:
    """Until it has told all that there is."""
    for _ in range(1000):
        if listener.sleeper and not listener.sleeper.done():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it is still busy")


# What a socket asks the database, one after the other: who it is; then the feed's where it begins; then what it missed.
ASKED = [(OrderStatusConsumer, 1), (OrderStatusConsumer, 2), *((OrdersConsumer, n) for n in (1, 2, 3))]


@pytest.mark.parametrize(("kind", "number"), ASKED)
async def test_a_fault_at_any_question_of_a_socket_ends_it(
    hub, buyer_order, token, kind, number, monkeypatch
):
    for how in FAULTS:
        fault = Fault(number, how)
        with monkeypatch.context() as patch:
            fault.before(sockets.asking, patch)

            async with client_of(kind, token, buyer_order) as client:
                assert await client.closed() == COME_BACK

        assert fault.came.is_set()
        assert_nothing_is_left(hub)


@pytest.mark.parametrize("kind", [OrderStatusConsumer, OrdersConsumer])
async def test_a_fault_at_catching_up_later_ends_it(hub, buyer_order, token, kind, monkeypatch):
    for how in FAULTS:
        async with client_of(kind, token, buyer_order) as client:
            await client.next()
            (listener,) = hub.listeners
            await asleep(listener)
            with monkeypatch.context() as patch:
                Fault(1, how).before(sockets.asking, patch)
                listener.is_behind = True
                listener.sleeper.set_result(None)

                assert await client.closed() == COME_BACK
        assert_nothing_is_left(hub)


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_fault_of_the_hub_ends_no_socket_and_loses_nothing(buyer, token, number, monkeypatch):
    """It begins, it reads, it reads again: each of them may fail, and is tried again."""
    for how in FAULTS:
        order = await in_thread(buyer.order_in, S.PAY_REQUIRED)
        hub, fault = hubs.hub(), Fault(number, how)
        fault.before(hub.thread, monkeypatch)

        async with client_of(OrderStatusConsumer, token, order) as client:
            assert (await client.next())["status"] == S.PAY_REQUIRED
            await in_thread(cancel, order)
            assert (await client.next())["status"] == S.CANCELED
        assert fault.came.is_set()
        hub.stop()


@pytest.mark.parametrize("kind", [OrderStatusConsumer, OrdersConsumer])
@pytest.mark.parametrize("number", [1, 2])
async def test_a_client_that_does_not_read_is_let_go(hub, buyer_order, token, kind, number):
    """The server's `send` waits until there is room, and there never is: at accepting, or at the first message."""
    client = client_of(kind, token, buyer_order)
    sent = count(1)

    async def sending(message: dict) -> None:
        if next(sent) >= number:
            await deaf()

    client.sending = sending
    async with client:
        await in_time(asyncio.wait({client.app}), 8)

        assert client.app.done()
    assert_nothing_is_left(hub)


@pytest.mark.parametrize("error", [OSError("gone"), RuntimeError("after sending websocket.close")])
async def test_a_client_that_left_unnoticed_is_let_go_without_a_word(hub, buyer_order, token, error, caplog):
    async with client_of(OrderStatusConsumer, token, buyer_order) as client:
        await client.next()

        async def fails(_message: dict) -> None:
            raise error

        client.sending = fails
        await in_thread(cancel, buyer_order)
        await in_time(asyncio.wait({client.app}), 5)
        assert client.app.done()
    assert_nothing_is_left(hub)
    assert "a socket failed" not in caplog.text


@pytest.mark.parametrize("how", [away, wrong])
async def test_a_server_that_fails_at_receiving_ends_it(hub, buyer_order, token, how):
    client = client_of(OrderStatusConsumer, token, buyer_order)
    client.said.get = how
    async with client:
        assert await client.closed() == COME_BACK
    assert_nothing_is_left(hub)


@pytest.mark.parametrize("which", range(2))
async def test_a_task_that_is_canceled_by_somebody_else_ends_it(hub, buyer_order, token, which):
    before = asyncio.all_tasks()
    async with client_of(OrderStatusConsumer, token, buyer_order) as client:
        await client.next()
        names = ("_until_left", "_work")
        tasks = {task.get_coro().__name__: task for task in asyncio.all_tasks() - before}
        tasks[names[which]].cancel()

        assert await client.closed() == COME_BACK
    assert_nothing_is_left(hub)


async def test_one_that_leaves_while_it_is_greeted_leaves_nothing_behind(hub, buyer_order, token):
    for _ in range(50):
        async with client_of(OrdersConsumer, token, buyer_order):
            pass
    assert_nothing_is_left(hub)


async def test_a_hub_that_falls_sends_its_sockets_away_and_the_next_has_a_new_one(hub, buyer_order, token):
    async with client_of(OrderStatusConsumer, token, buyer_order) as client:
        await client.next()
        hub.tasks[0].cancel()

        assert await client.closed() == COME_BACK
    async with client_of(OrderStatusConsumer, token, buyer_order) as client:
        assert (await client.next())["status"] == S.PAY_REQUIRED
    assert hubs.hub() is not hub


async def test_a_hub_that_could_not_look_for_too_long_sends_its_sockets_away(
    hub, buyer_order, token, monkeypatch
):
    """Nobody knows any more whether they may listen."""
    monkeypatch.setattr(hubs, "BLIND_SECONDS", 0.3)
    monkeypatch.setattr(hubs, "WATCH_SECONDS", 0.1)
    async with client_of(OrderStatusConsumer, token, buyer_order) as client:
        await client.next()
        monkeypatch.setattr(hub.thread, "run", away)
        hub.look_at_everything()

        assert await client.closed() == COME_BACK


@pytest.mark.parametrize("kind", [OrderStatusConsumer, OrdersConsumer])
@pytest.mark.parametrize("how", [hangs, deaf])
async def test_one_that_is_never_greeted_is_sent_away_in_time(buyer_order, token, kind, how, monkeypatch):
    """The hub does not begin: the first message has its deadline, here 3 s."""
    hub, clock = hubs.hub(), asyncio.get_running_loop().time

    async def never(_call, *_given, seconds):
        await in_time(how(), seconds)

    monkeypatch.setattr(hub.thread, "run", never)
    before = clock()
    async with client_of(kind, token, buyer_order) as client:
        assert await client.closed() == COME_BACK
    assert clock() - before < sockets.GREETING_SECONDS + 2
    assert_nothing_is_left(hub)
    hub.stop()


async def test_without_hints_sockets_are_looked_after_by_the_clock(buyer_order, token, settings):
    settings.HINTS_URL = "unix:///nowhere/valkey.sock"
    settings.LIVE_RECHECK = 0.3
    async with client_of(OrderStatusConsumer, token, buyer_order) as client:
        await client.next()
        await in_thread(cancel, buyer_order)

        assert (await client.next())["status"] == S.CANCELED
    hubs.hub().stop()

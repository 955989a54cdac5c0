"""Sockets, while a database dies again and again and while Redis loses everything: none is deaf, and none stays behind."""

import asyncio
import logging
import shutil
import signal
import time
from collections import Counter

import psycopg
import pytest
from redis import Redis

from config.runtime.embedded import DATABASE, USER, Postgres, Valkey
from orders.live.codes import COME_BACK
from orders.status import OrderStatus
from tests.databases import copy_template, using_database
from tests.embedded import make_home
from tests.factories import Buyer, make_product
from tests.faults.sockets import Sockets, run_here, until
from tests.journeys.client import Client
from tests.processes import Shop
from tests.waiting import SECONDS, wait_until

log = logging.getLogger(__name__)
pytestmark = [pytest.mark.flow, pytest.mark.long]

# The clock that looks without a hint is out of the way: what is heard, is heard live.
NO_CLOCK = {"LIVE_RECHECK": "600", "SOCKETS_PER_USER": "0", "SOCKETS_PER_ADDRESS": "0"}
WORKERS = 1
STORM_SECONDS, KILLS_EACH, AT_ONCE = 8.0, 1.0, 24


class DyingPostgres:
    """The embedded server, killed as by an operator who is in a hurry, and started again each time."""

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self.kills = 0

    async def die_for(self, seconds: float) -> None:
        """On the main thread: a server ends with the thread that started it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.server.child.process.send_signal(signal.SIGQUIT)
            self.server.child.process.wait(SECONDS)
            self.server.child.start()
            self.kills += 1
            await asyncio.sleep(KILLS_EACH)
        await asyncio.to_thread(wait_until, self.server.answers, "the database is back")


@pytest.fixture
def own_postgres():
    home = make_home()
    for name in ("sockets", "logs"):
        (home / name).mkdir(mode=0o711)
    postgres = Postgres(home, home / "sockets", home / "logs", durable=False)
    postgres.start()
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        # What was answered stands, whoever kills it.
        connection.execute(f"ALTER DATABASE {DATABASE} SET synchronous_commit = on")
    yield DyingPostgres(postgres)
    postgres.stop()
    shutil.rmtree(home, ignore_errors=True)


def channel_of(shop: Shop) -> str:
    return f"{shop.environment['CHANNEL_PREFIX']}.hints"


def listening_to_hints(shop: Shop, valkey: Valkey) -> int:
    with Redis(unix_socket_path=str(valkey.socket)) as redis:
        return redis.pubsub_numsub(channel_of(shop))[0][1]


def assert_nobody_is_left(valkey: Valkey, shop: Shop) -> None:
    """In the hub, or it would go on listening; a worker listens to the same."""
    wait_until(lambda: listening_to_hints(shop, valkey) == WORKERS, "the hub has ended with its last socket")


def path_of(order) -> str:
    return f"/ws/orders/{order.pk}/"


def cancel(client: Client, order) -> None:
    answer = client.step(order.pk, "cancellation")
    assert answer.status_code == 200, answer.text


# --- the database ----------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(own_postgres, own_valkey, shop_environment, tmp_path_factory, django_db_blocker, migrated_template):
    server = own_postgres.server
    own = {
        "DATABASE_URL": server.url,
        "REDIS_URL": own_valkey.url,
        "DATA_DIR": str(tmp_path_factory.mktemp("shop")),
    }
    there = {"HOST": str(server.sockets), "USER": USER, "PORT": "5432"}
    with django_db_blocker.unblock():
        copy_template(tmp_path_factory.mktemp("dump") / "template", DATABASE, **there)
        with Shop(shop_environment | own | NO_CLOCK) as running, using_database(DATABASE, **there):
            yield running


async def storm(shop: Shop, sockets: Sockets, paths: list[str], postgres: DyingPostgres) -> None:
    over = asyncio.Event()
    storming = asyncio.create_task(sockets.storm(paths, over, at_once=AT_ONCE))
    leaving = asyncio.create_task(leave_at_once(sockets, paths, over))
    await postgres.die_for(STORM_SECONDS)
    over.set()
    await asyncio.gather(storming, leaving)
    await sockets.settle()


async def leave_at_once(sockets: Sockets, paths: list[str], over: asyncio.Event) -> None:
    while not over.is_set():
        await asyncio.gather(*(sockets.open_and_leave(path) for path in paths))


def test_no_socket_of_a_storm_of_connects_is_deaf_while_the_database_dies(shop, own_postgres, own_valkey):
    buyer, product = Buyer(), make_product(stock=99)
    client = Client(shop, buyer.user)
    orders = [buyer.order_in(OrderStatus.PAY_REQUIRED, (product, 1)) for _ in range(4)]
    sockets = Sockets(shop.ws_url, client.token)
    assert listening_to_hints(shop, own_valkey) == WORKERS
    said: dict[str, object] = {}

    async def run() -> None:
        # One kind follows one order, the other all of them.
        await storm(shop, sockets, ["/ws/orders/", *map(path_of, orders)], own_postgres)
        said["closed"] = Counter(one.code for one in sockets.opened if one.code is not None)
        said["deaf"] = sum(one.is_deaf for one in sockets.opened)
        still = [one for one in sockets.opened if one.is_open]
        said["open"] = len(still)
        # One more of each kind, so that somebody listens whatever the storm has left.
        for path in ("/ws/orders/", *map(path_of, orders)):
            await sockets.open_one(path)
        await sockets.settle()
        for order in orders:
            await asyncio.to_thread(until_canceled, client, order)
        still = [one for one in sockets.opened if one.is_open]
        await until(lambda: all(has_heard(one) or not one.is_open for one in still), "all have heard")
        said["sent away"] = sum(not one.is_open for one in still)
        await sockets.close()

    run_here(run())
    log.info("%s tries, %s refused, %s kills: %s", sockets.tries, sockets.refused, own_postgres.kills, said)
    assert own_postgres.kills >= 4 and len(sockets.opened) > AT_ONCE
    assert said["deaf"] == 0
    assert set(said["closed"]) <= {COME_BACK}, "each is told to come back, and by nothing else"
    assert_nobody_is_left(own_valkey, shop)


def until_canceled(client: Client, order) -> None:
    """The shop may need a moment to find its database again."""
    wait_until(lambda: client.step(order.pk, "cancellation").status_code == 200, "canceled")


def has_heard(one) -> bool:
    """That of one order its change; that of all, four of them."""
    if one.first["type"] == "ready":
        return len({told["data"]["order"] for told in one.messages if told["type"] == "order.canceled"}) == 4
    return any(told["status"] == OrderStatus.CANCELED for told in [one.first, *one.messages])


# --- Redis -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def shop_of_own_valkey(own_valkey, apart, tmp_path_factory):
    own = {"REDIS_URL": own_valkey.url, "DATA_DIR": str(tmp_path_factory.mktemp("shop"))}
    with apart("emptied") as environment, Shop(environment | own | NO_CLOCK) as running:
        yield running


def lose_everything(valkey: Valkey) -> None:
    valkey.child.process.kill()
    valkey.child.process.wait(SECONDS)
    for kept in valkey.sockets.glob("**/*"):
        if kept.is_file() and not kept.is_socket():
            kept.unlink()


def test_sockets_that_were_open_hear_live_after_redis_came_back_empty(shop_of_own_valkey, own_valkey):
    shop = shop_of_own_valkey
    buyer, product = Buyer(), make_product(stock=99)
    client = Client(shop, buyer.user)
    before, meanwhile, after = (buyer.order_in(OrderStatus.PAY_REQUIRED, (product, 1)) for _ in range(3))
    sockets = Sockets(shop.ws_url, client.token)
    assert listening_to_hints(shop, own_valkey) == WORKERS

    async def heard(order, path: str) -> None:
        """By each socket that listens to it, or to all."""
        ours = [one for one in sockets.opened if one.path in ("/ws/orders/", path)]
        await until(lambda: all(str(order.pk) in canceled_in(one) for one in ours), "all have heard")

    async def run() -> None:
        for order in (before, meanwhile, after):
            for path in ("/ws/orders/", path_of(order)) * 2:
                await sockets.open_one(path)
        await sockets.settle()
        await asyncio.to_thread(cancel, client, before)
        await heard(before, path_of(before))
        lose_everything(own_valkey)
        await asyncio.to_thread(cancel, client, meanwhile)
        own_valkey.start()  # on the main thread: it ends with the thread that started it
        await heard(meanwhile, path_of(meanwhile))
        await asyncio.to_thread(cancel, client, after)
        await heard(after, path_of(after))
        assert all(one.is_open for one in sockets.opened), "and none had to come back for it"
        await sockets.close()

    run_here(run())
    assert_nobody_is_left(own_valkey, shop)


def canceled_in(one) -> set[str]:
    told = [one.first, *one.messages]
    of_feed = {each["data"]["order"] for each in told if each["type"] == "order.canceled"}
    return of_feed | {each["order"] for each in told if each.get("status") == OrderStatus.CANCELED}

"""The database is put back to a second before a mistake, by the commands of docs/backups.md, and the shop goes on."""

import sys
import time
from datetime import UTC, datetime

import httpx
import psycopg
import pytest
from django.db import connections
from django.utils import timezone

from backups import postgres
from orders.events import feed
from orders.models import Email, Invoice, Order
from orders.status import OrderStatus
from outbox import quiet
from tests.backups.archived import DATABASE, Cluster, commands
from tests.backups.conftest import Place
from tests.databases import template, using_database
from tests.factories import Buyer, make_product
from tests.journeys.client import Client, place, status_of
from tests.processes import Shop
from tests.waiting import wait_until

pytestmark = [pytest.mark.live]
S = OrderStatus


@pytest.fixture
def cluster(migrated_template, django_db_blocker, tmp_path):
    with django_db_blocker.unblock(), Cluster() as cluster:
        fill(cluster, tmp_path)
        with using_database(DATABASE, **cluster.there):
            yield cluster
        connections.close_all()


def fill(cluster: Cluster, folder) -> None:
    """Migrating would take much longer. As text, of which an older server is spared what it does not know."""
    dump = folder / "template.sql"
    with using_database(template()):
        postgres.run("pg_dump", "--no-owner", "--no-privileges", f"--file={dump}")
    newer = ("SET transaction_timeout", "\\restrict", "\\unrestrict")
    lines = [line for line in dump.read_text().splitlines(keepends=True) if not line.startswith(newer)]
    (cluster.folder / "template.sql").write_text("".join(lines))
    said = cluster.as_postgres(
        *("psql", "-q", "-U", "orderly", "-v", "ON_ERROR_STOP=1", "-d", DATABASE),
        *("-f", str(cluster.folder / "template.sql")),
    )
    assert "ERROR" not in said


class Timed:
    """Seconds of each part, for the page that states them."""

    def __init__(self) -> None:
        self.began, self.parts = time.monotonic(), {}

    def skip(self) -> None:
        self.began = time.monotonic()

    def note(self, part: str) -> None:
        now = time.monotonic()
        self.parts[part], self.began = now - self.began, now

    def told(self) -> str:
        return ", ".join(f"{part} {seconds:.1f} s" for part, seconds in self.parts.items())


def bought(buyer: Buyer, product) -> tuple[int, int]:
    """The numbers of a paid order and of its invoice."""
    order = buyer.order_in(S.PAID, (product, 1))
    return order.number, Invoice.objects.get(order=order).number


def copied(cluster: Cluster, set_up: list[str]) -> None:
    """A copy's end is noted in whole seconds, and nothing goes back to a moment that is not of a later second."""
    cluster.follow(set_up, shop=pytest.fail)
    second = int(time.time())
    wait_until(lambda: int(time.time()) > second, "the copy's second is over")


def put_back(cluster: Cluster, here: Place, back: list[str], moment: datetime) -> str:
    """What the shop's own command says."""
    said = []
    cluster.follow(
        back,
        shop=lambda line: said.append(here.run("recovered")) if line.endswith("recovered") else None,
        **{"2026-11-30 03:12:29+00": f"{moment:%Y-%m-%d %H:%M:%S.%f+00}"},
    )
    return "".join(said)


def test_a_shop_goes_on_from_the_second_before_a_mistake(cluster, shop_environment, tmp_path):
    (tmp_path / "shop").mkdir()
    own = {"DATABASE_URL": cluster.url, "DATA_DIR": str(tmp_path / "shop")}
    here = Place(DATABASE, shop_environment | own | own_names())
    set_up, back = commands()
    timed = Timed()
    copied(cluster, set_up)
    timed.note("set up, with the first copy")

    connections.close_all()
    buyer, product = Buyer(), make_product(stock=99)
    kept = {bought(buyer, product) for _nth in range(5)}
    moment = datetime.now(UTC)
    lost = {bought(buyer, product) for _nth in range(3)}
    feed.give_positions()
    ahead = feed.present()
    with psycopg.connect(cluster.url) as mistake:
        mistake.execute("DROP TABLE orders_orderline CASCADE")
    connections.close_all()

    timed.skip()
    said = put_back(cluster, here, back, moment)
    timed.note("put back, with the audit")
    assert "5 orders, as of" in said and "Everything adds up" in said
    assert quiet.since() is not None
    assert set(Order.objects.values_list("number", flat=True)) == {number for number, _invoice in kept}
    with Shop(here.environment) as shop:
        timed.note("web server and worker")
        goes_on(shop, buyer, product, ahead, lost)
        timed.note("first order")
        nothing_goes_out_until_it_is_released(here)
    assert "Everything adds up" in here.run("audit")
    sys.stdout.write(f"\n{timed.told()}\n")


def nothing_goes_out_until_it_is_released(here: Place) -> None:
    """A worker runs, and has confirmed an order."""
    assert Email.objects.filter(sent_at=None, next_attempt_at__lte=timezone.now()).exists()
    assert "Released." in here.run("release")
    wait_until(lambda: not Email.objects.filter(sent_at=None).exists(), "emails go out")


def own_names() -> dict[str, str]:
    return dict.fromkeys(("CACHE_PREFIX", "CHANNEL_PREFIX", "CELERY_QUEUE"), "point-in-time")


def goes_on(shop: Shop, buyer: Buyer, product, ahead: str, lost: set[tuple[int, int]]) -> None:
    """Orders are taken, with numbers of their own, and a client that knows more than the shop is told so."""
    client = Client(shop, buyer.user)
    refused = client.get("/api/events/", after=ahead)
    assert (refused.status_code, refused.json()["code"]) == (410, "cursor_ahead")
    order_id = place(client, buyer, product)
    wait_until(lambda: status_of(order_id) == "pay_required", "confirmed")
    wait_until(lambda: httpx.get(f"{shop.url}/healthz/ready").status_code == 200, "ready")
    new = bought(buyer, product)
    assert new[0] > max(number for number, _invoice in lost)
    assert new[1] > max(invoice for _number, invoice in lost)


def test_a_database_that_others_use_or_that_was_not_put_back_is_left_alone(shop_to_copy):
    assert "name the moment" in shop_to_copy.run("recovered", fails=True)
    with psycopg.connect(shop_to_copy.environment["DATABASE_URL"]):
        assert "stop the shop" in shop_to_copy.run("recovered", "2026-11-30T03:12:00Z", fails=True)
    assert "no moment with an offset" in shop_to_copy.run("recovered", "2026-11-30", fails=True)
    assert quiet.since() is None

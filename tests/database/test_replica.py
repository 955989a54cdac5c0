"""Reads that may be old come from a replica; everything else, and all of it when the replica is away, from the primary."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from django.db import connection, connections
from django.db.models import F
from django.test import Client

from accounts.models import User
from catalog.models import Product
from database import replica
from orders.models import Order
from orders.reports import sales, statistics
from tests.database.standby import Standby
from tests.factories import PASSWORD, make_product
from tests.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.live]


@pytest.fixture(scope="module")
def standby(django_db_setup, django_db_blocker):
    folder = Path(tempfile.mkdtemp(prefix="orderly-standby-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        with django_db_blocker.unblock(), Standby(folder) as standby:
            yield standby
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def has_replica(standby, settings, monkeypatch):
    """The shop's second database is the standby, and nothing is known of it yet."""
    where = {**settings.DATABASES["default"], "HOST": str(standby.socket), "CONN_HEALTH_CHECKS": False}
    monkeypatch.setitem(settings.DATABASES, "replica", where)
    monkeypatch.setattr(replica, "_look", replica._Look())
    # A test that pauses it may take its time.
    settings.REPLICA_MAX_AGE = 600
    _let_in(connections["replica"])
    if not standby.answers():
        standby.start()
    standby.go_on()
    yield standby
    connections["replica"].close()
    del connections["replica"]


def _let_in(line) -> None:
    """Django's tests know the databases that there are when they begin, and let in no other."""

    def ensure_connection() -> None:
        with line.wrap_database_errors:
            if line.connection is None:
                line.connect()

    line.ensure_connection = ensure_connection


@pytest.fixture
def behind(has_replica):
    """A product whose name has changed since the replica stood still."""
    product = make_product(name="Old lamp", stock=5)
    has_replica.follow()
    has_replica.pause()
    Product.objects.filter(pk=product.pk).update(name="New lamp")
    return product


@contextmanager
def is_read_only(name: str) -> Iterator[None]:
    """New connections to the database on the first server can't write."""
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    connection.close()
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")
            cursor.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
        connection.close()


def names() -> list[str]:
    return [one["name"] for one in Client().get("/api/products/").json()["results"]]


def test_lists_and_search_are_read_from_the_replica(behind):
    assert names() == ["Old lamp"]
    page = Client().get("/products/?q=old").content.decode()
    assert "Old lamp" in page
    assert "New lamp" not in page


def test_what_is_ordered_and_who_orders_is_never_old(behind, buyer, api):
    has_signed_in = Client()
    sent = {"login": buyer.user.email, "password": PASSWORD}
    assert has_signed_in.post("/accounts/login/", sent).status_code == 302
    # The list is old, and knows who looks at it, whom the replica has not heard of.
    assert buyer.user.email in has_signed_in.get("/products/").content.decode()
    assert not User.objects.using("replica").filter(pk=buyer.user.pk).exists()

    assert "New lamp" in Client().get(f"/products/{behind.slug}/").content.decode()
    preview = buyer.preview((behind, 1))
    assert preview.lines[0].name == "New lamp"
    placed = api.post(f"/api/orders/{preview.id}/", {"price_table_id": buyer.table.pk}, format="json")
    assert placed.status_code == 201
    assert api.get(f"/api/orders/{preview.id}/").status_code == 200
    assert [one["id"] for one in api.get("/api/orders/").json()["results"]] == [str(preview.id)]
    assert not Order.objects.using("replica").exists()


def test_reports_are_read_from_the_replica(behind, buyer):
    buyer.place((behind, 1))
    assert sum(day.orders for day in statistics.per_day()) == 0
    assert sales.sales(by=sales.By.DAY, first=date(2020, 1, 1), last=date(2999, 1, 1)) == []
    assert sum(statistics.by_status().values()) == 1, "what waits now is what waits now"


def test_a_replica_that_is_far_behind_is_not_asked(behind, settings):
    settings.REPLICA_MAX_AGE = 0
    assert names() == ["New lamp"]


def test_a_replica_that_dies_is_left_alone_and_asked_again_later(has_replica, caplog, monkeypatch):
    make_product(name="Lamp")
    has_replica.follow()
    monkeypatch.setattr(replica, "HOLDS", 600)
    monkeypatch.setattr(replica, "LEFT_ALONE", 0.5)
    assert names() == ["Lamp"]

    has_replica.kill()
    # It is found out in the middle of a list, which comes from the primary all the same.
    assert names() == ["Lamp"]
    assert names() == ["Lamp"]
    assert caplog.text.count("the replica is left alone") == 1

    has_replica.start()
    monkeypatch.setattr(replica, "HOLDS", 0.1)
    wait_until(is_asked_again, "the replica is asked again")


def test_the_primary_s_address_with_two_hosts_leads_to_the_one_that_takes_changes(has_replica, buyer, api):
    """A failover: the standby is promoted, and what was the primary takes no changes any more."""
    preview = buyer.preview((make_product(stock=9), 1))
    body = {"price_table_id": buyer.table.pk}
    name = connections["default"].settings_dict["NAME"]
    with is_read_only(name):
        has_replica.follow()
        assert api.post(f"/api/orders/{preview.id}/", body, format="json").status_code == 503
        has_replica.ask("SELECT pg_promote()")
        has_replica.ask(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
        with leading_to_both(str(has_replica.socket)):
            assert api.post(f"/api/orders/{preview.id}/", body, format="json").status_code == 201
        assert has_replica.ask("SELECT count(*) FROM orders_order") == 1
    assert not Order.objects.exists()


def is_asked_again() -> bool:
    """It has to hear of something first."""
    Product.objects.update(weight_g=F("weight_g") + 1)
    return names() == ["Lamp"] and replica._look.known


@contextmanager
def leading_to_both(other: str) -> Iterator[None]:
    """The shop's address names both servers, and asks for the one that takes changes."""
    shop = connections["default"].settings_dict
    first, options = shop["HOST"], shop["OPTIONS"]
    shop["HOST"], shop["OPTIONS"] = f"{first},{other}", {**options, "target_session_attrs": "read-write"}
    connection.close()
    try:
        yield
    finally:
        shop["HOST"], shop["OPTIONS"] = first, options
        connection.close()

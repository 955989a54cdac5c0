"""What an order may cost in statements and in round trips to Redis, from its preview to its paid email.

A statement more is no mistake by itself; it is one that somebody wanted. Who needs one raises the number here.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from redis.connection import AbstractConnection

from accounts.access.keys import make_key
from accounts.models import ApiKey
from orders import tasks
from orders.emails.queue import send_due
from orders.events import feed
from orders.lifecycle.confirmation import confirm_orders
from orders.models import Email, Order
from orders.status import OrderStatus
from rest.scopes import Scope
from tests.factories import Buyer, make_numbered, make_picture, make_product, pay
from tests.trips import counted

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Spent:
    """Statements, those that begin and end transactions among them; and round trips to Redis."""

    statements: int = 0
    to_redis: int = 0

    def is_within(self, budget: "Spent") -> bool:
        return self.statements <= budget.statements and self.to_redis <= budget.to_redis


@pytest.fixture(autouse=True)
def limits(settings):
    """On, as in a shop; most tests have none."""
    settings.API_USER_LIMIT = settings.API_KEY_LIMIT = 600


@pytest.fixture
def spent(monkeypatch):
    """Counts what is done in its block, by this thread."""
    sent: list[object] = []
    send, here = AbstractConnection.send_packed_command, threading.get_ident()

    def count(self, command, *args, **kwargs):
        if threading.get_ident() == here:
            sent.append(command)
        return send(self, command, *args, **kwargs)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", count)

    @contextmanager
    def counted() -> Iterator[Spent]:
        found, before = Spent(), len(sent)
        with CaptureQueriesContext(connection) as captured:
            yield found
        found.statements, found.to_redis = len(captured), len(sent) - before

    return counted


class Program:
    """A customer's program, with a key."""

    def __init__(self) -> None:
        self.buyer = Buyer()
        self.products = [make_product(stock=99) for _ in range(2)]
        make_picture(self.products[0])
        key = make_key(user=self.buyer.user, name="budget", scope=Scope.ORDER)
        self.client = Client(headers={"Authorization": f"Bearer {key.secret}"})

    def post(self, path: str, body: dict) -> dict:
        answer = self.client.post(f"/api/orders/{path}", json.dumps(body), content_type="application/json")
        assert answer.status_code in {200, 201}, answer.content
        return answer.json()

    def preview(self) -> dict:
        items = [{"sku": product.sku, "quantity": 1} for product in self.products]
        return self.post("previews/", {"items": items, "address_id": self.buyer.address.pk})

    def place(self, preview: dict) -> Order:
        placed = self.post(f"{preview['id']}/", {"price_table_id": self.buyer.table.pk})
        return Order.objects.get(pk=placed["id"])


@pytest.fixture
def program() -> Program:
    """One who has called before: that the key is in use is noted once a minute."""
    program = Program()
    program.client.get("/api/orders/")
    assert ApiKey.objects.get().last_used_at
    return program


def test_a_preview(spent, program):
    program.preview()
    with spent() as found:
        program.preview()

    # Key; products, address, zone, rates of tax, price tables, promotions. The limits, and keeping it.
    assert found.is_within(Spent(statements=7, to_redis=2)), found


def test_placing(spent, program):
    preview = program.preview()
    with spent() as found:
        program.place(preview)

    # Key; locks, a look, order with lines and history, email, stock, all in a transaction; pictures. The test's own.
    # The limits, and getting and dropping the preview.
    assert found.is_within(Spent(statements=9 + 1, to_redis=3)), found


def test_how_often_an_order_asks_the_database(program, monkeypatch):
    """Several statements go in one round trip, a transaction's first with its beginning and its last with its commit."""
    made = program.preview(), program.preview()
    orders = [program.place(one) for one in made[:1]]
    confirm_orders(order_ids=[order.pk for order in orders])
    browser = Client()
    browser.force_login(program.buyer.user, backend="django.contrib.auth.backends.ModelBackend")
    path = f"/orders/{orders[0].pk}/pay/"
    with counted(monkeypatch) as placed:
        program.post(f"{made[1]['id']}/", {"price_table_id": program.buyer.table.pk})
    with counted(monkeypatch) as started:
        program.post(f"{orders[0].pk}/payment/", {})
    with counted(monkeypatch) as paid:
        assert browser.post(path, {"outcome": "approve"}).status_code == 303

    # Key; what is locked and looked at; what is written; pictures.
    assert placed.count <= 4, placed.count
    # Key, order, a payment that was begun before; the order's lock with another look for that, the payment.
    assert started.count <= 5, started.count
    # The session, its user, the order twice, a payment that was begun; its event, that payment; its lock; what it is told
    # and who waits; the next row of the history; lines; number; what is written; that it is done, and what came of it.
    assert paid.count <= 16, paid.count


@pytest.mark.parametrize("orders", [1, 5])
def test_confirming(spent, program, orders):
    ids = [program.place(program.preview()).pk for _ in range(orders)]
    with spent() as found:
        confirm_orders(order_ids=ids)

    # However many: orders with customers, lines with numbers; status, history, emails; a transaction.
    assert found.is_within(Spent(statements=7)), found
    assert set(Order.objects.values_list("status", flat=True)) == {OrderStatus.PAY_REQUIRED}


@pytest.mark.parametrize("orders", [1, 5])
def test_confirming_those_that_want_numbers(spent, orders):
    buyer, rooms = Buyer(), make_numbered(numbers=9)
    ids = [buyer.place((rooms, 1)).pk for _ in range(orders)]
    with spent() as found:
        confirm_orders(order_ids=ids)

    # However many: as above; besides, their products' lock, which numbers are free, and that they are taken and held.
    assert found.is_within(Spent(statements=7 + 4)), found
    assert set(Order.objects.values_list("status", flat=True)) == {OrderStatus.PAY_REQUIRED}


def test_confirming_what_another_worker_has_confirmed(spent, program):
    """Every worker hears of each order; all but one come in vain."""
    order = program.place(program.preview())
    confirm_orders(order_ids=[order.pk])
    with spent() as found:
        tasks.confirm_orders(str(order.pk))

    # Of a transaction; now and then a look for what waits for the sweep.
    assert found.is_within(Spent(statements=3 + 1)), found


def test_paying(spent, program):
    order = program.place(program.preview())
    confirm_orders(order_ids=[order.pk])
    with spent() as started:
        program.post(f"{order.pk}/payment/", {})
    browser = Client()
    browser.force_login(program.buyer.user, backend="django.contrib.auth.backends.ModelBackend")
    with spent() as page:
        assert browser.get(f"/orders/{order.pk}/").status_code == 200
    with spent() as paid:
        assert browser.post(f"/orders/{order.pk}/pay/", {"outcome": "approve"}).status_code == 303

    assert Order.objects.get().status == OrderStatus.PAID
    # One looks whether a payment was begun before, so that one that was needs no transaction.
    assert started.is_within(Spent(statements=8, to_redis=1)), started
    # One looks for the customer's store credit.
    assert page.is_within(Spent(statements=13)), page
    # One looks for gift cards to be issued.
    assert paid.is_within(Spent(statements=25)), paid


def test_sending_an_email(spent, program):
    order = program.place(program.preview())
    Email.objects.exclude(order=order).update(next_attempt_at=None)
    with spent() as found:
        send_due()

    # Found and claimed, and that there is no other; its order; whether its answer waits; lines; noted.
    assert order.emails.get().sent_at
    assert found.is_within(Spent(statements=5)), found


def test_sending_an_orders_other_emails(spent, program, settings):
    settings.RECEIVED_EMAIL_AFTER = 5  # as in production
    order = program.place(program.preview())
    confirm_orders(order_ids=[order.pk])
    Email.objects.exclude(order=order).update(next_attempt_at=None)
    with spent() as found:
        send_due()
    # Claimed with the first one that it answers; its order; lines; both noted.
    assert found.is_within(Spent(statements=4)), found

    pay(order)
    with spent() as found:
        send_due()
    # Claimed; its order; lines with products; its invoice; noted.
    assert found.is_within(Spent(statements=5)), found
    assert not order.emails.filter(sent_at=None).exists()


# By the schema's own names of them; each with the key, and the limits.
READS = {
    "/api/addresses/": Spent(2, 1),
    "/api/addresses/{id}/": Spent(2, 1),
    "/api/categories/": Spent(2, 1),
    "/api/events/": Spent(3, 1),
    "/api/invoices/": Spent(2, 1),
    "/api/orders/": Spent(4, 1),
    "/api/orders/{order_id}/": Spent(5, 1),
    # Its courier, the lines, what is on sale of them.
    "/api/orders/{order_id}/again/": Spent(5, 1),
    "/api/orders/{order_id}/invoices/": Spent(3, 1),
    "/api/orders/{order_id}/gift-cards/": Spent(4, 1),
    "/api/orders/{order_id}/history/": Spent(3, 1),
    "/api/orders/{order_id}/parcels/": Spent(4, 1),
    # From the cache.
    "/api/orders/previews/{preview_id}/": Spent(1, 2),
    "/api/products/": Spent(8, 1),
    "/api/products/{slug}/": Spent(4, 1),
    "/api/webhooks/": Spent(2, 1),
}


@pytest.fixture
def names(program) -> dict[str, object]:
    """What stands in addresses for the words in braces."""
    order = program.place(program.preview())
    confirm_orders(order_ids=[order.pk])
    feed.give_positions()
    preview, slug = program.preview()["id"], program.products[0].slug
    of_order = {"order": order.pk, "order_id": order.pk, "preview": preview, "preview_id": preview}
    address = program.buyer.address.pk
    return of_order | {"id": address, "address": address, "slug": slug}


@pytest.mark.parametrize("path", READS)
def test_reading_over_the_api(spent, program, names, path):
    with spent() as found:
        answer = program.client.get(path.format(**names))

    assert answer.status_code == 200, answer.content
    assert found.is_within(READS[path]), found


PAGES = {
    "/": Spent(6),
    "/products/": Spent(8),
    # The rates of tax among them.
    "/products/{slug}/": Spent(12),
    "/cart/": Spent(7),
    "/checkout/{preview}/": Spent(8, 1),
    "/orders/": Spent(8),
    "/orders/{order}/": Spent(12),
    "/orders/{order}/live/": Spent(11),
    "/orders/{order}/pay/": Spent(6),
    "/orders/{order}/details/": Spent(4),
    "/orders/invoices/": Spent(4),
    "/orders/find/": Spent(3),
    "/accounts/": Spent(10),
    "/accounts/profile/": Spent(3),
    "/accounts/addresses/": Spent(4),
    "/accounts/addresses/new/": Spent(3),
    "/accounts/addresses/{address}/": Spent(4),
    "/accounts/sessions/": Spent(5),
    "/sitemap.xml": Spent(3),
    "/robots.txt": Spent(3),
}


@pytest.mark.parametrize("path", PAGES)
def test_a_page(spent, program, names, path):
    browser = Client()
    browser.force_login(program.buyer.user, backend="django.contrib.auth.backends.ModelBackend")
    UserSession.objects.create(
        user=program.buyer.user, ip="127.0.0.1", session_key=browser.session.session_key
    )
    browser.post("/cart/add/", {"sku": program.products[0].sku, "quantity": 1})
    address = path.format(**names)
    browser.get(address)
    with spent() as found:
        answer = browser.get(address)

    assert answer.status_code == 200, answer
    assert found.is_within(PAGES[path]), found


# A worker does each of these every few seconds, also when nothing happens.
# Of many sweeps one forgets what is old: the others see that it is not their turn. One of the sweep's looks for drafts that
# are over, and two for differences: those whose order moved on, and what goes back of orders that ended.
AT_REST = {
    tasks.sweep: Spent(22),
    tasks.confirm_orders: Spent(1),
    tasks.send_emails: Spent(1),
    tasks.send_webhooks: Spent(1),
}


@pytest.mark.parametrize("task", AT_REST, ids=lambda task: task.name)
def test_a_round_that_finds_nothing(spent, task, monkeypatch):
    monkeypatch.setattr(tasks, "FORGET_EVERY", 60)
    task()
    with spent() as found:
        task()

    assert found.is_within(AT_REST[task]), found

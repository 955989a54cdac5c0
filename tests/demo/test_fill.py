"""`manage.py fill`: a shop to measure with, whose books are true."""

from collections import defaultdict

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from orders import audit
from orders.events import feed
from orders.models import (
    Email,
    FeedEntry,
    Invoice,
    InvoiceCounter,
    Order,
    ProviderEvent,
    Refund,
    StatusChange,
)
from orders.status import OrderStatus
from tests.factories import Buyer

pytestmark = [pytest.mark.django_db, pytest.mark.alone]


@pytest.fixture
def fill(monkeypatch):
    """The command; VACUUM can't be done in the test's transaction."""
    monkeypatch.setattr("demo.fill.analyze", lambda: None)
    return lambda *given: call_command("fill", *given, "--products", "50", verbosity=0)


def of_first_customer(kind: str) -> list[str]:
    order = Order.objects.filter(status=kind).latest("placed_at")
    client = Client()
    client.force_login(order.customer, backend="django.contrib.auth.backends.ModelBackend")
    return [client.get(path).content.decode() for path in ("/orders/", f"/orders/{order.pk}/")] + [
        str(order.number)
    ]


def test_a_filled_shop_has_orders_of_every_status_and_adds_up(fill):
    fill("--orders", "200")

    assert Order.objects.count() == 200
    assert set(Order.objects.values_list("status", flat=True)) == set(OrderStatus)
    assert {refund.state for refund in Refund.objects.all()} == {"done", "refused"}
    assert Email.objects.exists() and ProviderEvent.objects.exists() and Invoice.objects.exists()
    assert list(audit.findings()) == []


@pytest.fixture(scope="class")
def filled(world):
    with world(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("demo.fill.analyze", lambda: None)
        call_command("fill", "--orders", "200", "--products", "50", verbosity=0)
        yield


@pytest.mark.usefixtures("filled")
class TestPages:
    @pytest.mark.parametrize("status", OrderStatus)
    def test_pages_of_filled_orders_open(self, status):
        listed, page, number = of_first_customer(status)

        assert number in listed and number in page


def test_a_shop_with_orders_is_filled_only_when_told_to_and_still_adds_up(fill):
    Buyer().order_in(OrderStatus.PAID)
    with pytest.raises(CommandError, match="--yes"):
        fill("--orders", "30")
    assert Order.objects.count() == 1

    fill("--orders", "30", "--yes")
    fill("--orders", "30", "--yes")

    assert Order.objects.count() == 61
    assert list(audit.findings()) == []
    assert InvoiceCounter.objects.get(kind="invoice").last == Invoice.objects.filter(kind="invoice").count()


def test_the_feed_of_a_filled_shop_is_in_order_and_without_gaps(fill):
    Buyer().order_in(OrderStatus.PAID)
    feed.give_positions()
    fill("--orders", "60", "--yes")
    Buyer().order_in(OrderStatus.REFUND)
    feed.give_positions()

    entries = list(FeedEntry.objects.order_by("position").select_related("change"))

    assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))
    told = defaultdict(list)
    for entry in entries:
        told[entry.order_id].append(entry.change.sequence if entry.change else "money")
    assert len(told) == 62
    for order, sequences in told.items():
        back = ["money"] if "money" in sequences else []
        steps = list(StatusChange.objects.filter(order=order).values_list("sequence", flat=True))
        assert sequences == (steps[:-1] + back + steps[-1:] if back else steps)
    assert any("money" in sequences for sequences in told.values())


def test_the_guards_are_back_when_it_is_done(fill):
    fill("--orders", "10")

    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE one AS SELECT * FROM orders_order WHERE status = 'paid' LIMIT 1")
        cursor.execute("UPDATE one SET id = gen_random_uuid(), number = 0")
        with pytest.raises(DatabaseError, match="placed_as_pending"), transaction.atomic():
            cursor.execute("INSERT INTO orders_order SELECT * FROM one")
    with pytest.raises(DatabaseError, match="counts_on_by_one"), transaction.atomic():
        InvoiceCounter.objects.update(last=99)
    steps = StatusChange.objects.count()
    Buyer().order_in(OrderStatus.PAID)
    assert FeedEntry.objects.filter(position=None).count() == StatusChange.objects.count() - steps == 3


def test_too_few_are_refused(fill):
    with pytest.raises(CommandError, match="At least"):
        call_command("fill", "--orders", "0", "--products", "1")

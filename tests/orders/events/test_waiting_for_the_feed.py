"""Many who give positions at one moment, with an endpoint that is owed them: the line for the feed's lock is short."""

import threading

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from database import fetch
from orders.events import feed
from orders.models import FeedEntry, WebhookDelivery
from tests.factories import make_product, make_staff
from tests.orders.hooks import endpoint_at
from tests.parallel import at_once
from tests.waiting import wait_until, waiting_for_locks

GIVERS = 3
WAITED_FOR = (
    "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
)


@pytest.mark.django_db(transaction=True)
def test_each_waits_once_and_one_of_them_owes_all(buyer, receiver):
    endpoint = endpoint_at(receiver.url, buyer.user)
    buyer.place((make_product(stock=1), 1))
    held, seen = threading.Event(), []

    def hold() -> int:
        with transaction.atomic():
            feed.hold_still()
            held.set()
            wait_until(lambda: waiting_for_locks() == GIVERS, "all of them wait")
            seen.extend(query for (query,) in fetch(WAITED_FOR, []))
        return 0

    def give() -> int:
        assert held.wait(30)
        return feed.give_positions()

    assert sorted(at_once([hold, *[give] * GIVERS])) == [0, 0, 0, 1]
    assert FeedEntry.objects.get().position == endpoint.deliveries.count() == 1
    # Who waited inside of orders_give_positions had to wait once more, behind all others, to owe what it could not.
    assert seen and all("orders_give_positions" not in query for query in seen)


@pytest.mark.django_db
def test_who_comes_after_another_asks_nothing_about_endpoints(buyer, receiver):
    endpoint_at(receiver.url, buyer.user)
    buyer.place((make_product(stock=1), 1))
    feed.give_positions()
    with CaptureQueriesContext(connection) as asked:
        assert feed._give_and_owe() == 0

    assert not [one for one in asked if "webhook" in one["sql"]]


@pytest.mark.django_db
def test_many_endpoints_of_staff_are_owed_in_as_many_statements_as_one(buyer, receiver):
    """Each owner's rights would be asked for while everybody waits."""
    spent = []
    for staff in ([make_staff()], [make_staff() for _ in range(3)]):
        for one in staff:
            endpoint_at(receiver.url, one)
        buyer.place((make_product(stock=1), 1))
        with CaptureQueriesContext(connection) as asked:
            assert feed.give_positions() == 1
        spent.append(len(asked))

    assert WebhookDelivery.objects.count() == 1 + 4
    assert spent[0] == spent[1] <= 9

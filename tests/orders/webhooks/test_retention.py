"""How long the log of what was sent is kept, what is never forgotten, and what goes with an owner who leaves."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from orders.events import feed
from orders.models import FeedEntry, WebhookDelivery, WebhookEndpoint
from orders.status import OrderStatus
from orders.tasks import sweep
from orders.webhooks import endpoints, retention
from tests.factories import Buyer, make_product
from tests.orders.hooks import endpoint_at, events_sent, states
from tests.parallel import at_once
from tests.stand_ins.webhook_receiver import WebhookReceiver, status

pytestmark = pytest.mark.django_db
S = OrderStatus


@pytest.fixture(autouse=True)
def _to_receivers(to_receivers, settings):
    settings.KEEP_WEBHOOK_DELIVERIES = 30


@pytest.fixture
def receiver():
    with WebhookReceiver() as running:
        yield running


def made(buyer: Buyer, receiver: WebhookReceiver) -> WebhookEndpoint:
    """An endpoint that got two events."""
    endpoint = endpoint_at(receiver.url, buyer.user)
    buyer.order_in(S.PAY_REQUIRED)
    events_sent()
    return endpoint


def ago(endpoint: WebhookEndpoint, *, created: int, done: int | None = None) -> None:
    """So many days ago."""
    now = timezone.now()
    endpoint.deliveries.update(created_at=now - timedelta(days=created))
    if done is not None:
        endpoint.deliveries.filter(state="done").update(done_at=now - timedelta(days=done))


def test_what_arrived_long_ago_is_forgotten_by_the_sweep_and_the_feed_is_not(buyer, receiver):
    endpoint = made(buyer, receiver)
    ago(endpoint, created=31, done=31)
    before = FeedEntry.objects.count()
    sweep()

    assert states(endpoint) == []
    assert FeedEntry.objects.count() == before == 2


def test_the_days_count_from_the_arrival(buyer, receiver):
    endpoint = made(buyer, receiver)
    ago(endpoint, created=90, done=29)
    retention.forget_old()

    assert states(endpoint) == ["done", "done"]


def test_an_owed_one_stays_however_old(buyer, receiver):
    receiver.answer = status(500)
    endpoint = made(buyer, receiver)
    ago(endpoint, created=4000)
    retention.forget_old()
    assert states(endpoint) == ["waiting", "waiting"]

    endpoints.switch_off(endpoint_id=endpoint.pk, owner=buyer.user)
    retention.forget_old()
    assert states(endpoint) == ["waiting", "waiting"]


def test_one_that_is_sent_again_by_hand_is_owed_again(buyer, receiver):
    endpoint = made(buyer, receiver)
    ago(endpoint, created=90, done=90)
    again = endpoint.deliveries.first()
    endpoints.redeliver(endpoint_id=endpoint.pk, key=again.key, owner=buyer.user)
    retention.forget_old()

    assert list(endpoint.deliveries.all()) == [again]


def test_what_was_forgotten_is_not_owed_anew_when_the_endpoint_is_switched_on(buyer, receiver):
    endpoint = made(buyer, receiver)
    ago(endpoint, created=31, done=31)
    retention.forget_old()
    endpoints.switch_off(endpoint_id=endpoint.pk, owner=buyer.user)
    endpoints.switch_on(endpoint_id=endpoint.pk, owner=buyer.user)
    events_sent()

    assert len(receiver.received) == 2 and states(endpoint) == []


def test_a_removed_endpoint_is_owed_nothing_and_its_log_goes_in_its_time(buyer, receiver, staff):
    receiver.answer = status(500)
    endpoint = made(buyer, receiver)
    endpoints.remove(endpoint_id=endpoint.pk, owner=buyer.user)
    assert states(endpoint) == ["withheld", "withheld"]
    assert endpoints.send_again(delivery_ids=endpoint.deliveries.values("pk"), actor=staff) == 0

    ago(endpoint, created=31)
    retention.forget_old()
    assert states(endpoint) == []


def test_much_is_forgotten_in_small_pieces_the_oldest_first(buyer, receiver, monkeypatch):
    endpoint = made(buyer, receiver)
    ago(endpoint, created=90, done=40)
    oldest = endpoint.deliveries.last()
    WebhookDelivery.objects.filter(pk=oldest.pk).update(done_at=timezone.now() - timedelta(days=50))
    monkeypatch.setattr(retention, "BATCH_SIZE", 1)

    assert retention.forget_old() == 1
    assert oldest not in endpoint.deliveries.all()
    assert [retention.forget_old() for _ in range(2)] == [1, 0]


def test_the_database_deletes_nothing_that_is_owed_and_no_endpoint_in_use(buyer, receiver):
    receiver.answer = status(500)
    endpoint = made(buyer, receiver)
    for rows in (endpoint.deliveries, WebhookEndpoint.objects):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.all()._raw_delete("default")


def test_an_index_carries_it():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "orders_delivery_over" in retention._old().explain()


@pytest.mark.django_db(transaction=True)
def test_one_that_is_asked_for_again_at_this_moment_is_not_forgotten(buyer, receiver):
    endpoint = made(buyer, receiver)
    ago(endpoint, created=90, done=90)
    again = endpoint.deliveries.first()

    def redeliver() -> None:
        endpoints.redeliver(endpoint_id=endpoint.pk, key=again.key, owner=buyer.user)

    with transaction.atomic():
        redeliver()
        at_once([retention.forget_old])

    assert list(endpoint.deliveries.all()) == [again]


@pytest.mark.django_db(transaction=True)
def test_an_owner_who_leaves_while_events_are_owed_leaves_none(buyer, receiver):
    endpoint = endpoint_at(receiver.url, buyer.user)
    for _order in range(3):
        buyer.place((make_product(stock=1), 1))

    def forget() -> None:
        with transaction.atomic():
            retention.forget_owner(owner_id=buyer.user.pk)

    at_once([feed.give_positions, forget, feed.give_positions])

    assert not WebhookEndpoint.objects.filter(pk=endpoint.pk).exists()
    assert not WebhookDelivery.objects.exists()
    assert FeedEntry.objects.filter(position=None).count() == 0

"""Metrics: what waits and for how long, for those who have the token."""

from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from orders.events import feed
from orders.models import Email, Order, ProviderOutage
from tests.factories import make_numbered, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(client, settings):
    settings.METRICS_TOKEN = ["a long secret"]

    def numbers() -> dict[tuple[str, ...], float]:
        answer = client.get("/metrics", headers={"Authorization": "Bearer a long secret"})
        assert answer.status_code == 200
        families = text_string_to_metric_families(answer.text)
        return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}

    return numbers


@pytest.mark.parametrize("tokens", [[], ["a long secret"], ["a long secret", "the one before"]])
@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer another"}])
def test_strangers_find_no_such_page(client, settings, tokens, given):
    settings.METRICS_TOKEN = tokens
    assert client.get("/metrics", headers=given).status_code == 404


def test_while_the_token_is_replaced_both_read(client, settings):
    settings.METRICS_TOKEN = ["the new one", "the one before"]
    for token in settings.METRICS_TOKEN:
        assert client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_pending_order_is_counted_with_its_age(read, buyer):
    assert read()["orderly_orders", "pending"] == 0
    order = buyer.place((make_product(stock=3), 1))
    Order.objects.filter(pk=order.pk).update(status_since=timezone.now() - timedelta(minutes=5))
    numbers = read()
    assert numbers["orderly_orders", "pending"] == 1
    assert 300 <= numbers["orderly_orders_oldest_seconds", "pending"] < 400
    assert numbers["orderly_orders_oldest_seconds", "paid"] == 0
    assert numbers["orderly_feed_lag",] > 0
    feed.give_positions()
    assert read()["orderly_feed_lag",] == 0


def test_what_is_due_is_counted_and_what_is_not_yet_due_is_not(read, buyer):
    buyer.place((make_numbered(numbers=1), 1))
    Email.objects.update(next_attempt_at=timezone.now() + timedelta(hours=1))
    assert read()["orderly_due", "orders_mail"] == 0
    Email.objects.update(next_attempt_at=timezone.now() - timedelta(hours=1))
    numbers = read()
    assert numbers["orderly_due", "orders_mail"] == 1
    assert 3600 <= numbers["orderly_due_oldest_seconds", "orders_mail"] < 3700


def test_a_silent_provider_is_counted(read):
    ProviderOutage.note("stripe", "timed out")
    assert read()["orderly_silent_providers",] == 1


def test_reading_takes_few_statements(read, django_assert_max_num_queries):
    # Two of them for the newest audit, and for the connections that the database has.
    with django_assert_max_num_queries(15):
        read()

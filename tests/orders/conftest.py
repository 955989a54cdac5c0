"""What the tests of orders share: mail servers, the hints that workers get, where the audit looks, and payment providers.

Each is a stand-in on a real socket, configured as the shop's provider.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest
from celery import current_app
from django.conf import settings
from django.core.cache import cache

from orders import audit
from orders.actions.money.payment import start_payment
from orders.events import hints as hints_of
from orders.events.hints import _over_redis, _to_workers
from orders.models import Order, Payment
from orders.payments.providers import registry
from orders.status import OrderStatus
from tests.orders import post
from tests.stand_ins.paypal import PayPalStandIn
from tests.stand_ins.stripe import StripeStandIn
from tests.waiting import SECONDS


@pytest.fixture
def slow_server(settings):
    settings.EMAIL_BACKEND = "tests.orders.post.Slow"
    post.Slow.asked.clear()
    post.Slow.answer.clear()
    yield post.Slow
    post.Slow.answer.set()


@pytest.fixture
def server_away(settings):
    """Calling it brings the server back."""
    real, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.orders.post.Away"

    def back():
        settings.EMAIL_BACKEND = real

    return back


class Hints(list):
    """Names and arguments of tasks and rounds. They leave in threads of their own: look after `left`."""

    # Workers that hear what leaves over Redis; and how often something left over the broker.
    workers, messages = 1, 0

    def note(self, name, args, **options):
        self.messages += 1
        self.append((name, *args))

    def note_round(self, channel, **hint):
        if channel == settings.WAKEUPS_CHANNEL and self.workers:
            self.append((hint["round"], *([hint["of"]] if "of" in hint else [])))
        return self.workers

    def left(self) -> None:
        """Wait until whatever was asked for has left; hints of one way leave in order."""
        self.left_over_redis()
        # What no worker has heard over Redis leaves over the broker after it.
        _left(_to_workers)

    def left_over_redis(self) -> None:
        """The same of those that leave over Redis."""
        _left(_over_redis)


def _left(way) -> None:
    last_has_left = threading.Event()
    way.put(last_has_left.set)
    assert last_has_left.wait(SECONDS)


@pytest.fixture
def hints(monkeypatch) -> Hints:
    """What workers were asked for, as it left for the broker or for Redis; nothing arrives."""
    asked = Hints()
    asked.left()  # what tests before this one asked for
    monkeypatch.setattr(current_app, "send_task", asked.note)
    monkeypatch.setattr(hints_of, "_publish", asked.note_round)
    return asked


@pytest.fixture
def in_the_tests_transaction(db, monkeypatch):
    """The damage is in the test's own transaction, so the audit has to look from there."""
    monkeypatch.setattr(audit, "snapshot", nullcontext)


@contextmanager
def configured(request, settings, name: str, path: str, given: dict) -> Iterator[None]:
    """The one provider of the shop. It waits long enough for a busy machine, but not where a test waits for the end."""
    waits = getattr(request.node, "callspec", None) and request.node.callspec.params.get("wrong") == "silent"
    settings.PAYMENT_VARIANTS = {name: (path, given | {"timeout": 0.5 if waits else 10})}
    settings.PAYMENT_VARIANT = name
    settings.PUBLIC_URL = "https://shop.example"
    cache.delete("forged-events:127.0.0.1")  # tests send events with bad signatures
    registry._made.cache_clear()  # a later stand-in may have the address of an earlier one
    yield


@pytest.fixture
def stand_in(request, settings):
    """Stripe."""
    with StripeStandIn() as running:
        given = {
            "secret_key": running.secret_key,
            "webhook_secret": running.webhook_secret,
            "api_base": running.url,
        }
        with configured(
            request, settings, "stripe", "orders.payments.providers.stripe.checkout.StripeCheckout", given
        ):
            yield running


@pytest.fixture
def paypal(request, settings):
    with PayPalStandIn() as running:
        given = {
            "client_id": running.client_id,
            "secret": running.secret,
            "webhook_id": running.webhook_id,
            "api_base": running.url,
        }
        with configured(
            request, settings, "paypal", "orders.payments.providers.paypal.checkout.PayPal", given
        ):
            yield running


@pytest.fixture
def order(buyer) -> Order:
    """An order that waits for its payment. Tests that need a provider name its fixture with `usefixtures`."""
    return buyer.order_in(OrderStatus.PAY_REQUIRED)


@pytest.fixture
def payment(order) -> Payment:
    return start_payment(order_id=order.pk, actor=order.customer).payment

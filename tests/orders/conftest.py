"""Payment providers for the tests of orders: each a stand-in on a real socket, configured as the shop's provider."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from payments.core import PROVIDER_CACHE

from orders import payments
from orders.models import Order, Payment
from orders.status import OrderStatus
from tests.paypal_stand_in import PayPalStandIn
from tests.stripe_stand_in import StripeStandIn


@contextmanager
def configured(request, settings, name: str, path: str, given: dict) -> Iterator[None]:
    """The one provider of the shop. It waits long enough for a busy machine, but not where a test waits for the end."""
    waits = getattr(request.node, "callspec", None) and request.node.callspec.params.get("wrong") == "silent"
    settings.PAYMENT_VARIANTS = {name: (path, given | {"timeout": 0.5 if waits else 10})}
    settings.PAYMENT_VARIANT = name
    settings.PUBLIC_URL = "https://shop.example"
    PROVIDER_CACHE.pop(name, None)
    yield
    PROVIDER_CACHE.pop(name, None)


@pytest.fixture
def stand_in(request, settings):
    """Stripe."""
    with StripeStandIn() as running:
        given = {
            "secret_key": running.secret_key,
            "webhook_secret": running.webhook_secret,
            "api_base": running.url,
        }
        with configured(request, settings, "stripe", "orders.stripe_checkout.StripeCheckout", given):
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
        with configured(request, settings, "paypal", "orders.paypal.PayPal", given):
            yield running


@pytest.fixture
def order(buyer) -> Order:
    """An order that waits for its payment. Tests that need a provider name its fixture with `usefixtures`."""
    return buyer.order_in(OrderStatus.PAY_REQUIRED)


@pytest.fixture
def payment(order) -> Payment:
    return payments.start_payment(order_id=order.pk).payment

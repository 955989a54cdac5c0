"""A provider that takes connections and says nothing: customers are told soon, and nobody else waits for it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.urls import reverse
from requests import ConnectionError as RequestsConnectionError

from orders import tasks
from orders.actions.money import money_due
from orders.actions.money.payment import start_payment
from orders.lifecycle.confirmation import confirm_order
from orders.models import Order, ProviderOutage, Refund
from orders.payments.providers import line, registry
from orders.payments.providers.base import ProviderUnreachable
from orders.payments.providers.line import Line, patiently
from orders.payments.providers.paypal.client import PayPalApi
from orders.reports.attention import silent_providers
from orders.status import OrderStatus
from outbox.apart import Apart
from tests.factories import Buyer, ask_refund, make_product
from tests.orders.payments.providers.stripe_steps import address_of, paid
from tests.stand_ins.paypal import PayPalStandIn
from tests.waiting import SECONDS, wait_until

S = OrderStatus
QUICK = 0.4


@pytest.fixture
def quick(settings, monkeypatch):
    """The stand-in is waited for less long than Stripe is."""
    monkeypatch.setattr(line, "CUSTOMERS_SECONDS", QUICK)
    path, given = settings.PAYMENT_VARIANTS["stripe"]
    settings.PAYMENT_VARIANTS = {"stripe": (path, given | {"timeout": 2 * QUICK})}
    registry._made.cache_clear()
    yield
    registry._made.cache_clear()


@pytest.fixture
def outages(monkeypatch):
    """What lines made from here on would tell staff, without a database; they may go on telling after the test."""
    told: list[str] = []
    monkeypatch.setattr(Line, "_tell", lambda _line, failure: told.append(failure))
    return told


# --- the line --------------------------------------------------------------------------------------------------------
class Hanging:
    """What a caller asks for; it takes its time and fails, until it is mended."""

    def __init__(self):
        self.asked, self.mended = 0, False

    def __call__(self) -> str:
        self.asked += 1
        if self.mended:
            return "here"
        time.sleep(QUICK)
        raise ConnectionError


@pytest.fixture
def a_line(outages) -> Line:
    """At its address nobody answers a sign of life."""
    return Line("bank", address="http://127.0.0.1:1", timeout=QUICK)


def call(a_line, ask) -> str:
    try:
        return a_line.call(ask, lost=(ConnectionError,))
    except ConnectionError:
        return "no answer"
    except ProviderUnreachable:
        return "not asked"


def test_after_two_silences_nobody_asks_until_the_provider_answers_again(a_line, outages):
    hanging = Hanging()
    a_line._breaker.try_it = partial(sign_of_life, hanging)
    assert [call(a_line, hanging) for _ in range(5)] == ["no answer"] * 2 + ["not asked"] * 3
    assert hanging.asked == 2
    hanging.mended = True
    wait_until(lambda: call(a_line, hanging) == "here", "asked again")
    wait_until(lambda: outages[-1:] == [""], "staff are told that it is back")
    assert outages[0]


def sign_of_life(hanging: Hanging) -> None:
    if not hanging.mended:
        raise RequestsConnectionError("silent")


def test_few_wait_at_one_moment_and_the_others_are_told_at_once(a_line):
    with ThreadPoolExecutor(20) as customers:
        said = list(customers.map(lambda hanging: call(a_line, hanging), [Hanging() for _ in range(20)]))
    assert said.count("not asked") >= 20 - 2 * line.CALLERS


def test_a_refused_connection_costs_nobody_time_and_opens_nothing(a_line):
    def refused() -> str:
        raise ConnectionError

    assert [call(a_line, refused) for _ in range(5)] == ["no answer"] * 5


def test_workers_wait_longer_than_customers(a_line, monkeypatch):
    monkeypatch.setattr(line, "CUSTOMERS_SECONDS", 0.1)
    assert a_line.seconds == 0.1
    with patiently():
        assert a_line.seconds == QUICK
    assert a_line.seconds == 0.1


# --- the shop --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_customer_who_presses_pay_is_told_soon(stand_in, quick, outages, customer, order, caplog):
    stand_in.go_wrong(*["silent"] * 9)
    page = customer.get(reverse("order-pay", args=[order.pk]), follow=True).text
    assert len(stand_in.wrong) == 9 - 1, "asked once"
    assert f"read timeout={QUICK}" in caplog.text
    assert "The payment provider does not answer. Nothing was charged" in page


@pytest.mark.django_db
def test_of_thirty_overdue_orders_a_silent_provider_is_asked_about_few(
    stand_in, quick, outages, buyer, settings
):
    settings.MAX_UNPAID_ORDERS = 30
    product = make_product(stock=99)
    orders = [buyer.order_in(S.PAY_REQUIRED, (product, 1)) for _ in range(30)]
    for order in orders:
        address_of(start(order))
    Order.objects.update(pay_by=orders[0].placed_at)
    silent = ["silent"] * 99
    stand_in.go_wrong(*silent)

    def asked() -> int:
        return len(silent) - len(stand_in.wrong)

    tasks.sweep()
    # Twice until the breaker opens, and then once for each longer and longer pause that fits into the work.
    assert 2 <= asked() <= 10
    assert {order.payments.get().attempts for order in orders} == {1}, "each has its own next try"
    before = asked()
    tasks.sweep()
    assert asked() == before


def start(order):
    return start_payment(order_id=order.pk, actor=order.customer).payment


@pytest.mark.django_db(transaction=True)
def test_orders_are_confirmed_while_a_provider_is_waited_for(monkeypatch):
    """The sweep begins the waiting in threads of its own, and goes on."""
    monkeypatch.undo()
    waits, answer = threading.Event(), threading.Event()

    def wait(_pk) -> None:
        waits.set()
        assert answer.wait(SECONDS)

    apart = Apart("waiting", due=lambda: [1], act=wait, threads=1, seconds=1)
    monkeypatch.setattr(money_due, "KINDS", (apart,))
    order = Buyer().place((make_product(stock=1), 1))
    try:
        for _ in range(5):
            tasks.sweep()
        assert waits.wait(SECONDS)
        assert [thread.name for thread in threading.enumerate()].count("waiting") == 1
        assert confirm_order(order_id=order.pk).status == S.PAY_REQUIRED
    finally:
        answer.set()
    wait_until(
        lambda: "waiting" not in [thread.name for thread in threading.enumerate()], "the thread has ended"
    )


@pytest.mark.django_db
def test_staff_see_a_provider_that_does_not_answer_and_no_longer_once_it_does(staff, client):
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    ProviderOutage.note("stripe", "timed out")
    ProviderOutage.note("stripe", "timed out again")
    assert [str(one) for one in silent_providers()] == ["stripe"]
    assert "Payment providers that do not answer" in client.get(reverse("admin:index")).text
    assert "timed out again" in client.get(reverse("admin:orders_provideroutage_changelist")).text
    ProviderOutage.note("stripe", "")
    assert not silent_providers().exists()


@pytest.mark.django_db
def test_an_outage_that_no_process_waits_for_any_more_is_not_shown(db):
    ProviderOutage.note("stripe", "timed out")
    ProviderOutage.objects.update(seen_at=ProviderOutage.objects.get().since.replace(year=2020))
    assert not silent_providers().exists()


@pytest.mark.django_db
def test_a_refund_waits_with_its_own_pause(stand_in, quick, outages, payment):
    ask_refund(paid(stand_in, payment))
    stand_in.go_wrong("silent")
    tasks.sweep()
    refund = Refund.objects.get()
    assert (refund.state, refund.attempts) == ("asked", 1)


def test_of_those_who_need_a_token_of_a_silent_paypal_one_asks_and_the_others_do_not_queue_for_it(
    monkeypatch,
):
    monkeypatch.setattr(line, "FAILURES", 99)  # the breaker would end the queue, after two of them
    asked = []

    class Silent(PayPalStandIn):
        def turn_away(self, call):
            asked.append(call.path)
            self.closing.wait(60)
            return super().turn_away(call)

    with Silent() as paypal:
        api = PayPalApi(client_id="client", secret="secret", base=paypal.url, timeout=2)
        begin = threading.Barrier(3)

        def ask() -> type[Exception] | None:
            begin.wait()
            try:
                api.get("/v2/checkout/orders/O-1")
            except ProviderUnreachable as error:
                return type(error)
            return None

        with ThreadPoolExecutor(3) as callers:
            answers = [caller.result() for caller in [callers.submit(ask) for _ in range(3)]]

    assert answers == [ProviderUnreachable] * 3
    assert [path for path in asked if "token" in path] == ["/v1/oauth2/token"]

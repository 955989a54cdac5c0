"""What a customer reads who goes to the provider's page and comes back is what the provider says at that moment."""

import pytest
from django.urls import reverse

from orders.models import LedgerEntry, Order, PaymentStatus
from orders.payments import provider_events
from orders.status import OrderStatus
from tests.factories import PASSWORD
from tests.orders.payments.providers.stripe_steps import only_session
from tests.shop.conftest import Visitor, words

pytestmark = pytest.mark.django_db

BANK = "The bank has not answered yet."
ON_ITS_WAY = "Your payment is on its way."
NOT_YET = "Your payment has not arrived yet."
ARRIVED = "Your payment has arrived"


def pay_page(order: Order) -> str:
    return f"{order.get_absolute_url()}pay/"


def come_back(customer: Visitor, order: Order) -> str:
    return words(customer.get(reverse("order-pay-back", args=[order.pk]), follow=True))


@pytest.fixture
def at_stripe(stand_in, customer, order) -> str:
    """The customer is on Stripe's page; the session's id."""
    answer = customer.get(pay_page(order))
    session = only_session(stand_in)
    assert (answer.status_code, answer.url) == (303, session["url"])
    return session["id"]


def test_nothing_is_said_on_the_way_to_the_provider(stand_in, customer, order, at_stripe):
    """What was said then would be read on whatever page came next."""
    for path in ("/", order.get_absolute_url()):
        shown = customer.text(path)
        assert BANK not in shown
        assert NOT_YET not in shown


def test_the_two_ways_back_lead_to_the_order(stand_in, order, at_stripe):
    session, page = only_session(stand_in), f"https://shop.example{order.get_absolute_url()}"

    assert session["success_url"] == f"{page}pay/back/"
    assert session["cancel_url"] == page


def test_who_has_paid_is_told_so_before_the_event_comes(stand_in, customer, order, at_stripe):
    event = stand_in.pay(at_stripe)

    shown = come_back(customer, order)

    assert ARRIVED in shown
    assert BANK not in shown
    assert NOT_YET not in shown
    stand_in_event(stand_in, customer, event)
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert LedgerEntry.objects.filter(kind="captured").count() == 1


def stand_in_event(stand_in, customer: Visitor, event) -> None:
    body, headers = stand_in.signed(event)
    address = reverse("payment-webhook", args=["stripe"])
    assert customer.post(address, body, content_type="application/json", headers=headers).status_code == 200
    for waiting in provider_events.due():
        provider_events.act(event_id=waiting)


def test_after_the_event_the_way_back_changes_nothing(stand_in, customer, order, at_stripe):
    stand_in_event(stand_in, customer, stand_in.pay(at_stripe))

    assert ARRIVED in come_back(customer, order)
    assert LedgerEntry.objects.filter(kind="captured").count() == 1


def test_who_has_not_paid_is_told_that_nothing_arrived(stand_in, customer, order, at_stripe):
    shown = come_back(customer, order)

    assert NOT_YET in shown
    assert BANK not in shown
    assert 'id="step-pay"' in shown


def test_a_bank_that_takes_its_time_has_not_answered(stand_in, customer, order, at_stripe):
    stand_in_event(stand_in, customer, stand_in.pay(at_stripe, status="unpaid"))

    assert order.payments.get().status == PaymentStatus.PREAUTH
    shown = come_back(customer, order)
    assert BANK in shown
    assert ON_ITS_WAY in shown
    assert "Time left to pay" not in shown


def test_a_bank_that_takes_its_time_is_known_without_its_event(stand_in, customer, order, at_stripe):
    stand_in.pay(at_stripe, status="unpaid")

    shown = come_back(customer, order)

    assert BANK in shown
    assert ON_ITS_WAY in shown


def test_a_provider_that_does_not_answer_is_no_error(stand_in, customer, order, at_stripe):
    stand_in.pay(at_stripe)
    stand_in.go_wrong("dropped")

    assert NOT_YET in come_back(customer, order)


# --- signed out meanwhile --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_signs_in_first_is_led_to_the_orders_page_and_not_through_to_the_provider(
    stand_in, visitor, order, method
):
    """Browsers let no form lead to another site, nor what its answer leads to: `form-action 'self'`."""
    answer = getattr(visitor, method)(f"{pay_page(order)}?with=stripe")

    assert answer.url == f"/accounts/login/?next={order.get_absolute_url()}"
    assert "form-action 'self'" in visitor.get(answer.url)["Content-Security-Policy"]
    assert stand_in.sessions == {}


def test_signing_in_ends_on_a_page_of_the_shop(stand_in, visitor, order, buyer):
    to_sign_in = visitor.get(pay_page(order)).url

    answer = visitor.post(to_sign_in, {"login": buyer.user.email, "password": PASSWORD}, follow=True)

    assert [path for path, _status in answer.redirect_chain] == [order.get_absolute_url()]
    assert 'id="step-pay"' in words(answer)

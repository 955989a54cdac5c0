"""Gift cards on the order's page, without JavaScript."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from orders.links import make_link
from orders.models import GiftCard, Order
from orders.status import OrderStatus
from tests.factories import Buyer, give_credit, make_gift_card, make_gift_product, make_product, make_staff
from tests.orders.post import delivered

pytestmark = pytest.mark.django_db
S = OrderStatus


@pytest.fixture
def order(buyer):
    """16 and 4 for its parcel."""
    return buyer.order_in(S.PAY_REQUIRED, (make_product(stock=5, price=Decimal(16)), 1))


@pytest.fixture
def customer(buyer) -> Client:
    client = Client()
    client.force_login(buyer.user)
    return client


def post(client: Client, name: str, order: Order, **body: str):
    return client.post(reverse(name, args=[order.pk]), body, follow=True)


def test_a_code_lowers_what_the_button_says(customer, order):
    shown = post(customer, "order-gift-cards", order, code=make_gift_card("5").code_shown).content.decode()

    assert "Pay $15.00" in shown
    assert "$15.00 are left to pay." in shown
    assert "data-card-amount" in shown


def test_a_card_is_taken_away_again(customer, order):
    post(customer, "order-gift-cards", order, code=make_gift_card("5").code)
    use = order.card_uses.get()

    shown = post(customer, "order-gift-card-remove", order, use=str(use.pk)).content.decode()

    assert "Pay $20.00" in shown
    assert GiftCard.objects.get().balance == 5


def test_store_credit_is_offered_and_used_with_one_button(customer, order, buyer):
    give_credit(buyer.user, "50")
    page = customer.get(order.get_absolute_url()).content.decode()
    assert "Use $20.00 of your store credit of $50.00" in page

    post(customer, "order-gift-cards", order, store_credit="1")

    assert Order.objects.get().status == S.PAID


def test_a_wrong_code_says_so(customer, order):
    shown = post(customer, "order-gift-cards", order, code="nonsense").content.decode()

    assert "This gift card can&#x27;t be used." in shown


def test_nonsense_changes_nothing(customer, order):
    for body in ({}, {"code": " "}, {"use": "x"}, {"use": "9" * 40}, {"store_credit": "1"}):
        for name in ("order-gift-cards", "order-gift-card-remove"):
            assert post(customer, name, order, **body).status_code == 200
    assert customer.get(reverse("order-gift-cards", args=[order.pk])).status_code == 303
    assert Order.objects.get().card_amount == 0


def test_who_came_by_the_link_pays_with_a_code_and_not_with_credit(order, buyer):
    give_credit(buyer.user, "50")
    reader = Client()
    page = reader.get(f"/orders/link/{make_link(order)}/", follow=True).content.decode()
    assert "use-gift-card" in page
    assert "use-credit" not in page

    post(reader, "order-gift-cards", order, store_credit="1")
    assert Order.objects.get().card_amount == 0
    post(reader, "order-gift-cards", order, code=make_gift_card("5").code)
    assert Order.objects.get().card_amount == 5


def test_somebody_else_has_no_such_order(order):
    stranger = Client()
    stranger.force_login(Buyer().user)

    assert post(stranger, "order-gift-cards", order, code=make_gift_card().code).status_code == 404


def test_the_codes_that_were_bought_are_on_the_page_and_in_the_email(customer, buyer):
    order = buyer.order_in(S.PAID, (make_gift_product("50"), 1), (make_product(stock=5), 1))
    code = GiftCard.objects.get().code_shown

    page = customer.get(order.get_absolute_url()).content.decode()
    sent = [message for message in delivered() if code in message.body]

    assert code in page
    assert len(sent) == 1


def test_staff_do_not_read_the_codes(buyer):
    order = buyer.order_in(S.PAID, (make_gift_product("50"), 1), (make_product(stock=5), 1))
    staff = Client()
    staff.force_login(make_staff())

    page = staff.get(order.get_absolute_url()).content.decode()

    assert GiftCard.objects.get().code_shown not in page


def test_the_account_page_says_how_much_store_credit_there_is(customer, buyer):
    assert "data-store-credit" not in customer.get(reverse("account")).content.decode()
    give_credit(buyer.user, "12.50")

    assert "You have store credit of $12.50" in customer.get(reverse("account")).content.decode()

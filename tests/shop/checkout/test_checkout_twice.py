"""Two tabs with one cart, as the email that confirms an address makes them: a second order is asked about."""

import re

import pytest

from orders.models import Order
from tests.factories import Buyer, cancel, confirm, make_product
from tests.shop.conftest import Visitor, id_in, stored, words

pytestmark = pytest.mark.django_db


class Tabs:
    """A cart with two kettles, previewed in two tabs; the first is placed."""

    def __init__(self, customer: Visitor, buyer: Buyer):
        self.customer, self.table = customer, buyer.table
        self.kettle = make_product(stock=9)
        self.first = customer.preview((self.kettle, 2))
        self.second = customer.get("/checkout/").url
        customer.place(self.first, self.table)
        self.order = Order.objects.get()

    def place(self, intent: str = "place") -> str:
        return words(self.customer.place(self.second, self.table, intent=intent, note="Mind the dog"))


@pytest.fixture
def tabs(customer, buyer) -> Tabs:
    return Tabs(customer, buyer)


def test_the_second_tab_says_which_order_it_was_and_asks(tabs, buyer):
    shown = tabs.place()

    assert 'data-problem="ordered_just_now"' in shown
    assert f"It is order {tabs.order.number}." in shown
    assert f'href="/orders/{tabs.order.pk}/"' in shown
    assert f"See order {tabs.order.number}" in shown
    assert 'value="place-once-more"' in shown
    assert 'id="place-order"' not in shown
    assert "Mind the dog</textarea>" in shown
    # It was ordered, so it left the cart: that is no change to be told.
    assert "Your cart has changed" not in shown
    assert (Order.objects.count(), stored(buyer.user)) == (1, {})


def test_the_button_of_the_question_is_not_the_one_that_enter_presses(tabs):
    """Nor is it where the button was on which one may just click a second time."""
    buttons = re.findall(r'<(?:button type="submit"|a)[^>]*>', tabs.place().partition("<main")[2])

    (once_more,) = (place for place, button in enumerate(buttons) if "place-once-more" in button)
    assert "see-order" in buttons[once_more - 1]
    assert any('type="submit"' in button for button in buttons[: once_more - 1])


def test_it_asks_again_until_it_is_told_to_order_once_more(tabs):
    for _click in range(3):
        assert "ordered_just_now" in tabs.place()
    assert Order.objects.count() == 1

    answers = [
        tabs.customer.place(tabs.second, tabs.table, intent="place-once-more", note="Mind the dog")
        for _click in range(2)
    ]

    assert {answer.url for answer in answers} == {f"/orders/{id_in(tabs.second)}/"}
    assert Order.objects.count() == 2
    assert Order.objects.get(pk=id_in(tabs.second)).note == "Mind the dog"


def test_ordering_once_more_takes_nothing_out_of_the_cart_that_was_put_in_since(tabs, buyer):
    cup = make_product(stock=9)
    tabs.customer.put(cup)

    tabs.place("place-once-more")

    assert stored(buyer.user) == {cup.sku: 1}


def test_after_the_first_was_canceled_the_second_tab_just_orders(tabs):
    confirm(tabs.order)
    cancel(tabs.order)

    assert tabs.customer.place(tabs.second, tabs.table).url == f"/orders/{id_in(tabs.second)}/"


def test_the_question_speaks_the_customers_language(tabs, buyer):
    buyer.user.language = "vi"
    buyer.user.save()
    tabs.customer.cookies["django_language"] = "vi"

    shown = tabs.place()

    assert f"Xem đơn hàng {tabs.order.number}" in shown
    assert "Đặt thêm lần nữa" in shown

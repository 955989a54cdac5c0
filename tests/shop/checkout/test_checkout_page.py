"""Checkout: every refusal lands back here, with what to do and with what was typed."""

from uuid import uuid4

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as NoRedis

from accounts.models import Address
from catalog import inventory
from orders.checkout.previews import FORMAT
from orders.models import Order
from orders.status import OrderStatus
from tests.factories import Buyer, make_address, make_price_table, make_product, make_user
from tests.orders.post import delivered
from tests.shop.conftest import Visitor, id_in, stored, words

pytestmark = pytest.mark.django_db


def forget(page: str) -> None:
    cache.delete(f"preview:{FORMAT}:{id_in(page)}")


def test_checkout_asks_to_sign_in_and_comes_back(visitor):
    assert visitor.get("/checkout/").url == "/accounts/login/code/?next=/checkout/"


def test_checkout_with_an_empty_cart_leads_to_the_cart(customer):
    assert customer.get("/checkout/").url == "/cart/"


def test_checkout_shows_options_totals_and_time_left(customer, buyer):
    page = customer.preview((make_product(stock=5, price="10.00"), 2))
    shown = customer.text(page)
    assert buyer.table.service in shown
    assert "$24.00" in shown
    assert "data-countdown" in shown


def test_checkout_reload_keeps_the_quote(customer):
    page = customer.preview((make_product(stock=5), 1))
    assert customer.get(page).status_code == customer.get(page).status_code == 200


def test_placing_leads_to_the_order_and_empties_the_cart(customer, buyer):
    page = customer.preview((make_product(stock=5), 2))
    answer = customer.place(page, buyer.table)
    order = Order.objects.get()
    assert (answer.status_code, answer.url) == (303, f"/orders/{order.pk}/")
    assert (order.note, order.pk) == ("Ring twice", id_in(page))
    assert stored(buyer.user) == {}


def test_placing_twice_is_one_order(customer, buyer):
    page = customer.preview((make_product(stock=5), 2))
    first, second = customer.place(page, buyer.table), customer.place(page, buyer.table)
    assert first.url == second.url
    assert Order.objects.count() == 1


def test_second_click_keeps_what_was_put_in_meanwhile(customer, buyer):
    product = make_product(stock=9)
    page = customer.preview((product, 2))
    customer.place(page, buyer.table)
    customer.put(product, 2)
    customer.place(page, buyer.table)
    assert stored(buyer.user) == {product.sku: 2}


def test_placing_leaves_what_came_into_the_cart_after_the_quote(customer, buyer):
    ordered, later = make_product(stock=5), make_product(stock=5)
    page = customer.preview((ordered, 1))
    customer.put(later)
    assert "Your cart has changed since this preview." in customer.text(page)
    customer.place(page, buyer.table)
    assert stored(buyer.user) == {later.sku: 1}


def test_back_button_after_placing_leads_to_the_order(customer, buyer):
    page = customer.preview((make_product(stock=5), 1))
    order = customer.place(page, buyer.table).url
    back = customer.get(page)
    assert back.url == order
    assert "no-store" in back["Cache-Control"]
    assert "You have placed this order already." in customer.text(order)


def test_placed_with_another_method_leads_to_the_order(customer, buyer):
    other = make_price_table()
    page = customer.preview((make_product(stock=5), 1))
    order = customer.place(page, buyer.table).url
    answer = customer.place(page, other)
    assert answer.url == order
    assert "placed before" in customer.text(order)


def test_sold_out_names_the_product_and_keeps_what_was_typed(customer, buyer):
    product = make_product(stock=2, name="Blue kettle")
    page = customer.preview((product, 2))
    inventory.count(product_id=product.pk, quantity=1, actor=None)
    answer = customer.place(page, buyer.table)
    shown = words(answer)
    assert answer.status_code == 200
    assert 'data-problem="insufficient_stock"' in shown
    assert "Blue kettle. You want 2, 1 left." in shown
    assert 'href="/cart/"' in shown
    assert "Ring twice" in shown
    assert stored(buyer.user) == {product.sku: 2}


def test_product_gone_is_named(customer, buyer):
    product = make_product(stock=2, name="Blue kettle")
    page = customer.preview((product, 1))
    product.is_active = False
    product.save()
    shown = words(customer.place(page, buyer.table))
    assert 'data-problem="product_not_found"' in shown
    assert "Blue kettle has just gone off sale." in shown


def test_expired_quote_becomes_a_new_one_and_keeps_the_note(customer, buyer):
    page = customer.preview((make_product(stock=5), 1))
    forget(page)
    answer = customer.place(page, buyer.table)
    assert answer.status_code == 303
    again = customer.get(answer.url, follow=True)
    shown = words(again)
    assert again.redirect_chain[-1][0] != page
    assert "we made a new one" in shown
    assert "Ring twice" in shown
    assert Order.objects.count() == 0


def test_expired_quote_on_reload_becomes_a_new_one(customer):
    page = customer.preview((make_product(stock=5), 1))
    forget(page)
    assert "we made a new one" in words(customer.get(page, follow=True))


def test_unverified_customer_is_offered_the_link_again(buyer):
    user = make_user(verified=False)
    make_address(user)
    client = Visitor()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.preview((make_product(stock=5), 1))
    assert "data-unverified" in client.text(page)
    shown = words(client.place(page, buyer.table))
    assert 'data-problem="user_not_found"' in shown
    assert 'name="intent" value="resend-verification"' in shown
    assert "Ring twice" in shown
    answer = client.post("/checkout/", {"next": page, "intent": "resend-verification", "note": "Ring thrice"})
    assert "Ring thrice" in client.text(page)
    assert (answer.status_code, answer.url) == (303, page)
    assert [email.to for email in delivered()] == [[user.email]]


def test_resend_leads_to_no_foreign_page(customer):
    assert customer.post("/accounts/resend/", {"next": "https://evil.example/"}).url == "/accounts/"


def test_too_many_unpaid_orders_links_to_the_orders(customer, buyer, settings):
    settings.MAX_UNPAID_ORDERS = 1
    buyer.place((make_product(stock=5), 1))
    page = customer.preview((make_product(stock=5), 1))
    shown = words(customer.place(page, buyer.table))
    assert 'data-problem="too_many_unpaid_orders"' in shown
    assert 'href="/orders/"' in shown


def test_withdrawn_shipping_method_is_said(customer, buyer):
    page = customer.preview((make_product(stock=5), 1))
    buyer.table.is_active = False
    buyer.table.save()
    assert 'data-problem="shipping_method_not_found"' in words(customer.place(page, buyer.table))


@pytest.mark.parametrize("typed", [{}, {"price_table_id": "no"}, {"price_table_id": "9" * 30}])
def test_wrong_shipping_method_lands_back_with_the_note(customer, buyer, typed):
    page = customer.preview((make_product(stock=5), 1))
    answer = customer.post(page, {"note": "Ring twice", **typed})
    assert answer.status_code == 200
    assert "Ring twice" in words(answer)


def test_too_long_a_note_lands_back(customer, buyer):
    page = customer.preview((make_product(stock=5), 1))
    answer = customer.place(page, buyer.table, note="x" * 1001)
    assert answer.status_code == 200
    assert Order.objects.count() == 0


def test_no_courier_for_the_address_is_said(customer, buyer):
    far = make_address(buyer.user, country="AQ")
    customer.put(make_product(stock=5))
    shown = customer.text(customer.get(f"/checkout/?address={far.pk}").url)
    assert "data-no-couriers" in shown
    assert "disabled" in shown


def test_other_address_is_another_quote_and_keeps_the_note(customer, buyer):
    make_price_table(country="US", fee="13.00")
    other = make_address(buyer.user, country="US")
    page = customer.preview((make_product(stock=5, price="10.00"), 1))
    answer = customer.place(page, buyer.table, address=other.pk)
    assert answer.status_code == 303
    assert answer.url != page
    shown = customer.text(answer.url)
    assert "$23.00" in shown
    assert "Ring twice" in shown
    assert Order.objects.count() == 0


def test_somebody_elses_address_is_not_quoted(customer):
    strange = Buyer().address
    customer.put(make_product(stock=5))
    answer = customer.get(f"/checkout/?address={strange.pk}", follow=True)
    assert "You have no such address." in words(answer)
    assert strange.full_name not in answer.redirect_chain


@pytest.mark.parametrize("address", ["x", "-1", "9" * 20, "%00", "²"])
def test_nonsense_for_an_address_does_no_harm(customer, address):
    customer.put(make_product(stock=5))
    assert customer.get(f"/checkout/?address={address}", follow=True).status_code == 200


def test_customer_without_address_adds_one_at_checkout(buyer):
    client = Visitor()
    user = make_user()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.put(make_product(stock=5))
    assert 'name="new-line1"' in client.text("/checkout/")
    typed = {
        "new-full_name": "Hoa",
        "new-phone": "0234 382 2000",
        "new-line1": "1 Lê Lợi",
        "new-city": "Huế",
        "new-region": "Thừa Thiên–Huế",
        "new-country": "VN",
        "intent": "add-address",
    }
    wrong = client.post("/checkout/", {**typed, "new-phone": "no"})
    assert wrong.status_code == 200
    assert "Enter a phone number;" in words(wrong)
    assert "1 Lê Lợi" in words(wrong)
    right = client.post("/checkout/", typed)
    assert right.status_code == 303
    assert Address.objects.get(user=user).city == "Huế"
    assert buyer.table.service in client.text(right.url)


def test_somebody_elses_quote_does_not_exist(customer, buyer):
    strange = Buyer().preview((make_product(stock=5), 1))
    page = f"/checkout/{strange.id}/"
    customer.put(make_product(stock=5))
    assert customer.get(page).url == "/checkout/"
    customer.place(page, buyer.table)
    assert Order.objects.count() == 0
    assert customer.get(f"/checkout/{uuid4()}/").url == "/checkout/"


def test_cache_that_does_not_answer_is_said(customer, buyer, monkeypatch):
    page = customer.preview((make_product(stock=5), 1))

    def down(*args, **kwargs):
        raise NoRedis

    monkeypatch.setattr("orders.checkout.previews.cache.get", down)
    monkeypatch.setattr("orders.checkout.previews.cache.set", down)
    for answer in (customer.get(page), customer.place(page, buyer.table), customer.get("/checkout/")):
        assert answer.status_code == 503
        assert 'data-problem="service_unavailable"' in words(answer)


def test_placed_order_is_pending(customer, buyer):
    customer.place(customer.preview((make_product(stock=5), 1)), buyer.table)
    assert Order.objects.get().status == OrderStatus.PENDING

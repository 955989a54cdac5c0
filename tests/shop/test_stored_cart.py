"""The cart of a customer: rows, the same on every device; what came before sign-in is put into it."""

import re
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from catalog import inventory
from orders.checkout.placement.placement import place_order
from shop.cart import CartFull
from shop.cart_stores import StoredCart, remove_ordered
from shop.models import CartItem
from tests.factories import PASSWORD, Buyer, make_numbered, make_product, make_user
from tests.orders.post import delivered
from tests.parallel import at_once
from tests.shop.conftest import Visitor, stored, words

pytestmark = pytest.mark.django_db


def sign_in(visitor: Visitor, user, **more):
    typed = {"login": user.email, "password": PASSWORD}
    return visitor.post("/accounts/login/?next=/cart/", {**typed, "next": "/cart/"}, **more)


def shelved(**fields):
    """A product as the shop reads it, with its stock."""
    product = make_product(**fields)
    product.refresh_from_db()
    return product


def fill(user, lines: int) -> None:
    products = [make_product() for _ in range(lines)]
    CartItem.objects.bulk_create(
        CartItem(user=user, product=product, quantity=1, price_seen=product.price) for product in products
    )


def test_cart_is_the_same_on_phone_and_desktop_and_stays_after_signing_out(buyer):
    phone, desktop = Visitor(), Visitor()
    sign_in(phone, buyer.user)
    sign_in(desktop, buyer.user)
    product = shelved(stock=9, name="Blue kettle")
    phone.put(product, 2)
    assert "Blue kettle" in desktop.text("/cart/")
    desktop.post("/cart/change/", {"sku": product.sku, "quantity": 5})
    assert 'data-cart-count="5"' in phone.text("/")
    phone.post("/accounts/logout/")
    assert "Blue kettle" not in phone.text("/cart/")
    assert stored(buyer.user) == {product.sku: 5}
    phone.post("/cart/remove/", {"sku": product.sku})
    assert stored(buyer.user) == {product.sku: 5}
    desktop.post("/cart/remove/", {"sku": product.sku})
    assert stored(buyer.user) == {}


def test_sign_in_puts_the_two_carts_together(visitor, buyer):
    both, only_stored, only_before = (shelved(stock=9) for _ in range(3))
    StoredCart(buyer.user).add(both, 2)
    StoredCart(buyer.user).add(only_stored, 1)
    visitor.put(both, 3)
    visitor.put(only_before, 4)
    answer = sign_in(visitor, buyer.user)
    assert answer.url == "/cart/"
    assert stored(buyer.user) == {both.sku: 5, only_stored.sku: 1, only_before.sku: 4}
    assert not visitor.session.get("cart")
    assert "no more than" not in visitor.text("/cart/")


def test_sign_in_twice_puts_nothing_in_twice(visitor, buyer):
    product = shelved(stock=9)
    visitor.put(product, 2)
    sign_in(visitor, buyer.user)
    visitor.post("/accounts/logout/")
    sign_in(visitor, buyer.user)
    assert stored(buyer.user) == {product.sku: 2}


def test_sign_up_takes_the_cart_along(visitor):
    product = shelved(stock=9)
    visitor.put(product, 2)
    typed = {"email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD}
    visitor.post("/accounts/signup/", typed)
    visitor.post(re.search(r"/accounts/confirm-email/[^/\s]+/", delivered()[0].body)[0])
    assert list(CartItem.objects.values_list("user__email", "quantity")) == [("new@example.com", 2)]


def test_any_other_way_in_takes_the_cart_along(visitor, buyer):
    product = shelved(stock=9)
    visitor.put(product, 2)
    visitor.force_login(buyer.user, backend="django.contrib.auth.backends.ModelBackend")
    assert stored(buyer.user) == {product.sku: 2}


def test_sign_in_caps_and_says_what_did_not_fit(visitor, buyer):
    few, gone, late = (shelved(stock=3, name=name) for name in ("Few", "Gone", "Late"))
    StoredCart(buyer.user).add(few, 2)
    fill(buyer.user, lines=98)
    last = shelved(stock=1, name="Last")
    for product, quantity in ((few, 3), (gone, 1), (last, 1), (late, 2)):
        visitor.put(product, quantity)
    gone.is_active = False
    gone.save()
    shown = words(sign_in(visitor, buyer.user, follow=True))
    assert "Few: no more than 3 can be ordered now" in shown
    assert "taken out of your cart: Gone" in shown
    assert "Your cart is full, so these did not fit: Late." in shown
    assert stored(buyer.user)[few.sku] == 3
    assert len(stored(buyer.user)) == 100


def test_what_sold_out_before_sign_in_is_not_forgotten_but_marked(visitor, buyer):
    product = shelved(stock=3)
    visitor.put(product, 3)
    inventory.count(product_id=product.pk, quantity=0, actor=None)
    assert "Sold out" in words(sign_in(visitor, buyer.user, follow=True))
    assert stored(buyer.user) == {product.sku: 1}


def test_price_change_is_said_once_across_devices_and_sign_in(visitor, buyer):
    product = shelved(stock=9, price="12.50")
    visitor.put(product)
    product.price = "20.00"
    product.save()
    shown = words(sign_in(visitor, buyer.user, follow=True))
    assert "The price changed from $12.50 to $20.00." in shown
    phone = Visitor()
    sign_in(phone, buyer.user)
    assert "data-price-was" not in phone.text("/cart/")


def test_price_change_is_said_at_checkout(customer, buyer):
    product = shelved(stock=9, price="12.50", name="Blue kettle")
    customer.put(product)
    product.price = "20.00"
    product.save()
    shown = words(customer.get("/checkout/", follow=True))
    assert "Blue kettle: the price changed from $12.50 to $20.00." in shown
    assert "$24.00" in shown
    assert "price changed" not in words(customer.get("/checkout/", follow=True))


def test_deleted_product_leaves_the_cart(customer, buyer):
    product = make_numbered(numbers=2)
    customer.put(product)
    product.numbers.all().delete()
    product.delete()
    assert "Your cart is empty" in customer.text("/cart/")


def test_database_keeps_carts_in_bounds(buyer):
    product = make_product()
    item = partial(CartItem.objects.create, user=buyer.user, product=product, price_seen=1)
    for wrong in ({"quantity": 0}, {"quantity": 1000}, {"quantity": 1, "price_seen": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            item(**wrong)
    item(quantity=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        item(quantity=1)


def test_header_counts_the_cart_in_one_statement(customer, buyer, django_assert_num_queries):
    customer.put(shelved(stock=9), 2)
    customer.put(shelved(stock=9), 1)
    cart = StoredCart(buyer.user)
    with django_assert_num_queries(1):
        assert cart.count == 3
    cart.lines()
    with django_assert_num_queries(0):
        assert cart.count == 3


# --- at the same moment --------------------------------------------------------------------------------------------

at_the_same_moment = pytest.mark.django_db(transaction=True)


@at_the_same_moment
def test_tabs_that_add_at_once_lose_nothing():
    user, product = make_user(), shelved(stock=50)
    at_once([partial(StoredCart(user).add, product, 2) for _ in range(6)])
    assert stored(user) == {product.sku: 12}


@at_the_same_moment
def test_tabs_that_add_at_once_stay_within_stock():
    user, product = make_user(), shelved(stock=5)
    at_once([partial(StoredCart(user).add, product, 2) for _ in range(6)])
    assert stored(user) == {product.sku: 5}


@at_the_same_moment
def test_tabs_that_add_at_once_stay_within_an_order():
    user = make_user()
    fill(user, lines=98)
    products = [shelved(stock=1) for _ in range(6)]

    def add(product):
        try:
            return StoredCart(user).add(product, 1)
        except CartFull:
            return "full"

    results = at_once([partial(add, product) for product in products])
    assert results.count("full") == 4
    assert CartItem.objects.count() == 100


@at_the_same_moment
def test_two_placements_at_once_empty_the_cart_once():
    buyer = Buyer()
    product = shelved(stock=50)
    cart = StoredCart(buyer.user)
    cart.add(product, 2)
    preview = buyer.preview((product, 2))
    cart.add(product, 3)

    def place():
        placed = place_order(
            preview_id=preview.id, customer=buyer.user, price_table_id=buyer.table.pk, note=""
        )
        if placed.is_new:
            remove_ordered(placed.order)
        return placed.is_new

    assert sorted(at_once([place] * 4)) == [False, False, False, True]
    assert stored(buyer.user) == {product.sku: 3}


@at_the_same_moment
def test_what_is_added_while_an_order_leaves_the_cart_stays():
    buyer = Buyer()
    product, other = shelved(stock=50), shelved(stock=50)
    cart = StoredCart(buyer.user)
    cart.add(product, 2)
    cart.add(other, 1)
    order = buyer.place((product, 2), (other, 1))
    at_once([partial(StoredCart(buyer.user).add, product, 4), partial(remove_ordered, order)])
    assert stored(buyer.user) == {product.sku: 4}

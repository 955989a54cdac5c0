"""The cart: quantities in the session, everything else from the catalog."""

import pytest

from shop.cart import CartFull
from tests.factories import make_numbered, make_product
from tests.shop.conftest import words

pytestmark = pytest.mark.django_db


def test_cart_before_sign_in_shows_the_catalogs_prices(visitor):
    product = make_product(stock=5, price="12.50")
    answer = visitor.post("/cart/add/", {"sku": product.sku, "quantity": 2, "price": "0.01"})
    assert (answer.status_code, answer.url) == (303, "/cart/")
    assert "$25.00" in visitor.text("/cart/")
    product.price = "20.00"
    product.save()
    assert "$40.00" in visitor.text("/cart/")


def test_cart_adds_up_changes_and_removes(visitor):
    product = make_product(stock=50)
    visitor.put(product, 2)
    visitor.put(product, 3)
    assert visitor.session["cart"] == {product.sku: 5}
    visitor.post("/cart/change/", {"sku": product.sku, "quantity": 7})
    assert visitor.session["cart"] == {product.sku: 7}
    visitor.post("/cart/remove/", {"sku": product.sku})
    assert visitor.session["cart"] == {}


@pytest.mark.parametrize("quantity", ["0", "-1", "1000", "many", "", "1e2", "9" * 400])
def test_cart_refuses_quantity_and_keeps_what_it_had(visitor, quantity):
    product = make_product(stock=5)
    visitor.put(product, 2)
    for door in ("/cart/add/", "/cart/change/"):
        answer = visitor.post(door, {"sku": product.sku, "quantity": quantity}, follow=True)
        assert "The quantity must be 1 to 999." in words(answer)
    assert visitor.session["cart"] == {product.sku: 2}


def test_cart_holds_at_most_999_of_a_product(visitor):
    product = make_product(stock=5)
    visitor.put(product, 999)
    visitor.put(product, 5)
    assert visitor.session["cart"] == {product.sku: 999}


def test_cart_holds_at_most_100_products(visitor):
    session = visitor.session
    session["cart"] = {f"X-{n}": 1 for n in range(100)}
    session.save()
    answer = visitor.post("/cart/add/", {"sku": make_product().sku, "quantity": 1}, follow=True)
    assert "The cart is full" in words(answer)
    assert CartFull.__doc__


def test_cart_drops_what_is_not_on_sale_and_says_so(visitor):
    gone, stays = make_product(name="Blue kettle"), make_product(name="Red kettle")
    visitor.put(gone)
    visitor.put(stays)
    gone.is_active = False
    gone.save()
    page = visitor.text("/cart/")
    assert "taken out of your cart: Blue kettle" in page
    assert visitor.session["cart"] == {stays.sku: 1}
    assert "Blue kettle" not in visitor.text("/cart/")


def test_cart_takes_no_unknown_product(visitor):
    answer = visitor.post("/cart/add/", {"sku": "nothing", "quantity": 1}, follow=True)
    assert "This product is not on sale." in words(answer)
    assert not visitor.session.get("cart")


def test_cart_says_when_too_few_are_left(visitor):
    visitor.put(make_numbered(numbers=2), 3)
    assert "Only 2 left" in visitor.text("/cart/")


def test_cart_changes_by_post_alone(visitor):
    for door in ("/cart/add/", "/cart/change/", "/cart/remove/"):
        assert visitor.get(door).status_code == 405


def test_cart_survives_sign_in(visitor, buyer):
    product = make_product(stock=5)
    visitor.put(product)
    signed_in = visitor.post(
        "/accounts/login/?next=/cart/",
        {"login": buyer.user.email, "password": "correct horse battery", "next": "/cart/"},
    )
    assert signed_in.url == "/cart/"
    assert visitor.session["cart"] == {product.sku: 1}

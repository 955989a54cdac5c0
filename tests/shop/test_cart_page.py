"""The cart's page, before sign-in: quantities in the session, everything else from the catalog."""

import pytest

from catalog import inventory
from shop.said import MAX_WAITING
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


@pytest.mark.parametrize(("stock", "holds"), [(3, 3), (2000, 999)])
def test_cart_holds_no_more_than_is_left_and_says_so(visitor, stock, holds):
    product = make_product(stock=stock, name="Blue kettle")
    visitor.put(product, 2)
    answer = visitor.post("/cart/add/", {"sku": product.sku, "quantity": 999}, follow=True)
    assert f"Blue kettle: no more than {holds} can be ordered now" in words(answer)
    assert visitor.session["cart"] == {product.sku: holds}
    visitor.post("/cart/change/", {"sku": product.sku, "quantity": 1})
    answer = visitor.post("/cart/change/", {"sku": product.sku, "quantity": 999}, follow=True)
    assert (f"no more than {holds} can be ordered now" in words(answer)) == (holds < 999)
    assert visitor.session["cart"] == {product.sku: holds}


def test_cart_takes_nothing_that_is_sold_out(visitor):
    product = make_product(name="Blue kettle")
    answer = visitor.post("/cart/add/", {"sku": product.sku, "quantity": 1}, follow=True)
    assert "Blue kettle has just sold out." in words(answer)
    assert not visitor.session.get("cart")


def test_cart_holds_at_most_100_products(visitor):
    session = visitor.session
    session["cart"] = {f"X-{n}": 1 for n in range(100)}
    session.save()
    answer = visitor.post("/cart/add/", {"sku": make_product(stock=1).sku, "quantity": 1}, follow=True)
    assert "The cart is full" in words(answer)


def test_cart_drops_what_is_not_on_sale_and_says_so(visitor):
    gone, stays = make_product(name="Blue kettle", stock=1), make_product(name="Red kettle", stock=1)
    visitor.put(gone)
    visitor.put(stays)
    gone.is_active = False
    gone.save()
    page = visitor.text("/cart/")
    assert "taken out of your cart: Blue kettle" in page
    assert visitor.session["cart"] == {stays.sku: 1}
    assert "Blue kettle" not in visitor.text("/cart/")


def test_cart_drops_what_was_deleted(visitor):
    product = make_numbered(numbers=2)
    visitor.put(product)
    product.numbers.all().delete()
    product.delete()
    assert f"taken out of your cart: {product.sku}" in visitor.text("/cart/")


def test_cart_says_when_too_few_are_left_and_lowers_the_quantity(visitor):
    product = make_product(stock=5)
    visitor.put(product, 5)
    inventory.count(product_id=product.pk, quantity=2, actor=None)
    page = visitor.text("/cart/")
    assert "Only 2 left" in page
    assert "Reduce to 2" in page
    visitor.post("/cart/change/", {"sku": product.sku, "quantity": 2})
    assert "data-short" not in visitor.text("/cart/")
    inventory.count(product_id=product.pk, quantity=0, actor=None)
    page = visitor.text("/cart/")
    assert "Sold out" in page
    assert "Reduce to" not in page
    answer = visitor.post("/cart/change/", {"sku": product.sku, "quantity": 1}, follow=True)
    assert "has just sold out" in words(answer)
    assert visitor.session["cart"] == {product.sku: 2}


def test_cart_says_once_that_a_price_changed(visitor):
    product, same = make_product(stock=5, price="12.50"), make_product(stock=5)
    visitor.put(product)
    visitor.put(same)
    assert "data-price-was" not in visitor.text("/cart/")
    product.price = "20.00"
    product.save()
    page = visitor.text("/cart/")
    assert "The price changed from $12.50 to $20.00." in page
    assert page.count("data-price-was") == 1
    assert "data-price-was" not in visitor.text("/cart/")


def test_cart_takes_no_unknown_product(visitor):
    answer = visitor.post("/cart/add/", {"sku": "nothing", "quantity": 1}, follow=True)
    assert "This product is not on sale." in words(answer)
    assert not visitor.session.get("cart")


def test_cart_changes_by_post_alone(visitor):
    for door in ("/cart/add/", "/cart/change/", "/cart/remove/"):
        assert visitor.get(door).status_code == 405


def test_what_nobody_reads_does_not_pile_up(visitor):
    products = [make_product(stock=50) for _nth in range(MAX_WAITING + 2)]
    for product in (*products, products[0], products[0]):
        visitor.put(product)

    page = words(visitor.get("/products/"))

    assert page.count("is in your cart.") == MAX_WAITING
    assert page.count(f"{products[0].name} is in your cart.") == 1

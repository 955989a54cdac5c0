"""Pages are light: their size, what they load, and how many statements they take with 1, 3 and a full page of rows."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings

from orders.status import OrderStatus
from shop.views.catalog import PER_PAGE
from tests.factories import make_address, make_numbered, make_picture, make_product
from tests.shop.test_pages import statements

pytestmark = pytest.mark.django_db
KB = 1024


def add_products(count: int) -> list:
    """Half of them counted, half numbered, each with two pictures."""
    made = [make_numbered(numbers=3) if n % 2 else make_product(stock=9) for n in range(count)]
    for product in made:
        make_picture(product)
        make_picture(product, position=1)
    return made


# What every page of a signed-in customer reads: session, user, when the device was last seen, the count of the cart.
SIGNED_IN = 4


@pytest.mark.parametrize(
    ("path", "pinned"),
    [
        ("/", SIGNED_IN + 3),
        ("/products/", SIGNED_IN + 5),
        ("/products/?q=product&min_price=1&max_price=99&in_stock=1&sort=price", SIGNED_IN + 7),
        ("/products/?q=product&category=things&sort=relevance", SIGNED_IN + 8),
    ],
)
def test_list_takes_as_many_statements_for_1_3_and_a_full_page_of_products(customer, path, pinned):
    counts = []
    for more in (1, 2, 2 * PER_PAGE):
        add_products(more)
        counts.append(statements(customer, path))
    assert counts == [pinned] * 3


def test_product_page_takes_as_many_statements_for_1_3_and_many_of_everything(customer, buyer):
    product = add_products(1)[0]
    counts = []
    for more in (1, 2, PER_PAGE):
        add_products(more)
        for position in range(more):
            make_picture(product, position=position)
        make_address(buyer.user)
        counts.append(statements(customer, product.get_absolute_url()))
    # Besides: product, pictures, categories, related, theirs; address, places, price tables with their bands, rates of tax.
    assert counts == [SIGNED_IN + 9] * 3


def test_full_list_page_is_light(customer):
    for n in range(2 * PER_PAGE):
        make_picture(
            make_product(name=f"A thing with rather a long name number {n}", price=123456789), alt="A" * 100
        )
    address = "/products/?q=thing&min_price=1&max_price=999999999&sort=price"
    assert len(customer.get(address).content) < 50 * KB


def loaded(html: str) -> set[str]:
    """The static scripts and styles that a page asks for."""
    return set(re.findall(r'(?:src|href)="/static/([^"]+\.(?:js|css))"', html))


def every_page(customer, buyer) -> list[str]:
    product = make_product(stock=5)
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    preview = customer.preview((product, 1))
    paths = ("/", "/products/", product.get_absolute_url(), "/cart/", preview, "/accounts/", "/orders/")
    return [*paths, f"/orders/{order.pk}/", f"/orders/{order.pk}/pay/", "/accounts/login/"]


def test_scripts_and_styles_of_all_pages_together_are_light(customer, buyer):
    pages = [customer.get(path).content.decode() for path in every_page(customer, buyer)]
    files = set[str]().union(*map(loaded, pages))
    assert len(files) >= 4
    packed = sum(len(gzip.compress((Path(settings.STATIC_ROOT) / name).read_bytes())) for name in files)
    assert packed < 60 * KB, (packed, files)


def test_no_script_blocks_a_page(customer, buyer):
    for path in every_page(customer, buyer):
        for script in re.findall(r"<script[^>]*>", customer.get(path).content.decode()):
            assert re.search(r"\bdefer\b|\basync\b|type=\"module\"", script), (path, script)

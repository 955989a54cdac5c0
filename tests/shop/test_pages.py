"""Every page answers, under the same number of SQL statements with 1 row and with 3."""

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from config.web.errors import unavailable
from orders.status import OrderStatus
from tests.factories import make_address, make_numbered, make_picture, make_product
from tests.shop.conftest import words

pytestmark = pytest.mark.django_db


def pictured(product):
    make_picture(product)
    return product


def statements(client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return len(caught)


def add_catalog_row(customer, buyer):
    customer.put(pictured(make_product(stock=5)))
    customer.put(pictured(make_numbered(numbers=3)))


def add_order_row(customer, buyer):
    items = [(pictured(make_product(stock=9)), 1), (pictured(make_numbered(numbers=3)), 2)]
    buyer.order_in(OrderStatus.PAID, *items)
    make_address(buyer.user)


@pytest.mark.parametrize("path", ["/", "/products/", "/products/?q=product&sort=price", "/cart/"])
def test_page_of_products_has_a_fixed_number_of_statements(customer, buyer, path):
    add_catalog_row(customer, buyer)
    few = statements(customer, path)
    add_catalog_row(customer, buyer)
    add_catalog_row(customer, buyer)
    assert statements(customer, path) == few


@pytest.mark.parametrize("path", ["/orders/", "/accounts/", "/accounts/addresses/"])
def test_page_of_orders_has_a_fixed_number_of_statements(customer, buyer, path):
    add_order_row(customer, buyer)
    few = statements(customer, path)
    add_order_row(customer, buyer)
    add_order_row(customer, buyer)
    assert statements(customer, path) == few


def test_product_page_has_a_fixed_number_of_statements(customer, buyer):
    product = pictured(make_product(stock=5))
    pictured(make_product(stock=5))
    few = statements(customer, product.get_absolute_url())
    add_catalog_row(customer, buyer)
    add_catalog_row(customer, buyer)
    pictured(product)
    assert statements(customer, product.get_absolute_url()) == few


@pytest.mark.parametrize("part", ["", "live/"])
def test_order_page_has_a_fixed_number_of_statements(customer, buyer, part):
    one = buyer.order_in(OrderStatus.DONE, (pictured(make_numbered(numbers=3)), 1))
    items = [(pictured(make_numbered(numbers=3)), 2) for _ in range(3)]
    three = buyer.order_in(OrderStatus.DONE, *items)
    few = statements(customer, f"/orders/{one.pk}/{part}")
    assert statements(customer, f"/orders/{three.pk}/{part}") == few


def test_checkout_has_a_fixed_number_of_statements(customer, buyer):
    few = statements(customer, customer.preview((pictured(make_product(stock=5)), 1)))
    more = [(pictured(make_product(stock=5)), 1) for _ in range(3)]
    make_address(buyer.user)
    assert statements(customer, customer.preview(*more)) == few


# What each page costs a customer, with everything on it; a number that grows wants a reason.
# The cart reads the address and the rates of tax, to say what is in its prices, and how many numbers are free.
PINNED = {"/cart/": 9, "checkout": 10, "order": 18, "live": 17, "/orders/": 9, "/": 7}


def pages_with(customer, buyer, rows: int) -> dict[str, str]:
    """The pages of the way from cart to order, each with so many rows."""
    items = [(pictured(make_product(stock=9)), 1) for _ in range(rows)]
    items += [(pictured(make_numbered(numbers=30)), 2) for _ in range(rows)]
    for _ in range(rows):
        order = buyer.order_in(OrderStatus.DONE, *items)
    return {
        "checkout": customer.preview(*items),
        "order": f"/orders/{order.pk}/",
        "live": f"/orders/{order.pk}/live/",
    }


@pytest.mark.parametrize("rows", [1, 3])
def test_statements_from_cart_to_order_are_pinned(customer, buyer, rows):
    pages = pages_with(customer, buyer, rows)
    found = {name: statements(customer, pages.get(name, name)) for name in PINNED}
    assert found == PINNED


def test_header_of_a_visitor_reads_no_cart(visitor, customer):
    anonymous, signed_in = statements(visitor, "/products/"), statements(customer, "/products/")
    # The session, the customer, when the device was last seen, the count of the cart.
    assert signed_in == anonymous + 4


def test_list_searches_filters_sorts_and_keeps_its_filters(visitor):
    for n in range(13):
        make_product(name=f"Kettle {n}", price=n)
    make_product(name="Lamp", description="Warm light")
    first = visitor.text("/products/?q=kettle&category=things&sort=-price")
    assert "Lamp" not in first
    assert first.index("Kettle 12") < first.index("Kettle 3")
    assert "?q=kettle&amp;category=things&amp;sort=-price&amp;page=2" in first
    assert "Kettle 0" in visitor.text("/products/?q=kettle&category=things&sort=-price&page=2")
    assert "Lamp" in visitor.text("/products/?q=warm+LIGHT")


@pytest.mark.parametrize(
    "query",
    ["sort=nonsense", "category=nonsense", "page=x", "page=-4", "q=%00", "q=" + "x" * 300, "q=%25_%5C"],
)
def test_list_takes_nonsense_calmly(visitor, query):
    make_product()
    assert visitor.get(f"/products/?{query}").status_code == 200


def test_product_off_sale_has_no_page(visitor):
    product = make_product(is_active=False)
    assert visitor.get(product.get_absolute_url()).status_code == 404


def test_sold_out_product_has_no_button(visitor):
    shown = visitor.text(make_product().get_absolute_url())
    assert "Sold out" in shown
    assert 'name="add"' not in shown


def test_what_customers_and_staff_typed_is_escaped(customer, buyer):
    evil = make_product(stock=5, name="<script>x</script>", description="<img onerror=x>")
    customer.put(evil)
    for path in ("/", "/cart/", evil.get_absolute_url(), "/products/?q=<script>x"):
        assert "<script>x" not in customer.text(path)
        assert "<img onerror" not in customer.text(path)


def test_own_addresses_alone_are_edited_and_deleted(customer, buyer):
    strange = make_address(type(buyer)().user)
    for path in (f"/accounts/addresses/{strange.pk}/", f"/accounts/addresses/{strange.pk}/delete/"):
        assert customer.post(path, {}).status_code == 404
    typed = {
        "full_name": "Hoa",
        "phone": "0234 382 2000",
        "line1": "1 Lê Lợi",
        "city": "Huế",
        "region": "Thừa Thiên–Huế",
        "country": "VN",
    }
    assert customer.post("/accounts/addresses/new/", typed).status_code == 303
    assert (
        customer.post(f"/accounts/addresses/{buyer.address.pk}/", typed | {"city": "Hội An"}).status_code
        == 303
    )
    assert (
        customer.post(f"/accounts/addresses/{buyer.address.pk}/", typed | {"country": "XX"}).status_code
        == 200
    )
    assert sorted(buyer.user.addresses.values_list("city", flat=True)) == ["Huế", "Hội An"]
    assert customer.post(f"/accounts/addresses/{buyer.address.pk}/delete/").status_code == 303
    assert buyer.user.addresses.count() == 1


@pytest.mark.parametrize(
    "path",
    [
        "login/",
        "signup/",
        "password/reset/",
        "password/reset/done/",
        "confirm-email/nonsense/",
        "confirm-email/",
    ],
)
def test_account_pages_stand_in_the_shops_frame(visitor, path):
    answer = visitor.get(f"/accounts/{path}")
    assert answer.status_code == 200
    assert 'class="brand"' in words(answer)


@pytest.mark.parametrize("path", ["email/", "password/change/", "logout/"])
def test_account_pages_of_a_customer_stand_in_the_shops_frame(customer, path):
    assert 'class="brand"' in customer.text(f"/accounts/{path}")


def test_language_is_switched_in_the_footer(visitor):
    answer = visitor.post("/language/", {"language": "vi", "next": "/products/"})
    assert answer.url == "/vi/products/"
    assert '<html lang="vi">' in visitor.text("/vi/products/")


def test_error_page_needs_no_database(django_assert_num_queries):
    request = RequestFactory().get("/products/")
    with django_assert_num_queries(0):
        answer = unavailable(request)
    assert answer.status_code == 503
    assert 'data-error="503"' in words(answer)


def test_error_page_of_an_unknown_address(customer):
    answer = customer.get("/nothing/")
    assert answer.status_code == 404
    assert 'data-error="404"' in words(answer)


def test_forged_form_gets_a_page_that_helps(buyer):
    from tests.shop.conftest import Visitor

    answer = Visitor(enforce_csrf_checks=True).post("/cart/add/", {})
    assert answer.status_code == 403
    assert "go back, reload the page" in words(answer)


def test_pages_have_no_inline_script_or_style(customer, buyer):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    preview = customer.preview((make_product(stock=5), 1))
    for path in (
        "/",
        "/products/",
        "/cart/",
        preview,
        f"/orders/{order.pk}/",
        f"/orders/{order.pk}/pay/",
        "/accounts/",
    ):
        shown = customer.text(path)
        assert "<style" not in shown
        assert " style=" not in shown
        assert "<script>" not in shown
        assert " onclick" not in shown


NO_ADDRESSES = ["http://[::1", "//[", "https://]/", "http://[vg.x]\0"]


@pytest.mark.parametrize("where", NO_ADDRESSES)
def test_a_page_to_go_back_to_that_is_no_address_is_passed_over(customer, visitor, where):
    for browser in (customer, visitor):
        assert browser.post("/language/", {"language": "vi"}, headers={"Referer": where}).url in ("/", "/vi/")
        assert browser.post("/language/", {"language": "vi", "next": where}).status_code == 302
        for path in (
            "/accounts/login/",
            "/accounts/signup/",
            "/accounts/reauthenticate/",
            "/accounts/logout/",
        ):
            assert browser.get(path, {"next": where}).status_code < 400, path

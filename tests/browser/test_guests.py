"""Who has no account buys, from the cart to Done, with an address and a code; and comes back by the link in an email."""

import re

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Product
from orders.models import Order
from tests.browser.conftest import PHONE
from tests.browser.test_buying import put_in_cart
from tests.factories import complete, unique

pytestmark = pytest.mark.browser


def newest_to(page: Page, email: str, subject: str) -> str:
    """The text of the newest email to an address with such a subject; a worker sends it when it comes to it."""
    tab = page.context.new_page()
    listed = tab.locator("main li", has_text=email).filter(has_text=re.compile(subject)).locator("a")
    for _ in range(60):
        tab.goto("/demo/mails/")
        if listed.count():
            break
        tab.wait_for_timeout(500)
    listed.first.click()
    text = tab.locator("main").inner_text()
    tab.close()
    return text


def go_in(page: Page, email: str) -> None:
    page.goto("/cart/")
    page.click("#to-checkout")
    page.wait_for_url("**/accounts/login/code/**")
    page.get_by_label("Email address").fill(email)
    page.click("#go-on")
    expect(page.locator("[data-waiting]")).to_contain_text(email)
    page.get_by_label("Code from the email").fill("00000000")
    page.click("#go-on")
    expect(page.locator(".errors")).to_contain_text("That is not the code.")
    code = re.search(r"\d{4}-\d{4}", newest_to(page, email, "Your code for"))[0]
    page.get_by_label("Code from the email").fill(code)
    page.click("#go-on")
    page.wait_for_url("**/checkout/")


def fill_address(page: Page) -> None:
    page.get_by_label("Full name").fill("Trần Văn Minh")
    page.get_by_label("Phone").fill("090 123 45 67")
    page.get_by_label("Street").fill("5 Đinh Tiên Hoàng")
    page.get_by_label("City").fill("Hà Nội")
    expect(page.get_by_label("Country")).to_have_value("VN")
    page.locator("select[name$=region]").select_option("Hà Nội")
    page.click("[value=add-address]")
    page.wait_for_url("**/checkout/*/")


def buy(page: Page, email: str) -> None:
    put_in_cart(page, Product.objects.filter(inventory="counted", stock_quantity__gt=5).first())
    go_in(page, email)
    fill_address(page)
    page.click("#place-order")
    page.wait_for_url("**/orders/*/")


def test_a_guest_buys_from_the_cart_to_done_on_a_phone(visitor):
    page, email = visitor.open(), f"{unique('guest')}@example.com"
    page.set_viewport_size(PHONE)
    buy(page, email)
    live = page.locator("#order-live")
    expect(live).to_have_attribute("data-status", "pay_required")
    expect(page.locator("[data-guest]")).to_be_visible()
    order = Order.objects.get(customer__email=email)

    # Somebody else, to whom the email was passed on, pays; the guest sees it without a reload.
    link = re.search(r"/orders/link/[^/\s]+/", newest_to(page, email, "please pay"))[0]
    page.evaluate("window.neverReloaded = true")
    payer = visitor.browser.new_context(base_url=page.url.partition("/orders/")[0], viewport=PHONE)
    other = payer.new_page()
    other.goto(link)
    assert "/link/" not in other.url
    expect(other.locator("[data-by-link]")).to_be_visible()
    expect(other.locator("#connection")).to_have_attribute("data-state", "live")
    other.evaluate("window.neverReloaded = true")
    expect(other.locator("#ask-cancel")).to_have_count(0)
    assert other.evaluate("document.documentElement.scrollWidth <= innerWidth")
    other.click("#step-pay")
    other.click("#approve")
    other.wait_for_url("**/orders/*/")
    expect(other.locator("#order-live")).to_have_attribute("data-status", "paid")
    expect(live).to_have_attribute("data-status", "paid")
    assert page.evaluate("window.neverReloaded") is True

    # Both see the end live: the one signed in, the other by the link alone.
    other.evaluate("window.neverReloaded = true")
    complete(order)
    for one in (page, other):
        expect(one.locator("#order-live")).to_have_attribute("data-status", "done")
        assert one.evaluate("window.neverReloaded") is True


def test_a_lost_order_is_found_by_its_number_and_the_address(visitor):
    page, email = visitor.open(), f"{unique('guest')}@example.com"
    buy(page, email)
    number = Order.objects.get(customer__email=email).number
    page.context.clear_cookies()

    page.goto("/")
    page.get_by_role("link", name="Find my order").click()
    page.get_by_label("Order number").fill(str(number))
    page.get_by_label("Email address").fill(email)
    page.click("#find-order button")
    expect(page.locator("#messages")).to_contain_text(email)
    link = re.search(r"/orders/link/[^/\s]+/", newest_to(page, email, "Your link to order"))[0]
    page.goto(link)
    expect(page.locator("h1")).to_contain_text(str(number))

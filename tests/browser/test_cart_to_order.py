"""From cart to order in a real browser: in place, and in spite of expiry, lost sessions, sleep, restarts and no scripts."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from catalog import inventory
from orders.actions.money.payment import start_payment
from orders.models import Order
from tests.browser.conftest import PHONE
from tests.factories import (
    PASSWORD,
    cancel,
    capture,
    make_address,
    make_price_table,
    make_product,
    make_user,
    unique,
)

pytestmark = pytest.mark.browser


@dataclass
class Customer:
    """Somebody who signed in, with one product of their own to buy."""

    user: object
    page: Page
    product: object

    def put(self, quantity: int = 1) -> None:
        self.page.goto(f"/products/{self.product.slug}/")
        self.page.fill("#quantity", str(quantity))
        self.page.click("form.buy button")
        self.page.wait_for_url("**/cart/")

    def preview(self, quantity: int = 1) -> None:
        self.put(quantity)
        self.page.click("#to-checkout")
        self.page.wait_for_url("**/checkout/*/")

    def orders(self):
        return Order.objects.filter(customer=self.user)


def sign_in(page: Page, user) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", user.email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/")


def add_note(page: Page) -> None:
    page.click("#add-note")
    page.fill("#note", "Ring twice")


def customer_in(page: Page) -> Customer:
    user = make_user()
    make_address(user)
    product = make_product(stock=5, name=unique("Kettle"))
    # Two ways to send it, also where another test has the country in a zone of its own.
    for fee in ("4.00", "9.00"):
        make_price_table(fee=fee)
    sign_in(page, user)
    return Customer(user, page, product)


@pytest.fixture
def customer(visitor) -> Customer:
    return customer_in(visitor.open())


@pytest.fixture
def phone_without_scripts(browser, shop):
    context = browser.new_context(
        base_url=shop.url, viewport=PHONE, locale="en-US", java_script_enabled=False
    )
    yield context.new_page()
    context.close()


def test_quantity_changes_in_place(customer):
    customer.put(2)
    page = customer.page
    page.evaluate("window.neverReloaded = true")
    page.click("#more-1")
    expect(page.locator("#quantity-1")).to_have_value("3")
    expect(page.locator("#cart-total")).to_have_text("$37.50")
    expect(page.locator("[data-cart-count]")).to_have_attribute("data-cart-count", "3")
    page.fill("#quantity-1", "9")
    page.press("#quantity-1", "Enter")
    expect(page.locator("#quantity-1")).to_have_value("5")
    expect(page.locator("#messages")).to_contain_text("no more than 5 can be ordered now")
    expect(page.locator("#more-1")).to_be_disabled()
    assert page.evaluate("window.neverReloaded") is True


def test_total_follows_the_choice_and_a_double_click_is_one_order(customer):
    customer.preview(2)
    page = customer.page
    option = page.locator("input[name=price_table_id]").nth(1)
    option.check()
    expect(page.locator("[data-shown-total]")).to_have_text(option.get_attribute("data-total"))
    add_note(page)
    page.dblclick("#place-order")
    page.wait_for_url("**/orders/*/")
    assert customer.orders().count() == 1
    assert customer.orders().get().note == "Ring twice"
    page.go_back()
    page.wait_for_url("**/orders/*/")
    expect(page.locator("#messages")).to_contain_text("You have placed this order already.")


def test_sold_out_between_cart_and_placing_is_put_right_with_one_click(customer):
    customer.preview(4)
    page = customer.page
    add_note(page)
    inventory.count(product_id=customer.product.pk, quantity=3, actor=None)
    page.click("#place-order")
    problem = page.locator("[data-problem=insufficient_stock]")
    expect(problem).to_be_focused()
    problem.get_by_role("button", name="Reduce to 3").click()
    expect(page.locator("[data-problem]")).to_have_count(0)
    expect(page.locator("#note")).to_have_value("Ring twice")
    page.click("#place-order")
    page.wait_for_url("**/orders/*/")
    assert customer.orders().get().lines.get().quantity == 3


def test_second_tab_asks_before_it_orders_the_same_again(customer):
    """As the email that confirms an address opens one at the first purchase."""
    customer.preview()
    page, second = customer.page, customer.page.context.new_page()
    second.goto("/checkout/")
    second.wait_for_url("**/checkout/*/")
    add_note(second)
    page.click("#place-order")
    page.wait_for_url("**/orders/*/")
    second.click("#place-order")
    expect(second.locator("[data-problem=ordered_just_now]")).to_be_focused()
    expect(second.locator("#note")).to_have_value("Ring twice")
    assert page.url.endswith(second.locator("#see-order").get_attribute("href"))
    assert customer.orders().count() == 1
    second.click("#order-once-more")
    second.wait_for_url("**/orders/*/")
    assert second.url != page.url
    assert customer.orders().count() == 2


def test_session_that_ended_at_checkout_comes_back_with_everything(customer):
    customer.preview()
    page = customer.page
    add_note(page)
    page.context.clear_cookies(name="sessionid")
    page.click("#place-order")
    page.wait_for_url("**/accounts/login/code/**")
    page.get_by_role("link", name="Sign in with your password").click()
    page.fill("input[name=login]", customer.user.email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/checkout/*/")
    expect(page.locator("#note")).to_have_value("Ring twice")
    page.click("#place-order")
    page.wait_for_url("**/orders/*/")
    assert customer.orders().count() == 1


@pytest.mark.long
def test_quote_that_expires_while_the_page_is_open_is_renewed(visitor, shop):
    page = visitor.open()
    customer = customer_in(page)
    page.clock.install()
    customer.preview()
    first = page.url
    page.locator("input[name=price_table_id]").nth(1).check()
    wanted = page.locator("input[name=price_table_id]:checked").get_attribute("value")
    add_note(page)
    page.clock.fast_forward("16:00")
    expect(page.locator("time[data-countdown]")).to_have_text("expired")
    page.evaluate("window.stillHere = true")
    # Not in the middle of a word.
    page.clock.fast_forward("00:05")
    assert page.evaluate("window.stillHere") is True
    page.locator("#note").blur()
    with page.expect_navigation():
        page.clock.fast_forward("00:02")
    expect(page.locator("#note")).to_have_value("Ring twice")
    expect(page.locator("input[name=price_table_id]:checked")).to_have_value(wanted)
    # The server's clock did not jump, so it is the same preview.
    assert page.url == first


@pytest.mark.long
def test_cart_is_the_same_on_phone_and_desktop(browser, shop, customer):
    phone = browser.new_context(base_url=shop.url, viewport=PHONE, locale="en-US").new_page()
    phone.goto(f"/products/{customer.product.slug}/")
    phone.click("form.buy button")
    phone.wait_for_url("**/cart/")
    customer.put(2)
    sign_in(phone, customer.user)
    phone.goto("/cart/")
    expect(phone.locator("#quantity-1")).to_have_value("3")
    customer.page.goto("/cart/")
    expect(customer.page.locator("#quantity-1")).to_have_value("3")
    phone.context.close()


def test_without_scripts_one_buys_and_the_page_refreshes_itself(phone_without_scripts, shop):
    page = phone_without_scripts
    customer = customer_in(page)
    customer.put(1)
    page.click("#more-1")
    expect(page.locator("#quantity-1")).to_have_value("2")
    page.click("#to-checkout")
    option = page.locator("input[name=price_table_id]").nth(1)
    total = option.get_attribute("data-total")
    option.check()
    page.click("[value=look]:visible")
    expect(page.locator("[data-shown-total]")).to_have_text(total)
    page.click("#place-order")
    page.wait_for_url("**/orders/*/")
    expect(page.locator("#order-live")).to_have_attribute("data-status", "pay_required")
    page.click("#ask-cancel")
    page.click("#step-cancel")
    expect(page.locator("#order-live")).to_have_attribute("data-status", "canceled")
    expect(page.locator("meta[http-equiv=refresh]")).to_have_count(0)


def test_page_that_slept_connects_anew_and_shows_what_it_missed(visitor, shop):
    page = visitor.open()
    customer = customer_in(page)
    page.clock.install()
    customer.preview()
    page.click("#place-order")
    page.wait_for_url("**/orders/*/")
    live = page.locator("#order-live")
    expect(live).to_have_attribute("data-status", "pay_required")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    order = customer.orders().get()
    payment = start_payment(order_id=order.pk, actor=order.customer).payment
    cancel(order)
    expect(live).to_have_attribute("data-status", "canceled")
    # Money moves after the last status: no message tells of it, but a page that wakes up looks.
    capture(payment)
    opened = []
    page.on("websocket", lambda socket: opened.append(socket.url))
    page.clock.fast_forward("10:00")
    expect(page.locator("[data-stray=late]")).to_be_visible()
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    assert len(opened) == 1


@pytest.mark.long
def test_server_that_restarts_is_shown_and_caught_up_with(visitor, shop):
    page = visitor.open()
    customer = customer_in(page)
    customer.preview()
    page.click("#place-order")
    page.wait_for_url("**/orders/*/")
    expect(page.locator("#order-live")).to_have_attribute("data-status", "pay_required")
    order = customer.orders().get()
    shop.stop_one("web")
    expect(page.locator("#unreachable")).to_be_visible()
    expect(page.locator("#connection")).to_have_attribute("data-state", "lost")
    cancel(order)
    shop.start_one("web")
    expect(page.locator("#order-live")).to_have_attribute("data-status", "canceled")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    expect(page.locator("#unreachable")).to_be_hidden()
    # The browser itself says on the console that nobody answered.
    visitor.browser.forgive("ERR_CONNECTION|WebSocket")

"""What a customer has typed and opened on an order's page stays when the page changes by itself."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from orders.models import Order
from orders.status import OrderStatus
from tests.browser.conftest import DESKTOP
from tests.browser.states import cookie_of
from tests.factories import Buyer, pay, pay_twice

pytestmark = pytest.mark.browser
S = OrderStatus
CARET = "[document.activeElement.selectionStart, document.activeElement.selectionEnd]"


@pytest.fixture
def buyer(shop) -> Buyer:
    return Buyer()


@pytest.fixture
def lines() -> list[WebSocketRoute]:
    """The sockets that the page has opened."""
    return []


@pytest.fixture
def look_at(browser, shop, buyer, lines) -> Callable[[Order], Page]:
    """Opens an order's page as its customer; its sockets run through the test, which may cut them."""
    context = browser.new_context(base_url=shop.url, viewport=DESKTOP)
    context.add_cookies([cookie_of(buyer.user) | {"url": shop.url}])
    context.set_default_timeout(20_000)
    expect.set_options(timeout=20_000)
    page = context.new_page()

    def passed_on(line: WebSocketRoute) -> None:
        line.connect_to_server()
        lines.append(line)

    page.route_web_socket("**/ws/orders/**", passed_on)

    def look(order: Order) -> Page:
        page.goto(order.get_absolute_url())
        expect(page.locator("#connection")).to_have_attribute("data-state", "live")
        page.evaluate("window.neverReloaded = true")
        return page

    return look


def test_what_is_typed_beside_the_status_stays_when_the_status_changes(buyer, look_at):
    order = buyer.order_in(S.PAY_REQUIRED)
    page = look_at(order)
    search = page.locator("input[type=search], input[name=q]").first
    search.fill("blue mug")
    search.evaluate("field => field.setSelectionRange(4, 4)")

    pay(order)

    expect(page.locator("#order-live")).to_have_attribute("data-status", "paid")
    expect(search).to_be_focused()
    page.keyboard.type(" tea")
    expect(search).to_have_value("blue tea mug")
    assert page.evaluate("window.neverReloaded") is True


def test_whoever_types_into_what_the_new_status_has_no_more_is_led_on_and_told(buyer, look_at):
    """The form is gone with the status that it belonged to: whoever typed is led to what there is now, and told."""
    order = buyer.order_in(S.PAY_REQUIRED)
    page = look_at(order)
    page.click("#add-gift-card")
    page.locator("#gift-card").press_sequentially("9W4T-0X")

    pay(order)

    expect(page.locator("#order-live")).to_have_attribute("data-status", "paid")
    expect(page.locator("#gift-card")).to_have_count(0)
    expect(page.locator("#main")).to_be_focused()
    expect(page.locator("#announce")).to_contain_text("Paid")


@pytest.mark.parametrize("cut", [False, True], ids=["looks again", "line was cut"])
def test_a_reason_that_is_half_typed_stays_open_and_its_caret_where_it_was(buyer, look_at, lines, cut):
    """Money came a second time while the customer explains: the page shows it around what is being typed."""
    order = buyer.order_in(S.PAID)
    Order.objects.filter(pk=order.pk).update(packed_at=order.placed_at)
    page = look_at(order)
    page.click("#ask-ask_refund")
    reason = page.locator("#refund-note")
    reason.fill("It is small")
    reason.evaluate("field => field.setSelectionRange(6, 6)")

    pay_twice(order)
    if cut:
        lines[-1].close()
    else:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(page.locator("#order-live [data-stray]")).to_be_visible()
    expect(reason).to_be_visible()
    expect(reason).to_be_focused()
    assert page.evaluate(CARET) == [6, 6]
    page.keyboard.type("too ")
    expect(reason).to_have_value("It is too small")
    assert page.evaluate("window.neverReloaded") is True

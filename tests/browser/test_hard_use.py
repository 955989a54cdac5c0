"""Pages under hard use: a network that goes and comes, keys in place of a mouse, errors, tablets, several tabs."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from orders.status import OrderStatus
from tests.browser.conftest import DESKTOP, PHONE, at_the_desk
from tests.browser.states import cookie_of
from tests.browser.test_buying import confirm_address
from tests.browser.test_buying_ways import fill_address, sign_up
from tests.browser.test_cart_to_order import Customer, customer_in
from tests.factories import Buyer, cancel, make_address, make_product, make_staff, make_user, unique

pytestmark = pytest.mark.browser

TABLET = {"width": 768, "height": 1024}
# What the browser itself says on the console while there is no network.
NO_NETWORK = "ERR_INTERNET_DISCONNECTED|ERR_FAILED|WebSocket"


@pytest.fixture
def customer(visitor) -> Customer:
    return customer_in(visitor.open())


def tablet(browser, shop, locale: str, user=None) -> Page:
    context = browser.new_context(base_url=shop.url, viewport=TABLET, locale=locale)
    if user:
        context.add_cookies([cookie_of(user) | {"url": shop.url}])
    return context.new_page()


# --- the network -----------------------------------------------------------------------------------------------------


def open_order(page: Page, buyer: Buyer, order) -> None:
    page.context.add_cookies([cookie_of(buyer.user) | {"url": page.url}])
    page.goto(f"/orders/{order.pk}/")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")


def absent(context: BrowserContext, page: Page) -> None:
    context.set_offline(True)
    expect(page.locator("#connection")).to_have_attribute("data-state", "offline")
    expect(page.locator("#unreachable")).to_be_visible()


def test_a_live_page_whose_socket_outlives_the_network_is_live_again(visitor, shop):
    buyer, page = Buyer(), visitor.open()
    order = buyer.order_in(OrderStatus.PAY_REQUIRED, (make_product(stock=3), 1))
    opened = []
    page.on("websocket", lambda socket: opened.append(socket.url))
    open_order(page, buyer, order)
    for _ in range(2):
        absent(visitor.context, page)
        visitor.context.set_offline(False)
        expect(page.locator("#connection")).to_have_attribute("data-state", "live")
        expect(page.locator("#unreachable")).to_be_hidden()
    assert len(opened) == 1, "it is the surviving socket that was shown as gone"
    cancel(order)
    expect(page.locator("#order-live")).to_have_attribute("data-status", "canceled")
    visitor.browser.forgive(NO_NETWORK)


def deaf_at_first(page: Page, times: int, *, code: int | None = None) -> list[str]:
    """So many of the page's sockets open and say nothing, or are closed with a code at once; the addresses of all."""
    opened: list[str] = []

    def route(socket) -> None:
        opened.append(socket.url)
        if len(opened) > times:
            socket.connect_to_server()
        elif code:
            socket.close(code=code)

    page.route_web_socket("**/ws/orders/**", route)
    return opened


@pytest.mark.parametrize("code", [None, 1011], ids=["says nothing", "is told to come back"])
def test_a_live_page_gives_up_a_socket_that_says_nothing_and_says_so(visitor, shop, code):
    buyer, page = Buyer(), visitor.open()
    order = buyer.order_in(OrderStatus.PAY_REQUIRED, (make_product(stock=3), 1))
    opened = deaf_at_first(page, times=2, code=code)
    page.context.add_cookies([cookie_of(buyer.user) | {"url": page.url}])
    page.goto(f"/orders/{order.pk}/")
    expect(page.locator("#connection")).to_have_attribute("data-state", "lost")
    expect(page.locator("#unreachable")).to_be_visible()
    expect(page.locator("#connection")).to_have_attribute("data-state", "live", timeout=30_000)
    expect(page.locator("#unreachable")).to_be_hidden()
    assert len(opened) == 3
    cancel(order)
    expect(page.locator("#order-live")).to_have_attribute("data-status", "canceled")


def test_a_cart_button_without_a_network_says_so_and_works_when_it_is_back(visitor, customer):
    customer.put(2)
    page = customer.page
    said = page.get_by_role("alert").filter(has_text="The shop can't be reached")
    visitor.context.set_offline(True)
    expect(said).to_be_hidden()
    for button in ("#more-1", "#less-1", ".line-remove button"):
        page.locator("#unsent").evaluate("note => { note.hidden = true; }")
        page.click(button)
        expect(said).to_be_visible()
    visitor.context.set_offline(False)
    page.click("#more-1")
    expect(page.locator("#cart-total")).to_have_text("$37.50")
    expect(said).to_be_hidden()
    visitor.browser.forgive(f"{NO_NETWORK}|htmx:(sendError|afterRequest)")


# --- a payment that takes days ---------------------------------------------------------------------------------------


def test_what_was_approved_and_not_captured_is_not_asked_for_again(customer):
    customer.preview()
    page = customer.page
    page.click("#place-order")
    page.wait_for_url("**/orders/*/")
    page.click("#step-pay")
    page.click("button[value=late]")
    page.wait_for_url("**/orders/*/")
    for _ in range(2):
        expect(page.locator(".status-says")).to_contain_text("Your payment is on its way")
        expect(page.locator("#step-pay")).to_have_count(0)
        expect(page.locator("main")).not_to_contain_text("Pay now")
        expect(page.locator("main")).not_to_contain_text("Time left to pay")
        page.reload()
    page.goto("/orders/")
    expect(page.locator("main")).not_to_contain_text("Pay now")


# --- keys and focus --------------------------------------------------------------------------------------------------


def test_an_arrow_key_on_the_addresses_looks_and_a_button_or_a_click_delivers_there(customer):
    make_address(customer.user)
    customer.preview()
    page = customer.page
    first = page.url
    page.evaluate("window.neverReloaded = true")
    page.locator("input[data-address]:checked").focus()
    page.keyboard.press("ArrowDown")
    other = page.locator("input[data-address]:checked").get_attribute("value")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    use = page.get_by_role("button", name="Use this address")
    expect(use).to_be_visible()
    # Whatever was to be sent would be on its way by now.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 200)))")
    assert page.evaluate("window.neverReloaded") is True and page.url == first
    page.locator(f"input[data-address][value='{other}']").focus()
    page.keyboard.press("Space")
    with page.expect_navigation():
        use.press("Enter")
    expect(page.locator("input[data-address]:checked")).to_have_value(other)
    # A click means it.
    with page.expect_navigation():
        page.locator("label.choice:has(input[data-address]:not(:checked))").first.click()
    expect(page.locator(f"input[data-address][value='{other}']")).not_to_be_checked()


def in_focus(page: Page) -> str:
    """Where the focus is, as a class or a name; the body's when nothing has it."""
    return page.evaluate(
        "(() => { const at = document.activeElement; return at.name || at.className || at.tagName; })()"
    )


def wrong_sign_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", "nobody@example.com")
    page.fill("input[name=password]", "wrong horse battery")


def wrong_sign_up(page: Page) -> None:
    page.goto("/accounts/signup/")
    page.fill("input[name=email]", "somebody@example.com")
    page.fill("input[name=password1]", "1234")
    page.fill("input[name=password2]", "5678")


def wrong_reset(page: Page) -> None:
    page.goto("/accounts/password/reset/")
    page.fill("input[name=email]", "somebody@example.com\\")


def wrong_back_in_stock(page: Page) -> None:
    page.goto(f"/products/{make_product().slug}/")
    page.fill("main form input[name=email]", "no address")


@pytest.mark.parametrize("wrong", [wrong_sign_in, wrong_sign_up, wrong_reset, wrong_back_in_stock])
def test_after_a_refused_form_of_a_stranger_the_focus_is_on_what_is_wrong(visitor, wrong):
    page = visitor.open()
    wrong(page)
    send(page)
    assert_says_what_is_wrong(page)


def send(page: Page) -> None:
    """As a browser does that checks nothing by itself."""
    form = page.locator("main form:has(input:not([type=hidden])), main form:has(select)").first
    form.evaluate("form => { form.noValidate = true; }")
    with page.expect_navigation():
        form.locator("[type=submit]").first.click()


def assert_says_what_is_wrong(page: Page) -> None:
    assert "summary-of-errors" in in_focus(page), in_focus(page)
    # A link of the summary leads to its field.
    link = page.locator(".summary-of-errors a").first
    if link.count():
        link.press("Enter")
        expect(page.locator(link.get_attribute("href"))).to_be_focused()


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/addresses/new/",
        "/accounts/password/change/",
        "/accounts/email/",
        "/accounts/keys/",
        "/accounts/webhooks/",
        "/accounts/close/",
        "/accounts/2fa/totp/activate/",
    ],
)
def test_after_a_refused_form_of_the_account_the_focus_is_on_what_is_wrong(browser, shop, path):
    page = browser.new_page(base_url=shop.url, viewport=DESKTOP)
    page.context.add_cookies([cookie_of(make_user()) | {"url": shop.url}])
    page.goto(path)
    send(page)
    assert_says_what_is_wrong(page)


def test_after_a_refused_address_at_checkout_the_focus_is_on_what_is_wrong(customer):
    customer.preview()
    page = customer.page
    page.get_by_text("Add an address", exact=True).click()
    page.fill("[name$=full_name]", "Linh")
    page.fill("[name$=phone]", "-----")
    page.locator("#checkout").evaluate("form => { form.noValidate = true; }")
    with page.expect_navigation():
        page.click("[value=add-address]")
    assert_says_what_is_wrong(page)


# --- narrow tablets --------------------------------------------------------------------------------------------------

# A search box shows some words of what is typed.
SEARCH = 160


WIDTHS = (320, 600, 767, 768, 820, 1023, 1024, 1100)


@pytest.mark.parametrize("locale", ["en-US", "vi-VN"])
@pytest.mark.parametrize("is_signed_in", [True, False], ids=["customer", "stranger"])
def test_the_head_of_a_page_has_room_for_all_of_it(browser, shop, locale, is_signed_in):
    page = tablet(browser, shop, locale, make_user() if is_signed_in else None)
    for path in ("/", "/products/", "/cart/"):
        page.goto(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
            assert page.locator("#search").bounding_box()["width"] >= SEARCH, (path, width)
            assert_nothing_lies_over_another(page)


def assert_nothing_lies_over_another(page: Page) -> None:
    """In the head of the page."""
    boxes = [
        (one, box)
        for name in (".brand", "#search", ".languages", ".nav a:visible")
        for one in page.locator(name).all()
        if (box := one.bounding_box())
    ]
    for nth, (one, box) in enumerate(boxes):
        for other, second in boxes[nth + 1 :]:
            apart = (
                box["x"] + box["width"] <= second["x"] + 1
                or second["x"] + second["width"] <= box["x"] + 1
                or box["y"] + box["height"] <= second["y"] + 1
                or second["y"] + second["height"] <= box["y"] + 1
            )
            assert apart, (one, other)


DESK = ["", "orders/order/", "orders/order/{order}/change/", "catalog/product/", "orders/pricetable/cost/"]


@pytest.mark.parametrize("locale", ["en-US", "vi-VN"])
def test_the_desk_fits_a_tablet(browser, shop, locale):
    order = Buyer().order_in(OrderStatus.PAID, (make_product(stock=3), 1))
    page = tablet(browser, shop, locale)
    page.goto("/admin/")
    at_the_desk(page, make_staff().email)
    for path in DESK:
        page.goto(f"/admin/{path.format(order=order.pk)}")
        for width in (PHONE["width"], TABLET["width"], 1024):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (path, wide)


# --- two tabs --------------------------------------------------------------------------------------------------------


def test_the_tab_that_the_confirming_email_opens_and_the_one_before_it_make_one_order(visitor, shop):
    """The first purchase: the checkout stays open in one tab, the email's link opens a second."""
    product = make_product(stock=5, name=unique("Kettle"))
    first = visitor.open(f"/products/{product.slug}/")
    first.click("form.buy button")
    first.wait_for_url("**/cart/")
    email = sign_up(first)
    second = visitor.context.new_page()
    confirm_address(second, email)
    for tab in (first, second):
        tab.goto("/checkout/")
    fill_address(first)
    second.goto("/checkout/")
    second.wait_for_url("**/checkout/*/")
    assert first.url != second.url, "each has a quote of its own"
    second.click("#add-note")
    second.fill("#note", "Ring twice")
    first.click("#place-order")
    first.wait_for_url("**/orders/*/")
    second.click("#place-order")
    expect(second.locator("[data-problem=ordered_just_now]")).to_be_focused()
    assert first.url.endswith(second.locator("#see-order").get_attribute("href"))
    second.click("#see-order")
    assert second.url == first.url

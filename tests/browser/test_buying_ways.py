"""One buys in each language on each size, with the keyboard alone; and nothing on the way jumps."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.states import cookie_of, populate
from tests.browser.test_buying import PASSWORD, confirm_address
from tests.factories import make_address, make_product, make_user, unique

pytestmark = pytest.mark.browser

LANGUAGES = {"en": "en-US", "vi": "vi-VN"}


@pytest.mark.long
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_visitor_buys_in_each_language_on_each_size(browser, shop, language, size):
    product = make_product(stock=5, name=unique("Kettle"))
    page = browser.new_page(base_url=shop.url, viewport=size, locale=LANGUAGES[language])
    page.goto(f"/products/{product.slug}/")
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.click("form.buy button")
    page.wait_for_url("**/cart/")
    confirm_address(page, sign_up(page))
    page.goto("/checkout/")
    fill_address(page)
    page.click("#place-order")
    page.wait_for_url("**/orders/*/")
    expect(page.locator("#order-live")).to_have_attribute("data-status", "pay_required")
    page.click("#step-pay")
    page.click("#approve")
    expect(page.locator("#order-live")).to_have_attribute("data-status", "paid")
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def sign_up(page: Page) -> str:
    email = f"{unique('visitor')}@example.com"
    page.goto("/accounts/signup/")
    page.fill("input[name=email]", email)
    page.fill("input[name=password1]", PASSWORD)
    page.fill("input[name=password2]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/confirm-email/")
    return email


def fill_address(page: Page) -> None:
    values = {
        "full_name": "Trần Văn Minh",
        "phone": "+84 90 123 45 67",
        "line1": "5 Lý Thái Tổ",
        "city": "Hà Nội",
    }
    for name, value in values.items():
        page.fill(f"[name$={name}]", value)
    expect(page.locator("[name$=country]").first).to_have_value("VN")
    page.select_option("select[name$=region]", "Hà Nội")
    page.click("[value=add-address]")
    page.wait_for_url("**/checkout/*/")


def tab_to(page: Page, wanted: str) -> None:
    """Go there with Tab alone; where the focus is can be seen at every stop."""
    for _ in range(80):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """(wanted) => { const at = document.activeElement;
                if (at === document.body) return { visible: true, there: false };
                const drawn = (one) => one && getComputedStyle(one).outlineStyle !== "none";
                const card = at.closest(".choice, .tile, .product-card, .category, .gallery-choice, .card");
                return { visible: drawn(at) || drawn(card) || drawn(at.nextElementSibling),
                         there: at.matches(wanted), is: at.outerHTML.slice(0, 120) }; }""",
            wanted,
        )
        assert stop["visible"], stop
        if stop["there"]:
            return
    raise AssertionError(f"Tab never came to {wanted}")


def test_keyboard_alone_buys(browser, shop):
    user = make_user()
    make_address(user)
    product = make_product(stock=5, name=unique("Kettle"))
    page = browser.new_page(base_url=shop.url, viewport=DESKTOP)
    page.context.add_cookies([cookie_of(user) | {"url": shop.url}])
    page.goto(f"/products/?q={product.name}")
    for wanted in (
        f"a[href='/products/{product.slug}/']",
        "form.buy button",
        "#to-checkout",
        "#place-order",
        "#step-pay",
    ):
        if wanted == "#step-pay":
            expect(page.locator("#order-live")).to_have_attribute("data-status", "pay_required")
        tab_to(page, wanted)
        with page.expect_navigation():
            page.keyboard.press("Enter")
    tab_to(page, "#approve")
    page.keyboard.press("Space")
    expect(page.locator("#order-live")).to_have_attribute("data-status", "paid")


@pytest.mark.long
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_nothing_jumps_while_a_page_comes(browser, shop, size):
    people = populate()
    context = browser.new_context(base_url=shop.url, viewport=size)
    context.add_cookies([cookie_of(people.customer) | {"url": shop.url}])
    context.add_init_script(
        """window.shifts = 0; new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
        }).observe({ type: "layout-shift", buffered: true });"""
    )
    page = context.new_page()
    shifts = {}
    paths = ["/", "/products/", "/products/ca-phe-da-lat/", "/checkout/", f"/orders/{people.places['paid']}/"]
    for path in paths:
        page.goto(path)
        page.wait_for_load_state("load")
        if "/orders/" in path:
            expect(page.locator("#connection")).to_have_attribute("data-state", "live")
        page.wait_for_timeout(500)  # what comes late would jump now
        shifts[path] = page.evaluate("window.shifts")
    assert {path: shift for path, shift in shifts.items() if shift >= 0.05} == {}

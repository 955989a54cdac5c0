"""Finding a product in a real browser: live while one types, and the same without JavaScript."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser
NAMES = ".product-card h3"


def test_list_is_filtered_live_and_the_address_follows(visitor):
    page = visitor.open("/products/")
    page.evaluate("window.sameDocument = true")
    page.locator("#search").press_sequentially("ca phe da lat", delay=20)
    expect(page.locator(NAMES)).to_have_text(["Cà phê Đà Lạt"])
    expect(page.locator("#found")).to_contain_text("1 product for “ca phe da lat”")
    expect(page).to_have_url("/products/?q=ca+phe+da+lat&sort=name")
    page.locator("#search").fill("")
    page.get_by_label("In stock only").check()
    page.get_by_label("Price from").fill("100")
    page.get_by_label("Price from").blur()
    expect(page.locator(".chosen .chip")).to_have_count(2)
    expect(page).to_have_url("/products/?min_price=100&in_stock=1&sort=name")
    page.get_by_label("Price from").fill("abc")
    page.get_by_label("Price from").blur()
    expect(page.get_by_role("alert")).to_contain_text("“abc” is not an amount")
    assert page.evaluate("window.sameDocument")
    page.locator(".chosen .chip").click()
    expect(page.get_by_label("In stock only")).not_to_be_checked()
    page.go_back()
    expect(page.get_by_label("In stock only")).to_be_checked()
    expect(page.locator("#search")).to_have_value("")


def test_list_does_not_jump_while_it_is_filtered(visitor):
    page = visitor.open("/products/")
    page.evaluate(
        """() => { window.shifts = 0; new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
        }).observe({ type: "layout-shift", buffered: true }); }"""
    )
    page.locator("#sort").select_option("-price")
    expect(page).to_have_url("/products/?sort=-price")
    page.locator("#search").press_sequentially("tea", delay=20)
    expect(page.locator("#found")).to_contain_text("“tea”")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shifts") < 0.05


def test_list_works_without_javascript(browser, shop):
    context = browser.new_context(base_url=shop.url, viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto("/products/?category=coffee-tea")
    page.locator("#max_price").fill("20")
    page.locator("#search").fill("ca phe da lat")
    page.locator("#search").press("Enter")
    expect(page.locator(NAMES)).to_have_text(["Cà phê Đà Lạt"])
    expect(page.locator("#max_price")).to_have_value("20")
    expect(page.locator("#categories [aria-current]")).to_have_text("Coffee & tea")
    page.get_by_role("link", name="Remove filter: “ca phe da lat”").click()
    page.locator("#sort").select_option("-price")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#found")).not_to_contain_text("“")
    page.goto("/products/ca-phe-da-lat/")
    page.locator(".gallery-choice").nth(1).click()
    expect(page.locator(".picture-large").nth(1)).to_be_visible()
    context.close()


@pytest.mark.parametrize(
    "path", ["/", "/products/", "/products/?q=tea&in_stock=1&min_price=5", "/products/ca-phe-da-lat/"]
)
def test_page_fits_a_phone(browser, shop, path):
    context = browser.new_context(base_url=shop.url, viewport=PHONE)
    page = context.new_page()
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()


def test_pictures_are_switched_by_mouse_and_keyboard(visitor):
    page = visitor.open("/products/ca-phe-da-lat/")
    large, choices = page.locator(".picture-large"), page.locator(".gallery-choice input")
    expect(large.nth(0)).to_be_visible()
    expect(large.nth(1)).to_be_hidden()
    page.locator(".gallery-choice").nth(1).click()
    expect(large.nth(1)).to_be_visible()
    expect(large.nth(0)).to_be_hidden()
    choices.nth(1).press("ArrowLeft")
    expect(large.nth(0)).to_be_visible()

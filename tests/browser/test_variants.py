"""Choosing a variant in a real browser: without leaving the page, and the same without JavaScript."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser
SHIRT = "/products/cotton-t-shirt/"


def test_values_are_chosen_on_the_page_and_the_address_follows(visitor):
    page = visitor.open(SHIRT)
    page.evaluate("window.sameDocument = true")
    expect(page.locator("[data-variant]")).to_have_text("S, Navy")
    page.get_by_role("link", name="L", exact=True).click()
    expect(page.locator("[data-variant]")).to_have_text("L, Navy")
    expect(page.locator(".price-large")).to_have_text("$26.00")
    expect(page).to_have_url("/products/cotton-t-shirt/?variant=cotton-t-shirt-l-navy")
    assert page.evaluate("window.sameDocument")
    assert page.evaluate("document.activeElement.textContent.trim()") == "L"
    page.go_back()
    expect(page.locator("[data-variant]")).to_have_text("S, Navy")


def test_a_sold_out_value_says_so_and_offers_to_tell(visitor):
    page = visitor.open(SHIRT)
    page.get_by_role("link", name="M", exact=True).click()
    expect(page.locator("[data-variant]")).to_have_text("M, Navy")
    page.get_by_role("link", name="White Sold out").click()
    expect(page.locator("[data-variant]")).to_have_text("M, White")
    expect(page.get_by_role("button", name="Tell me when it's back")).to_be_visible()
    expect(page.get_by_role("button", name="Add to cart")).to_have_count(0)


def test_the_chosen_variant_lands_in_the_cart_without_javascript(browser, shop):
    context = browser.new_context(base_url=shop.url, viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto("/products/?category=home")
    page.locator(".product-card a", has_text="Cotton T-shirt").click()
    page.get_by_role("link", name="White", exact=True).click()
    expect(page.locator("[data-variant]")).to_have_text("S, White")
    options = page.locator(".options").bounding_box()
    assert options and options["x"] + options["width"] <= PHONE["width"]
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator(".line-name")).to_have_text("Cotton T-shirt, S, White")
    context.close()


def test_a_list_is_filtered_by_options(visitor):
    page = visitor.open("/products/?category=textiles")
    expect(page.locator(".product-card .price")).to_have_text("from $24.00")
    page.get_by_label("L", exact=True).check()
    expect(page.locator(".chosen .chip")).to_contain_text("Size: L")
    expect(page.locator(".product-card .price")).to_have_text("$26.00")
    page.locator(".chosen .chip").click()
    expect(page.get_by_label("L", exact=True)).not_to_be_checked()

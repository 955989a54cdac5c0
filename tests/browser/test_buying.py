"""A visitor becomes a customer and buys, in a real browser against the running shop."""

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Product
from tests.factories import unique

pytestmark = [pytest.mark.browser, pytest.mark.flow]

PASSWORD = "correct horse battery"


def sign_up_and_verify(visitor, page: Page) -> None:
    email = f"{unique('visitor')}@example.com"
    page.goto("/accounts/signup/")
    page.fill("input[name=email]", email)
    page.fill("input[name=password1]", PASSWORD)
    page.fill("input[name=password2]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/confirm-email/")
    confirm_address(page, email)


def confirm_address(page: Page, email: str) -> None:
    """Follow the link in the email; a worker sends it when it comes to it."""
    listed = page.locator("main li", has_text=email).locator("a")
    for _ in range(30):
        page.goto("/demo/mails/")
        if listed.count():
            break
        page.wait_for_timeout(500)
    listed.first.click()
    page.click("main a[href*='/accounts/confirm-email/']")
    with page.expect_navigation():
        page.click("main form button[type=submit]")


def put_in_cart(page: Page, product: Product) -> None:
    page.goto(f"/products/{product.slug}/")
    page.click("form.buy button")
    page.wait_for_url("**/cart/")


def fill_address(page: Page) -> None:
    page.goto("/checkout/")
    page.get_by_label("Full name").fill("Trần Văn Minh")
    page.get_by_label("Phone").fill("+84 90 123 45 67")
    page.get_by_label("Street").fill("5 Đinh Tiên Hoàng")
    page.get_by_label("City").fill("Hà Nội")
    # The shop's own country is chosen; choosing it again would fetch its regions anew.
    expect(page.get_by_label("Country")).to_have_value("VN")
    page.locator("select[name$=region]").select_option("Hà Nội")
    page.click("[value=add-address]")
    page.wait_for_load_state()


def test_a_visitor_buys_and_watches_the_order_without_a_reload(visitor, shop):
    room = Product.objects.filter(inventory="numbered", numbers_reusable=True, numbers__state="free").first()
    piece = Product.objects.filter(inventory="counted", stock_quantity__gt=5).first()
    page = visitor.open()
    sign_up_and_verify(visitor, page)
    put_in_cart(page, room)
    put_in_cart(page, piece)
    fill_address(page)

    shop.stop_one("worker")
    page.click("#place-order")
    page.wait_for_url("**/orders/*/")
    live = page.locator("#order-live")
    expect(live).to_have_attribute("data-status", "pending")
    expect(page.locator("[data-number]")).to_have_count(0)
    page.evaluate("window.neverReloaded = true")

    shop.start_one("worker")
    expect(live).to_have_attribute("data-status", "pay_required")
    assert page.evaluate("window.neverReloaded") is True

    second = visitor.context.new_page()
    second.goto(page.url)
    second.click("#step-pay")
    second.click("#approve")
    expect(second.locator("#order-live")).to_have_attribute("data-status", "paid")
    expect(live).to_have_attribute("data-status", "paid")
    expect(page.locator("[data-number]")).to_have_count(1)
    assert page.evaluate("window.neverReloaded") is True

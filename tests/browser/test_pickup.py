"""An order is fetched at the shop: the customer chooses it, staff tell that it is ready, and hand it over."""

import pytest
from playwright.sync_api import Page, expect

from orders.models import Email, Order
from orders.models.messages.email import EmailKind
from orders.status import OrderStatus
from tests.browser.test_staff_day import page_of, status
from tests.browser.windows import Windows, fits
from tests.factories import make_product, make_user, unique
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
S = OrderStatus
# Where the demo's goods are fetched.
PLACE = "12 Hàng Bạc"


def test_a_customer_without_an_address_fetches_an_order_that_staff_hand_over(windows: Windows):
    user, product = make_user(), make_product(stock=3, name=unique("Vase"))
    page = windows.customer(user)

    order = choose_to_fetch_it(page, user, product)
    expect(page.locator("#order-live")).to_have_attribute("data-status", "pay_required")
    page.click("#step-pay")
    page.click("#approve")
    expect(page.locator("#order-live")).to_have_attribute("data-status", "paid")

    desk = windows.staff("fulfilment")
    tell_that_it_is_ready(desk, order)
    page.reload()
    expect(page.locator("#order-live .status-card")).to_contain_text("waits for you")
    expect(page.locator("[data-pickup]")).to_contain_text(PLACE)
    assert fits(page)

    hand_it_over(desk, order)
    expect(page.locator("#order-live")).to_have_attribute("data-status", "done", timeout=30_000)


def choose_to_fetch_it(page: Page, user, product) -> Order:
    """From the product to the order; no address is asked for."""
    page.goto(f"/products/{product.slug}/")
    page.click("form.buy button")
    page.wait_for_url("**/cart/")
    page.goto("/checkout/")
    page.locator("button[value=pick-up]").click()
    page.wait_for_url("**/checkout/*/")
    expect(page.locator("[data-pickup]").first).to_contain_text(PLACE)
    expect(page.locator("input[name=price_table_id]:checked")).to_have_count(1)
    assert fits(page)
    page.click("#place-order")
    page.wait_for_url("**/orders/*/")
    order = Order.objects.get(customer=user)
    assert order.is_pickup
    assert not user.addresses.exists()
    return order


def tell_that_it_is_ready(desk: Page, order: Order) -> None:
    desk.goto(page_of(order))
    desk.get_by_role("button", name="Ready for pickup").click()
    expect(desk.get_by_role("button", name="Ready for pickup")).to_have_count(0)
    told = Email.objects.filter(order=order, kind=EmailKind.READY)
    wait_until(told.filter(sent_at__isnull=False).exists, "the customer is told")


def hand_it_over(desk: Page, order: Order) -> None:
    desk.goto(page_of(order))
    desk.get_by_role("link", name="Hand over").click()
    desk.get_by_role("button", name="Hand over").click()
    expect(desk.locator("#parcels [data-parcel]")).to_have_count(1)
    assert status(order) == S.DONE

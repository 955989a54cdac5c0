"""An order that has not left goes elsewhere: its customer says so, then staff; once it is packed the customer can't."""

import pytest
from playwright.sync_api import Page, expect

from orders.models import Order
from orders.status import OrderStatus
from tests.browser.test_staff_day import page_of
from tests.browser.windows import Windows, fits
from tests.factories import Buyer

pytestmark = pytest.mark.browser


def sent_to(order: Order) -> str:
    return Order.objects.get(pk=order.pk).address_snapshot["line1"]


def test_an_order_goes_to_another_address_by_its_customer_and_by_staff(windows: Windows):
    buyer = Buyer()
    order = buyer.order_in(OrderStatus.PAID)
    page, desk = windows.customer(buyer.user), windows.staff("fulfilment")

    say_where(page, order)
    assert sent_to(order) == "7 Hai Bà Trưng"
    assert Order.objects.get(pk=order.pk).note == "Ring twice"

    correct_it(desk, order)
    assert sent_to(order) == "9 Hai Bà Trưng"
    page.reload()
    expect(page.locator("aside")).to_contain_text("9 Hai Bà Trưng")
    expect(page.locator("#changes")).to_contain_text("The customer rang")

    Order.objects.filter(pk=order.pk).update(packed_at=order.placed_at)
    page.reload()
    expect(page.locator("#order-details")).to_have_count(0)
    assert page.goto(f"/orders/{order.pk}/details/")
    expect(page.locator("main")).to_contain_text("packed")


def say_where(page: Page, order: Order) -> None:
    """Two steps: what it will be is shown first, and may be changed once more."""
    page.goto(order.get_absolute_url())
    page.click("#order-details")
    page.locator("[name$=line1]").fill("5 Hai Bà Trưng")
    page.locator("textarea[name=note]").fill("Ring twice")
    page.click("#details-next")
    expect(page.locator("main")).to_contain_text("5 Hai Bà Trưng")
    assert sent_to(order) == order.address_snapshot["line1"]
    page.get_by_role("button", name="Change").click()
    expect(page.locator("textarea[name=note]")).to_have_value("Ring twice")
    page.locator("[name$=line1]").fill("7 Hai Bà Trưng")
    page.click("#details-next")
    assert fits(page)
    page.click("#details-confirm")
    page.wait_for_url(f"**{order.get_absolute_url()}")
    expect(page.locator("aside")).to_contain_text("7 Hai Bà Trưng")
    expect(page.locator("aside")).to_contain_text("Ring twice")
    assert fits(page)


def correct_it(desk: Page, order: Order) -> None:
    desk.goto(page_of(order))
    desk.click("#to-details")
    desk.locator("input[name=line1]").fill("9 Hai Bà Trưng")
    desk.locator("textarea[name=why]").fill("The customer rang")
    desk.click("#preview")
    expect(desk.locator("#shown")).to_contain_text("9 Hai Bà Trưng")
    expect(desk.locator("#shown")).to_contain_text("$0.00 goes back to the customer.")
    assert sent_to(order) == "7 Hai Bà Trưng"
    desk.click("#confirm")
    desk.wait_for_url(f"**{page_of(order)}")
    expect(desk.locator("body")).to_contain_text("9 Hai Bà Trưng")

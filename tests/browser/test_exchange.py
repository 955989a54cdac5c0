"""A piece is exchanged for another size: staff see what it does before they make it, and the customer finds both orders."""

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Product
from orders.models import Order, OrderChange
from orders.status import OrderStatus
from tests.browser.test_staff_day import page_of
from tests.browser.windows import Windows, fits
from tests.factories import Buyer, shirts_again

pytestmark = pytest.mark.browser
S = OrderStatus


def stock(product: Product) -> int:
    return Product.objects.get(pk=product.pk).stock_quantity


@pytest.mark.parametrize("before", [S.PAID, S.DONE])
def test_staff_exchange_a_size_and_the_customer_follows_from_one_order_to_the_other(windows: Windows, before):
    medium, large = shirts_again()
    buyer = Buyer()
    order = buyer.order_in(before, (medium, 2))
    medium_before, large_before = stock(medium), stock(large)
    desk, page = windows.staff("finance"), windows.customer(buyer.user)
    page.goto(order.get_absolute_url())

    new = exchange(desk, order, medium, large, is_done=before == S.DONE)

    assert (stock(medium), stock(large)) == (medium_before + 1, large_before - 1)
    assert (new.status, new.customer) == (S.PAID, buyer.user)
    follow(page, order, new)


def exchange(desk: Page, order: Order, old: Product, new: Product, *, is_done: bool) -> Order:
    desk.goto(page_of(order))
    desk.click("#to-exchange")
    desk.select_option("select[name=what]", f"{old.sku} → {new.sku}")
    if is_done:
        desk.locator("input[name=restocked]").check()
    desk.fill("textarea[name=note]", "Too small")
    desk.click("#preview")
    expect(desk.locator("#shown")).to_contain_text(f"1 × {new.local_name}")
    expect(desk.locator("#shown")).to_contain_text("$0.00 goes back to the customer.")
    assert not OrderChange.objects.filter(order=order).exists()
    desk.click("#confirm")
    expect(desk.locator("[data-exchange-of]")).to_contain_text(str(order.number))
    return Order.objects.get(exchange__change__order=order)


def follow(page: Page, order: Order, new: Order) -> None:
    """The old order leads to the new one, which leads back."""
    page.reload()
    expect(page.locator("#changes")).to_contain_text("Too small")
    assert fits(page)
    page.locator("[data-exchanged] a").click()
    page.wait_for_url(f"**{new.get_absolute_url()}")
    expect(page.locator("#order-live")).to_have_attribute("data-status", "paid")
    assert fits(page)
    page.locator("[data-exchange-of] a").click()
    page.wait_for_url(f"**{order.get_absolute_url()}")

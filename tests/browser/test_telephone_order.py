"""An order by telephone at the staff's desk, from an empty form to its money, in a real browser with and without scripts."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from catalog.models import Product
from orders.models import Email, EmailKind, Order
from orders.status import OrderStatus
from tests.browser.conftest import DESKTOP, at_the_desk
from tests.factories import make_product, staff_of, unique
from tests.orders.actions.drafts import HUE_ADDRESS
from tests.waiting import wait_until

pytestmark = pytest.mark.browser


@pytest.fixture(params=["with scripts", "without scripts"])
def desk(request, browser, shop) -> Page:
    """Somebody of Finance, who may give prices and note money."""
    expect.set_options(timeout=15_000)
    context = browser.new_context(
        base_url=shop.url,
        viewport=DESKTOP,
        locale="en-US",
        java_script_enabled=request.param == "with scripts",
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto("/admin/")
    yield at_the_desk(page, staff_of("finance").email)
    context.close()


def test_a_telephone_order_from_empty_to_paid_by_transfer(desk):
    email = f"{unique('caller')}@example.com"
    product = make_product(stock=9, sku=unique("CUP"))
    given = (product.price_now - 1).quantize(Decimal(1))

    order = take_the_order(desk, email, product, given)

    assert (order.customer, order.language) == (User.objects.get(email=email), "vi")
    assert order.lines.get().unit_price == given
    asked = Email.objects.filter(order=order, kind=EmailKind.PAY_REQUIRED)
    wait_until(asked.filter(sent_at__isnull=False).exists, "the customer is asked for the money")
    ask_for_the_money_again(desk, order)
    note_the_transfer(desk, order)


def take_the_order(page: Page, email: str, product: Product, given: Decimal) -> Order:
    page.goto("/admin/orders/orderdraft/")
    page.goto("/admin/orders/orderdraft/add/")
    page.fill("#id_email", email)
    page.fill("#id_full_name", "Trần Văn An")
    page.select_option("#id_language", "vi")
    page.fill("input[name=product_words]", product.sku)
    page.get_by_role("button", name="Find a product").click()
    page.locator(f"button[name=add][value='{product.sku}']").click()
    page.get_by_label("Quantity 1", exact=True).fill("2")
    page.get_by_label("Another price 1", exact=True).fill(str(given))
    page.get_by_label("Reason 1", exact=True).fill("ordered for years")
    for name, value in HUE_ADDRESS.items():
        field = page.locator(f"#id_address-{name}")
        field.select_option(value) if name in ("country", "region") else field.fill(value)
    page.fill("#id_note", "Please ring twice")

    page.click("#save")
    expect(page.locator("#priced")).to_contain_text("ordered for years")
    page.click("#go-on")
    expect(page.locator("#total")).to_be_visible()
    page.click("#place")

    expect(page.locator(".order-number")).to_be_visible()
    expect(page.locator("[data-override]")).to_contain_text("ordered for years")
    number = re.search(r"\d+", page.locator(".order-number").inner_text())
    assert number
    return Order.objects.get(number=int(number[0]))


def ask_for_the_money_again(page: Page, order: Order) -> None:
    page.goto(f"/admin/orders/order/{order.pk}/change/")
    page.click("#ask-again")
    expect(page.get_by_text("The email is sent again.")).to_be_visible()
    asked = Email.objects.filter(order=order, kind=EmailKind.PAY_REQUIRED)
    wait_until(asked.filter(sent_at__isnull=False).exists, "the customer is asked again")


def note_the_transfer(page: Page, order: Order) -> None:
    page.get_by_role("link", name="Payment received").click()
    page.select_option("#id_variant", "transfer")
    page.fill("#id_reference", f"bank {order.number}")
    page.get_by_role("button", name="Payment received").click()
    expect(page.locator(".order-number")).to_contain_text("Paid")
    assert Order.objects.get(pk=order.pk).status == OrderStatus.PAID

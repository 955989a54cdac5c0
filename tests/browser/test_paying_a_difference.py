"""A difference is paid: staff exchange for a dearer size, or send farther, and the customer pays by the link of an email.

Each with scripts and without; of the exchange the customer is a guest, who came by nothing but the link.
"""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Product
from catalog.money import written
from orders.models import Order, PriceBand, WaitingChange, Zone, ZonePlace
from orders.status import OrderStatus
from tests.browser.test_guests import newest_to
from tests.browser.test_staff_day import page_of
from tests.browser.windows import Windows, fits
from tests.factories import Buyer, shirts_again
from tests.orders.differing import dear_shirt

pytestmark = pytest.mark.browser
S = OrderStatus
FAR = {
    "full_name": "Lan Trần",
    "phone": "+84 290 383 1234",
    "line1": "1 Phan Ngọc Hiển",
    "city": "Cà Mau",
    "region": "Cà Mau",
    "country": "VN",
}


def test_a_guest_pays_for_a_dearer_size_by_the_link_of_the_email(windows: Windows):
    medium = shirts_again()[0]
    dear = Product.objects.filter(sku="SHIRT-XL").first() or dear_shirt()
    buyer = Buyer()
    buyer.user.set_unusable_password()
    buyer.user.save()
    order = buyer.order_in(S.PAID, (medium, 2))
    desk, page = windows.staff("finance", "fulfilment"), windows.stranger()

    exchange(desk, order, f"SHIRT-M → {dear.sku}")
    agreed = WaitingChange.objects.get(order=order)
    refuses_to_send(desk, order)
    open_link(page, order, rf"Order {agreed.supplement.number}: please pay")
    expect(page.locator("#order-live")).to_contain_text("pays $10.00 of it")
    pay(page, "$2.34")

    expect(page.locator("#order-live")).to_have_attribute("data-status", "paid")
    expect(page.locator("[data-sku=SHIRT-XL]")).to_be_visible()
    expect(page.locator("[data-invoice=invoice]").first).to_be_visible()
    is_made(agreed)
    desk.goto(page_of(order))
    expect(desk.locator("[data-waiting]")).to_contain_text("A change was made once its difference was paid")
    expect(desk.locator("#end-waiting")).to_have_count(0)


def test_a_customer_pays_for_a_farther_address_and_sees_it_on_the_order(windows: Windows):
    buyer = Buyer()
    order = buyer.order_in(S.PAID)
    desk, page = windows.staff("fulfilment"), windows.customer(buyer.user)
    page.goto(order.get_absolute_url())

    redirect(desk, order)
    agreed = WaitingChange.objects.get(order=order)
    difference = written(agreed.supplement.difference, "USD")
    if not windows.has_scripts:
        page.reload()
    expect(page.locator("[data-waiting]")).to_contain_text(f"costs {difference} more")
    assert fits(page)
    open_link(page, order, rf"Order {agreed.supplement.number}: please pay")
    pay(page, difference)

    expect(page.locator("#order-live")).to_have_attribute("data-status", "done")
    expect(page.locator("#order-live")).to_contain_text(f"Order {order.number} goes to its new address")
    is_made(agreed)
    page.goto(order.get_absolute_url())
    expect(page.locator("aside")).to_contain_text(FAR["line1"])
    expect(page.locator("[data-waiting]")).to_have_count(0)


def test_staff_who_cannot_wait_end_it_by_one_press_and_send(windows: Windows):
    buyer = Buyer()
    order = buyer.order_in(S.PAID)
    desk, page = windows.staff("fulfilment"), windows.customer(buyer.user)
    redirect(desk, order)
    agreed = WaitingChange.objects.get(order=order)
    page.goto(agreed.supplement.get_absolute_url())
    refuses_to_send(desk, order)

    desk.click("#end-waiting")

    expect(desk.locator("body")).to_contain_text("the order can be sent as it is")
    expect(desk.locator("[data-waiting]")).to_contain_text("was not made")
    if not windows.has_scripts:
        page.reload()
    expect(page.locator("#order-live")).to_have_attribute("data-status", "canceled")
    expect(page.locator("[data-why]")).to_contain_text("The shop ended the change that it was for")
    send(desk, order)
    expect(desk.locator(".order-number .badge")).to_have_text("Done")


def exchange(desk: Page, order: Order, what: str) -> None:
    desk.goto(page_of(order))
    desk.click("#to-exchange")
    desk.select_option("select[name=what]", what)
    desk.locator("input[name=pay]").check()
    desk.fill("textarea[name=note]", "Too small")
    desk.click("#preview")
    expect(desk.locator("#shown")).to_contain_text("$2.34")
    desk.click("#confirm")
    expect(desk.locator("[data-exchange-of]")).to_contain_text(str(order.number))


def redirect(desk: Page, order: Order) -> None:
    """To a province at the other end of the country, where its way of sending costs much more."""
    zone, _is_new = Zone.objects.get_or_create(name="Far province")
    place = {"country": FAR["country"], "region": FAR["region"]}
    ZonePlace.objects.update_or_create(**place, defaults={"zone": zone})
    band = {"price_table": order.price_table, "zone": zone, "up_to_g": 10_000_000}
    PriceBand.objects.update_or_create(**band, defaults={"fee": Decimal(90)})
    desk.goto(page_of(order))
    desk.click("#to-details")
    for name, value in FAR.items():
        desk.locator(f"input[name={name}]").fill(value)
    desk.locator("input[name=pay]").check()
    desk.click("#preview")
    expect(desk.locator("#shown")).to_contain_text(FAR["line1"])
    desk.click("#confirm")
    desk.wait_for_url(f"**{page_of(order)}")
    expect(desk.locator("[data-waiting]")).to_contain_text("A change waits until its difference is paid")


def send(desk: Page, order: Order) -> None:
    desk.goto(page_of(order))
    desk.get_by_role("link", name="Send a parcel").click()
    desk.locator("form.asking button[type=submit]").click()
    desk.wait_for_url(f"**{page_of(order)}")


def refuses_to_send(desk: Page, order: Order) -> None:
    send(desk, order)
    expect(desk.locator("body")).to_contain_text("Wait for that, or end the change first.")
    assert not order.shipments.exists()


def open_link(page: Page, order: Order, subject: str) -> None:
    link = re.search(r"/orders/link/[^/\s]+/", newest_to(page, order.customer.email, subject))[0]
    page.goto(link)
    expect(page.locator("#order-live")).to_have_attribute("data-status", "pay_required")
    assert fits(page)


def pay(page: Page, amount: str) -> None:
    expect(page.locator("#step-pay")).to_contain_text(amount)
    page.click("#step-pay")
    assert fits(page)
    page.click("#approve")
    page.wait_for_url("**/orders/*/")


def is_made(agreed: WaitingChange) -> None:
    agreed.refresh_from_db()
    assert agreed.is_made

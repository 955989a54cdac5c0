"""A staff day after the order: by telephone, paid by transfer, sent in two parcels, a piece returned, a part refunded."""

import re
from collections import Counter
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Product
from orders.documents.transfer import reference_of
from orders.links import make_link
from orders.models import Invoice, LedgerEntry, Order
from orders.status import OrderStatus
from tests.browser.conftest import PHONE
from tests.browser.test_staff_day import Desk, page_of, status
from tests.browser.test_telephone_order import take_the_order
from tests.factories import make_product, unique
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
S = OrderStatus
GOODWILL = Decimal("1.50")


@pytest.fixture
def desk(browser, shop) -> Desk:
    expect.set_options(timeout=15_000)
    return Desk(browser, shop)


def test_a_day_after_the_order(desk, browser, shop):
    product = make_product(stock=9, sku=unique("CUP"))
    price = (product.price_now - 1).quantize(Decimal("0.01"))
    finance, fulfilment = desk.of("finance"), desk.of("fulfilment")

    order = take_the_order(finance, f"{unique('caller')}@example.com", product, price)
    wait_until(lambda: status(order) == S.PAY_REQUIRED, "confirmed")
    read_the_bank_statement(finance, order)
    send_a_piece(fulfilment, order, "VN 1")
    assert status(order) == S.PAID
    send_a_piece(fulfilment, order, "VN 2")
    assert status(order) == S.DONE
    take_a_piece_back(finance, order, price)
    give_a_part_back(finance, order)

    left = order.total_amount - price - GOODWILL
    assert sums_of(order) == {"kept": left, "papers": left}
    expect(finance.locator("#changes tfoot")).to_contain_text(f"${left}")
    assert Product.objects.get(pk=product.pk).stock_quantity == 9 - 1
    look_as_the_customer(browser, shop, order, left)


def read_the_bank_statement(page: Page, order: Order) -> None:
    """Checked first, which keeps nothing; then read, and the order is paid."""
    row = f"2026-11-28,{order.total_amount},{order.currency},Tran {reference_of(order.number)}\n"
    file = {
        "name": "bank.csv",
        "mimeType": "text/csv",
        "buffer": f"date,amount,currency,text\n{row}".encode(),
    }
    page.goto("/admin/orders/bankentry/read/")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Check").click()
    expect(page.locator("tr[data-entry]")).to_contain_text(str(order.number))
    assert status(order) == S.PAY_REQUIRED
    page.get_by_role("button", name="Read and book").click()
    expect(page.get_by_text("1 new entries, 0 of them match nothing")).to_be_visible()
    assert status(order) == S.PAID


def send_a_piece(page: Page, order: Order, code: str) -> None:
    page.goto(page_of(order))
    sent = page.locator("#parcels [data-parcel]").count()
    page.get_by_role("link", name="Send a parcel").click()
    page.locator("input[name^=line-]").fill("1")
    page.fill("input[name=tracking_code]", code)
    page.get_by_role("button", name="Send a parcel").click()
    expect(page.locator("#parcels [data-parcel]")).to_have_count(sent + 1)
    expect(page.locator("#parcels [data-parcel]").last).to_contain_text(code.replace(" ", ""))


def take_a_piece_back(page: Page, order: Order, price: Decimal) -> None:
    """Received into stock again; its price goes back, by hand, as it came."""
    page.goto(page_of(order))
    page.click("#change-return")
    page.locator("input[name^=pieces-]").fill("1")
    page.locator("input[name^=restock-]").check()
    page.fill("textarea[name=note]", "One too many")
    page.click("#preview")
    expect(page.locator("#shown")).to_contain_text(f"${price} goes back to the customer.")
    assert not order.changes.exists()
    page.click("#confirm")
    expect(page.locator("[data-change=return]")).to_contain_text(f"${price}")
    settle(page, order, price)


def give_a_part_back(page: Page, order: Order) -> None:
    page.goto(page_of(order))
    page.click("#change-refund")
    page.fill("input[name=amount]", str(order.total_amount))
    page.fill("textarea[name=note]", "A scratch")
    page.click("#preview")
    # More than is left: nothing to confirm.
    expect(page.locator("#confirm")).to_have_count(0)
    page.fill("input[name=amount]", str(GOODWILL))
    page.click("#preview")
    page.click("#confirm")
    expect(page.locator("[data-change=refund]")).to_contain_text(f"${GOODWILL}")
    settle(page, order, GOODWILL)


def settle(page: Page, order: Order, amount: Decimal) -> None:
    """No provider returns what came by transfer: staff do, and say how."""
    page.goto(page_of(order))
    page.get_by_role("link", name="Settled by hand").click()
    expect(page.locator(".chosen")).to_contain_text(f"${amount}")
    page.fill("textarea[name=note]", "Transferred back")
    with page.expect_navigation():
        page.get_by_role("button", name="Settled by hand").click()
    page.goto(page_of(order))
    expect(page.get_by_role("link", name="Settled by hand")).to_have_count(0)


def sums_of(order: Order) -> dict[str, Decimal]:
    """What the shop has of the order's money, and what its papers say that it cost."""
    moved = Counter()
    for kind, amount in LedgerEntry.objects.filter(order=order).values_list("kind", "amount"):
        moved[kind] += amount
    papers = Invoice.objects.filter(order=order)
    # A credit note's total is below zero.
    return {"kept": moved["captured"] - moved["refunded"], "papers": sum(paper.total for paper in papers)}


def look_as_the_customer(browser, shop, order: Order, left: Decimal) -> None:
    """By the link in an email, on a phone, in the language of the emails."""
    page = browser.new_page(base_url=shop.url, viewport=PHONE, locale="vi-VN")
    page.goto(f"/orders/link/{make_link(order)}/")
    expect(page.locator("#order-live")).to_have_attribute("data-status", "done")
    expect(page.locator("[data-parcel]")).to_have_count(2)
    expect(page.locator("#changes [data-change]")).to_have_count(2)
    amount = re.search(r"[\d.]+", page.locator("[data-left]").get_attribute("data-left") or "")
    assert amount and Decimal(amount[0]) == left
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

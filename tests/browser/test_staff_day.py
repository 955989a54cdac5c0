"""A whole day at the staff's desk, in a real browser on a running shop: goods in, orders out, money back."""

from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from accounts.models import Address
from catalog.models import Product
from orders.models import Order
from orders.status import OrderStatus
from tests.browser.conftest import DESKTOP, at_the_desk
from tests.factories import Buyer, make_numbered, staff_of, unique
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
S = OrderStatus
LIST = "/admin/orders/order/"


class Desk(NamedTuple):
    """Opens the desk for a member of staff, in a window of their own."""

    browser: object
    shop: object

    def of(self, *groups: str) -> Page:
        page = self.browser.new_page(base_url=self.shop.url, viewport=DESKTOP)
        page.set_default_timeout(15_000)
        page.goto("/admin/")
        return at_the_desk(page, staff_of(*groups).email)


@pytest.fixture
def desk(browser, shop) -> Desk:
    expect.set_options(timeout=15_000)
    return Desk(browser, shop)


def some_goods() -> Product:
    return Product.objects.filter(inventory="counted", is_active=True).latest("pk")


def order_for(name: str, status: OrderStatus, buyer: Buyer) -> Order:
    """An order that goes to somebody of this name."""
    Address.objects.filter(pk=buyer.address.pk).update(full_name=name)
    return buyer.order_in(status, (some_goods(), 1))


def page_of(order: Order) -> str:
    return f"{LIST}{order.pk}/change/"


def status(order: Order) -> str:
    return Order.objects.get(pk=order.pk).status


def test_a_day_at_the_desk(desk, browser):
    clerk = desk.of("catalog", "fulfilment")
    receive_goods(clerk, some_goods())
    import_numbers(clerk)
    watch_an_order_arrive(clerk)

    buyer = Buyer()
    names = [f"{name} {unique('of')}" for name in ("Linh", "Ana", "Đức", "Zoë", "Ngọc Ánh")]
    paid = [order_for(name, S.PAID, buyer) for name in names]
    print_papers(clerk, buyer, paid, names)
    unpaid = order_for("Somebody who waits", S.PAY_REQUIRED, buyer)
    complete_many(clerk, buyer, paid, unpaid)
    correct_the_tracking_code(clerk, paid[0])

    give_money_back(desk.of("finance"), order_for("Regretful", S.PAID, buyer))
    try_the_forbidden(desk.of("support"), paid[1], order_for("Patient", S.PAID, buyer))
    # The browser remarks upon the pages that were refused.
    browser.forgive("status of 403")


def receive_goods(page: Page, product: Product) -> None:
    page.goto(f"/admin/catalog/product/{product.pk}/change/")
    page.get_by_role("link", name="Change stock").click()
    page.locator("input[name=received-quantity]").fill("20")
    page.get_by_role("button", name="Book as received").click()
    expect(page.get_by_text("Received 20.")).to_be_visible()
    page.get_by_role("link", name="Change stock").click()
    now = product.stock_quantity + 20
    expect(page.locator(".order-number")).to_have_text(
        f"{product.sku}: {now + product.promised} on hand, {product.promised} of them promised to orders that are not "
        f"sent yet, {now} free."
    )
    assert some_goods().stock_quantity == product.stock_quantity + 20


def import_numbers(page: Page) -> None:
    """A file of numbers: its bad line is shown, the corrected file is imported, and an order gets one of them."""
    rooms = make_numbered(sku=unique("ROOM"), numbers=0)
    page.goto("/admin/catalog/number/")
    page.locator("a[href$='importjob/add/?kind=numbers']").click()
    send_file(page, f"sku,number\n{rooms.sku},Room 1\nNO-SUCH-SKU,Room 2\n")
    expect(page.locator("tr.bad")).to_contain_text("No product has this SKU.")

    page.goto("/admin/bulk/importjob/add/?kind=numbers")
    send_file(page, f"sku,number\n{rooms.sku},Room 1\n{rooms.sku},Room 2\n")
    page.get_by_role("button", name="Add 2 numbers").click()
    expect(page.locator(".badge-job-done")).to_be_visible()
    order = Buyer().order_in(S.PAY_REQUIRED, (rooms, 2))
    assert sorted(str(one.number) for one in order.lines.get().allocations.all()) == ["Room 1", "Room 2"]


def send_file(page: Page, text: str) -> None:
    file = {"name": "numbers.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()


def watch_an_order_arrive(page: Page) -> None:
    """On the first page, without a reload; then the quick search opens it."""
    page.goto("/admin/")
    page.evaluate("window.neverReloaded = true")
    order = Buyer().place((some_goods(), 1))
    expect(page.locator(f"[data-order='{order.number}']")).to_be_visible(timeout=20_000)
    assert page.evaluate("window.neverReloaded") is True

    page.get_by_role("button", name="Find an order").click()
    page.locator("#search-input-command").press_sequentially(str(order.number))
    page.locator("#command-results-list a", has_text=f"#{order.number}").click()
    page.wait_for_url(f"**{page_of(order)}")
    expect(page.locator(".order-number")).to_contain_text(str(order.number))


def choose(page: Page, buyer: Buyer, orders: list[Order], action: str) -> None:
    page.goto(f"{LIST}?q={buyer.user.email}")
    for order in orders:
        page.locator(f"input.action-select[value='{order.pk}']").check()
    page.locator("select[name=action]").select_option(action)


def print_papers(page: Page, buyer: Buyer, orders: list[Order], names: list[str]) -> None:
    for action in ("packing_lists", "address_labels"):
        choose(page, buyer, orders, action)
        with page.expect_download() as downloading:
            page.get_by_role("button", name="Run").click()
        pdf = PdfReader(BytesIO(Path(downloading.value.path()).read_bytes()))
        printed = " ".join(" ".join(sheet.extract_text() for sheet in pdf.pages).split())
        missing = [name for name in names if name not in printed]
        assert missing == [] and downloading.value.suggested_filename.endswith(".pdf"), action


def complete_many(page: Page, buyer: Buyer, paid: list[Order], unpaid: Order) -> None:
    """Five at once, and among them one that may not: it is named with the reason, and holds up nobody."""
    choose(page, buyer, [*paid, unpaid], "complete")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("button", name="Mark as done").click()
    for order in paid:
        expect(page.get_by_text(f"Order {order.number}: Done")).to_be_visible()
    why = f"Order {unpaid.number}: This is not possible for an order that is: {S.PAY_REQUIRED.label}."
    expect(page.get_by_text(why)).to_be_visible()
    assert [status(order) for order in (*paid, unpaid)] == [*[S.DONE] * 5, S.PAY_REQUIRED]


def correct_the_tracking_code(page: Page, order: Order) -> None:
    page.goto(page_of(order))
    page.locator("#tracking input[name=tracking_code]").fill("VN 123")
    page.get_by_role("button", name="Correct").click()
    expect(page.get_by_text("The tracking code was changed.")).to_be_visible()
    page.locator("#tracking input[name=tracking_code]").fill("VN 124")
    page.get_by_role("button", name="Correct").click()
    expect(page.locator("#tracking p")).to_contain_text("VN124")
    assert Order.objects.get(pk=order.pk).tracking_code == "VN124"


def give_money_back(page: Page, order: Order) -> None:
    """The step says why; the worker returns the money, and the order ends."""
    page.goto(page_of(order))
    page.get_by_role("link", name="Cancel and refund…").click()
    page.locator("textarea[name=note]").fill("Arrived broken at our door")
    page.get_by_role("button", name="Cancel and refund").click()
    expect(page.get_by_text(f"Order {order.number}: {S.REFUND.label}")).to_be_visible()
    wait_until(lambda: status(order) == S.CANCELED, "the money is back")
    page.reload()
    expect(page.locator(".order-number")).to_contain_text(str(S.CANCELED.label))
    told = page.locator(".timeline").first.inner_text()
    assert "Arrived broken at our door" in told and str(S.REFUND.label) in told


def try_the_forbidden(page: Page, done: Order, paid: Order) -> None:
    """Support may look: there is no button, and the address behind it is refused."""
    page.goto(page_of(done))
    expect(page.locator("input[name=tracking_code]")).to_have_count(0)
    page.goto(page_of(paid))
    expect(page.locator(".order-steps a")).to_have_count(0)
    page.goto(f"{LIST}?q={paid.number}")
    expect(page.locator("select[name=action] option[value=complete]")).to_have_count(0)
    for path in (f"{LIST}{paid.pk}/steps/complete/", f"{LIST}{paid.pk}/steps/ask_refund/"):
        assert page.goto(path).status == 403, path
    assert page.goto(f"/admin/catalog/product/{some_goods().pk}/stock/").status == 403
    assert status(paid) == S.PAID

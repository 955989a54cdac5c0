"""What happens to an order is on its open page at once, around what its reader is doing there; nothing is loaded anew."""

import re

import pytest
from playwright.sync_api import Page, expect

from orders.actions.changes import change_requests
from orders.models import ChangeRequest, Order
from orders.status import OrderStatus
from tests.browser.conftest import DESKTOP
from tests.browser.states import cookie_of
from tests.browser.test_what_stays import CARET
from tests.factories import Buyer, change, make_product, make_staff, return_money, ship_a_piece
from tests.orders.audited import redirect

pytestmark = pytest.mark.browser
S = OrderStatus


@pytest.fixture
def buyer(shop) -> Buyer:
    return Buyer()


@pytest.fixture
def page(browser, shop, buyer) -> Page:
    """Its customer's."""
    expect.set_options(timeout=20_000)
    context = browser.new_context(base_url=shop.url, viewport=DESKTOP)
    context.add_cookies([cookie_of(buyer.user) | {"url": shop.url}])
    context.set_default_timeout(20_000)
    return context.new_page()


def look_at(page: Page, order: Order) -> None:
    page.goto(order.get_absolute_url())
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    page.evaluate("window.neverReloaded = true")


def write_a_reason(page: Page) -> None:
    """Half a sentence, the caret in its middle; and the field remembers that it is the same one."""
    page.click("#ask-ask_refund")
    reason = page.locator("#refund-note")
    reason.fill("It is small")
    reason.evaluate("field => { field.isTheSame = true; field.setSelectionRange(6, 6); }")


def is_undisturbed(page: Page) -> None:
    reason = page.locator("#refund-note")
    expect(reason).to_be_visible()
    expect(reason).to_be_focused()
    expect(reason).to_have_value("It is small")
    assert page.evaluate(CARET) == [6, 6]
    assert reason.evaluate("field => field.isTheSame") is True
    assert page.evaluate("window.neverReloaded") is True


def test_a_parcel_money_and_an_answer_come_to_the_page_while_its_reader_writes(buyer, page):
    order = buyer.order_in(S.PAID, (make_product(stock=9), 3))
    Order.objects.filter(pk=order.pk).update(packed_at=order.placed_at)
    look_at(page, order)
    write_a_reason(page)

    ship_a_piece(order)
    expect(page.locator("[data-parcel='1']")).to_contain_text("1 ×")
    is_undisturbed(page)

    change(order, "refund", amount=1)
    expect(page.locator("#changes [data-change=refund]")).to_contain_text("$1.00")
    expect(page.locator("[data-left]")).to_be_visible()
    is_undisturbed(page)

    return_money(order)
    expect(page.locator("[data-ledger=refunded]")).to_contain_text("$1.00")
    expect(page.locator("[data-invoice=credit_note]")).to_be_visible()
    is_undisturbed(page)

    asked = change_requests.ask(
        order_id=order.pk,
        actor=order.customer,
        kind=ChangeRequest.Kind.CANCEL,
        quantities={order.lines.get().pk: 1},
    )
    expect(page.locator("[data-change-request=open]")).to_be_visible()
    change_requests.decline(request_id=asked.pk, actor=make_staff(), note="It is packed.")
    expect(page.locator("[data-change-request=declined]")).to_contain_text("It is packed.")
    expect(page.locator("[data-change-request=open]")).to_have_count(0)
    is_undisturbed(page)

    page.keyboard.type("too ")
    expect(page.locator("#refund-note")).to_have_value("It is too small")
    page.click("#step-ask_refund")
    expect(page.locator("[data-request=open]")).to_be_visible()


def test_another_address_is_on_the_open_page(buyer, page):
    order = buyer.order_in(S.PAID)
    look_at(page, order)
    expect(page.locator("#order-aside")).not_to_contain_text("1 Lê Duẩn")

    redirect(order)

    expect(page.locator("#order-aside")).to_contain_text("1 Lê Duẩn")
    expect(page.locator("#order-aside")).to_contain_text("For Lan")
    assert page.evaluate("window.neverReloaded") is True


def test_what_happened_while_the_page_was_on_its_way_is_shown(buyer, page):
    """Between the page's look at the order and its socket: the socket goes on from where the page was."""
    order = buyer.order_in(S.PAID, (make_product(stock=9), 3))
    page.route(re.compile(r"/order(\.\w+)?\.js"), lambda route: (ship_a_piece(order), route.continue_()))
    look_at(page, order)
    expect(page.locator("[data-parcel='1']")).to_be_visible()

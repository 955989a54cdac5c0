"""A contract is withdrawn from online: as a guest and as a customer, in both languages, with and without scripts.

The guest comes by the link in the email that said the order was sent, the customer by the page of orders.
"""

import re
from dataclasses import dataclass

import pytest
from django.utils import translation
from playwright.sync_api import Page, expect

from accounts.models import User
from catalog.models import Product
from catalog.refunds import RefundPolicy
from orders.models import ChangeRequest, Order
from orders.status import OrderStatus
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_guests import newest_to
from tests.factories import PASSWORD, Buyer

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Words:
    """What the pages and the emails say in one language."""

    locale: str
    sent: str
    your_code: str
    to_ask: str
    without_reason: str
    withdraw: str
    confirm: str
    received: str
    is_open: str
    told: str
    reason: str


WORDS = {
    "en": Words(
        locale="en-US",
        sent="all done",
        your_code="Your code for",
        to_ask="Return or withdraw",
        without_reason="without giving a reason",
        withdraw="Withdraw from the contract",
        confirm="Confirm: Withdraw from the contract",
        received="We have received your request, and confirm it by email.",
        is_open="Withdraw from the contract: open",
        told=r"On \w+\.? \d{1,2}, \d{4}, .+ \(.+\) you told us: Withdraw from the contract\.",
        reason="Reason:",
    ),
    "vi": Words(
        locale="vi-VN",
        sent="đã hoàn tất",
        your_code="Mã của bạn cho",
        to_ask="Trả hàng hoặc rút lại",
        without_reason="mà không cần nêu lý do",
        withdraw="Rút khỏi hợp đồng",
        confirm="Xác nhận: Rút khỏi hợp đồng",
        received="Chúng tôi đã nhận yêu cầu của bạn và xác nhận qua email.",
        is_open="Rút khỏi hợp đồng: đang mở",
        told=r"Lúc .*\d{4}.* \(.+\) bạn đã báo cho chúng tôi: Rút khỏi hợp đồng\.",
        reason="Lý do:",
    ),
}


@pytest.fixture(params=["with scripts", "without scripts"])
def has_scripts(request) -> bool:
    return request.param == "with scripts"


@pytest.fixture(params=WORDS)
def language(request) -> str:
    return request.param


@pytest.fixture
def page(browser, shop, demo_goods, language, has_scripts) -> Page:
    expect.set_options(timeout=15_000)
    context = browser.new_context(
        base_url=shop.url,
        viewport=PHONE if has_scripts else DESKTOP,
        locale=WORDS[language].locale,
        java_script_enabled=has_scripts,
    )
    context.set_default_timeout(15_000)
    return context.new_page()


def an_order(language: str, *, is_guest: bool) -> Order:
    """Two pieces that were sent, to somebody who reads this language."""
    buyer = Buyer(full_name="Trần Văn Minh")
    if is_guest:
        buyer.user.set_unusable_password()
        buyer.user.save()
    goods = Product.objects.filter(inventory="counted", needs_parcel=True, stock_quantity__gt=5)
    with translation.override(language):
        return buyer.order_in(OrderStatus.DONE, (goods.exclude(refunds=RefundPolicy.NONE).first(), 2))


def test_a_guest_withdraws_by_the_link_in_the_email(page, language):
    words, order = WORDS[language], an_order(language, is_guest=True)
    link = re.search(r"/orders/link/[^/\s]+/", newest_to(page, order.customer.email, words.sent))[0]
    page.goto(link)
    expect(page.locator("[data-by-link]")).to_be_visible()

    page.get_by_role("link", name=words.to_ask).click()
    sign_in_with_a_code(page, order.customer, words)

    withdraw(page, order, words)


def test_a_customer_withdraws_from_the_list_of_orders(page, language):
    words, order = WORDS[language], an_order(language, is_guest=False)
    page.goto("/accounts/login/?next=/orders/")
    page.fill("input[name=login]", order.customer.email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.locator("main a", has_text=str(order.number)).first.click()

    page.get_by_role("link", name=words.to_ask).click()

    withdraw(page, order, words)


def sign_in_with_a_code(page: Page, customer: User, words: Words) -> None:
    """Who has no password needs none; afterwards the page is there that was asked for."""
    page.locator("[name=email]").fill(customer.email)
    page.click("#go-on")
    expect(page.locator("[data-waiting]")).to_contain_text(customer.email)
    code = re.search(r"\d{4}-\d{4}", newest_to(page, customer.email, words.your_code))[0]
    page.locator("#code-form [name=code]").fill(code)
    page.click("#go-on")


def withdraw(page: Page, order: Order, words: Words) -> None:
    """Two steps, no reason; the page shows it, and an email confirms it with date and time."""
    expect(page).to_have_url(re.compile(f"/orders/{order.pk}/request/$"))
    expect(page.locator("main")).to_contain_text(words.without_reason)
    page.get_by_label(words.withdraw).check()
    page.locator("input[name^=pieces-]").fill("1")
    page.click("#request-next")

    expect(page.locator("#request-confirm")).to_have_text(words.confirm)
    assert not ChangeRequest.objects.filter(order=order).exists()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("#request-confirm")

    expect(page.locator("main")).to_contain_text(str(order.number))
    expect(page.locator("#messages")).to_contain_text(words.received)
    expect(page.locator("[data-change-request=open]")).to_contain_text(words.is_open)
    expect(page.get_by_role("link", name=words.to_ask)).to_have_count(0)
    asked = ChangeRequest.objects.get(order=order)
    assert (asked.kind, asked.asked_by, asked.note) == ("withdraw", order.customer, "")
    assert asked.lines.get().quantity == 1

    text = newest_to(page, order.customer.email, words.withdraw)
    assert re.search(words.told, text), text
    assert order.lines.get().name in text or "1 ×" in text
    assert words.reason not in text

"""A contract is withdrawn from, or an exchange asked for: by guest and customer, in each language, with scripts and without.

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
from tests.factories import PASSWORD, Buyer, shirts_again
from tests.orders.differing import dear_shirt

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Words:
    """What the pages and the emails say in one language."""

    locale: str
    sent: str
    your_code: str
    to_ask: str
    to_exchange: str
    exchange: str
    costs_more: str
    confirm_exchange: str
    exchange_is_open: str
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
        to_exchange="Return, exchange or withdraw",
        exchange="Return or exchange",
        costs_more="As of now it costs $2.34 more",
        confirm_exchange="Confirm: Exchange",
        exchange_is_open="Exchange: open",
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
        to_exchange="Trả hàng, đổi hàng hoặc rút lại",
        exchange="Trả hoặc đổi hàng",
        costs_more="Hiện giờ món này đắt hơn",
        confirm_exchange="Xác nhận: Đổi hàng",
        exchange_is_open="Đổi hàng: đang mở",
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
def page(browser, shop, language, has_scripts) -> Page:
    expect.set_options(timeout=15_000)
    context = browser.new_context(
        base_url=shop.url,
        viewport=PHONE if has_scripts else DESKTOP,
        locale=WORDS[language].locale,
        java_script_enabled=has_scripts,
    )
    context.set_default_timeout(15_000)
    return context.new_page()


def an_order(language: str, *, is_guest: bool, product: Product | None = None) -> Order:
    """Two pieces that were sent, to somebody who reads this language; of the product, or of what has no variants."""
    buyer = Buyer(full_name="Trần Văn Minh")
    if is_guest:
        buyer.user.set_unusable_password()
        buyer.user.save()
    goods = Product.objects.filter(inventory="counted", needs_parcel=True, stock_quantity__gt=5, group=None)
    with translation.override(language):
        return buyer.order_in(
            OrderStatus.DONE, (product or goods.exclude(refunds=RefundPolicy.NONE).first(), 2)
        )


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


def test_a_guest_asks_for_a_dearer_variant_by_the_link_in_the_email(page, language):
    words = WORDS[language]
    dear_shirt()
    order = an_order(language, is_guest=True, product=shirts_again()[0])
    link = re.search(r"/orders/link/[^/\s]+/", newest_to(page, order.customer.email, words.sent))[0]
    page.goto(link)
    page.get_by_role("link", name=words.to_exchange).click()
    sign_in_with_a_code(page, order.customer, words)

    page.get_by_label(words.exchange).check()
    page.locator("input[name^=pieces-]").fill("1")
    page.locator("select[name^=variant-]").select_option("SHIRT-XL")
    page.click("#request-next")
    expect(page.locator("[data-difference]")).to_contain_text(words.costs_more)
    expect(page.locator("#request-confirm")).to_have_text(words.confirm_exchange)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("#request-confirm")

    expect(page.locator("[data-change-request=open]")).to_contain_text(words.exchange_is_open)
    asked = ChangeRequest.objects.get(order=order)
    assert (asked.kind, asked.lines.get().exchange_for.sku) == ("return", "SHIRT-XL")
    text = newest_to(page, order.customer.email, str(asked.order.number))
    assert "→" in text


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

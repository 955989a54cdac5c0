"""The staff's desk in a real browser: every page runs under its policy, and the first page sees orders arrive."""

import pytest
from playwright.sync_api import expect

from catalog.models import Product
from orders.models import PriceTable, Refund, RefundRequest
from orders.payments.refunds import note_refused
from orders.status import OrderStatus
from tests.browser.conftest import PHONE
from tests.factories import PASSWORD, Buyer, make_gift_card

pytestmark = pytest.mark.browser


def goods() -> tuple[Product, int]:
    return Product.objects.filter(inventory="counted", stock_quantity__gt=5).first(), 1


def test_every_main_page_runs_under_its_policy(desk, shop):
    paid, refund = (Buyer().order_in(status, goods()) for status in (OrderStatus.PAID, OrderStatus.REFUND))
    refused = note_refused(refund_id=Refund.objects.get(payment__order=refund).pk, why="closed")
    asked = RefundRequest.objects.create(order=paid, asked_by=paid.customer, note="too big")
    piece = goods()[0]
    room = Product.objects.filter(inventory="numbered").first()
    desk.goto("/accounts/reauthenticate/?next=/admin/")
    desk.fill("input[name=password]", PASSWORD)
    desk.click("main form button[type=submit]")
    for path in (
        "",
        "orders/order/",
        f"orders/order/{paid.pk}/change/",
        f"orders/order/{paid.pk}/steps/complete/",
        f"orders/refund/{refused.pk}/decide/settle/",
        f"catalog/product/{piece.pk}/change/",
        f"catalog/product/{piece.pk}/stock/",
        f"catalog/product/{room.pk}/numbers/",
        "catalog/product/",
        "catalog/product/add/",
        f"orders/pricetable/{PriceTable.objects.first().pk}/change/",
        "orders/pricetable/",
        "orders/pricetable/cost/?weight_g=700&country=VN",
        "accounts/user/add/",
        f"accounts/user/{paid.customer_id}/change/",
        "orders/orderdraft/",
        "orders/orderdraft/add/",
        "orders/email/",
        "orders/refund/",
        "orders/providerstatement/days/",
        "catalog/taxclass/",
        "catalog/taxclass/add/",
        "orders/invoice/",
        "orders/giftcard/",
        "orders/giftcard/give/",
        f"orders/giftcard/{make_gift_card().pk}/card/",
        "orders/invoice/taxes/",
        "orders/reconciliation/",
        "orders/reconciliation/report/",
        "orders/payout/",
        "orders/payout/open/",
        "orders/payoutline/",
        "orders/report/sales/",
        "orders/moneymismatch/",
        "orders/refundrequest/",
        f"orders/refundrequest/{asked.pk}/change/",
        f"orders/refundrequest/{asked.pk}/decide/decline/",
    ):
        assert desk.goto(f"/admin/{path}").status == 200, path
        desk.wait_for_function("window.Alpine !== undefined")


def test_filters_actions_and_quick_search_work_under_the_policy(desk, shop):
    order = Buyer().order_in(OrderStatus.PAID, goods())
    desk.goto("/admin/orders/order/")
    desk.locator("a", has_text="Filters").click()
    desk.locator("#filter-form input[name=sku]").fill("no such sku")
    desk.locator("#filter-form button", has_text="Apply").click()
    expect(desk.locator("input.action-select")).to_have_count(0)

    desk.goto(f"/admin/orders/order/?q={order.number}")
    desk.locator("input.action-select").check()
    desk.locator("select[name=action]").select_option("complete")
    desk.get_by_role("button", name="Run").click()
    desk.get_by_role("button", name="Mark as done").click()
    expect(desk.get_by_text(f"Order {order.number}: Done")).to_be_visible()

    desk.get_by_role("button", name="Find an order").click()
    desk.locator("#search-input-command").press_sequentially(str(order.number))
    expect(desk.locator("#command-results-list a")).to_contain_text(f"#{order.number}")


def test_the_first_page_shows_a_new_order_without_a_reload(desk, shop):
    desk.goto("/admin/")
    desk.evaluate("window.neverReloaded = true")
    order = Buyer().place(goods())
    expect(desk.locator(f"[data-order='{order.number}']")).to_be_visible(timeout=20_000)
    assert desk.evaluate("window.neverReloaded") is True


def test_main_pages_fit_a_phone(desk, shop):
    order = Buyer().order_in(OrderStatus.PAID, goods())
    desk.set_viewport_size(PHONE)
    for path in ("", "orders/order/", f"orders/order/{order.pk}/change/", "catalog/product/"):
        desk.goto(f"/admin/{path}")
        assert desk.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path

"""Price tables in a real browser: what something would cost is answered in place, and fits a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.factories import make_price_table, make_product, unique

pytestmark = pytest.mark.browser


def test_cost_is_answered_beside_the_table_without_a_reload(desk, shop):
    table, product = make_price_table(country="VN"), make_product(sku=unique("COST"))
    desk.goto(f"/admin/orders/pricetable/{table.pk}/change/")
    desk.evaluate("window.neverReloaded = true")
    desk.locator("#cost-sku-1").press_sequentially(product.sku[:4])
    expect(desk.locator(f"#cost-skus option[value='{product.sku}']")).to_have_count(1)
    desk.locator("#cost-sku-1").fill(product.sku)
    desk.locator("#cost input[name=country]").fill("vn")
    desk.get_by_role("button", name="Work it out").click()
    expect(desk.locator(f"#cost .this[data-table='{table.pk}']")).to_be_visible()
    assert desk.evaluate("window.neverReloaded") is True and "/change/" in desk.url


def test_cost_page_keeps_the_question_in_its_address_and_fits_a_phone(desk, shop):
    desk.set_viewport_size(PHONE)
    desk.goto("/admin/orders/pricetable/cost/")
    desk.locator("#cost input[name=weight_g]").fill("700")
    desk.locator("#cost input[name=country]").fill("VN")
    desk.get_by_role("button", name="Work it out").click()
    expect(desk.locator("#cost .answer tbody tr").first).to_be_visible()
    desk.wait_for_url("**weight_g=700**")
    shown = desk.locator("#cost .answer").inner_text()
    desk.reload()
    assert desk.locator("#cost .answer").inner_text() == shown
    for path in (desk.url, "/admin/orders/pricetable/"):
        desk.goto(path)
        assert desk.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path

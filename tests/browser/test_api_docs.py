"""The API's pages run under the shop's own policy: no script, style or font is refused, none comes from elsewhere."""

import pytest
from playwright.sync_api import expect

from tests import contract

pytestmark = pytest.mark.browser


def test_the_api_docs_show_every_endpoint_without_a_complaint(browser, shop):
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: request.url.startswith(shop.url) or complaints.append(request.url))

    page.goto(f"{shop.url}/api/docs/")
    expect(page.locator(".opblock")).to_have_count(len(contract.operations()), timeout=30_000)
    page.goto(f"{shop.url}/api/docs/events/")
    expect(page.locator("pre").first).to_contain_text("pay_required")

    assert complaints == []
    page.close()

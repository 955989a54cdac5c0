"""axe-core finds nothing against WCAG 2.2 AA on any page, in both colour schemes and both sizes; policy and layout hold."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

from tests.browser import states
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOKS = [(scheme, size) for scheme in ("light", "dark") for size in (PHONE, DESKTOP)]
ALL = {
    "visitor": states.VISITOR,
    "customer": states.CUSTOMER,
    "careful": states.CAREFUL,
    "newcomer": states.NEWCOMER,
    "guest": states.GUEST,
    "waiting": states.WAITING,
}
SHORT = {
    "home",
    "list filtered",
    "product",
    "sign in",
    "code asked for",
    "code on its way",
    "find order",
    "order by link",
    "not found",
    "account",
    "cart",
    "preview",
    "order paid",
    "pay",
}


@pytest.fixture
def people(shop) -> states.People:
    return states.populate()


def window(browser, shop, user=None) -> Page:
    # Colours that are still on their way would be measured halfway.
    context = browser.new_context(base_url=shop.url, viewport=DESKTOP, reduced_motion="reduce")
    if user:
        context.add_cookies([states.cookie_of(user) | {"url": shop.url}])
    return context.new_page()


def newest_email(page: Page) -> str:
    """The address of an email; the worker sends them when it comes to it."""
    link = page.locator("main a[href^='/demo/mails/']")
    for _ in range(30):
        page.goto("/demo/mails/")
        if link.count():
            return link.first.get_attribute("href").strip("/").rpartition("/")[2]
        page.wait_for_timeout(500)
    raise AssertionError("no email was sent")


def violations(page: Page, name: str, looks=LOOKS) -> list[str]:
    found = []
    for scheme, size in looks:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size(size)
        options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}}
        for one in Axe().run(page, options=options).response["violations"]:
            where = [node["target"] for node in one["nodes"]][:3]
            found.append(f"{name}, {scheme}, {size['width']}: {one['id']} at {where}")
    return found


def misses_of_policy(answer: Response, name: str) -> list[str]:
    policy = answer.headers.get("content-security-policy", "")
    is_strict = (
        "default-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    )
    return [] if is_strict else [f"{name}: its policy is “{policy}”"]


def walk(browser, shop, people, wanted, looks) -> list[str]:
    found = []
    for who, places in ALL.items():
        page = window(browser, shop, getattr(people, who, None))
        if who == "waiting":
            page.goto("/accounts/login/code/?next=/checkout/")
            page.fill("input[name=email]", "waiting@example.com")
            page.click("#go-on")
        if who == "customer":
            people.places["email"] = newest_email(page)
        for name, _, address in places:
            if name not in wanted:
                continue
            answer = page.goto(address.format(**people.places))
            assert (answer.status == 200) == (name != "not found"), (name, answer.status)
            if name == "not found":
                browser.forgive("404")
            if name != "order by link" and not page.url.startswith(
                shop.url + address.format(**people.places)
            ):
                found.append(f"{name}: ended at {page.url}")
            found += misses_of_policy(answer, name) + violations(page, name, looks)
    # An email of the mailbox stands in a frame that may do nothing: axe asks it in vain.
    browser.forgive("Failed to execute 'postMessage' .* origin \\('null'\\)")
    return found


def test_every_page_of_the_site_is_listed():
    listed = {pattern for places in ALL.values() for _, pattern, _ in places} | {states.BETWEEN[1]}
    assert states.pages_of_the_site() == (listed - {""}) | states.NOT_PAGES


def test_what_is_wrong_on_a_page_is_found(browser, shop):
    page = window(browser, shop)
    page.goto("/accounts/login/")
    page.evaluate("document.querySelector('main').innerHTML += '<img src=\"/favicon.ico\">'")
    page.evaluate(
        "document.querySelector('main h1').style.color = 'color-mix(in srgb, canvas 90%, canvastext)'"
    )
    found = violations(page, "broken", [("dark", PHONE)])
    assert [one.split(" at ")[0] for one in found] == [
        "broken, dark, 390: color-contrast",
        "broken, dark, 390: image-alt",
    ]


def test_main_pages_have_no_violation(browser, shop, people):
    looks = [("light", DESKTOP), ("dark", PHONE)]
    assert walk(browser, shop, people, SHORT, looks) == []


def test_billing_has_no_violation(browser, shop, people):
    """The open part of checkout, empty and refused; an order with what was given, and the list of invoices."""
    looks = [("light", DESKTOP), ("dark", PHONE)]
    page = window(browser, shop, people.customer)
    page.goto("/checkout/")
    part = page.locator("fieldset[data-billing]")
    part.locator("summary").click()
    found = violations(page, "billing open", looks)
    part.locator("input[name$=company]").fill("Boulangerie Martin")
    part.locator("input[name$=vat_id]").fill("123")
    part.locator("button[value=bill]").click()
    page.wait_for_selector("[data-billing] [aria-invalid=true]")
    found += violations(page, "billing refused", looks)
    part.locator("input[name$=vat_id]").fill("0100233488")
    part.locator("button[value=bill]").click()
    page.wait_for_selector("[data-billing] address")
    found += violations(page, "billed at checkout", looks)
    assert found + walk(browser, shop, people, {"order billed to a company", "invoices"}, looks) == []


@pytest.mark.long
def test_no_page_has_a_violation(browser, shop, people):
    everything = {name for places in ALL.values() for name, _, _ in places}
    assert walk(browser, shop, people, everything, LOOKS) == []


@pytest.mark.long
def test_page_that_asks_for_the_code_has_no_violation(browser, shop, people):
    page = window(browser, shop)
    page.goto("/accounts/login/")
    page.fill("input[name=login]", people.careful.email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url(f"**{states.BETWEEN[2]}**")
    assert violations(page, states.BETWEEN[0]) == []


@pytest.mark.long
def test_page_of_a_refused_form_has_no_violation(browser, shop, people):
    page = window(browser, shop)
    page.goto("/accounts/login/")
    page.click("main form button[type=submit]", no_wait_after=True)
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.click("main form button[type=submit]")
    page.wait_for_selector("[aria-invalid=true], .errors")
    assert violations(page, "refused form") == []
    page.context.clear_cookies(name="csrftoken")
    page.click("main form button[type=submit]")
    browser.forgive("403")
    assert violations(page, "no token") == []

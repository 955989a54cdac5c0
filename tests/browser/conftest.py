"""A real Chromium in front of the running shop, which for these tests has the demo's goods.

Whatever a page says on its console fails the test: errors of scripts, and all that the Content-Security-Policy refuses.
"""

import os
import re
import shutil

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.databases import drop_database, fresh_database, using_database
from tests.factories import PASSWORD, make_staff
from tests.live_shop import with_own_names
from tests.processes import Shop

# The one without windows of its own first: the same engine, and each page of a test costs a quarter of what it costs with
# tabs and toolbars that nobody sees.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


def chromium() -> str | None:
    """Where the browser is: CHROMIUM, or the first that is installed."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def chrome():
    path = chromium()
    if path is None:
        pytest.skip("no Chromium or Chrome was found")
    # Playwright keeps an event loop in this thread, where Django would refuse its (synchronous) queries.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    quiet += [
        "--disable-component-update",
        "--disable-sync",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ]
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=path, args=quiet)
        yield chrome
        chrome.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def demo_shop(shop_environment, live_database, tmp_path_factory, django_db_blocker):
    """A shop with the demo's goods and couriers, and the name of its database, until this process goes to another room.

    No test of another room left anything in it: where there is a courier the demo hires none.
    """
    name = f"{live_database}_demo"
    environment = with_own_names(shop_environment, name, "demo")
    with django_db_blocker.unblock():
        fresh_database(name)
    with Shop({**environment, "DATA_DIR": str(tmp_path_factory.mktemp("demo"))}, demo=True) as shop:
        yield shop, name
    with django_db_blocker.unblock():
        drop_database(name)


@pytest.fixture
def shop(demo_shop, django_db_blocker):
    """The demo's shop; the test's own queries go to its database, and stay there."""
    running, name = demo_shop
    with django_db_blocker.unblock(), using_database(name):
        yield running


class Watching:
    """The browser, with an ear at the console of every window that a test opens."""

    def __init__(self, chrome: Browser) -> None:
        self.chrome = chrome
        self.complaints: list[str] = []
        self.contexts: list[BrowserContext] = []

    def new_context(self, **options) -> BrowserContext:
        context = self.chrome.new_context(**{"locale": "en-US"} | options)
        context.on("console", self._note)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.contexts.append(context)
        return context

    def new_page(self, **options) -> Page:
        return self.new_context(**options).new_page()

    def forgive(self, pattern: str) -> None:
        """What this test brings about on purpose, and the browser itself remarks upon."""
        self.complaints[:] = [one for one in self.complaints if not re.search(pattern, one)]

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    def _note(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")


@pytest.fixture
def browser(chrome):
    """The browser for one test; at the end no page may have complained on its console."""
    watching = Watching(chrome)
    yield watching
    watching.close()
    assert watching.complaints == []


class Visitor:
    """One visitor's windows."""

    def __init__(self, browser: Watching, context: BrowserContext) -> None:
        self.browser = browser
        self.context = context

    def open(self, address: str = "/") -> Page:
        page = self.context.new_page()
        page.goto(address)
        return page


@pytest.fixture
def visitor(browser, shop):
    """A visitor with a desktop window."""
    context = browser.new_context(base_url=shop.url, viewport=DESKTOP)
    context.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    return Visitor(browser, context)


@pytest.fixture
def desk(visitor) -> Page:
    """The staff's desk, as an owner sees it."""
    return at_the_desk(visitor.open("/admin/"), make_staff().email)


def at_the_desk(page: Page, email: str) -> Page:
    """Sign in a member of staff, on the page that asks for it."""
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/admin/")
    return page


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def windows(request, browser, shop):
    """Windows of customers and staff."""
    from tests.browser.windows import Windows

    expect.set_options(timeout=20_000)
    return Windows(browser, shop, has_scripts=request.param)

"""A real Chromium in front of the running shop, which for these tests has the demo's goods."""

import os
import shutil
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tests.live_shop import using_database

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


def chromium() -> str | None:
    """Where the browser is: CHROMIUM, or the first that is installed."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser():
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


@pytest.fixture(scope="session")
def demo_goods(running_shop, live_database, django_db_blocker):
    """The demo's products and couriers in the running shop, with their pictures where it serves them from."""
    from django.test import override_settings

    media = Path(running_shop.environment["DATA_DIR"]) / "media"
    with django_db_blocker.unblock(), using_database(live_database), override_settings(MEDIA_ROOT=media):
        call_command("demo", verbosity=0)


class Watched:
    """Pages of one visitor, and what went wrong in them."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.complaints: list[str] = []

    def open(self, address: str = "/") -> Page:
        page = self.context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(address)
        return page

    def _note(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")


@pytest.fixture
def visitor(browser, shop, demo_goods):
    """A visitor with a desktop window; at the end no page may have complained on its console."""
    context = browser.new_context(base_url=shop.url, viewport=DESKTOP, locale="en-US")
    context.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    watched = Watched(context)
    yield watched
    context.close()
    assert watched.complaints == []

"""Windows of customers and of staff beside each other, in a browser with or without scripts."""

from typing import NamedTuple

from playwright.sync_api import BrowserContext, Page

from accounts.models import User
from tests.browser.conftest import DESKTOP, PHONE, at_the_desk
from tests.browser.states import cookie_of
from tests.factories import staff_of


class Windows(NamedTuple):
    browser: object
    shop: object
    has_scripts: bool

    def customer(self, user: User) -> Page:
        """On a phone, signed in."""
        context = self._context(PHONE)
        context.add_cookies([cookie_of(user) | {"url": self.shop.url}])
        return context.new_page()

    def stranger(self) -> Page:
        """On a phone, not signed in."""
        return self._context(PHONE).new_page()

    def staff(self, *groups: str) -> Page:
        """At the desk, as a member of these groups."""
        page = self._context(DESKTOP).new_page()
        page.goto("/admin/")
        return at_the_desk(page, staff_of(*groups).email)

    def _context(self, size: dict[str, int]) -> BrowserContext:
        context = self.browser.new_context(
            base_url=self.shop.url, viewport=size, java_script_enabled=self.has_scripts
        )
        context.set_default_timeout(20_000)
        return context


def fits(page: Page) -> bool:
    """Whether nothing stands out at the side."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")

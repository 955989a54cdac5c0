"""Looks at the shop as each person sees it: which addresses there are of each route, and which pages have forms."""

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve

from faults.fuzz.finding.pages import Form, Page
from faults.fuzz.finding.people import Person, Stranger
from faults.fuzz.finding.routes import kind_of
from faults.fuzz.sending import wire
from faults.fuzz.sending.requests import Request

# Pages of one route that one person looks at, and all that one looks at.
OF_A_ROUTE, OF_A_PERSON = 3, 250
# Addresses of one route that are kept.
KEPT = 40
# What a look would end or change.
PASSED_OVER = ("/accounts/logout", "/admin/logout", "/static/", "/media/")
Someone = Person | Stranger


@dataclass
class Found:
    """By route: addresses. By who and kind: pages that have a form of their own."""

    paths: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    forms: defaultdict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    queries: list[str] = field(default_factory=list)
    looked_at: int = 0

    def note(self, path: str) -> str:
        """Keep an address; its route."""
        route = route_of(path)
        if path not in self.paths[route] and len(self.paths[route]) < KEPT:
            self.paths[route].append(path)
        return route


def route_of(path: str) -> str:
    try:
        return str(resolve(urlsplit(path).path).route)
    except (Resolver404, ValueError):
        return urlsplit(path).path


def crawl(door: tuple[str, int], someone: Someone, found: Found, begin: list[str]) -> None:
    """From these addresses on, as far as links lead, a few of each route."""
    waiting, known, times = deque(begin), {*begin}, Counter[str]()
    looked_at = 0
    while waiting and looked_at < OF_A_PERSON:
        path = waiting.popleft()
        route = found.note(path)
        times[route] += 1
        if times[route] > OF_A_ROUTE:
            continue
        looked_at += 1
        someone.renew()
        answer = look(door, someone, path)
        if answer.status == 302 and (place := here(path, answer.header("Location"))):
            links = [place]
        elif "text/html" in answer.header("Content-Type"):
            page = Page(answer.text)
            links = _keep(found, someone, path, page)
        else:
            continue
        fresh = [link for link in links if link not in known and not link.startswith(PASSED_OVER)]
        known |= {*fresh}
        waiting.extend(dict.fromkeys(fresh))
    found.looked_at += looked_at


def look(door: tuple[str, int], someone: Someone, path: str) -> wire.Answer:
    headers = someone.headers(Random(1), "pages")
    return wire.ask(door, Request(someone.who, kind_of(path), path, "GET", path, headers).raw(Random(0)))


def _keep(found: Found, someone: Someone, path: str, page: Page) -> list[str]:
    """Of a page: that it has forms, and where its links and forms lead."""
    if any(is_own(form) for form in page.forms):
        found.forms[someone.who, kind_of(path)].append(path)
    places = [
        here(path, link) for link in (*page.links, *(form.action for form in page.forms if form.action))
    ]
    links = [place for place in places if place]
    found.queries += [query for link in links if (query := urlsplit(link).query) and len(found.queries) < 300]
    for link in links:
        found.note(link)
    return links


def is_own(form: Form) -> bool:
    """Not one of those that stand on every page."""
    return not form.action.startswith(("/language/", "/accounts/logout", "/admin/logout", "/admin/search"))


def here(path: str, link: str) -> str:
    """A link's address on this site, "" for what is elsewhere; the shop's own whole address counts."""
    try:
        parts = urlsplit(urljoin(f"http://127.0.0.1{path}", link))
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or parts.hostname not in ("127.0.0.1", "localhost"):
        return ""
    place = parts.path + (f"?{parts.query}" if parts.query else "")
    # As a browser would send it.
    return "".join(sign if "!" <= sign <= "~" else "%20" if sign == " " else "" for sign in place)

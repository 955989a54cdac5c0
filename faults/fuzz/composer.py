"""Makes the requests of a number: the same ones for the same seed, doors and people."""

import json
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlsplit

from faults.fuzz.finding import pages
from faults.fuzz.finding.crawl import Found, Someone, here, is_own
from faults.fuzz.finding.documents import Operation
from faults.fuzz.finding.people import WHO
from faults.fuzz.finding.routes import Door
from faults.fuzz.finding.things import Things
from faults.fuzz.sending import bodies, frames, heads, odd, words
from faults.fuzz.sending.hooks import Hooks
from faults.fuzz.sending.requests import FRAMINGS, Request
from faults.fuzz.sending.wire import Answer

# How often each kind of door is taken, and who comes there.
SHARES = {"api": 26, "desk": 24, "pages": 16, "auth": 14, "sockets": 8, "callbacks": 6, "files": 6}
USUAL = {"stranger": 4, "customer": 6, "staff": 3, "superuser": 3}
AT_DESK = {"stranger": 1, "customer": 1, "staff": 6, "superuser": 8}
# Shares of requests with odd headers or queries, and whose framing, encoding or kind is wrong.
ODD_HEADERS, ODD_QUERY, SPOILED, PACKED, MISNAMED, BROKEN = 0.3, 0.25, 0.04, 0.02, 0.03, 0.15
# How often an address that was found is taken in place of one that is made.
FOUND = 0.6
# A request or a socket goes out, and the answer to a request comes back.
Steps = Generator[Request | frames.Session, Answer | None, None]


@dataclass
class Composer:
    seed: int
    doors: list[Door]
    operations: list[Operation]
    found: Found
    things: Things
    people: dict[str, Someone]
    hooks: Hooks

    def __post_init__(self) -> None:
        self.by_kind = {kind: [door for door in self.doors if door.kind == kind] for kind in SHARES}
        self.called = {kind: [one for one in self.operations if one.kind == kind] for kind in ("api", "auth")}

    def chance(self, nth: int) -> Random:
        return Random(f"{self.seed} fuzz {nth}")

    def steps(self, nth: int) -> Steps:
        """One request; or a page and one of its forms; or a WebSocket with its frames."""
        chance = self.chance(nth)
        kind = _chosen(chance, SHARES)
        who = _chosen(chance, AT_DESK if kind == "desk" else USUAL)
        name = ("X-Request-ID", f"fuzz-{self.seed}-{nth}")
        yield from _dressed(chance, self._of_kind(kind)(chance, who, kind), name)

    def _of_kind(self, kind: str) -> Callable[[Random, str, str], Steps]:
        ways = {"api": self._api, "auth": self._auth, "sockets": self._socket, "callbacks": self._callback}
        return ways.get(kind, self._route if kind == "files" else self._page)

    # --- kinds ---
    def _api(self, chance: Random, who: str, kind: str) -> Steps:
        if chance.random() < 0.25:
            yield from self._route(chance, who, kind)
            return
        operation = chance.choice(self.called[kind])
        path = self.things.filled(chance, Door(kind, operation.path.replace("{", "<").replace("}", ">")))
        if operation.queries and chance.random() < 0.5:
            path += f"?{odd.query(chance, operation.queries)}"
        request = Request(who, kind, operation.path, operation.method, path, self._headers(chance, who, kind))
        if operation.method != "GET":
            _give(chance, request, _json(chance, operation))
        yield request

    def _auth(self, chance: Random, who: str, kind: str) -> Steps:
        yield from (self._api if chance.random() < 0.5 else self._page)(chance, who, kind)

    def _page(self, chance: Random, who: str, kind: str) -> Steps:
        with_forms = self.found.forms[who, kind]
        if with_forms and chance.random() < 0.55:
            yield from self._form(chance, who, kind, chance.choice(with_forms))
        else:
            yield from self._route(chance, who, kind)

    def _route(self, chance: Random, who: str, kind: str) -> Steps:
        """Some address of some route, by some method."""
        door = chance.choice(self.by_kind[kind])
        path = self._address(chance, door)
        if chance.random() < ODD_QUERY:
            known = chance.choice(self.found.queries) if self.found.queries else ""
            asked = odd.query(chance) if chance.random() < 0.6 else odd.bent(chance, known)
            path = f"{path.partition('?')[0]}?{odd.escaped(asked, '=&%+')}"
        method = "GET" if chance.random() < 0.6 else chance.choice(heads.METHODS)
        request = Request(who, kind, door.route, method, path, self._headers(chance, who, kind))
        if method not in ("GET", "HEAD"):
            body = _json(chance, None) if kind == "api" else bodies.urlencoded(self._fields(chance))
            _give(chance, request, body)
        yield request

    def _address(self, chance: Random, door: Door) -> str:
        known = self.found.paths.get(door.django, ())
        if door.places and known and chance.random() < FOUND:
            return chance.choice(known)
        return self.things.filled(chance, door)

    def _form(self, chance: Random, who: str, kind: str, path: str) -> Steps:
        """Look at a page, and send one of its forms."""
        look = Request(who, kind, f"look {path}", "GET", path, self._headers(chance, who, "pages"))
        answer = yield look
        forms = [form for form in pages.Page(answer.text).forms if is_own(form)] if answer else []
        if not forms:
            return
        form = chance.choice(forms)
        target = here(path, form.action or path) or path
        sent = Request(who, kind, urlsplit(target).path, form.method.upper(), target, look.headers[1:])
        fields = bodies.bent_fields(chance, _typed(chance, form))
        if form.method != "post":
            sent.target = f"{target.partition('?')[0]}?{bodies.urlencoded(fields).content.decode()}"
        elif form.is_multipart or form.files or chance.random() < 0.15:
            _give(chance, sent, bodies.multipart(fields, {name: bodies.file(chance) for name in form.files}))
        else:
            _give(chance, sent, bodies.urlencoded(fields))
        yield sent

    def _callback(self, chance: Random, who: str, kind: str) -> Steps:
        if chance.random() < 0.15:
            yield from self._route(chance, who, kind)
            return
        path, body, headers = self.hooks.word(chance)
        yield Request("stranger", kind, path, "POST", path, list(headers), body)

    def _socket(self, chance: Random, who: str, kind: str) -> Steps:
        door = chance.choice(self.by_kind[kind])
        path = self.things.filled(chance, door)
        if chance.random() < 0.5:
            path += f"?after={odd.escaped(chance.choice((odd.text(chance)[:2000], odd.bent(chance, self.hooks.cursor))))}"
        yield frames.session(
            chance, Request(who, kind, door.route, "GET", path, self._headers(chance, who, kind))
        )

    # --- parts ---
    def _headers(self, chance: Random, who: str, kind: str) -> list[tuple[str, str]]:
        return [("Accept", "application/json, */*;q=0.5"), *self.people[who].headers(chance, kind)]

    def _fields(self, chance: Random) -> bodies.Fields:
        names = chance.sample(words.QUERIES, 3)
        return [("csrfmiddlewaretoken", "b" * 32), *((name, odd.text(chance)[:3000]) for name in names)]


def _dressed(chance: Random, steps: Steps, name: tuple[str, str]) -> Steps:
    """Each request with the name by which the log knows it, and some with odd headers or in a wrong frame."""
    answer: Answer | None = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration:
            return
        request = step.request if isinstance(step, frames.Session) else step
        is_look = request.method == "GET" and request.door.startswith("look ")
        request.headers.insert(0, name)
        if not is_look:
            _dress(chance, request, is_socket=step is not request)
        answer = yield step


def _chosen(chance: Random, shares: dict[str, int]) -> str:
    return chance.choices(list(shares), list(shares.values()))[0]


def _json(chance: Random, operation: Operation | None) -> bodies.Body:
    """A body that the operation takes, mostly bent."""
    given: Any = (
        chance.choice(operation.bodies) if operation and operation.bodies else {"a": [{"b": "c"}], "d": 1}
    )
    content = odd.dumped(given if chance.random() < 0.1 else bodies.bent_json(chance, given))
    if chance.random() < BROKEN:
        content = bodies.spoiled_json(chance, content)
    return bodies.Body(content, "application/json")


def _typed(chance: Random, form: pages.Form) -> bodies.Fields:
    """What a browser would send, with some other choices and ticks, and one button pressed."""
    fields = [
        (
            name,
            chance.choice(form.choices[name]) if form.choices.get(name) and chance.random() < 0.3 else value,
        )
        for name, value in form.fields
    ]
    fields = [(name, "b" * 32 if name == "csrfmiddlewaretoken" else value) for name, value in fields]
    fields += [tick for tick in form.ticks if chance.random() < 0.3]
    return fields + ([chance.choice(form.buttons)] if form.buttons else [])


def _give(chance: Random, request: Request, body: bodies.Body) -> None:
    """A body, whose kind and packing may be others than it says."""
    if chance.random() < BROKEN / 2 and "json" not in body.kind:
        body = bodies.spoiled_form(chance, body)
    if chance.random() < MISNAMED:
        body = body._replace(kind=chance.choice(heads.KINDS))
    request.body = body.content
    request.headers.append(("Content-Type", body.kind))
    if chance.random() < PACKED:
        request.body = bodies.packed(request.body)
        request.headers.append(("Content-Encoding", "gzip"))


def _dress(chance: Random, request: Request, *, is_socket: bool) -> None:
    if chance.random() < ODD_HEADERS:
        request.headers += [odd.header(chance) for _nth in range(chance.choice((1, 1, 2, 4)))]
    elif request.method in ("POST", "PATCH") and chance.random() < 0.2:
        request.headers.append(("Idempotency-Key", str(uuid.UUID(int=chance.getrandbits(128)))))
    if not is_socket and chance.random() < SPOILED:
        request.framing = chance.choice(list(FRAMINGS))


def shown(request: Request) -> str:
    """For a finding: what it was, and the beginning of its body."""
    headers = json.dumps(dict(request.headers), ensure_ascii=True)
    asked = f"{request.method} {request.target[:300]!r} {request.framing}"
    return f"{request.who}: {asked} {headers[:600]} {request.body[:600]!r}"


assert {*USUAL} == {*AT_DESK} == {*WHO}

"""Bodies of requests: read on the event loop, before a request takes a thread, and never held in memory.

Everybody may send a megabyte, staff at the desk MAX_BODY: pictures and tables. What is more than a few KiB goes to the disk
as it arrives. A body has its time, and so many may be on their way at one moment, of all and of one address.
"""

import asyncio
import json
import logging
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.http import parse_cookie
from django.urls import reverse
from django.utils import translation

from accounts.access.second_factor import is_missing
from config import request_id
from config.api.problems import body_for, kind_of
from config.measures import requests as measured
from config.web.bridge import BODY
from orders.live.authentication import header, language_of, signed_in
from orders.live.bounded import Threads
from orders.live.routing import forwarded_for, peer
from orders.live.sockets import Receive, Scope, Send
from rest.outages import UNAVAILABLE, in_one_line
from staff.caller import address
from staff.middleware import address_in, house_of

log = logging.getLogger(__name__)
# Of any ASGI application: packages have types of their own for what is passed.
App = Callable[..., Awaitable[None]]
# Seconds for a body, for one that only staff may send, and for the question whether it is staff.
BODY_SECONDS, LARGE_BODY_SECONDS, ASKING_SECONDS = 30.0, 180.0, 10.0
# Seconds that what is still sent is taken in after an answer, in all and of silence.
LINGER_SECONDS, LINGER_SILENCE_SECONDS = 30.0, 3.0
# Bodies that are on their way to this process, and those of one address.
MAX_UNFINISHED, MAX_UNFINISHED_OF_ADDRESS = 400, 100
# Bytes of a body that stay in memory, and of one piece on its way to the application.
IN_MEMORY, PIECE = 16 * 1024, 64 * 1024

asking = Threads("bodies ask", 1)


class Refused(Exception):
    """The body is not taken; `code` is that of the answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Left(Exception):
    """The client went away."""


class WholeBody:
    """Reads a request's body within its limits, and then passes it on."""

    def __init__(self, app: App):
        self.app = app
        self.unfinished = Unfinished()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        with tempfile.SpooledTemporaryFile(IN_MEMORY, dir=settings.FILE_UPLOAD_TEMP_DIR) as file:
            body = Body(scope, receive, file)
            try:
                await body.arrive(self.unfinished)
            except Refused as refused:
                return await refuse(scope, receive, send, refused.code)
            except Left:
                return None
            return await self.app({**with_length(scope, body.length), BODY: file}, receive, send)


class Unfinished:
    """Counts the bodies of which a part is here and the rest is on its way."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()

    @contextmanager
    def one_of(self, house: str) -> Iterator[None]:
        """Raises Refused where there are too many."""
        if self.count.total() >= MAX_UNFINISHED or self.count[house] >= MAX_UNFINISHED_OF_ADDRESS:
            raise Refused("service_unavailable")
        self.count[house] += 1
        try:
            yield
        finally:
            self.count[house] -= 1
            if not self.count[house]:
                del self.count[house]


class Body:
    """One body, on its way into its file."""

    def __init__(self, scope: Scope, receive: Receive, file: tempfile.SpooledTemporaryFile[bytes]) -> None:
        self.scope, self.receive, self.file = scope, receive, file
        self.limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        self.length = 0

    async def arrive(self, unfinished: Unfinished) -> None:
        """Wait until it is here. Raises Refused, or Left."""
        try:
            async with asyncio.timeout(BODY_SECONDS) as patience:
                await self._check(announced(self.scope), patience)
                if await self._take(patience):
                    with unfinished.one_of(house_of(address_in(peer(self.scope), forwarded_for(self.scope)))):
                        while await self._take(patience):
                            pass
        except TimeoutError as error:
            raise Refused("request_timeout") from error
        except OSError as error:
            log.warning("a body could not be kept: %s", error)
            raise Refused("service_unavailable") from error
        self.file.seek(0)

    async def _take(self, patience: asyncio.Timeout) -> bool:
        """Take what has come; whether there is more to come."""
        message = await self.receive()
        if message["type"] == "http.disconnect":
            raise Left
        part = message.get("body", b"")
        await self._check(self.length + len(part), patience)
        self.file.write(part)
        self.length += len(part)
        return bool(message.get("more_body", False))

    async def _check(self, length: int, patience: asyncio.Timeout) -> None:
        """Refuse what is too long. Who it is matters, and is asked, only where it is more than everybody may send."""
        if length > self.limit < settings.MAX_BODY and await is_of_staff(self.scope):
            self.limit = settings.MAX_BODY
            patience.reschedule(asyncio.get_running_loop().time() + LARGE_BODY_SECONDS)
        if length > self.limit:
            raise Refused("request_too_large")


def announced(scope: Scope) -> int:
    """The length that the head tells; 0 where it tells none."""
    given = header(scope, b"content-length")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 20 else 0


def with_length(scope: Scope, length: int) -> Scope:
    """A body that came in chunks has no length, and WSGI reads as much as it is told: now it can be told."""
    if not length or any(name == b"content-length" for name, _value in scope["headers"]):
        return scope
    headers = [(name, value) for name, value in scope["headers"] if name != b"transfer-encoding"]
    return {**scope, "headers": [*headers, (b"content-length", str(length).encode())]}


async def is_of_staff(scope: Scope) -> bool:
    """Whether a signed-in member of staff sends it to the desk. Raises Refused while the database does not say."""
    if not scope["path"].startswith(reverse("admin:index")):
        return False
    try:
        return await asking.run(_is_staff, scope, seconds=ASKING_SECONDS)
    except (TimeoutError, *UNAVAILABLE) as error:
        log.warning("unavailable: %s", in_one_line(error))
        raise Refused("service_unavailable") from error


def _is_staff(scope: Scope) -> bool:
    found = signed_in({**scope, "cookies": parse_cookie(header(scope, b"cookie"))}, from_anywhere=True)
    return found is not None and found.user.is_staff and not is_missing(*found)


async def refuse(scope: Scope, receive: Receive, send: Send, code: str) -> None:
    """A problem document below /api/, words elsewhere. No thread is taken for it.

    What the client still sends is taken in and dropped before the connection is closed (RFC 9112, 9.6): closing it at
    once would reset it, and the client might lose the answer with it.
    """
    kind, name = kind_of(code), begin(scope)
    log.warning("refused for its body: %s %s", kind.status, scope["path"])
    measured.note(view=measured.REFUSED, status=kind.status)
    with translation.override(language_of(scope)):
        detail = str(kind.advice)
        body, media_type = (
            body_for(scope["path"], code, detail) if is_api(scope) else (detail, "text/plain; charset=utf-8")
        )
    headers = [
        (b"content-type", media_type.encode()),
        (b"x-request-id", name.encode()),
        (b"connection", b"close"),
        *((header.lower().encode(), value.encode()) for header, value in kind.headers.items()),
    ]
    content = (body if isinstance(body, str) else json.dumps(body)).encode()
    headers.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": kind.status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": True})
    await take_the_rest(receive)
    await send({"type": "http.response.body"})


async def take_the_rest(receive: Receive) -> None:
    """Of a body that nobody wants, for a while."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while (await asyncio.wait_for(receive(), LINGER_SILENCE_SECONDS)).get("more_body", False):
                pass


def is_api(scope: Scope) -> bool:
    return str(scope["path"]).startswith("/api/")


def begin(scope: Scope) -> str:
    """The name of a request that no middleware sees; lines in the log have it, and the caller's address."""
    address.set(address_in(peer(scope), forwarded_for(scope)))
    return request_id.begin(header(scope, b"x-request-id"))

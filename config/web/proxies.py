"""Several proxies in a row, as behind a CDN: which of them are believed, and so who a request comes from.

TRUSTED_PROXIES names their networks. What they say of a request (X-Forwarded-For, or Forwarded, RFC 7239) is read from its
end on: whoever is in one of them is believed of who asked it, until one is not, and that is the client. What stands before
is the client's own word. From there on the shop goes by one address, one scheme and one host, as behind one proxy, and by
nothing at all where the connection itself comes from elsewhere.
"""

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

from config.web.bodies import App
from orders.live.sockets import Receive, Scope, Send

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Headers = list[tuple[bytes, bytes]]

FOR, HOST, PROTO = b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"
FORWARDED = b"forwarded"
OF_PROXIES = (FOR, HOST, PROTO, FORWARDED)
# So many hops are followed, and so much of a header is read, from its end: a client may send as much as a head holds.
MAX_HOPS, MAX_READ = 20, 4000
# A port behind an address, and the brackets of IPv6.
IN_BRACKETS = re.compile(r"\[([0-9a-fA-F:.]+)\](:\d{1,5})?")
WITH_PORT = re.compile(r"([0-9.]+):\d{1,5}")
# One pair of an element of Forwarded: a token, or a quoted string with what is escaped in it.
PAIR = re.compile(r'\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)=("(?:[^"\\]|\\.)*"|[^";,\s]*)\s*')


class Hop(NamedTuple):
    """What one proxy says of who asked it."""

    by: str
    scheme: str = ""
    host: str = ""


class Trusted:
    """Puts in the place of all that proxies say what holds of it; and then passes on."""

    def __init__(self, app: App, *, networks: Sequence[Network], header: str) -> None:
        self.app, self.networks = app, tuple(networks)
        self.read = _forwarded if header == "forwarded" else _x_forwarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(self.believed(scope), receive, send)

    def believed(self, scope: Scope) -> Scope:
        if scope["type"] not in ("http", "websocket"):
            return scope
        kept = [(name, value) for name, value in scope["headers"] if name not in OF_PROXIES]
        client = scope.get("client")
        peer = address_of(client[0]) if client else None
        # Over a unix socket only this machine's own proxy comes.
        if client and client[0] and not self._is_trusted(peer):
            return {**scope, "headers": kept}
        return {**scope, "headers": kept + self._said(self.read(scope["headers"]))}

    def _is_trusted(self, address: Address | None) -> bool:
        return address is not None and any(
            address in network for network in self.networks if network.version == address.version
        )

    def _said(self, hops: Sequence[Hop]) -> Headers:
        """One header of each that the nearest believed proxies have said."""
        by, scheme, host = "", "", ""
        for hop in list(reversed(hops))[:MAX_HOPS]:
            scheme, host = hop.scheme or scheme, hop.host or host
            address = address_of(hop.by)
            if address is None:
                # It hides who asked, or is no address: what is known is the proxy that says so.
                break
            by = str(address)
            if not self._is_trusted(address):
                break
        said = ((FOR, by), (PROTO, scheme), (HOST, host))
        return [(name, value.encode("latin-1")) for name, value in said if value]


def address_of(given: str) -> Address | None:
    """An address, with or without a port; one of IPv4 in IPv6 is that of IPv4. None for anything else."""
    given = given.strip()
    if found := IN_BRACKETS.fullmatch(given) or WITH_PORT.fullmatch(given):
        given = found.group(1)
    try:
        address = ip_address(given)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or address
    return address


def _x_forwarded(headers: Headers) -> list[Hop]:
    """By the three headers; those of scheme and host may be shorter, where a proxy passes them on as they came."""
    by, schemes, hosts = (_listed(headers, name) for name in (FOR, PROTO, HOST))
    return [
        Hop(one, _beside(schemes, len(by), at), _beside(hosts, len(by), at)) for at, one in enumerate(by)
    ] or [Hop("", *(found[-1] if found else "" for found in (schemes, hosts)))]


def _listed(headers: Headers, name: bytes) -> list[str]:
    """All such headers together count, from the first to the last."""
    values = ",".join(value.decode("latin-1") for each, value in headers if each == name)
    return [entry.strip() for entry in values[-MAX_READ:].split(",")] if values else []


def _beside(entries: list[str], hops: int, at: int) -> str:
    """The entry that belongs to a hop, counted from the end; beyond the first it is that."""
    if not entries:
        return ""
    return entries[max(0, len(entries) - (hops - at))]


def _forwarded(headers: Headers) -> list[Hop]:
    """By RFC 7239. An element that is not written as it says ends what is believed."""
    values = ",".join(value.decode("latin-1") for each, value in headers if each == FORWARDED)
    return [_hop(element) for element in _split(values[-MAX_READ:], ",")] if values else []


def _hop(element: str) -> Hop:
    said: dict[str, str] = {}
    for pair in _split(element, ";"):
        found = PAIR.fullmatch(pair)
        if found is None:
            return Hop("")
        value = found.group(2)
        said[found.group(1).lower()] = (
            re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
        )
    return Hop(said.get("for", ""), said.get("proto", ""), said.get("host", ""))


def _split(text: str, mark: str) -> Iterator[str]:
    """At each mark that stands in no quotes."""
    quoted = escaped = False
    begin = 0
    for at, letter in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and letter == "\\":
            escaped = True
        elif letter == '"':
            quoted = not quoted
        elif letter == mark and not quoted:
            yield text[begin:at]
            begin = at + 1
    yield text[begin:]

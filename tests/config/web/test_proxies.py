"""Who a request comes from behind several proxies: what those of the named networks say, not what clients make up."""

from ipaddress import ip_network

import pytest

from config.web.proxies import MAX_READ, Trusted, address_of
from tests.starts import settings_of

NETWORKS = [ip_network(name) for name in ("10.0.0.0/8", "2001:db8:cd::/48")]


async def nowhere(scope, receive, send) -> None:
    """What nothing is passed to."""


def believed(*headers: tuple[str, str], peer: str | None = "10.0.0.1", header: str = "x-forwarded-for"):
    """What the shop goes by, of what came."""
    given = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    scope = {"type": "http", "client": (peer, 4711) if peer is not None else None, "headers": given}
    found = Trusted(nowhere, networks=NETWORKS, header=header).believed(scope)
    assert found["client"] == scope["client"]
    return {name.decode(): value.decode("latin-1") for name, value in found["headers"]}


def who(said: str, **more: str) -> str:
    return believed(("X-Forwarded-For", said), **more).get("x-forwarded-for", "")


@pytest.mark.parametrize(
    ("said", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7, 10.0.0.2", "192.0.2.7"),
        ("192.0.2.7, 10.0.0.3,10.0.0.2", "192.0.2.7"),
        ("198.51.100.1, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
        ("10.0.0.99, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
        ("192.0.2.7:51234, 10.0.0.2", "192.0.2.7"),
        ("2001:db8::5, 2001:db8:cd::1", "2001:db8::5"),
        ("[2001:db8::5]:443, 10.0.0.2", "2001:db8::5"),
        ("2001:db8:cd::9, ::ffff:10.0.0.2", "2001:db8:cd::9"),
        ("::ffff:192.0.2.7, 10.0.0.2", "192.0.2.7"),
        # Within the shop's own networks: as far as it is told.
        ("10.0.0.5, 10.0.0.2", "10.0.0.5"),
        # What is no address ends it: the last that is known is the proxy that says so.
        ("192.0.2.7, unknown, 10.0.0.2", "10.0.0.2"),
        ("192.0.2.7, 10.0.0.256, 10.0.0.2", "10.0.0.2"),
        ("192.0.2.7, , 10.0.0.2", "10.0.0.2"),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_the_client_is_the_first_from_the_end_that_is_no_proxy(said, client):
    assert who(said) == client


def test_two_lines_of_a_header_are_one():
    found = believed(("X-Forwarded-For", "203.0.113.1"), ("X-Forwarded-For", "192.0.2.7, 10.0.0.2"))
    assert found["x-forwarded-for"] == "192.0.2.7"


@pytest.mark.parametrize("peer", ["192.0.2.200", "2001:db8::1"])
def test_who_comes_past_the_proxies_is_believed_nothing(peer):
    said = [
        (f"X-Forwarded-{name}", value)
        for name, value in {"For": "10.0.0.1", "Proto": "https", "Host": "evil.example"}.items()
    ]
    assert believed(*said, ("Forwarded", "for=10.0.0.1"), ("Accept", "*/*"), peer=peer) == {"accept": "*/*"}


@pytest.mark.parametrize("peer", [None, ""])
def test_over_a_unix_socket_comes_this_machines_own_proxy(peer):
    assert who("192.0.2.7, 10.0.0.2", peer=peer) == "192.0.2.7"


@pytest.mark.parametrize(
    ("by", "schemes", "scheme"),
    [
        # Each proxy adds its own.
        ("192.0.2.7, 10.0.0.2", "https, http", "https"),
        ("192.0.2.7, 10.0.0.2", "http, https", "http"),
        # The first sets it, and the others pass it on.
        ("192.0.2.7, 10.0.0.2", "https", "https"),
        # What the client made up stands before what its proxy has added.
        ("192.0.2.7", "https, http", "http"),
        ("203.0.113.9, 192.0.2.7, 10.0.0.2", "https, http, http", "http"),
        # Nobody says who asks.
        ("", "https", "https"),
    ],
)
def test_the_scheme_is_what_the_client_spoke_to_the_first_proxy(by, schemes, scheme):
    found = believed(("X-Forwarded-For", by), ("X-Forwarded-Proto", schemes)) if by else None
    found = found or believed(("X-Forwarded-Proto", schemes))
    assert found["x-forwarded-proto"] == scheme


def test_the_host_is_what_the_first_proxy_was_asked_for():
    hosts = ("X-Forwarded-Host", "shop.example, inner.internal")
    assert believed(("X-Forwarded-For", "192.0.2.7, 10.0.0.2"), hosts)["x-forwarded-host"] == "shop.example"


@pytest.mark.parametrize(
    ("said", "client", "scheme", "host"),
    [
        ("for=192.0.2.7;proto=https;host=shop.example", "192.0.2.7", "https", "shop.example"),
        ('for="[2001:db8::5]:4711";proto=https', "2001:db8::5", "https", ""),
        ('For="192.0.2.7:80" ; Proto=HTTPS, for=10.0.0.2;proto=http', "192.0.2.7", "HTTPS", ""),
        ('for=203.0.113.9, for=192.0.2.7;by=10.0.0.3;host="a,b;c", for=10.0.0.2', "192.0.2.7", "", "a,b;c"),
        ('for="\\192.0.2.7", for=10.0.0.2', "192.0.2.7", "", ""),
        ("for=192.0.2.7, for=_hidden, for=10.0.0.2;proto=https", "10.0.0.2", "https", ""),
        ("for=192.0.2.7, nonsense, for=10.0.0.2", "10.0.0.2", "", ""),
        # A quote that never ends swallows what proxies add: nobody is believed to be anybody.
        ('for="192.0.2.7, for=10.0.0.2', "", "", ""),
        ("", "", "", ""),
    ],
)
def test_forwarded_is_read_as_its_rfc_says_where_it_is_named(said, client, scheme, host):
    found = believed(("Forwarded", said), ("X-Forwarded-For", "203.0.113.1"), header="forwarded")
    assert found == {
        name: value
        for name, value in (
            ("x-forwarded-for", client),
            ("x-forwarded-proto", scheme),
            ("x-forwarded-host", host),
        )
        if value
    }


def test_a_header_that_no_proxy_writes_is_not_read():
    assert believed(("Forwarded", "for=10.0.0.9"), ("X-Forwarded-For", "192.0.2.7")) == {
        "x-forwarded-for": "192.0.2.7"
    }


def test_as_much_as_a_client_may_send_before_it_takes_no_time_and_changes_nothing():
    made_up = 'for=10.0.0.7;host="x",' * (60_000 // 22)
    assert len(made_up) > 10 * MAX_READ
    assert believed(("Forwarded", f"{made_up}for=192.0.2.7"), header="forwarded") == {
        "x-forwarded-for": "192.0.2.7"
    }
    assert who("10.0.0.7," * 6_000 + "192.0.2.7, 10.0.0.2") == "192.0.2.7"


@pytest.mark.parametrize(
    "text", ["", " ", "10.0.0", "[::1", "::1]", "1.2.3.4:999999", "fe80::1%eth0", "a" * 300]
)
def test_what_is_no_address_is_none(text):
    assert address_of(text) is None or text == "fe80::1%eth0"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::/32"}, "True"),
        ({"TRUSTED_PROXIES": "10.0.0.1"}, "True"),
        ({"TRUSTED_PROXIES": "10.0.0.1/8"}, "has host bits set"),
        ({"TRUSTED_PROXIES": "cdn.example"}, "does not appear to be"),
        ({"TRUSTED_PROXIES": "10.0.0.1", "BEHIND_PROXY": "0"}, "says that there is none"),
        ({"TRUSTED_HEADER": "via"}, "x-forwarded-for or forwarded"),
        ({}, "False"),
    ],
)
def test_the_settings_say_what_they_lack(given, said):
    assert said in settings_of("BEHIND_PROXY", **given)

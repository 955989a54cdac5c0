"""Where webhooks may go: nowhere that the shop alone can reach, whatever the address, its name or its redirect says."""

import datetime
import ipaddress
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from orders.errors import InvalidInput
from orders.events import feed
from orders.models import Failure, WebhookEndpoint
from orders.webhooks import endpoints, http, senders
from tests.factories import make_product, make_staff
from tests.orders.hooks import endpoint_at, events_sent
from tests.parallel import at_once
from tests.stand_ins.webhook_receiver import HOST, NETWORKS, WebhookReceiver, status

PUBLIC = "93.184.215.14"


def named(monkeypatch, *answers: list[str]) -> list[str]:
    """The resolver answers this, and the last of it from then on; the names that it was asked for."""
    asked, left = [], list(answers)

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return left.pop(0) if len(left) > 1 else left[0]

    monkeypatch.setattr(http, "ask_resolver", resolve)
    return asked


def why_refused(url: str) -> Failure:
    with pytest.raises(http.TargetRefused) as refused:
        http.check(url, may_be_private=True)
    return refused.value.failure


# --- addresses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "::7f00:1", "::8.8.8.8"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1"),
        # 6to4 of 127.0.0.1 and 10.0.0.1, Teredo to 192.168.1.1
        *("2002:7f00:1::1", "2002:a00:1::", "2001:0:5db8:d70e::3f57:fefe"),
        # What IANA set aside and this or that Python takes for public: protocols, relays of 6to4, documentation.
        *(
            "192.0.0.8",
            "192.0.0.171",
            "192.88.99.1",
            "2001:1::1",
            "2001:20::1",
            "3fff::1",
            "::ffff:192.88.99.1",
        ),
    ],
)
def test_what_is_not_public_is_refused_however_it_is_written(address, monkeypatch):
    named(monkeypatch, [address])

    assert why_refused("https://hook.example/") == Failure.UNKNOWN_NAME


@pytest.mark.parametrize(
    "address", [PUBLIC, "2606:2800:21f:cb07::1", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"]
)
def test_what_is_public_is_not(address, monkeypatch):
    named(monkeypatch, [address])

    http.check("https://hook.example/", may_be_private=False)


def test_one_forbidden_address_of_a_name_refuses_it(monkeypatch):
    named(monkeypatch, [PUBLIC, "10.0.0.1"])

    assert why_refused("https://hook.example/") == Failure.UNKNOWN_NAME


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://127.0.0.1/",
            "https://localhost/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://127.1/",
        ),
        *("https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://0/", "https://017700000001/"),
    ],
)
def test_loopback_is_refused_in_each_spelling(url):
    assert why_refused(url) in (Failure.FORBIDDEN, Failure.UNKNOWN_NAME)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "hook.example",
            "ftp://hook.example/",
            "file:///etc/passwd",
            "https:///path",
            "javascript:alert(1)",
        ),
        *("https://user@hook.example/", "https://a:b@hook.example/", "https://hook.example/#part"),
        *(
            "https://hook.example:22/",
            "https://hook.example:25/",
            "https://hook.example:0/",
            "https://hook.example:x/",
        ),
        *("https://hook.example/\r\nX: y", "https://hook.example/a b", "https://hook.example\\@10.0.0.1/"),
        *("https://[fe80::1%25eth0]/", "https://[::1/", f"https://hook.example/{'a' * 500}", "https://a..b/"),
    ],
)
def test_an_address_that_is_not_plain_is_refused(url, monkeypatch):
    named(monkeypatch, [PUBLIC])

    assert why_refused(url) == Failure.MALFORMED


def test_tls_may_be_left_out_only_where_the_owner_of_the_shop_allows_the_address(monkeypatch, settings):
    named(monkeypatch, [PUBLIC])
    assert why_refused("http://hook.example/") == Failure.NOT_HTTPS

    settings.WEBHOOK_PRIVATE_TARGETS = [ipaddress.ip_network("10.1.0.0/16")]
    named(monkeypatch, ["10.1.2.3"])
    http.check("http://till.internal/", may_be_private=True)
    named(monkeypatch, ["10.2.2.3"])
    assert why_refused("http://till.internal/") == Failure.UNKNOWN_NAME


@pytest.mark.django_db
def test_registering_a_forbidden_address_says_why(buyer):
    with pytest.raises(InvalidInput) as refused:
        endpoints.register(owner=buyer.user, url="https://127.0.0.1/")

    assert refused.value.errors == {"url": ["This address is not on the public internet."]}
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_of_the_shops_own_network_is_refused_like_one_that_nobody_knows(
    buyer, scheme, settings, monkeypatch
):
    """Also where the network is open to staff, and not sooner."""
    settings.WEBHOOK_PRIVATE_TARGETS = [ipaddress.ip_network("10.0.0.0/8")]

    def resolve(host: str, _port: int) -> list[str]:
        if host == "unknown.internal":
            raise socket.gaierror
        return ["10.0.0.1"]

    monkeypatch.setattr(http, "ask_resolver", resolve)
    refusals, pauses = [], []
    monkeypatch.setattr(http.time, "sleep", pauses.append)
    for name in ("known.internal", "unknown.internal"):
        with pytest.raises(InvalidInput) as refused:
            endpoints.register(owner=buyer.user, url=f"{scheme}://{name}/")
        refusals.append(refused.value.errors)

    assert refusals[0] == refusals[1] == {"url": ["There is no server of this name on the public internet."]}
    assert len(pauses) == 2
    assert max(pauses) > http.MIN_SECONDS_OF_REFUSAL / 2


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "is_known"), [("known.internal", True), ("unknown.internal", False)])
def test_the_log_of_deliveries_does_not_tell_them_apart_either(buyer, monkeypatch, name, is_known):
    named(monkeypatch, [PUBLIC], ["10.0.0.1"] if is_known else ["no address"])
    endpoint = endpoint_at(f"https://{name}/", buyer.user)
    buyer.place((make_product(stock=1), 1))
    events_sent()

    delivery = endpoint.deliveries.get()
    assert (delivery.failure, delivery.status, delivery.duration_ms, delivery.answer) == (
        *(Failure.UNKNOWN_NAME, None, None, ""),
    )


@pytest.mark.django_db
def test_private_targets_are_for_the_endpoints_of_staff_as_long_as_they_are_staff(
    buyer, staff, settings, monkeypatch
):
    settings.WEBHOOK_PRIVATE_TARGETS = NETWORKS
    named(monkeypatch, [HOST])
    make_staff()  # another owner: one stays
    with WebhookReceiver() as receiver:
        url = f"http://till.internal:{receiver.port}/"
        with pytest.raises(InvalidInput):
            endpoints.register(owner=buyer.user, url=url)
        endpoint = endpoint_at(url, staff)
        for is_staff in (True, False):
            staff.is_staff = is_staff
            staff.save()
            endpoints.send_test(endpoint_id=endpoint.pk, owner=staff)
            events_sent()

    assert len(receiver.received) == 1
    assert sorted(endpoint.deliveries.values_list("failure", flat=True)) == ["", Failure.UNKNOWN_NAME]


@pytest.mark.django_db(transaction=True)
def test_look_ups_of_names_that_customers_enter_keep_few_threads(monkeypatch):
    """A name server that does not answer: the third of three at once is refused without waiting for it."""
    asked, done = threading.Barrier(3, timeout=20), threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        asked.wait()
        done.wait(20)
        return [PUBLIC]

    monkeypatch.setattr(http, "ask_resolver", resolve)
    monkeypatch.setattr(http, "MAX_SECONDS_OF_CHECK", 20)

    def third() -> object:
        asked.wait()
        try:
            return why_refused("https://hook.example/")
        finally:
            done.set()

    def check() -> None:
        http.check("https://hook.example/", may_be_private=False)

    assert at_once([check, check, third]) == [None, None, Failure.TIMEOUT]


# --- at each delivery ----------------------------------------------------------------------------------------------


@pytest.fixture
def forbidden():
    """A receiver at an address that is not allowed; nothing may ever come."""
    with WebhookReceiver(host="127.0.0.1") as running:
        yield running
        assert running.received == []


@pytest.mark.django_db
def test_a_redirect_to_loopback_is_not_followed(buyer, receiver, forbidden):
    receiver.answer = status(307, Location=forbidden.url)
    endpoint = endpoint_at(receiver.url, buyer.user)
    buyer.place((make_product(stock=1), 1))
    events_sent()

    assert endpoint.deliveries.get().failure == Failure.REDIRECT


@pytest.mark.django_db
def test_a_name_that_points_elsewhere_after_registration_is_refused(
    buyer, forbidden, to_receivers, monkeypatch
):
    named(monkeypatch, [HOST], ["127.0.0.1"])
    endpoint = endpoint_at(f"http://hook.example:{forbidden.port}/", buyer.user)
    buyer.place((make_product(stock=1), 1))
    events_sent()

    assert endpoint.deliveries.get().failure == Failure.UNKNOWN_NAME


@pytest.mark.django_db
def test_the_address_that_was_checked_is_the_one_that_is_asked(buyer, receiver, monkeypatch):
    """The name says something else at each look-up: there is one for each request, and no other."""
    asked = named(monkeypatch, [HOST], [HOST], ["127.0.0.1"])
    endpoint_at(f"http://hook.example:{receiver.port}/", buyer.user)

    def no_other_way(host, *_rest, **_more):
        assert host in (HOST, b"127.0.0.2"), f"{host} was looked up behind our back"
        return real(host, *_rest, **_more)

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", no_other_way)
    buyer.place((make_product(stock=1), 1))
    feed.give_positions()
    senders.send_due()

    assert asked == ["hook.example", "hook.example"]
    (received,) = receiver.received
    assert received.headers["Host"] == f"hook.example:{receiver.port}"


@pytest.mark.django_db
def test_a_proxy_of_the_environment_is_not_asked(buyer, receiver, forbidden, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{forbidden.port}")
    endpoint_at(receiver.url, buyer.user)
    buyer.place((make_product(stock=1), 1))
    events_sent()

    assert len(receiver.received) == 1


# --- TLS -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def certified(tmp_path, monkeypatch):
    """Makes a server's TLS context with a certificate for a name; the shop trusts it."""
    http._tls.cache_clear()

    def make(name: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        (tmp_path / "own.pem").write_bytes(pem)
        (tmp_path / "both.pem").write_bytes(
            pem
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "own.pem"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "both.pem")
        return context

    yield make
    http._tls.cache_clear()


@pytest.mark.parametrize(
    ("name", "failure"), [("hook.example", None), ("other.example", Failure.CERTIFICATE)]
)
def test_a_certificate_must_be_for_the_name_though_the_address_is_asked(
    name, failure, certified, to_receivers, monkeypatch
):
    named(monkeypatch, [HOST])
    with WebhookReceiver(context=certified(name)) as receiver:
        answer = http.post(url=f"https://hook.example:{receiver.port}/", body=b"{}", headers={})

    assert answer.failure == failure
    assert len(receiver.received) == (failure is None)

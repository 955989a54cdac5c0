"""The addresses of PostgreSQL, Redis, the broker and a bucket, in every form that those have, and what follows from each.

`redis://host`, `redis://host:6379/0`, `rediss://…?ssl_ca_certs=…`, `unix:///socket`, and Sentinel:
`sentinel://:password@one:26379,two:26379/name`, where `name` is what the sentinels call the master.
"""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.core.exceptions import ImproperlyConfigured

from rest.redis_client import sentinels_of

REDIS_FORMS = (
    "REDIS_URL must name a Redis server: redis://host:6379, rediss://host:6379, unix:///path/of/its/socket, or "
    "sentinel://one:26379,two:26379/name-of-the-master."
)
# A statement or a lock that hangs is an error after a while, not a site that stands still. Milliseconds.
# Whoever stands still in a transaction, as a process that is stopped, loses it before others give up waiting for its locks.
TIMEOUTS = {
    "statement_timeout": 30_000,
    "lock_timeout": 15_000,
    "idle_in_transaction_session_timeout": 10_000,
}
# A host that falls silent closes no connection. Whoever waits for it asks for a sign of life, and gives it up after some
# eleven seconds: the shop the database, and the database the shop, whose locks others wait for. On sockets without effect.
SILENCE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
GIVE_UP = {"tcp_user_timeout": 11_000}  # milliseconds


# --- PostgreSQL --------------------------------------------------------------------------------------------------


def complete_database(database: dict[str, Any], *, is_pooled: bool) -> None:
    """Complete what django-environ made of the address.

    Behind a pool in transaction mode a connection is another's after each transaction: it takes no options at its start
    (the role has the timeouts, `bin/orderly migrate` sets them) and keeps no cursor.
    """
    options = database.setdefault("OPTIONS", {})
    # A unix socket's folder comes as libpq spells it, postgres://user@/name?host=/folder; Django's tools look for it here.
    database.update({name.upper(): str(options.pop(name)) for name in ("host", "port") if name in options})
    options.update({"connect_timeout": 5, **SILENCE, **GIVE_UP} | options)
    if is_pooled:
        database["DISABLE_SERVER_SIDE_CURSORS"] = True
    else:
        of_server = TIMEOUTS | {f"tcp_{name}": value for name, value in SILENCE.items()} | GIVE_UP
        options["options"] = " ".join(f"-c {name}={value}" for name, value in of_server.items())


# --- Redis -------------------------------------------------------------------------------------------------------


class Redis:
    """One server of Redis' protocol, or a master that sentinels know, with numbered databases.

    A number in the address is where ours begin: behind `/5` come 6, 7 and 8. Options, such as those of TLS, stay.
    """

    def __init__(self, address: str) -> None:
        self.parts = urlsplit(address)
        options = dict(parse_qsl(self.parts.query))
        self.first = options.pop("db", "")
        self.options = options
        self.path = self.parts.path.rstrip("/")
        if self.parts.scheme not in ("redis", "rediss", "unix", "sentinel"):
            raise ImproperlyConfigured(REDIS_FORMS)
        if self.parts.scheme != "unix":
            self.path, _slash, number = self._named().rpartition("/")
            self.first = number or self.first
        if not (self.first or "0").isdecimal():
            raise ImproperlyConfigured(f"{REDIS_FORMS} A number may stand at its end, not {self.first}.")

    def _named(self) -> str:
        """The path with a number at its end: without the slash that stands before everything."""
        named = self.path.removeprefix("/")
        if self.parts.scheme != "sentinel":
            return named
        if not named:
            raise ImproperlyConfigured(REDIS_FORMS)
        return named if "/" in named else f"{named}/"

    def database(self, number: int) -> str:
        """The address of one of our databases, as rest/redis_client.py reads it."""
        where = f"{self.parts.scheme}://{self.parts.netloc}"
        if self.parts.scheme == "unix":
            query = urlencode({**self.options, "db": self._number(number)})
            return f"{where}{self.path}?{query}"
        path = f"/{self.path}" if self.path else ""
        query = f"?{urlencode(self.options)}" if self.options else ""
        return f"{where}{path}/{self._number(number)}{query}"

    def broker(self, number: int) -> tuple[str, dict[str, Any]]:
        """The same as Celery spells it, and what it is to be told besides."""
        if self.parts.scheme == "unix":
            query = urlencode({**self.options, "virtual_host": self._number(number)})
            return f"redis+socket://{self.path}?{query}", {}
        if self.parts.scheme != "sentinel":
            return f"{self.database(number).partition('?')[0]}{self._of_tls()}", {}
        who, _at, _hosts = self.parts.netloc.rpartition("@")
        nodes = sentinels_of(self.parts.netloc)
        each = (
            f"sentinel://{f'{who}@' if who else ''}{host}:{port}/{self._number(number)}"
            for host, port in nodes
        )
        return ";".join(each), {"master_name": self.path}

    def _of_tls(self) -> str:
        """Celery takes no other options in an address, and without a word on certificates believes every one."""
        if self.parts.scheme != "rediss":
            return ""
        given = {name: value for name, value in self.options.items() if name.startswith("ssl_")}
        return f"?{urlencode({'ssl_cert_reqs': 'required'} | given)}"

    def _number(self, number: int) -> int:
        return int(self.first or 0) + number


# --- networks ----------------------------------------------------------------------------------------------------


def networks(setting: str, given: Iterable[str]) -> list[IPv4Network | IPv6Network]:
    """Such as 10.0.0.0/8 and 2001:db8::/32; one address is a network of its own."""
    try:
        return [ip_network(name) for name in given]
    except ValueError as error:
        raise ImproperlyConfigured(f"{setting}: {error}. It names networks, such as 10.0.0.0/8.") from error


# --- pictures ----------------------------------------------------------------------------------------------------

STORAGE_FORM = (
    "STORAGE_URL names a bucket: s3://bucket/folder?endpoint=https://s3.example&region=eu-central-1"
)


def bucket(address: str) -> dict[str, str | None]:
    """What django-storages is told of a bucket of S3's protocol; its folder, endpoint and region may be left out."""
    parts = urlsplit(address)
    given = dict(parse_qsl(parts.query))
    endpoint, region = given.pop("endpoint", None), given.pop("region", None)
    is_whole = parts.scheme == "s3" and parts.netloc and "@" not in parts.netloc and not given
    if not is_whole or not (endpoint or "https://").startswith(("https://", "http://")):
        raise ImproperlyConfigured(
            f"{STORAGE_FORM}. Keys stand in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    return {
        "bucket_name": parts.netloc,
        "location": parts.path.strip("/"),
        "endpoint_url": endpoint,
        "region_name": region,
    }

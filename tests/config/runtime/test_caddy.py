"""deploy/Caddyfile in front of the shop, with Debian's Caddy: TLS, WebSockets, bodies, pictures, addresses of clients."""

import json
import os
import re
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Self

import httpx
import pytest
from websockets.sync.client import connect

from config.runtime.environment import PROJECT
from tests.config.runtime.test_commands import Host, free_port, one_host
from tests.config.runtime.test_nginx import NAME, PROXY
from tests.config.runtime.tools import program
from tests.factories import make_user
from tests.journeys.client import new_session
from tests.waiting import SECONDS, wait_until

pytestmark = pytest.mark.live
# This test's ports, and a certificate that Caddy signs itself.
HERE = """{{
	admin off
	local_certs
	skip_install_trust
	http_port {plain}
	https_port {port}
	storage file_system {folder}/store
	log {{
		output file {folder}/caddy.log
	}}
}}
"""


class Caddy:
    """With the file of deploy/, whose ports and paths are this test's."""

    def __init__(self, folder: Path, shop: Host) -> None:
        self.folder, self.shop = folder, shop
        self.port, self.plain = free_port(), free_port()
        self.config = folder / "Caddyfile"
        self.config.write_text(self._config())

    def _config(self) -> str:
        text = (PROJECT / "deploy" / "Caddyfile").read_text()
        for said, here in {
            # Of the two servers the other is down.
            "127.0.0.1:8001": f"127.0.0.1:{free_port()}",
            "127.0.0.1:8002": f"127.0.0.1:{self.shop.port}",
            "/var/lib/orderly": self.shop.environment["DATA_DIR"],
        }.items():
            assert said in text
            text = text.replace(said, here)
        return HERE.format(plain=self.plain, port=self.port, folder=self.folder) + text

    def __enter__(self) -> Self:
        command = [program("caddy"), "run", "--config", str(self.config), "--adapter", "caddyfile"]
        environment = os.environ | {"HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)}
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        wait_until(self.has_root, "Caddy has a certificate")
        self.tls = ssl.create_default_context(cafile=str(self.root))
        wait_until(lambda: self.get("/").status_code == 200, "Caddy leads to the shop")
        return self

    @property
    def root(self) -> Path:
        return self.folder / "store" / "pki" / "authorities" / "local" / "root.crt"

    def has_root(self) -> bool:
        """Whether it is there whole."""
        return self.root.exists() and "END CERTIFICATE" in self.root.read_text()

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        self.process.wait(SECONDS)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, headers=headers)

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, **more) -> httpx.Response:
        base = f"https://127.0.0.1:{self.port}"
        given = {"headers": {"Host": NAME} | (headers or {}), "extensions": {"sni_hostname": NAME}, **more}
        with httpx.Client(verify=self.tls, base_url=base, trust_env=False, timeout=SECONDS) as client:
            try:
                return client.request(method, path, **given)
            except httpx.ConnectError:
                return httpx.Response(502)


@pytest.fixture(scope="module")
def caddy(apart, tmp_path_factory):
    program("caddy")
    folder = tmp_path_factory.mktemp("caddy")
    with (
        apart("caddy") as environment,
        one_host({**environment, **PROXY}, folder / "shop") as shop,
        Caddy(folder, shop) as caddy,
    ):
        yield caddy


def test_caddy_leads_to_the_shop_and_says_who_asks(caddy):
    plain = httpx.get(f"http://127.0.0.1:{caddy.plain}/products/", headers={"Host": NAME}, trust_env=False)
    assert plain.status_code == 308
    assert plain.headers["Location"].startswith(f"https://{NAME}")

    page = caddy.get("/")
    assert "max-age" in page.headers["Strict-Transport-Security"]
    style = re.search(r'href="(/static/[^"]+\.css)"', page.text).group(1)
    answer = caddy.get(style, **{"Accept-Encoding": "gzip"})
    assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert caddy.get("/static/nothing.000000000000.css").status_code == 404

    # A client can't say who it is; the shop's log has the address that Caddy saw.
    made_up = {"X-Forwarded-For": "203.0.113.9", "X-Request-ID": "through-caddy"}
    assert caddy.get("/api/addresses/", **made_up).status_code == 401
    wait_until(lambda: "[through-caddy 127.0.0.1]" in caddy.shop.log.read_text(), "its line in the log")
    assert caddy.get("/healthz/ready").text == "ok\n"


def test_bodies_have_their_limits(caddy):
    assert caddy.ask("POST", "/api/orders/previews/", content=b"x" * 13_000_000).status_code == 413
    assert caddy.ask("POST", "/api/orders/previews/", content=b"x" * 2_000_000).status_code == 413


def test_pictures_come_from_the_disk_in_parts_too(caddy):
    media = Path(caddy.shop.environment["DATA_DIR"]) / "media"
    media.mkdir(exist_ok=True)
    (media / "a.webp").write_bytes(bytes(range(100)))
    part = caddy.get("/media/a.webp", Range="bytes=10-19")
    assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
    assert "immutable" in part.headers["Cache-Control"]
    assert caddy.get("/media/none.webp").status_code == 404


def test_sockets_pass_through(caddy):
    user = make_user()
    with socket.create_connection(("127.0.0.1", int(caddy.port))) as line:
        headers = {"X-Session-Token": new_session(user)}
        with connect(
            f"wss://{NAME}/ws/orders/", sock=line, ssl=caddy.tls, additional_headers=headers
        ) as listening:
            assert json.loads(listening.recv(timeout=SECONDS))["type"] == "ready"


def test_while_no_server_answers_customers_hear_when_to_come_again(caddy, tmp_path):
    """Last of all: another Caddy, whose two servers are down."""
    away = Caddy(tmp_path, caddy.shop)
    away.config.write_text(
        away.config.read_text().replace(f"127.0.0.1:{caddy.shop.port}", f"127.0.0.1:{free_port()}")
    )
    command = [program("caddy"), "run", "--config", str(away.config), "--adapter", "caddyfile"]
    environment = os.environ | {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(away.has_root, "it has a certificate")
            away.tls = ssl.create_default_context(cafile=str(away.root))
            wait_until(lambda: away.get("/").status_code == 503, "it says that nobody answers")
            answer = away.get("/")
            assert answer.headers["Retry-After"] == "2" and "try again" in answer.text
        finally:
            process.terminate()

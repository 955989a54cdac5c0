"""deploy/nginx.conf in front of the shop, with Debian's nginx: TLS, WebSockets, bodies, pictures, addresses of clients."""

import json
import os
import re
import socket
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import httpx
import pytest
from websockets.sync.client import connect

from config.runtime.environment import PROJECT
from tests.config.runtime.test_commands import Host, free_port, one_host
from tests.config.runtime.tools import program
from tests.factories import make_user
from tests.journeys.client import new_session
from tests.waiting import SECONDS, wait_until

pytestmark = pytest.mark.live
NAME = "shop.example"
PROXY = {"BEHIND_PROXY": "1", "PUBLIC_URL": f"https://{NAME}", "DEMO": "0"}


class Front:
    """nginx with the file of deploy/, whose ports and paths are this test's."""

    def __init__(self, folder: Path, shop: Host | None, *, data: str = "", ports: Sequence[str] = ()) -> None:
        self.folder, self.shop = folder, shop
        self.data = data or shop.environment["DATA_DIR"]
        # Of a shop with one server the other is down.
        self.ports = ports or (free_port(), shop.port)
        self.port, self.plain = free_port(), free_port()
        self.base = f"https://127.0.0.1:{self.port}"
        self.tls = ssl.create_default_context(cafile=self._certificate())
        self.tls.check_hostname = False
        self.config = folder / "nginx.conf"
        self.config.write_text(self._config())
        self.process: subprocess.Popen[bytes] | None = None

    def _certificate(self) -> str:
        subject = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
        files = ["-keyout", str(self.folder / "key.pem"), "-out", str(self.folder / "cert.pem")]
        subprocess.run([*command, *files], check=True, capture_output=True)
        return str(self.folder / "cert.pem")

    def _config(self) -> str:
        text = (PROJECT / "deploy" / "nginx.conf").read_text()
        for said, here in {
            "listen 80": f"listen 127.0.0.1:{self.plain}",
            "listen 443": f"listen 127.0.0.1:{self.port}",
            "127.0.0.1:8001": f"127.0.0.1:{self.ports[0]}",
            "127.0.0.1:8002": f"127.0.0.1:{self.ports[1]}",
            "/etc/letsencrypt/live/shop.example/fullchain.pem": str(self.folder / "cert.pem"),
            "/etc/letsencrypt/live/shop.example/privkey.pem": str(self.folder / "key.pem"),
            "/var/lib/orderly": self.data,
        }.items():
            assert said in text
            text = text.replace(said, here)
        temporary = "".join(
            f"{kind}_temp_path {self.folder};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        account = f"user {os.environ.get('USER', 'root')};" if os.geteuid() == 0 else ""
        return (
            f"{account} daemon off; pid {self.folder}/pid; error_log {self.folder}/error.log; events {{}}\n"
            f"http {{ include /etc/nginx/mime.types; access_log off; {temporary}\n{text}\n}}"
        )

    def __enter__(self) -> Self:
        command = [program("nginx"), "-p", str(self.folder), "-c", str(self.config)]
        self.process = subprocess.Popen([*command, "-e", str(self.folder / "error.log")])
        wait_until(self.listens, "nginx is there")
        return self

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        self.process.wait(SECONDS)

    def listens(self) -> bool:
        with socket.socket() as asking:
            return asking.connect_ex(("127.0.0.1", int(self.port))) == 0

    def errors(self) -> str:
        """The end of what nginx has noted."""
        return (self.folder / "error.log").read_text()[-3000:]

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, headers=headers)

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, **more) -> httpx.Response:
        with httpx.Client(verify=self.tls, base_url=self.base, trust_env=False, timeout=SECONDS) as client:
            return client.request(method, path, headers={"Host": NAME} | (headers or {}), **more)


@pytest.fixture(scope="module")
def front(apart, tmp_path_factory):
    program("nginx")
    folder = tmp_path_factory.mktemp("nginx")
    with (
        apart("nginx") as environment,
        one_host({**environment, **PROXY}, folder / "shop") as shop,
        Front(folder, shop) as front,
    ):
        yield front


def test_nginx_leads_to_the_shop(front):
    plain = httpx.get(f"http://127.0.0.1:{front.plain}/products/", headers={"Host": NAME}, trust_env=False)
    assert (plain.status_code, plain.headers["Location"]) == (301, f"https://{NAME}/products/")

    page = front.get("/")
    assert page.status_code == 200
    assert "max-age" in page.headers["Strict-Transport-Security"]
    style = re.search(r'href="(/static/[^"]+\.css)"', page.text).group(1)
    assert "immutable" in front.get(style).headers["Cache-Control"]

    # A client can't say who it is; the shop's log has the address that nginx saw.
    refused = front.get(
        "/api/addresses/", **{"X-Forwarded-For": "203.0.113.9", "X-Request-ID": "through-nginx"}
    )
    assert refused.status_code == 401
    wait_until(lambda: "[through-nginx 127.0.0.1]" in front.shop.log.read_text(), "its line in the log")

    large = front.ask("POST", "/api/orders/previews/", content=b"x" * 13_000_000)
    assert large.status_code == 413
    assert front.get("/healthz/ready").text == "ok\n"


def test_pictures_come_from_the_disk_in_parts_too(front):
    media = Path(front.shop.environment["DATA_DIR"]) / "media"
    media.mkdir(exist_ok=True)
    (media / "a.webp").write_bytes(bytes(range(100)))
    part = front.get("/media/a.webp", Range="bytes=10-19")
    assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
    assert "immutable" in part.headers["Cache-Control"]


def test_sockets_pass_through(front):
    user = make_user()
    with socket.create_connection(("127.0.0.1", int(front.port))) as line:
        headers = {"X-Session-Token": new_session(user)}
        with connect(
            f"wss://{NAME}/ws/orders/", sock=line, ssl=front.tls, additional_headers=headers
        ) as listening:
            assert json.loads(listening.recv(timeout=SECONDS))["type"] == "ready"

"""The shop behind two proxies in a row: HAProxy, where customers come in, and nginx with the file of deploy/ behind it."""

import http.client
import subprocess

import pytest

from config.runtime.environment import PROJECT
from tests.config.runtime.test_commands import free_port, one_host
from tests.config.runtime.test_nginx import NAME, Front
from tests.config.runtime.tools import program
from tests.waiting import SECONDS, wait_until

pytestmark = pytest.mark.live
# The two proxies are this machine; customers have other addresses of its network.
PROXIED = {
    "TRUSTED_PROXIES": "127.0.0.1/32",
    "PUBLIC_URL": f"https://{NAME}",
    "DEMO": "0",
    "API_ADDRESS_LIMIT": "5",
}
ONE, OTHER = "127.1.0.7", "127.1.0.8"
EDGE = """
global
    maxconn 200
defaults
    mode http
    timeout connect 2s
    timeout client 20s
    timeout server 20s
frontend edge
    bind 127.0.0.1:{port}
    option forwardfor
    http-request set-header X-Forwarded-Proto https
    default_backend inner
backend inner
    server nginx 127.0.0.1:{inner} ssl verify none sni str({name})
"""


def passing_on(text: str) -> str:
    """deploy/nginx.conf as docs/serving.md has it behind another proxy."""
    page = (PROJECT / "docs" / "serving.md").read_text()
    for line in (
        "proxy_set_header X-Forwarded-For   $proxy_add_x_forwarded_for;",
        "proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;",
    ):
        assert line in page
        name = line.split()[1]
        before = next(one for one in text.splitlines() if one.strip().startswith(f"proxy_set_header {name} "))
        text = text.replace(before.strip(), line)
    return text


class Inner(Front):
    def _config(self) -> str:
        return passing_on(super()._config())


@pytest.fixture(scope="module")
def edge(apart, tmp_path_factory):
    """The port where customers come in."""
    program("nginx")
    folder = tmp_path_factory.mktemp("proxies")
    with (
        apart("proxies") as environment,
        one_host({**environment, **PROXIED}, folder / "shop") as shop,
        Inner(folder, shop) as inner,
    ):
        port, config = free_port(), folder / "haproxy.cfg"
        config.write_text(EDGE.format(port=port, inner=inner.port, name=NAME))
        with subprocess.Popen([program("haproxy"), "-db", "-f", str(config)]) as outer:
            try:
                wait_until(lambda: status_of(ONE, port, "/") == 200, "both proxies lead to the shop")
                yield port
            finally:
                outer.kill()


def status_of(address: str, port: str, path: str, **headers: str) -> int:
    line = http.client.HTTPConnection("127.0.0.1", int(port), timeout=SECONDS, source_address=(address, 0))
    try:
        line.request("GET", path, headers={"Host": NAME} | headers)
        return line.getresponse().status
    except OSError:
        return 0
    finally:
        line.close()


def test_two_customers_have_limits_of_their_own_and_make_nobody_up(edge):
    products = "/api/products/"
    said = [status_of(ONE, edge, products) for _ in range(7)]
    assert said == [200] * 5 + [429] * 2
    assert status_of(OTHER, edge, products) == 200
    # A client who says that it is another, or one of the proxies, is still itself.
    for made_up in (OTHER, "127.0.0.1", "192.0.2.1, 127.0.0.1"):
        assert status_of(ONE, edge, products, **{"X-Forwarded-For": made_up}) == 429
    assert status_of(OTHER, edge, products) == 200

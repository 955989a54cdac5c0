"""The shop behind PgBouncer in transaction mode, by addresses alone: an order's life, a sign-in, an audit."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Self

import httpx
import psycopg
import pytest
from django.db import connections

from orders.events.task_names import Task
from orders.models import Order, Payment
from orders.status import OrderStatus
from tests.config.runtime.test_commands import Host, free_port
from tests.config.runtime.tools import not_root, program
from tests.factories import PASSWORD, Buyer, make_product, pay
from tests.journeys.client import Client, place, status_of
from tests.waiting import SECONDS, wait_until

pytestmark = [pytest.mark.live, pytest.mark.flow]


class Bouncer:
    """PgBouncer with so few connections that each of them serves many of the shop's in turn."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        server = connections["default"].get_connection_params()
        self.account = not_root(server["host"])
        where = [
            f"{name}={server[name]}" for name in ("host", "port", "user", "password") if server.get(name)
        ]
        settings = {
            "listen_addr": "127.0.0.1",
            "listen_port": self.port,
            "unix_socket_dir": "",
            "auth_type": "any",
            "pool_mode": "transaction",
            "default_pool_size": 4,
            "max_client_conn": 200,
        }
        lines = [f"{name} = {value}" for name, value in settings.items()]
        self.config = folder / "pgbouncer.ini"
        self.config.write_text(
            "\n".join(["[databases]", f"* = {' '.join(where)}", "[pgbouncer]", *lines, ""])
        )
        os.chown(self.config, self.account, -1)

    def __enter__(self) -> Self:
        command = [program("pgbouncer"), "-q", str(self.config)]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command, user=self.account, stderr=log, cwd="/")
        wait_until(self.answers, "PgBouncer is there")
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.wait(SECONDS)

    def address(self, database: str) -> str:
        return f"postgres://shop@127.0.0.1:{self.port}/{database}"

    def answers(self) -> bool:
        try:
            psycopg.connect(self.address("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@pytest.fixture
def bouncer():
    folder = Path(tempfile.mkdtemp(prefix="orderly-pool-", dir="/tmp"))
    folder.chmod(0o711)
    with Bouncer(folder) as pool:
        yield pool
    shutil.rmtree(folder)


@pytest.fixture
def host(migrated, bouncer, tmp_path):
    name = connections["default"].settings_dict["NAME"]
    addresses = {
        "LOG_FORMAT": "json",
        "DATABASE_URL": bouncer.address(name),
        "DATABASE_DIRECT_URL": migrated["DATABASE_URL"],
    }
    host = Host({**migrated, **addresses}, tmp_path / "pooled")
    yield host
    for process in host.running:
        process.kill()
        process.wait()


def test_a_shop_lives_behind_a_pool_in_transaction_mode(host):
    host.migrate()
    with psycopg.connect(host.environment["DATABASE_URL"]) as pooled:
        assert pooled.execute("SHOW statement_timeout").fetchone() == ("30s",)
    host.start("web")
    host.start("worker")
    wait_until(host.is_ready, "the shop is ready")
    connections.close_all()
    buyer, product = Buyer(), make_product(stock=20)
    customer = Client(host, buyer.user)
    ids = [place(customer, buyer, product) for _nth in range(10)]
    customer.http.headers["X-Request-ID"] = "a-click"
    ids.append(place(customer, buyer, product))
    wait_until(lambda: all(status_of(order_id) == "pay_required" for order_id in ids), "all are confirmed")
    for order in Order.objects.filter(pk__in=ids):
        pay(order)
    assert set(Order.objects.values_list("status", flat=True)) == {OrderStatus.PAID}
    assert Payment.objects.count() == len(ids)
    assert [each["to_status"] for each in customer.history(ids[0])][-1] == "paid"
    # The click's name went through the broker: the worker's line has it, with the order.
    click = {"request_id": "a-click", "task": Task.CONFIRM, "order": ids[-1]}
    wait_until(lambda: any(click.items() <= line.items() for line in lines_of(host)), "the worker's line")
    sign_in_by_password(host, buyer.user.email)

    audit = host.start("audit")
    assert audit.wait(SECONDS) == 0
    log = host.log.read_text()
    assert "Everything adds up: 11 orders" in log
    assert "Traceback" not in log


def lines_of(host: Host) -> list[dict]:
    """Those lines of the log that are for programs; Celery's greeting is not."""
    return [json.loads(line) for line in host.log.read_text().splitlines() if line.startswith("{")]


def sign_in_by_password(host: Host, email: str) -> None:
    """On the page, where allauth looks through a customer's sessions and addresses."""
    with httpx.Client(base_url=host.url, timeout=SECONDS, follow_redirects=False) as browser:
        browser.get("/accounts/login/")
        form = {"login": email, "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        answer = browser.post("/accounts/login/", data=form)
        assert answer.status_code == 302, answer.text
        assert browser.get("/orders/").status_code == 200

"""Each process of a host tells what it does, and nothing else: two web servers and a worker, one of which dies."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.config.runtime.test_commands import Host, free_port
from tests.factories import Buyer, make_product
from tests.journeys.client import Client, new_session, place, status_of
from tests.waiting import SECONDS, wait_until

pytestmark = pytest.mark.live
TOKEN = "a long secret"


class Telling:
    """A process with a port of its own for what it does."""

    def __init__(self, environment: dict[str, str], folder, command: str) -> None:
        self.port = free_port()
        own = {"METRICS_PORT": self.port, "METRICS_TOKEN": TOKEN, "SWEEP_EVERY": "1"}
        self.host = Host(environment | own, folder / command)
        self.process = self.host.start(command)

    def told(self) -> dict[tuple[str, ...], float]:
        """Nothing while the process does not answer."""
        try:
            answer = httpx.get(
                f"http://127.0.0.1:{self.port}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}
            )
        except httpx.TransportError:
            return {}
        families = text_string_to_metric_families(answer.text)
        return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


@pytest.fixture
def host(migrated, tmp_path):
    processes = []
    for number, command in enumerate(("web", "web", "worker")):
        folder = tmp_path / str(number)
        folder.mkdir()
        processes.append(Telling(migrated, folder, command))
    yield processes
    for one in processes:
        one.process.kill()
        one.process.wait()


def requests_of(one: Telling) -> float:
    return sum(value for (name, *_), value in one.told().items() if name == "orderly_requests_total")


def test_each_process_tells_its_own_and_one_that_died_nothing(host):
    first, second, worker = host
    wait_until(lambda: first.host.is_ready() and second.host.is_ready(), "both web servers are ready")
    wait_until(lambda: _sweeps(worker), "a sweep")
    buyer, product = Buyer(), make_product(stock=3)
    order_id = place(Client(first.host, buyer.user), buyer, product)
    wait_until(lambda: status_of(order_id) == "pay_required", "confirmed")
    assert requests_of(first) >= 2
    assert requests_of(second) == 0
    told = first.told()
    assert told["orderly_threads",] == 6
    assert told["orderly_database_connections", "open"] >= 1
    assert ("orderly_sockets", "orders") in told
    assert ("orderly_threads_busy",) in worker.told()

    # A web server that dies leaves nothing behind; its successor on that port begins at zero.
    first.process.kill()
    first.process.wait()
    assert first.told() == {}
    again = first.host.start("web")
    wait_until(lambda: first.told().get(("orderly_threads",)) == 6, "its successor tells")
    assert requests_of(first) == 0
    again.kill()
    again.wait(SECONDS)
    assert new_session(buyer.user)


def test_a_worker_at_rest_writes_nothing_into_its_log(migrated, tmp_path):
    worker = Telling(migrated, tmp_path, "worker")
    try:
        wait_until(lambda: _sweeps(worker), "a sweep")
        before, said = _swept(worker), worker.host.log.read_text()
        wait_until(lambda: _swept(worker) >= before + 5, "five more sweeps")
        assert worker.host.log.read_text() == said
    finally:
        worker.process.kill()
        worker.process.wait()


def _swept(worker: Telling) -> float:
    return worker.told().get(("orderly_round_seconds_count", "orders.sweep"), 0)


def _sweeps(worker: Telling) -> bool:
    return ("orderly_round_ended_seconds", "orders.sweep") in worker.told()

"""A broker that is unruly loses, doubles or reorders what is sent, while it is said to be."""

import pytest
from kombu import Connection, Queue

from config.runtime.embedded import Valkey
from faults.injection.broker import unruly
from tests.waiting import wait_until

pytestmark = pytest.mark.live
SENT = ["a", "b", "c"]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    home = tmp_path_factory.mktemp("valkey")
    valkey = Valkey(home, home, home)
    valkey.start()
    yield f"redis+socket://{valkey.socket}?virtual_host=3"
    valkey.stop()


@pytest.mark.parametrize(
    ("how", "left"),
    [("lost", []), ("doubled", ["a", "a", "b", "b", "c", "c"]), ("reordered", ["c", "b", "a"])],
)
def test_what_is_sent_comes_to_that(address, how, left):
    queue = Queue(how)
    with unruly(Connection(address), queue, how) as taken, Connection(address) as line:
        sending = line.SimpleQueue(queue)
        for word in SENT:
            sending.put(word)
        wait_until(lambda: taken[0] >= len(SENT), "all was taken")
    with Connection(address) as line:
        coming = line.SimpleQueue(queue)
        found = [coming.get(timeout=5).payload for _ in left]
        assert (sorted(set(found)) == SENT and len(found) >= 6) if how == "doubled" else found == left

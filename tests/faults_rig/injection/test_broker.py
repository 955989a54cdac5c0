"""A broker that is unruly loses, doubles or reorders what is sent, while it is said to be."""

from queue import Empty

import pytest
from kombu import Connection, Exchange, Queue

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
    [("lost", []), ("doubled", SENT + SENT), ("reordered", SENT[::-1])],
)
def test_what_is_sent_comes_to_that(address, how, left):
    queue = Queue(how, Exchange(how), routing_key=how)
    with unruly(Connection(address), queue, how) as taken, Connection(address) as line:
        sending = line.SimpleQueue(queue)
        for word in SENT:
            sending.put(word)
        wait_until(lambda: taken[0] >= len(SENT), "all was taken")
    with Connection(address) as line:
        coming = line.SimpleQueue(queue)
        assert [coming.get(timeout=5).payload for _ in left] == left
        with pytest.raises(Empty):
            coming.get(timeout=0.1)

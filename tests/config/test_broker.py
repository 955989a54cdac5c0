"""A worker whose broker dies while it has taken a task comes back when the broker does."""

import pytest
from redis import Redis

from config.celery import app
from config.runtime.embedded import Valkey


@pytest.fixture
def broker(tmp_path):
    valkey = Valkey(tmp_path, tmp_path, tmp_path, durable=False)
    valkey.start()
    yield valkey
    valkey.stop()


@pytest.fixture
def connection(broker):
    """To that broker, with the options that the shop's workers have."""
    return app.connection_for_read(f"redis+socket://{broker.socket}?virtual_host=0")


def test_what_was_taken_over_a_line_that_broke_is_done_with_without_an_error(broker, connection):
    """The worker has a new line by then; an error of this kind ended it."""
    queue = connection.SimpleQueue("tasks")
    queue.put("one")
    message = queue.get(timeout=10)
    connection.collect()

    message.ack()


def test_a_worker_takes_no_more_than_it_does_at_once(connection):
    channel = connection.channel()
    queue = connection.SimpleQueue("tasks", channel=channel)
    channel.basic_qos(prefetch_count=1)
    for word in ("one", "two"):
        queue.put(word)
    message = queue.get(timeout=10)
    with pytest.raises(queue.Empty):
        queue.get(timeout=0.5)

    message.ack()
    assert queue.get(timeout=10).payload == "two"


def test_what_is_taken_is_noted_nowhere(broker, connection):
    queue = connection.SimpleQueue("tasks")
    queue.put("one")
    message = queue.get(timeout=10)
    with Redis(unix_socket_path=str(broker.socket)) as redis:
        assert not redis.keys("unacked*")
    message.ack()


def test_a_connection_that_broke_is_given_up_without_an_error_though_a_task_is_in_hand(broker, connection):
    queue = connection.SimpleQueue("tasks")
    queue.put("one")
    assert queue.get(timeout=10).payload == "one", "taken, and not yet done with"
    # A worker has a second channel, on which others may ask it something, and waits on both.
    connection.SimpleQueue("questions", channel=connection.channel()).consumer.consume()
    with pytest.raises(TimeoutError):
        connection.drain_events(timeout=0.2)
    broker.child.process.kill()
    broker.child.process.wait()

    # What Celery does with it, in which an error of any other kind ends the worker.
    try:
        connection.collect()
    except connection.connection_errors:
        pass
    connection.close()

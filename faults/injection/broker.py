"""Tasks that the broker loses, brings twice, or brings in another order: somebody else takes them from the queue too.

It is a consumer like the workers, so that it gets its share of what is sent, whichever broker it is.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from kombu import Connection, Queue
from kombu.exceptions import OperationalError
from kombu.message import Message

Held = list[Message]


@contextmanager
def unruly(connection: Connection, queue: Queue, how: str) -> Iterator[list[int]]:
    """Inside, some of what is sent is lost, doubled or reordered; yields a list of one number, which counts them."""
    over, taken = threading.Event(), [0]
    thread = threading.Thread(target=_take, args=(connection, queue, how, over, taken), daemon=True)
    thread.start()
    try:
        yield taken
    finally:
        over.set()
        thread.join(30)


def _take(connection: Connection, queue: Queue, how: str, over: threading.Event, taken: list[int]) -> None:
    held: Held = []

    def take(_body: Any, message: Message) -> None:
        message.ack()
        held.append(message)
        taken[0] += 1

    # A broker that is away loses nothing more than it has.
    with suppress(OSError, OperationalError, *connection.connection_errors), connection:
        with connection.Consumer(queue, on_message=lambda message: take(None, message), prefetch_count=10):
            while not over.is_set():
                with suppress(TimeoutError):
                    connection.drain_events(timeout=0.2)
                if how == "doubled":
                    _bring(connection, queue, held, twice=True)
        if how == "reordered":
            held.reverse()
            _bring(connection, queue, held, twice=False)


def _bring(connection: Connection, queue: Queue, held: Held, *, twice: bool) -> None:
    """What was taken, once or twice."""
    with connection.Producer() as producer:
        send: Callable[..., Any] = producer.publish
        for message in held:
            for _time in range(2 if twice else 1):
                send(
                    message.body,
                    exchange="",
                    routing_key=queue.name,
                    headers=message.headers,
                    content_type=message.content_type,
                    content_encoding=message.content_encoding,
                    **_told(message),
                )
    held.clear()


def _told(message: Message) -> dict[str, Any]:
    names = ("correlation_id", "reply_to")
    return {name: message.properties[name] for name in names if name in message.properties}

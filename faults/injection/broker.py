"""Tasks that the broker loses, brings twice, or brings in another order: somebody else takes them from the queue too.

It is a consumer like the workers, so that it gets its share of what is sent, whichever broker it is.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from kombu import Connection, Queue
from kombu.exceptions import OperationalError
from kombu.message import Message


@contextmanager
def unruly(connection: Connection, queue: Queue, how: str) -> Iterator[list[int]]:
    """Inside, some of what is sent is taken: lost, or brought back at the end, twice or the other way round.

    Yields a list of one number, which counts what was taken.
    """
    over, taken = threading.Event(), [0]
    thread = threading.Thread(target=_take, args=(connection, queue, how, over, taken), daemon=True)
    thread.start()
    try:
        yield taken
    finally:
        over.set()
        thread.join(30)


def _take(connection: Connection, queue: Queue, how: str, over: threading.Event, taken: list[int]) -> None:
    held: list[Message] = []

    def take(message: Message) -> None:
        message.ack()
        held.append(message)
        taken[0] += 1

    # A broker that is away loses nothing more than it has.
    with suppress(OSError, OperationalError, *connection.connection_errors):
        with connection, connection.Consumer(queue, on_message=take, prefetch_count=10):
            while not over.is_set():
                with suppress(TimeoutError):
                    connection.drain_events(timeout=0.2)
        # Over another line: what is asked of the queue over the first one may still be answered.
        if how != "lost":
            _bring(connection.clone(), queue, held[::-1] if how == "reordered" else [*held, *held])


def _bring(connection: Connection, queue: Queue, messages: Sequence[Message]) -> None:
    with connection, connection.Producer() as producer:
        for message in messages:
            producer.publish(
                message.body,
                exchange="",
                routing_key=queue.name,
                headers=message.headers,
                content_type=message.content_type,
                content_encoding=message.content_encoding,
                **_told(message),
            )


def _told(message: Message) -> dict[str, Any]:
    names = ("correlation_id", "reply_to")
    return {name: message.properties[name] for name in names if name in message.properties}

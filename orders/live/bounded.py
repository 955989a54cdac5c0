"""Waiting that ends in time, though what is waited for may hang, and need not obey when it is cancelled.

Cancelling is a request. Python 3.11's `wait_for` can swallow it, a thread does not hear it, and a database that hangs
hears nothing at all. So a caller here stops waiting by itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from django.db import close_old_connections

Result = TypeVar("Result")


async def in_time(awaited: Awaitable[Result], seconds: float) -> Result:
    """What it comes to. Raises TimeoutError after `seconds`, and lets go of it."""
    task = asyncio.ensure_future(awaited)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise TimeoutError(f"no answer within {seconds:g} s")
        return task.result()
    finally:
        # Not before: a future that is no task is done, as cancelled, at once.
        if not task.done():
            let_go(task)
        elif not task.cancelled():
            # Who waited may be cancelled as it fails; then nobody else asks, and Python says so in the log.
            task.exception()


def let_go(task: asyncio.Future[Any]) -> None:
    """Ask a task to end, and don't wait: how it ends does not matter."""
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    task.cancel()


class Threads:
    """A few threads for calls that ask the database, each with a connection of its own, which it keeps."""

    def __init__(self, name: str, most: int) -> None:
        self.pool = ThreadPoolExecutor(most, thread_name_prefix=name)

    async def run(self, call: Callable[..., Result], *given: object, seconds: float) -> Result:
        """What the call returns or raises; TimeoutError when that takes longer, its place in the queue included."""
        waiting = self.pool.submit(copy_context().run, _with_connection, call, *given)
        return await in_time(asyncio.wrap_future(waiting), seconds)

    def close(self) -> None:
        """Begin nothing more, and wait for nothing."""
        self.pool.shutdown(wait=False, cancel_futures=True)


def _with_connection(call: Callable[..., Result], *given: object) -> Result:
    """The call, with a connection that is looked at before, and let go of after, if it broke or has its age."""
    close_old_connections()
    try:
        return call(*given)
    finally:
        close_old_connections()

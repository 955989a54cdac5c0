"""Waiting that ends in time says that it did, whatever was waited for."""

import asyncio
import gc
import threading

import pytest

from orders.live.bounded import Threads, in_time


async def test_a_call_that_takes_too_long_is_a_timeout_and_so_is_the_one_behind_it():
    """Not a cancellation, which ends who waits: the answer to a proxy's question, or a loop of the hub."""
    threads, over = Threads("slow", 1), threading.Event()
    try:
        for _nth in range(2):
            with pytest.raises(TimeoutError):
                await threads.run(over.wait, 10, seconds=0.05)
    finally:
        over.set()
        threads.close()


async def test_a_future_that_nobody_answers_is_a_timeout():
    with pytest.raises(TimeoutError):
        await in_time(asyncio.get_running_loop().create_future(), 0.05)


async def test_what_fails_as_its_waiter_is_sent_away_is_no_line_of_the_log():
    loop, said = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda _loop, context: said.append(context["message"]))
    awaited = loop.create_future()
    waiter = asyncio.ensure_future(in_time(awaited, 5))
    await asyncio.sleep(0.01)
    awaited.set_exception(ValueError("no cursor"))
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    del awaited, waiter
    gc.collect()
    await asyncio.sleep(0)
    assert said == []

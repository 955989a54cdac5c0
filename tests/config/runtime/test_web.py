"""A web server while nobody asks it for anything."""

import asyncio
import signal

import uvicorn

from config.runtime import web

SECONDS = 10


async def test_it_sleeps_until_it_is_asked_to_stop_and_stops_at_once(monkeypatch):
    monkeypatch.setattr(web, "DATE_EVERY", 600)
    server, ticks = _server(), []

    async def on_tick(counter: int) -> bool:
        ticks.append(counter)
        return server.should_exit

    monkeypatch.setattr(server, "on_tick", on_tick)
    serving = asyncio.create_task(server.main_loop())
    await asyncio.sleep(0.5)
    assert len(ticks) == 1

    server.handle_exit(signal.SIGTERM, None)
    await asyncio.wait_for(serving, SECONDS)


async def test_the_date_that_its_answers_have_goes_on(monkeypatch):
    monkeypatch.setattr(web, "DATE_EVERY", 0.05)
    server = _server()
    serving = asyncio.create_task(server.main_loop())
    async with asyncio.timeout(SECONDS):
        said = await _date(server)
        while await _date(server) == said:
            pass

    server.handle_exit(signal.SIGTERM, None)
    await asyncio.wait_for(serving, SECONDS)


def test_a_signal_before_it_serves_is_not_forgotten():
    server = _server()
    server.handle_exit(signal.SIGTERM, None)
    assert server.should_exit


def _server() -> web.Server:
    config = uvicorn.Config("nothing:here", lifespan="off")
    config.encoded_headers = []
    return web.Server(config)


async def _date(server: web.Server) -> bytes:
    await asyncio.sleep(0.05)
    return dict(server.server_state.default_headers)[b"date"]

"""What is written into the log, and what is not."""

import logging
from logging.config import dictConfig

import uvicorn


def test_the_web_server_has_no_line_for_each_request(settings):
    # In the order of a web process: the server comes first, then the shop is loaded.
    uvicorn.Config("config.asgi:application", access_log=False, log_level="warning")
    dictConfig(settings.LOGGING)

    # uvicorn asks whether anybody listens to it, whatever `access_log` it was given.
    assert not logging.getLogger("uvicorn.access").hasHandlers()
    assert logging.getLogger("uvicorn.error").hasHandlers()

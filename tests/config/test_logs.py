"""What is written into the log, and what is not."""

import logging


def test_the_web_server_has_no_line_for_each_request():
    # uvicorn asks whether anybody listens to it, whatever `access_log` it was given.
    assert not logging.getLogger("uvicorn.access").hasHandlers()
    assert logging.getLogger("uvicorn.error").hasHandlers()

"""The name of the request that is worked on here: the log's lines have it, and it goes with hints to other processes.

config/request_id.py gives it.
"""

from contextvars import ContextVar

NONE = "-"
request_name: ContextVar[str] = ContextVar("request_id", default=NONE)

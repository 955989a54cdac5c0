"""Where what is being done comes from. Nothing else: the log's format reads it before there are models."""

from contextvars import ContextVar

# The address of the request that is being answered; staff/middleware.py sets it.
address: ContextVar[str | None] = ContextVar("address", default=None)

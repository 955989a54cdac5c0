"""Reads that may be a moment old, from a replica where there is one: lists, search and reports.

A door says so of a whole view (`may_be_old`); whatever else is read, and all that is written, is the primary's. A replica
that does not answer, or has not heard of the primary for REPLICA_MAX_AGE seconds, is not asked for a while: the primary is.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

log = logging.getLogger(__name__)
PRIMARY, REPLICA = "default", "replica"
# Who buys, and as whom, is never read from a replica: nobody is signed out by a sign-in that it has not heard of.
APPS = ("catalog", "orders")
# Seconds for which a look at the replica holds, and for which one that failed is left alone.
HOLDS, LEFT_ALONE = 1.0, 10.0
# How long ago the replica's newest transaction was committed. Where nothing happens the primary has time for reads.
AGE = "SELECT pg_is_in_recovery(), EXTRACT(EPOCH FROM clock_timestamp() - pg_last_xact_replay_timestamp())"

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
_is_old: ContextVar[bool] = ContextVar("reads may be old", default=False)


def may_be_old(read: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """What it reads of the catalog and of orders may come from the replica. It changes nothing, so it may run twice."""

    @wraps(read)
    def call(*given: Given.args, **named: Given.kwargs) -> Answer:
        if _is_old.get() or not _look.is_well():
            return read(*given, **named)
        token = _is_old.set(True)
        try:
            return read(*given, **named)
        except (OperationalError, InterfaceError) as error:
            _look.leave_alone(error)
        finally:
            _is_old.reset(token)
        return read(*given, **named)

    return call


def reading() -> BaseDatabaseWrapper:
    """The connection for a statement that is written out and only reads."""
    return connections[REPLICA if _is_old.get() else PRIMARY]


class Router:
    """Django's question of which database, answered by what is being read and whether that may be old."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        return REPLICA if _is_old.get() and model._meta.app_label in APPS else PRIMARY

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return PRIMARY

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        return True

    def allow_migrate(self, database: str, app_label: str, **hints: Any) -> bool:
        return database == PRIMARY


class _Look:
    """Whether the replica of this process may be asked; one thread looks, and the others go by what it saw."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.next, self.known = float("-inf"), False

    def is_well(self) -> bool:
        if REPLICA not in settings.DATABASES:
            return False
        with self.lock:
            if time.monotonic() < self.next:
                return self.known
            self.next = time.monotonic() + HOLDS
        try:
            self.known = _is_young()
        except DatabaseError as error:
            self.leave_alone(error)
        return self.known

    def leave_alone(self, error: Exception) -> None:
        """It failed: nobody asks it for a while, and then over another connection."""
        connections[REPLICA].close()
        if self.known:
            log.warning("the replica is left alone for %g s: %s", LEFT_ALONE, " ".join(str(error).split()))
        self.known, self.next = False, time.monotonic() + LEFT_ALONE


def _is_young() -> bool:
    """Whether it is near the primary, or has become it."""
    with connections[REPLICA].cursor() as cursor:
        cursor.execute(AGE)
        follows, age = cursor.fetchone()
    return not follows or (age is not None and age < settings.REPLICA_MAX_AGE)


_look = _Look()

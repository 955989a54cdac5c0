"""Pytest plugin (see addopts): the databases of a test run are copies of one, which is migrated once."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from itertools import compress
from pathlib import Path
from types import ModuleType

import pgtrigger
import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from backups import postgres
from tests import migrated, parallel
from tests.embedded import is_worker
from tests.waiting import one_at_a_time


def template() -> str:
    """The name of the migrated database. All processes of a run share it."""
    return settings.DATABASES["default"]["TEST"]["TEMPLATE"]


@pytest.fixture(scope="session")
def migrated_template(django_test_environment, django_db_blocker, pytestconfig) -> None:
    """Whoever needs a database first makes it; other processes wait for it."""
    with django_db_blocker.unblock(), one_at_a_time("template"), _server() as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template()]).fetchone():
            return
        half_made = f"{template()}_new"
        server.execute(f'CREATE DATABASE "{half_made}"')
        with using_database(half_made):
            # Without its plugin (-p no:cacheprovider) there is no cache.
            cache = getattr(pytestconfig, "cache", None)
            migrated.fill(cache and cache.mkdir("migrated"))
        server.execute(f'ALTER DATABASE "{half_made}" RENAME TO "{template()}"')


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef) -> Iterator[None]:
    """Databases are made without the site's limits: a page must not wait long, a test run on a busy machine may."""
    if fixturedef.argname not in ("migrated_template", "django_db_setup"):
        return (yield)
    options = connection.settings_dict["OPTIONS"]
    limits = options.pop("options", None)
    connection.close()
    try:
        return (yield)
    finally:
        connection.close()
        if limits is not None:
            options["options"] = limits


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """A server that is not ours keeps nothing of this run."""
    if not is_worker() and settings.configured:
        drop_database(template())


# --- rows that many tests begin with ---------------------------------------------------------------------------------
@pytest.hookimpl(tryfirst=True)  # before xdist reads the markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a world go to one xdist worker; each worker would make a world of its own.

    Those that commit and do it from several connections at once are races.
    """
    for item in items:
        if commits(item) and _at_once(item.module):
            item.add_marker("races")
        if "world" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(f"world: {item.parent.nodeid}"))


@pytest.fixture(scope="session")
def world(django_db_setup, django_db_blocker) -> Callable[[], AbstractContextManager[None]]:
    """A world for a table of cases: what a class's fixture makes inside of it is there for each test of the class.

    Each test still undoes what it did, and the rows are gone after the last. A test that commits can't be in the class.
    Objects live as long as the rows: a test that changes one works on a copy.
    """

    @contextmanager
    def begin() -> Iterator[None]:
        rows = transaction.atomic()
        rows._from_testcase = True  # or Django takes what is durable in a test for nested
        with django_db_blocker.unblock(), rows:
            yield
            transaction.set_rollback(True)

    return begin


# --- tests that commit -------------------------------------------------------------------------------------
# What migrations put there; no test that commits may change it.
STANDING = ("django_content_type", "auth_permission", "auth_group", "auth_group_permissions")


@cache
def _tables() -> list[str]:
    found = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(found) - set(STANDING))


def commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    asked = marker is not None and (marker.args[:1] == (True,) or marker.kwargs.get("transaction"))
    return bool(asked) or "transactional_db" in getattr(item, "fixturenames", ())


@cache
def _at_once(module: ModuleType) -> bool:
    """Whether the module uses `tests/parallel.py`."""
    return any(getattr(value, "__module__", "") == parallel.__name__ for value in vars(module).values())


def empty_tables() -> None:
    """Delete the rows that a test has committed.

    Quicker by far than Django's way, which is to truncate every table and make permissions and groups anew.
    """
    with transaction.atomic(), pgtrigger.ignore(), connection.cursor() as cursor:
        has_rows = ", ".join(f'EXISTS (SELECT FROM "{name}")' for name in _tables())
        cursor.execute(f"SELECT {has_rows}")
        for name in compress(_tables(), cursor.fetchone()):
            cursor.execute(f'DELETE FROM "{name}"')  # noqa: S608 a name of our own tables


# --- databases by name ---------------------------------------------------------------------------------------------
@contextmanager
def using_database(name: str, **of_server: str) -> Iterator[None]:
    """Point this process's connection at another database of the same server, or of another (HOST, USER)."""
    current = connections["default"].settings_dict
    usual = dict(current)
    connections["default"].close()
    current.update(NAME=name, **of_server)
    try:
        yield
    finally:
        connections["default"].close()
        current.update(usual)


def drop_database(name: str) -> None:
    with _server() as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def fresh_database(name: str) -> None:
    """A migrated database without rows. Needs `migrated_template`."""
    drop_database(name)
    with _server() as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template()}"')


def copy_template(dump: Path, name: str, **of_server: str) -> None:
    """Fill an empty database of another server; migrating it would take much longer. Needs `migrated_template`."""
    with using_database(template()):
        postgres.run("pg_dump", "--format=custom", "--no-owner", f"--file={dump}")
    with using_database(name, **of_server):
        postgres.load(dump)


def empty_database(name: str) -> None:
    """A database that nobody has migrated yet."""
    drop_database(name)
    with _server() as server:
        server.execute(f'CREATE DATABASE "{name}"')


def _server() -> psycopg.Connection:
    parameters = connection.get_connection_params() | {"dbname": "postgres"}
    parameters.pop("cursor_factory", None)
    parameters.pop("context", None)
    parameters.pop("options", None)  # the site's limits
    return psycopg.connect(**parameters, autocommit=True)


def address_of(database: str) -> str:
    """DATABASE_URL with another database's name."""
    address, _, query = os.environ["DATABASE_URL"].partition("?")
    return address.rsplit("/", 1)[0] + f"/{database}" + (f"?{query}" if query else "")

"""Pytest plugin (see addopts): a whole shop, real processes on a database of its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.databases import address_of, drop_database, empty_database, fresh_database, using_database
from tests.processes import Shop
from tests.stand_ins import webhook_receiver

FOLDER = Path(__file__).parent
# What shops of one Redis must not share.
NAMES = ("CACHE_PREFIX", "CHANNEL_PREFIX", "CELERY_QUEUE")


@pytest.hookimpl(tryfirst=True)  # before -m looks at the markers
def pytest_collection_modifyitems(items):
    """Whatever needs a shop's processes is live. Those that use the running shop share it, room by room.

    Journeys and faults may run at the same time, on a shop each. Those of the demo's shop, which are many, share it file by
    file.
    """
    for item in items:
        if "shop_environment" in item.fixturenames:
            item.add_marker("live")
        if "running_shop" in item.fixturenames:
            room = item.path.relative_to(FOLDER).parts[0]
            item.add_marker(pytest.mark.xdist_group(f"running shop: {room}"))
        if "demo_shop" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group(f"demo shop: {item.path.name}"))


@pytest.fixture(scope="session")
def live_database(migrated_template, django_db_blocker, worker_id):
    """The name of a database without rows that no other test run uses."""
    name = f"orderly_live_{os.environ['TEST_RUN']}_{worker_id}"
    with django_db_blocker.unblock():
        fresh_database(name)
    yield name
    with django_db_blocker.unblock():
        drop_database(name)


@pytest.fixture(scope="session")
def shop_environment(live_database, tmp_path_factory, worker_id) -> dict[str, str]:
    return os.environ | {
        # As in production: what tests/settings.py leaves out is there.
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": address_of(live_database),
        "DATA_DIR": str(tmp_path_factory.mktemp("shop")),
        "CACHE_PREFIX": f"live-{worker_id}",
        "CHANNEL_PREFIX": f"live-{worker_id}",
        "CELERY_QUEUE": f"live-{worker_id}",
        "DEMO": "1",
        "SIGN_IN_LIMITS": "off",
        "SWEEP_EVERY": "1",
        "PENDING_SWEEP_AFTER": "2",
        "LIVE_RECHECK": "2",
        "BULK_RETRY_AFTER": "2",
        "PROVIDER_RETRY_AFTER": "1",
        "WEBHOOK_PRIVATE_TARGETS": webhook_receiver.ALLOWED,
        "WEBHOOK_RETRY_AFTER": "1",
    }


@pytest.fixture(scope="session")
def apart(shop_environment, live_database, django_db_blocker):
    """Called with a word: what a shop needs that shares nothing with the one that may be running.

    A database of its own, without rows, to which the test's own queries go, too; and names of its own in Redis, so that
    no other shop's worker takes its hints.
    """

    @contextmanager
    def place(word: str, *, migrated: bool = True) -> Iterator[dict[str, str]]:
        name = f"{live_database}_{word}"
        with django_db_blocker.unblock():
            (fresh_database if migrated else empty_database)(name)
            try:
                with using_database(name):
                    yield with_own_names(shop_environment, name, word)
            finally:
                drop_database(name)

    return place


def with_own_names(environment: dict[str, str], database: str, word: str) -> dict[str, str]:
    own = {key: f"{environment[key]}-{word}" for key in NAMES}
    return {**environment, **own, "DATABASE_URL": address_of(database)}


@pytest.fixture(scope="session")
def running_shop(shop_environment):
    with Shop(shop_environment) as shop:
        yield shop


@pytest.fixture
def shop(running_shop, live_database, django_db_blocker):
    """The running shop; the test's own queries go to the shop's database, and stay there."""
    with django_db_blocker.unblock(), using_database(live_database):
        yield running_shop

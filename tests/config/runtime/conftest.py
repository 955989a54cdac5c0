"""Databases for shops of one's own: one that nobody has migrated yet, and one that is migrated and has no rows."""

import pytest

from tests.databases import address_of, drop_database, empty_database, fresh_database, using_database


def own_names(shop_environment: dict[str, str], ending: str) -> dict[str, str]:
    """So that the worker of a shop that runs beside it takes none of its hints."""
    names = ("CACHE_PREFIX", "CHANNEL_PREFIX", "CELERY_QUEUE")
    return {**shop_environment, **{name: f"{shop_environment[name]}-{ending}" for name in names}}


@pytest.fixture
def environment(shop_environment, live_database, django_db_blocker):
    """An empty database of its own."""
    name = f"{live_database}_commands"
    with django_db_blocker.unblock():
        empty_database(name)
        with using_database(name):
            yield {**own_names(shop_environment, "commands"), "DATABASE_URL": address_of(name)}
        drop_database(name)


@pytest.fixture
def migrated(shop_environment, live_database, django_db_blocker):
    """A migrated database of its own."""
    name = f"{live_database}_migrated"
    with django_db_blocker.unblock():
        fresh_database(name)
        with using_database(name):
            yield {**own_names(shop_environment, "migrated"), "DATABASE_URL": address_of(name)}
        drop_database(name)

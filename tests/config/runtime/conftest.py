"""Databases for shops of one's own: one that nobody has migrated yet, and one that is migrated and has no rows."""

import pytest

from tests.databases import address_of, drop_database, empty_database, fresh_database, using_database


@pytest.fixture
def environment(shop_environment, live_database, django_db_blocker):
    """An empty database of its own."""
    name = f"{live_database}_commands"
    with django_db_blocker.unblock():
        empty_database(name)
        with using_database(name):
            yield {**shop_environment, "DATABASE_URL": address_of(name)}
        drop_database(name)


@pytest.fixture
def migrated(shop_environment, live_database, django_db_blocker):
    """A migrated database of its own."""
    name = f"{live_database}_migrated"
    with django_db_blocker.unblock():
        fresh_database(name)
        with using_database(name):
            yield {**shop_environment, "DATABASE_URL": address_of(name)}
        drop_database(name)

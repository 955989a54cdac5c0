"""Places for shops of one's own: one that nobody has migrated yet, and one that is migrated and has no rows."""

import pytest


@pytest.fixture
def environment(apart):
    with apart("commands", migrated=False) as environment:
        yield environment


@pytest.fixture
def migrated(apart):
    with apart("migrated") as environment:
        yield environment

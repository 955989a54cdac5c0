"""A shop to be copied, and an empty place beside it."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection

from config.runtime.environment import PROJECT
from tests.databases import address_of, drop_database, empty_database

ORDERLY = str(PROJECT / "bin" / "orderly")


@dataclass
class Place:
    """A database and a folder, with the commands as an operator gives them."""

    database: str
    environment: dict[str, str]

    @property
    def media(self) -> Path:
        return Path(self.environment["DATA_DIR"]) / "media"

    def run(self, *words: str, fails: bool = False) -> str:
        done = subprocess.run(
            [ORDERLY, *words], env=os.environ | self.environment, capture_output=True, text=True, check=False
        )
        assert bool(done.returncode) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def shop_to_copy(apart, tmp_path, settings):
    """The test's own queries and files are its."""
    with apart("copied") as environment:
        name = connection.settings_dict["NAME"]
        place = Place(name, {**environment, "DATA_DIR": str(tmp_path / "shop")})
        settings.MEDIA_ROOT = place.media
        place.media.mkdir(parents=True)
        yield place


@pytest.fixture
def empty_place(shop_to_copy, tmp_path):
    name = f"{shop_to_copy.database}_restored"
    empty_database(name)
    environment = {"DATABASE_URL": address_of(name), "DATA_DIR": str(tmp_path / "restored")}
    yield Place(name, {**shop_to_copy.environment, **environment})
    drop_database(name)

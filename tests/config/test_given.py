"""What the environment gives is read as it stands there, and what can't be right is refused in one line."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts.models import User
from config.given import Given, public_address
from config.runtime import prepare
from config.runtime.embedded import Postgres, Valkey
from config.runtime.supervisor import may_be_demo
from tests.factories import make_user
from tests.starts import settings_of


def test_a_dollar_is_a_letter_and_spaces_around_commas_are_none():
    given = {
        "SECRET_KEY": "$money$",
        "ALLOWED_HOSTS": "a.example, b.example ,",
        "SECRET_KEY_FALLBACKS": "$old, older",
    }
    read = settings_of("SECRET_KEY", "ALLOWED_HOSTS", "SECRET_KEY_FALLBACKS", **given)
    assert read == "['$money$', ['a.example', 'b.example'], ['$old', 'older']]"


@pytest.mark.parametrize("value", ["$", "$$", "$HOME", "$x$"])
def test_a_dollar_names_no_other_variable(monkeypatch, value):
    monkeypatch.setenv("SOME_SECRET", value)
    assert Given().str("SOME_SECRET", "") == value


@pytest.mark.parametrize(
    "given",
    ["shop.example", "shop.example:8443", "//shop.example", "https://", "ftp://shop.example", "https://:80", "http://a:b",
     "https://shop.example/shop", "https://shop.example?a=1", "https://me@shop.example", "https://[::1", "http://a:99999"],
)  # fmt: skip
def test_a_public_address_that_is_none_is_refused_in_words(given):
    with pytest.raises(ImproperlyConfigured, match="give scheme and host alone"):
        public_address(given)


def test_the_refusal_is_what_one_reads():
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "PUBLIC_URL": "shop.example"}
    command = [sys.executable, "-c", "import django; django.setup()"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "PUBLIC_URL=shop.example is no address" in run.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("https://shop.example/", "shop.example"),
        ("http://[::1]:8001", "[::1]"),
        ("http://10.0.0.7:80", "10.0.0.7"),
    ],
)
def test_the_host_of_the_public_address_is_allowed(given, host):
    assert settings_of("ALLOWED_HOSTS", PUBLIC_URL=given, DEMO="0").startswith(f"[['{host}', ")


# --- the demo ------------------------------------------------------------------------------------------------------------


def test_the_demo_does_not_stand_behind_https():
    said = settings_of("DEMO", DEMO="1", PUBLIC_URL="https://shop.example")
    assert "does not stand behind https" in said


@pytest.mark.parametrize(
    ("kinds", "address", "expected"),
    [
        ([Valkey, Postgres], "", True),
        ([Postgres], "http://127.0.0.1:8001", True),
        ([Valkey, Postgres], "https://shop.example", False),
        ([Valkey], "", False),
        ([], "", False),
    ],
)
def test_only_a_shop_on_a_database_of_its_own_is_the_demo_unasked(kinds, address, expected):
    servers = [kind.__new__(kind) for kind in kinds]
    assert may_be_demo({"PUBLIC_URL": address}, servers) == expected


@pytest.mark.django_db
def test_a_shop_of_somebodys_own_is_not_made_the_demo(tmp_path):
    make_user()
    with pytest.raises(SystemExit, match="a shop that is not the demo"):
        prepare.fill_demo(prepare.Note(tmp_path / "demo-filled"), "this database")
    assert User.objects.count() == 1


# --- secrets in files ------------------------------------------------------------------------------------------------


def test_a_secret_may_stand_in_a_file_and_one_that_cannot_be_read_is_said(tmp_path):
    secret = tmp_path / "key"
    secret.write_text("from a file\n")
    given = {"SECRET_KEY": "", "SECRET_KEY_FILE": str(secret)}
    assert settings_of("SECRET_KEY", **given) == "['from a file']"
    assert settings_of("SECRET_KEY", **given | {"SECRET_KEY": "itself"}) == "['itself']"
    assert "SECRET_KEY_FILE=/nowhere cannot be read" in settings_of(
        "SECRET_KEY", SECRET_KEY="", SECRET_KEY_FILE="/nowhere"
    )


def test_the_key_to_come_holds_beside_those_of_before():
    given = {"SECRET_KEY_NEXT": "to come", "SECRET_KEY_FALLBACKS": "old,older"}
    assert settings_of("SECRET_KEY_FALLBACKS", **given) == "[['to come', 'old', 'older']]"

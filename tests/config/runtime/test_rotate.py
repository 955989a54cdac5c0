"""`bin/orderly rotate`: the file of settings holds the right keys after each step, and what serves never lacks one."""

import os
import stat

import pytest
from allauth.mfa.models import Authenticator
from django.test import override_settings

from accounts.access.sealed import unseal
from config.runtime.environment import Refused
from config.runtime.rotation import rotate
from config.runtime.rotation.env_file import EnvFile
from tests.config.runtime.test_upgrade import units  # noqa: F401 a fixture
from tests.factories import make_user
from tests.second_factor import set_up
from tests.starts import settings_of

OLD = "the old key with $ and spaces"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "orderly.env"
    path.write_text(f"# ours\nDEMO=0\nSECRET_KEY='{OLD}'\nSECRET_KEY_FALLBACKS=older\n")
    path.chmod(0o640)
    return path


@pytest.fixture(autouse=True)
def sealed(request, monkeypatch) -> list[str]:
    """What `end` does to the database, in tests of the file alone: the older keys that it did it with."""
    seen: list[str] = []
    if "migrated" not in request.fixturenames:
        monkeypatch.setattr(rotate, "seal_anew", lambda file: seen.append(file.get(rotate.OLDER)) or "sealed")
    return seen


def keys(path) -> list[str]:
    return [EnvFile(path).get(name) for name in (rotate.KEY, rotate.NEXT, rotate.OLDER)]


def test_the_three_steps_leave_what_serves_everywhere_and_nothing_else_changes(path, sealed):
    rotate.begin(EnvFile(path))
    key, new, older = keys(path)
    assert (key, older) == (OLD, "older") and len(new) > 50

    rotate.use(EnvFile(path))
    assert keys(path) == [new, "", f"{OLD},older"]
    # As the shop itself reads such a line.
    given = {"SECRET_KEY": new, "SECRET_KEY_FALLBACKS": EnvFile(path).get(rotate.OLDER)}
    assert settings_of("SECRET_KEY_FALLBACKS", **given) == repr([[OLD, "older"]])

    assert sealed == []
    rotate.end(EnvFile(path))
    # While both keys were known.
    assert sealed == [f"{OLD},older"]
    assert path.read_text() == f"# ours\nDEMO=0\nSECRET_KEY={new}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_each_step_waits_for_the_one_before(path):
    with pytest.raises(Refused, match="there is no new key"):
        rotate.use(EnvFile(path))
    rotate.begin(EnvFile(path))
    with pytest.raises(Refused, match="a new key is known already"):
        rotate.begin(EnvFile(path))
    with pytest.raises(Refused, match="does not sign yet"):
        rotate.end(EnvFile(path))
    rotate.use(EnvFile(path))
    rotate.end(EnvFile(path))
    with pytest.raises(Refused, match="no older key"):
        rotate.end(EnvFile(path))


def test_whatever_write_of_it_was_the_last_one_the_change_goes_on_from_there(path, monkeypatch):
    rotate.begin(EnvFile(path))
    _key, new, _older = keys(path)
    done = EnvFile._set
    for writes in (0, 1, 2):
        left = iter(range(writes))

        def write(file: EnvFile, name: str, value: str, left=left) -> None:
            if next(left, None) is None:
                raise KeyboardInterrupt
            done(file, name, value)

        monkeypatch.setattr(EnvFile, "_set", write)
        with pytest.raises(KeyboardInterrupt):
            rotate.use(EnvFile(path))
        assert {OLD, new} <= {keys(path)[0], keys(path)[1], *keys(path)[2].split(",")}
    monkeypatch.setattr(EnvFile, "_set", done)
    rotate.use(EnvFile(path))
    assert keys(path) == [new, "", f"{OLD},older"]


def test_keys_in_files_stay_in_files(tmp_path):
    path, secret = tmp_path / "orderly.env", tmp_path / "key"
    secret.write_text("the old key\n")
    secret.chmod(0o440)
    path.write_text(f"SECRET_KEY_FILE={secret}\n")
    for step in (rotate.begin, rotate.use):
        step(EnvFile(path))
    assert keys(path)[2] == "the old key"
    assert keys(path)[0] not in path.read_text() and "the old key" not in path.read_text()
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("key*")} == {0o440}
    named = dict(line.split("=") for line in path.read_text().splitlines())
    read = settings_of("SECRET_KEY", "SECRET_KEY_FALLBACKS", **named | {"SECRET_KEY": ""})
    assert read == repr([keys(path)[0], ["the old key"]])


def test_a_key_that_can_not_be_kept_beside_another_is_said(path):
    path.write_text("SECRET_KEY=one,two\n")
    with pytest.raises(Refused, match="has a comma"):
        rotate.begin(EnvFile(path))
    with pytest.raises(Refused, match="--file"):
        EnvFile(path.with_name("nowhere"))


def test_on_one_machine_processes_start_again_between_the_steps_and_after(units, path, monkeypatch, capsys):  # noqa: F811
    before = units.pids()
    seen = []
    start_again = rotate.upgrade.restart
    monkeypatch.setattr(
        rotate.upgrade, "restart", lambda found: (seen.append(keys(path)), start_again(found))
    )
    monkeypatch.setattr("sys.argv", ["rotate", "--file", str(path)])
    assert rotate.main() == 0, capsys.readouterr().err
    new = keys(path)[0]
    assert seen == [[OLD, new, "older"], [new, "", f"{OLD},older"]]
    assert not set(before) & set(units.pids())


def test_where_nothing_runs_the_keys_stay(units, path, monkeypatch, capsys):  # noqa: F811
    rotate.upgrade._systemctl("stop", units.worker, units.web, wrong="the test")
    monkeypatch.setattr("sys.argv", ["rotate", "--file", str(path)])
    assert rotate.main() == 1
    assert "no orderly-web@" in capsys.readouterr().err
    assert keys(path) == [OLD, "", "older"]


@pytest.mark.live
def test_the_end_seals_second_factors_anew_and_without_the_database_the_older_key_stays(
    migrated, path, monkeypatch, capsys
):
    """As an operator gives it: a command of the shop, with the file's settings."""
    for name in ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with override_settings(SECRET_KEY=OLD):
        secret = set_up(make_user())
    rotate.begin(EnvFile(path))
    rotate.use(EnvFile(path))
    file = EnvFile(path)
    for name in ("REDIS_URL", "DATA_DIR", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"):
        if value := migrated.get(name, os.environ.get(name, "")):
            file.set(name, value)
    file.set("DATABASE_URL", "postgres://nobody@/nowhere?host=/nowhere")
    monkeypatch.setattr("sys.argv", ["rotate", "end", "--file", str(path)])
    assert rotate.main() == 1
    assert "the older key stays" in capsys.readouterr().err
    key, _next, older = keys(path)
    assert older == f"{OLD},older"

    EnvFile(path).set("DATABASE_URL", migrated["DATABASE_URL"])
    assert rotate.main() == 0, capsys.readouterr().err
    assert "1 second factors were sealed" in capsys.readouterr().out
    assert keys(path) == [key, "", ""]
    with override_settings(SECRET_KEY=key, SECRET_KEY_FALLBACKS=[]):
        assert unseal(Authenticator.objects.get().data["secret"]) == secret

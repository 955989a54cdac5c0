"""The image and the compose file, as far as they can be tried without an engine: their files, steps, words and settings."""

import os
import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from config.runtime import commands
from config.runtime.environment import PROJECT
from tests.config.runtime.test_commands import Host
from tests.test_docs import read_from_environment
from tests.waiting import SECONDS, wait_until

IMAGE = (PROJECT / "deploy" / "Containerfile").read_text()
COMPOSE = yaml.safe_load((PROJECT / "deploy" / "compose.yaml").read_text())
SHOP = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "orderly"}
LEFT_OUT = (PROJECT / ".containerignore").read_text().split()


def test_what_is_left_out_of_the_image_is_the_same_for_each_engine():
    assert (PROJECT / ".dockerignore").read_text().split() == LEFT_OUT


def test_the_image_runs_no_process_as_root_and_copies_what_is_there():
    assert re.findall(r"^USER (\S+)", IMAGE, re.MULTILINE) == ["10001"]
    copied = re.findall(r"^COPY (?!--from)(\S+) ", IMAGE, re.MULTILINE)
    assert copied
    assert all((PROJECT / name).exists() for name in copied)
    assert commands.COMMANDS.keys() >= set(re.findall(r'^CMD \["(\w+)"\]', IMAGE, re.MULTILINE))


@pytest.mark.parametrize("name", SHOP)
def test_each_service_of_the_shop_is_a_command_with_known_settings_on_a_root_that_is_not_written(name):
    service = SHOP[name]
    assert service["command"][0] in commands.COMMANDS
    assert service["read_only"] is True
    known = read_from_environment()
    for setting in service["environment"]:
        assert setting.removesuffix("_FILE") in known
    given = re.findall(r"^([A-Z_]+)=", (PROJECT / "deploy" / "orderly.env.example").read_text(), re.MULTILINE)
    assert given and set(given) <= set(known)


def test_what_services_wait_for_and_mount_is_there():
    for service in COMPOSE["services"].values():
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])
        assert {mount.partition(":")[0] for mount in service.get("volumes", ())} <= set(COMPOSE["volumes"])
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])


def ignored(folder: str, names: list[str]) -> set[str]:
    """Those that the image would not hold."""
    at_the_top = Path(folder) == PROJECT
    return {
        name
        for name in names
        for pattern in LEFT_OUT
        if (at_the_top and name == pattern) or (pattern.startswith("**/") and fnmatch(name, pattern[3:]))
    }


@pytest.mark.live
def test_the_files_of_the_image_are_a_shop_that_needs_no_right_to_write_them(migrated, tmp_path):
    code = tmp_path / "opt"
    shutil.copytree(PROJECT, code, ignore=ignored, symlinks=True)
    # What pip would install from the same lock file.
    (code / ".venv").symlink_to((PROJECT / ".venv").resolve())
    for compiled in code.glob("locale/**/*.mo"):
        compiled.unlink()
    subprocess.run([code / "bin" / "orderly", "build"], check=True, env=os.environ | {"SECRET_KEY": ""})
    assert list(code.glob("locale/**/*.mo"))
    before = written_at(code)
    secret = tmp_path / "secret_key"
    secret.write_text("of the image\n")
    given = {"SECRET_KEY": "", "SECRET_KEY_FILE": str(secret), "PYTHONDONTWRITEBYTECODE": "1"}
    # Files from another place: other shops of the run would collect their own anew.
    given |= {"STATIC_ROOT": str(tmp_path / "static")}
    host = Host({**migrated, **given}, tmp_path / "data")
    try:
        for command in ("migrate", "web"):
            with host.log.open("ab") as log:
                process = subprocess.Popen(
                    [code / "bin" / "orderly", command], env=host.environment, stdout=log, stderr=log
                )
            host.running.append(process)
            if command == "migrate":
                assert process.wait(SECONDS) == 0, host.log.read_text()
        wait_until(host.is_ready, "the shop is ready")
        assert written_at(code) == before
    finally:
        for process in host.running:
            process.kill()
            process.wait()


def written_at(folder: Path) -> dict[Path, int]:
    """Each file with the time at which it was written."""
    return {
        path: path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and ".venv" not in path.parts
    }

"""Pytest plugin (see addopts): gives every test run servers and a DATA_DIR of its own, before settings are loaded.

Servers that DATABASE_URL, REDIS_URL or CELERY_BROKER_URL name in the environment are used in place of these.
"""

import atexit
import os
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path

import pytest

from config.runtime import prepare
from config.runtime.embedded import needed_servers
from config.runtime.environment import Refused, only_one

PREFIX = "orderly-test-"
# A folder this old, and not held by anyone, was left behind by a run that was killed.
LEFT_BEHIND = 3600
# Sockets lie in our folder, and their paths must be short.
MAX_TEMPORARY_LENGTH = 40
GET_CHROMIUM = "install it (Debian: apt-get install chromium-headless-shell) or set CHROMIUM to its path."


def is_worker() -> bool:
    """Whether this process is one of xdist's, which inherit the environment of the one that started the servers."""
    return "PYTEST_XDIST_WORKER" in os.environ


# --- servers -----------------------------------------------------------------------------------------------------
@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config):
    if not is_worker():
        try:
            start(make_home())
        except Refused as refusal:
            pytest.exit(str(refusal), returncode=1)
    set_prefixes()
    return (yield)


def make_home() -> Path:
    """A folder for this run alone. As root others may pass through it: the database runs as another account."""
    base = Path(tempfile.gettempdir())
    if len(str(base)) > MAX_TEMPORARY_LENGTH:
        base = Path("/tmp")  # noqa: S108 mkdtemp makes the folder safely
    remove_left_behind(base)
    home = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    home.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return home


def remove_left_behind(base: Path) -> None:
    for folder in base.glob(f"{PREFIX}*"):
        try:
            found = folder.lstat()
        except FileNotFoundError:  # its own run has just ended
            continue
        if found.st_uid != os.geteuid() or time.time() - found.st_mtime < LEFT_BEHIND:
            continue
        with only_one(folder) as is_free:
            if is_free:
                shutil.rmtree(folder, ignore_errors=True)


def start(home: Path) -> None:
    """Start what the environment does not name, and stop it when this process ends."""
    lock = only_one(home)
    lock.__enter__()
    for name in ("logs", "sockets"):
        (home / name).mkdir(mode=0o711)
    servers = needed_servers(os.environ, home, home / "logs", sockets=home / "sockets", durable=False)

    def stop() -> None:
        for server in servers:
            server.stop()
        lock.__exit__(None, None, None)
        shutil.rmtree(home, ignore_errors=True)

    atexit.register(stop)
    for server in servers:
        server.start()
    os.environ.update({server.variable: server.url for server in servers})
    set_environment(home)


def set_environment(home: Path) -> None:
    # A run starts Python some dozens of times: what one process has compiled, the next one need not.
    sys.dont_write_bytecode = False
    for name in ("DEBUG", "PORT", "PUBLIC_URL", "EMAIL_URL", "PYTHONDONTWRITEBYTECODE"):
        os.environ.pop(name, None)
    os.environ |= {
        "DATA_DIR": str(home),
        "DEMO": "1",
        "SECRET_KEY": "tests",
        "SIGN_IN_LIMITS": "off",
        **dict.fromkeys(("API_USER_LIMIT", "API_KEY_LIMIT", "API_ADDRESS_LIMIT"), "0"),
        "STATIC_ROOT": str(home / "static"),
        "TEST_RUN": secrets.token_hex(3),
    }


def set_prefixes() -> None:
    """Processes of one run, and runs on one external server, do not see each other's keys and tasks."""
    own = f"{os.environ['TEST_RUN']}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    os.environ |= dict.fromkeys(("CACHE_PREFIX", "CHANNEL_PREFIX", "CELERY_QUEUE"), own)


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    """Pages need compiled translations and the names of the collected static files."""
    if not is_worker() and not config.option.help:
        prepare.compile_translations()
        prepare.collect_static()


# --- browser tests -----------------------------------------------------------------------------------------------
@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """With REQUIRE_BROWSER=1, as in CI, a browser test that was skipped has failed."""
    report = yield
    required = os.environ.get("REQUIRE_BROWSER") == "1" and item.get_closest_marker("browser")
    if required and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = (
            f"{item.nodeid} was skipped, and REQUIRE_BROWSER=1 asks for it: {report.longrepr[2]}"
        )
    return report


def pytest_terminal_summary(terminalreporter):
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "browser" in report.keywords]
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} browser tests were skipped. If Chromium is missing: {GET_CHROMIUM}"
        )

"""`make run` itself: what it says when it cannot start, what it leaves behind, and what it survives."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from config.runtime.environment import PROJECT
from config.runtime.processes import birth

pytestmark = pytest.mark.live

SECONDS = 240.0
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
NOT_OURS = [
    "DJANGO_SETTINGS_MODULE",
    "DATABASE_URL",
    "REDIS_URL",
    "CELERY_BROKER_URL",
    "SECRET_KEY",
    "STATIC_ROOT",
    "HOST",
    "MAKEFLAGS",
]
KINDS = ["web-1", "worker", "valkey", "postgres"]


def wait_until(holds: Callable[[], object], what: str, seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not come true within {seconds:.0f} s"
        time.sleep(0.05)


def in_project(code: str, environment: dict[str, str]) -> subprocess.CompletedProcess:
    """Run a line of Python as `manage.py shell` would."""
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


class Run:
    """One DATA_DIR, and the shops started from it one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        self.environment = kept | {"DATA_DIR": str(folder), "PORT": "0", "DEMO": "0"}
        self.output = folder.parent / "output"
        self.process: subprocess.Popen | None = None
        self.seen: dict[int, str | None] = {}

    def launch(self, *command: str, **extra: str) -> None:
        """Start the shop without waiting for it."""
        command = command or (sys.executable, "-m", "config.runtime.serve", "--with-parent")
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                command, cwd=PROJECT, env=self.environment | extra, stdout=output, stderr=subprocess.STDOUT
            )

    def start(self, *command: str, **extra: str) -> None:
        """Start the shop and wait until it says that it is open."""
        self.launch(*command, **extra)
        wait_until(lambda: "Ctrl-C" in self.said() or self.process.poll() is not None, "the start")
        assert "Ctrl-C" in self.said(), self.said()
        self.seen |= {pid: birth(pid) for pid in (*self.pids().values(), self.note()["pid"])}

    def said(self) -> str:
        return self.output.read_text()

    def refusal(self) -> list[str]:
        """What a shop said that did not start, and left nothing running."""
        assert self.process.wait(SECONDS) == 1
        assert not self.left()
        return self.said().splitlines()

    def note(self) -> dict:
        return json.loads((self.folder / "running.json").read_text())

    def pids(self) -> dict[str, int]:
        """The process of each kind, by name."""
        try:
            notes = json.loads((self.folder / "processes.json").read_text())
        except FileNotFoundError:
            return {}
        return {note["name"]: note["pid"] for note in notes}

    def left(self) -> list[int]:
        """Processes of the shops so far that still run."""
        return [pid for pid, born in self.seen.items() if born and birth(pid) == born]

    def answers(self) -> bool:
        try:
            url = f"http://127.0.0.1:{self.note()['environment']['PORT']}/"
            with OPENER.open(url, timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(SECONDS)

    def end(self) -> None:
        """Leave nothing behind, whatever became of the test."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()


@contextmanager
def a_home() -> Iterator[Path]:
    """A folder that every account may enter: as root the database runs as another one."""
    home = Path(tempfile.mkdtemp(prefix="orderly-run-"))
    home.chmod(0o711)
    (home / "a folder").mkdir(mode=0o711)
    yield home
    shutil.rmtree(home)


@contextmanager
def a_run(home: Path) -> Iterator[Run]:
    run = Run(home / "a folder" / "data")
    run.output = home / "output"
    yield run
    run.end()


@pytest.fixture
def run() -> Iterator[Run]:
    """In a DATA_DIR that is not there yet."""
    with a_home() as home, a_run(home) as run:
        yield run


@pytest.fixture(scope="module")
def used_home() -> Iterator[Path]:
    with a_home() as home:
        yield home


@pytest.fixture
def next_run(used_home) -> Iterator[Run]:
    """In the DATA_DIR of the test before, which spares the steps that a first start takes."""
    with a_run(used_home) as run:
        yield run


in_one_folder = pytest.mark.xdist_group("runs in one folder")


def mark_database(run: Run, word: str) -> None:
    with database_of(run) as database:
        database.execute("CREATE TABLE IF NOT EXISTS marks (at serial, word text)")
        database.execute("INSERT INTO marks (word) VALUES (%s)", [word])


def marks(run: Run) -> list[str]:
    with database_of(run) as database:
        return [word for (word,) in database.execute("SELECT word FROM marks ORDER BY at")]


def database_of(run: Run) -> psycopg.Connection:
    """Of the shop that runs; `manage.py` finds it by the same note, and starts for a second and a quarter."""
    return psycopg.connect(run.note()["environment"]["DATABASE_URL"])


# --- refusals: one line each -------------------------------------------------------------------------------------
def test_a_busy_port_is_one_line_that_names_the_setting(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        run.launch(PORT=str(taken.getsockname()[1]))
        lines = run.refusal()
    assert len(lines) == 1
    assert "PORT" in lines[0]
    assert not (run.folder / "postgres").exists()


@pytest.mark.parametrize("port", ["eighty", "99999", "-1"])
def test_a_port_that_is_none_is_one_line(run, port):
    run.launch(PORT=port)
    (line,) = run.refusal()
    assert "PORT" in line


def test_manage_without_a_shop_says_what_is_missing_in_one_line(run):
    (run.folder).mkdir()
    (run.folder / "running.json").write_text('{"pid": 1, "environment": {"SECRET_KEY": "stale"}}')
    done = in_project("pass", run.environment)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "SECRET_KEY" in line


def test_setup_says_what_is_missing_when_python_has_no_ensurepip(tmp_path):
    shutil.copytree(PROJECT / "bin", tmp_path / "bin")
    for name in ("requirements.in", "requirements.txt"):
        shutil.copy(PROJECT / name, tmp_path)
    (tmp_path / "ensurepip.py").write_text("raise ImportError")
    setup = [sys.executable, str(tmp_path / "bin/setup"), "requirements.txt"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(setup, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "python3-venv" in line


# --- a life ------------------------------------------------------------------------------------------------------
def test_a_shop_serves_refuses_a_second_one_and_goes_without_a_trace(run):
    run.start("make", "run", PYTHON=sys.executable)
    assert run.answers()
    assert in_project("", run.environment).returncode == 0
    mark_database(run, "first")
    second = Run(run.folder)
    second.output = run.folder.parent / "second"
    second.launch()
    (line,) = second.refusal()
    assert "already runs" in line

    run.process.terminate()
    run.process.wait(SECONDS)
    wait_until(lambda: not run.left(), "the end of every process")
    assert not (run.folder / "running.json").exists()
    assert "database system is shut down" in (run.folder / "logs/postgres.log").read_text()

    run.start()
    assert marks(run) == ["first"]
    run.stop()
    assert not run.left()


def test_a_stop_while_it_starts_leaves_nothing(run):
    run.launch()
    wait_until(lambda: len(run.pids()) > 1, "the first processes")
    run.seen |= {pid: birth(pid) for pid in run.pids().values()}
    run.stop()
    assert run.process.returncode == 0
    assert not run.left()


@pytest.mark.long
@in_one_folder
@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_process_is_started_again_and_the_data_is_there(next_run, kind):
    next_run.start()
    mark_database(next_run, f"before-{kind}")
    killed = next_run.pids()[kind]
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: next_run.pids().get(kind) not in (killed, None), f"another {kind}")
    next_run.seen |= {pid: birth(pid) for pid in next_run.pids().values()}
    wait_until(next_run.answers, "an answer")
    wait_until(lambda: in_project("", next_run.environment).returncode == 0, "the servers")
    mark_database(next_run, f"after-{kind}")
    assert marks(next_run)[-2:] == [f"before-{kind}", f"after-{kind}"]
    next_run.stop()
    assert not next_run.left()


@pytest.mark.long
@in_one_folder
def test_a_killed_parent_takes_everything_down_and_the_next_start_finds_the_data(next_run):
    next_run.start()
    mark_database(next_run, "parent")
    next_run.process.kill()
    next_run.process.wait()
    next_run.start()
    assert marks(next_run)[-1] == "parent"
    next_run.stop()
    assert not next_run.left()


@pytest.mark.long
@in_one_folder
def test_a_killed_make_stops_the_shop_and_the_next_start_finds_the_data(next_run):
    next_run.start("make", "run", PYTHON=sys.executable)
    mark_database(next_run, "make")
    next_run.process.kill()
    next_run.process.wait()
    next_run.start()
    assert marks(next_run)[-1] == "make"
    next_run.stop()
    assert not next_run.left()


@pytest.mark.long
@in_one_folder
def test_everything_killed_at_once_and_stale_lock_files_harm_nothing(next_run):
    next_run.start()
    mark_database(next_run, "everything")
    for pid in (next_run.note()["pid"], *next_run.pids().values()):
        os.kill(pid, signal.SIGKILL)
    next_run.process.wait()
    wait_until(lambda: not next_run.left(), "the end of every process")
    # The killed server's number belongs to another process by now: ours.
    lock = next_run.folder / "postgres/postmaster.pid"
    lock.write_text("\n".join([str(os.getpid()), *lock.read_text().split("\n")[1:]]))
    next_run.start()
    assert marks(next_run)[-1] == "everything"
    next_run.stop()
    assert not next_run.left()


@pytest.mark.long
@pytest.mark.skipif(os.geteuid() != 0, reason="only root's processes run as another account")
def test_in_a_private_folder_of_root_the_database_lies_elsewhere(run):
    run.folder.parent.chmod(0o700)
    run.start()
    cluster = (run.folder / "postgres").resolve()
    try:
        assert str(cluster) in run.said()
        assert cluster.parent.parent == Path("/var/lib")
        mark_database(run, "before")
        run.stop()
        run.start()
        assert marks(run) == ["before"]
        assert run.folder.parent.stat().st_mode & 0o777 == 0o700
        run.stop()
    finally:
        run.end()
        shutil.rmtree(cluster.parent)

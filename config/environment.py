"""Where settings come from: the process environment, completed by the shop that runs from the same DATA_DIR."""

import json
import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def data_dir() -> Path:
    """The folder that everything written at run time lies under."""
    return Path(os.environ.get("DATA_DIR") or PROJECT / ".data").resolve()


def join_running_shop() -> None:
    """Take over each variable that the running shop noted in DATA_DIR and that this process doesn't set itself."""
    note = data_dir() / "running.json"
    if not note.exists():
        return
    for name, value in json.loads(note.read_text())["environment"].items():
        os.environ.setdefault(name, value)

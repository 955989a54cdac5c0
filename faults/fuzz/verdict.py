"""What is wrong with an answer, and what the logs of the shop's processes say of the requests of a run."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from faults.fuzz.sending.frames import Heard, is_message
from faults.fuzz.sending.requests import Request
from faults.fuzz.sending.wire import Answer

# Seconds that any answer may take.
SLOW = 15.0
PROBLEM = "application/problem+json"
# What tells a stranger how the shop is made.
INSIDES = (
    "Traceback (most recent call last)",
    "Exception Value",
    "psycopg.errors",
    "django.db.utils",
    "/site-packages/",
)
# The server in front of the shop says so, of what is no request to it.
NO_REQUEST = ("Invalid HTTP request received.", "The head of this request is too large.")
BEGINS = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ (\w+) \[(\S+) [^]]*\] (.*)")
GRAVE = ("ERROR", "CRITICAL")
FROM_RUN = re.compile(r"fuzz-(\d+)-(\d+)")
# 503 has to say when to come back; sockets tell by this code that something failed.
FAILED = 1011


class Wrong(NamedTuple):
    column: str
    what: str
    # Of the request that it is about, or -1.
    nth: int = -1


COLUMNS = (
    "5xx",
    "unanswered",
    "slow",
    "malformed",
    "insides",
    "logged",
    "memory",
    "ended",
    "oversold",
    "hanging",
    "disagreeing",
)


def of_answer(request: Request, answer: Answer) -> Iterator[tuple[str, str]]:
    """Column and words of each thing that is wrong."""
    if answer.status >= 500 and not (answer.status == 503 and answer.header("Retry-After")):
        yield "5xx", f"{answer.status} {answer.text[:300]}"
    if answer.seconds > SLOW:
        yield "slow", f"{answer.seconds:.1f} s"
    if not answer.status and not request.is_broken:
        yield "unanswered", f"after {answer.seconds:.1f} s: {answer.head[:100]!r}"
    if inside := next((words for words in INSIDES if words in answer.text), ""):
        yield "insides", inside
    is_plain = answer.text.startswith(NO_REQUEST)
    if request.method != "HEAD" and not request.is_broken and not is_plain and answer.status:
        yield from _form_of(request.target, answer)


def _form_of(target: str, answer: Answer) -> Iterator[tuple[str, str]]:
    kind = answer.header("Content-Type").partition(";")[0]
    if kind.endswith("json"):
        try:
            told = answer.json()
        except ValueError as error:
            yield "malformed", f"no JSON: {error}"
            return
    if answer.status < 400 or not target.startswith("/api/"):
        return
    if target.startswith("/api/auth/"):
        # Whoever asks there for something else than JSON gets a page, or nothing at all: 405 of Django's.
        if kind.endswith("json") and not (isinstance(told, dict) and told.get("status") == answer.status):
            yield "malformed", f"{answer.status} without its status: {answer.text[:200]}"
    elif kind != PROBLEM:
        yield "malformed", f"{answer.status} as {kind!r}: {answer.text[:200]}"
    elif not (
        told.get("status") == answer.status and told.get("code") and told.get("title") and told.get("type")
    ):
        yield "malformed", f"{answer.status}, a problem that lacks something: {answer.text[:200]}"


def of_socket(heard: Heard) -> Iterator[tuple[str, str]]:
    answer = heard.answer
    if answer.status >= 500 and not (answer.status == 503 and answer.header("Retry-After")):
        yield "5xx", f"{answer.status} {answer.text[:300]}"
    if heard.code == FAILED:
        yield "5xx", f"closed with {FAILED}"
    if answer.seconds > SLOW:
        yield "slow", f"{answer.seconds:.1f} s"
    if wrong := [message for message in heard.messages if not is_message(message)]:
        yield "malformed", f"told {wrong[0][:200]!r}"


class Logs:
    """All that the processes of a shop write; each error is told once."""

    # Those of servers write their own words, and refuse a statement with an ERROR of theirs.
    SERVERS = ("postgres", "valkey")

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.read_to: dict[Path, int] = {}

    def errors(self) -> list[Wrong]:
        """Those that came since this was asked before."""
        found: list[Wrong] = []
        for log in sorted(self.folder.glob("*.log")):
            if not log.name.startswith(self.SERVERS):
                found += [
                    wrong._replace(what=f"{log.name}: {wrong.what}") for wrong in errors(self._new(log))
                ]
        return found

    def _new(self, log: Path) -> str:
        with log.open("rb") as file:
            file.seek(self.read_to.get(log, 0))
            content = file.read()
        self.read_to[log] = self.read_to.get(log, 0) + len(content)
        return content.decode("utf-8", "replace")


def errors(text: str) -> Iterator[Wrong]:
    """Lines of an error's level, and tracebacks, each with its last line and with the number of its request."""
    nth, said, last = -1, "", ""
    for line in [*text.splitlines(), ""]:
        begins = BEGINS.match(line)
        if (begins or not line) and said:
            yield Wrong("logged", f"{said} {last}".strip(), nth)
            said = ""
        if begins:
            named = FROM_RUN.fullmatch(begins[2])
            nth, last = (int(named[2]) if named else -1), ""
            if begins[1] in GRAVE:
                said = begins[3]
        elif line.startswith("Traceback (most recent call last)"):
            said = said or "Traceback"
        elif said and line and not line.startswith(" "):
            last = line

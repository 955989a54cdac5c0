"""The commands of the guide, out of the page that people read."""

import re

from config.runtime.environment import PROJECT

PAGE, HEADING = "docs/operate.md", "## One server"
# What each block of commands does, in the page's order.
STEPS = (
    "packages and code",
    "database and settings",
    "the shop's processes",
    "certificate and nginx",
    "an owner",
)


class NoGuide(Exception):
    """The page is not as this rig knows it."""


def blocks() -> list[tuple[str, str]]:
    """Each block's name and commands. Raises NoGuide."""
    page = (PROJECT / PAGE).read_text(encoding="utf-8")
    _before, found, rest = page.partition(f"{HEADING}\n")
    commands = re.findall(r"^```sh\n(.*?)^```", rest.partition("\n## ")[0], re.DOTALL | re.MULTILINE)
    if not found or len(commands) != len(STEPS):
        raise NoGuide(f"{PAGE}: {HEADING} has {len(commands)} blocks of commands, not {len(STEPS)}")
    return list(zip(STEPS, commands, strict=True))

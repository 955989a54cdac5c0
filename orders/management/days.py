"""The days that a command is about, as its options name them."""

from datetime import date, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone


def add_days(parser: CommandParser) -> None:
    """`--since` and `--until`."""
    parser.add_argument(
        "--since",
        type=date.fromisoformat,
        default=timezone.localdate() - timedelta(days=1),
        help="The first day, in the shop's time zone; yesterday by default.",
    )
    parser.add_argument("--until", type=date.fromisoformat, help="The last day; the first one by default.")


def days_of(options: dict[str, Any]) -> tuple[date, date]:
    """The first and the last day. Raises CommandError where the last is before the first."""
    first, last = options["since"], options["until"] or options["since"]
    if last < first:
        raise CommandError("The last day is before the first one.")
    return first, last

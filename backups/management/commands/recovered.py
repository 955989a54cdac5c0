"""`manage.py recovered`: the database was put back to an earlier moment; the shop goes on from there, quietly."""

from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime

from backups import recovering


class Command(BaseCommand):
    help = "Makes a database that PostgreSQL has recovered to an earlier moment the shop's, and ends with the audit."
    # Its tables may be of an older version.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "moment",
            type=_moment,
            nargs="?",
            metavar="MOMENT",
            help="What it was put back to, such as 2026-11-30T03:12:00Z. Without it: the last change that is there.",
        )

    def handle(self, *args: Any, moment: datetime | None, **options: Any) -> None:
        try:
            for line in recovering.recover(moment):
                self.stdout.write(line)
        except recovering.NotYet as error:
            raise CommandError(str(error)) from error
        wrong = list(recovering.findings())
        for line in wrong:
            self.stdout.write(line)
        if wrong:
            raise CommandError(f"Recovered, and {len(wrong)} things do not add up.")
        self.stdout.write(
            "Everything adds up. The shop is quiet: emails, webhooks and refunds wait for `release`."
        )


def _moment(text: str) -> datetime:
    """Raises ArgumentTypeError."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ArgumentTypeError(f"{text} is no moment with an offset from UTC, such as 2026-11-30T03:12:00Z")
    return moment

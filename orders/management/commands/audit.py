"""`manage.py audit`: prove the books, or print a line for each thing that does not add up."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders import audit
from orders.audit import heads, runs


class Command(BaseCommand):
    help = "Proves the books; prints a line for each thing that does not add up, and then exits with 1. Notes that it did."

    def add_arguments(self, parser: CommandParser) -> None:
        group = parser.add_mutually_exclusive_group()
        group.add_argument(
            "--heads",
            action="store_true",
            help="Print digests of all that is chained, day by day, to be kept elsewhere; look at nothing else.",
        )
        group.add_argument(
            "--since",
            type=Path,
            metavar="FILE",
            help="Also compare the days with the digests that were kept.",
        )

    def handle(self, **options: Any) -> None:
        if options["heads"]:
            self._heads()
            return
        began = monotonic()
        with audit.snapshot():
            wrong = 0
            for line in self._findings(options["since"]):
                self.stdout.write(line)
                wrong += 1
            if not wrong:
                self._say(audit.summary())
        if failure := runs.note(findings=wrong, seconds=monotonic() - began):
            self.stderr.write(f"It is not noted that this audit was made: {failure}")
        if wrong:
            raise CommandError(f"{wrong} things do not add up.")

    def _heads(self) -> None:
        with audit.snapshot():
            for line in heads.heads():
                self.stdout.write(line)

    def _findings(self, since: Path | None) -> Iterator[str]:
        yield from audit.findings()
        if since is None:
            return
        try:
            yield from heads.differences(since.read_text().splitlines())
        except (OSError, UnicodeDecodeError, heads.BadHeads) as error:
            raise CommandError(f"{since}: these are no digests of `audit --heads`. {error}") from error

    def _say(self, summary: audit.Summary) -> None:
        self.stdout.write(
            f"Everything adds up: {summary.orders} orders, {summary.products} products, {summary.numbers} numbers."
        )
        for money in summary.money:
            self.stdout.write(
                f"{money.currency}: captured {money.captured}, refunded {money.refunded}, held {money.held}."
            )

"""`manage.py restore`: put a backup into an empty place, quietly, and prove the books."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backups import manifest, postgres, restoring


class Command(BaseCommand):
    help = (
        "Restores a backup into an empty database and an empty folder of pictures, and ends with the audit."
    )
    # Those of the database would look for tables that are not there yet.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FROM", help="one backup: a folder orderly-…")
        parser.add_argument(
            "--nothing-lost",
            action="store_true",
            help="The old shop stood still when the backup was made: numbers go on where they were.",
        )

    def handle(self, *args: Any, folder: Path, nothing_lost: bool, **options: Any) -> None:
        try:
            for line in restoring.restore(folder, nothing_lost=nothing_lost):
                self.stdout.write(line)
        except (manifest.NotWhole, restoring.NotEmpty, postgres.Failed, postgres.NoProgram) as error:
            raise CommandError(str(error)) from error
        wrong = list(restoring.findings(folder))
        for line in wrong:
            self.stdout.write(line)
        if wrong:
            raise CommandError(f"Restored, and {len(wrong)} things do not add up.")
        self.stdout.write(
            "Everything adds up. The shop is quiet: emails, webhooks and refunds wait for `release`."
        )

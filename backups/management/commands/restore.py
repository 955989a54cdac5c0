"""`manage.py restore`: put a backup into an empty place, quietly, and prove the books."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backups import manifest, postgres, restoring, sealing


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

        parser.add_argument(
            "--identity",
            type=Path,
            metavar="FILE",
            help="The private key of a backup that is encrypted, as age-keygen writes it.",
        )

    def handle(
        self, *args: Any, folder: Path, nothing_lost: bool, identity: Path | None, **options: Any
    ) -> None:
        try:
            about = manifest.checked(folder)
            with sealing.opened(folder, about, identity) as plain:
                for line in restoring.restore(plain, about=about, nothing_lost=nothing_lost):
                    self.stdout.write(line)
                wrong = list(restoring.findings(plain))
        except (
            manifest.NotWhole,
            restoring.NotEmpty,
            sealing.Sealed,
            postgres.Failed,
            postgres.NoProgram,
            OSError,
        ) as error:
            raise CommandError(str(error)) from error
        for line in wrong:
            self.stdout.write(line)
        if wrong:
            raise CommandError(f"Restored, and {len(wrong)} things do not add up.")
        self.stdout.write(
            "Everything adds up. The shop is quiet: emails, webhooks and refunds wait for `release`."
        )

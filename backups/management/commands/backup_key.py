"""`manage.py backup_key`: another key of encrypted backups."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backups import sealing, writing


class Command(BaseCommand):
    help = "Makes a private key in FILE, before those that open older backups, and says its public key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--end",
            type=Path,
            metavar="TARGET",
            help="Take the older ones out, if no backup in TARGET needs them.",
        )

    def handle(self, *args: Any, file: Path, end: Path | None, **options: Any) -> None:
        try:
            if end is None:
                self.stdout.write(f"From now on: --encrypt-to {sealing.add_identity(file)}")
            else:
                sealing.keep_newest(file, writing.all_in(end))
                self.stdout.write("Older keys are gone: keep a copy of the file where the machine is not.")
        except (sealing.Sealed, OSError) as error:
            raise CommandError(str(error)) from error

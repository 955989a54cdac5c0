"""`manage.py backup`: copy the shop into a folder while it serves."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backups import postgres, sealing, writing
from backups.models import Backup


class Command(BaseCommand):
    help = "Makes a backup in a folder of its own below TARGET: database, pictures, digests, manifest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", type=Path, metavar="TARGET")
        parser.add_argument("--keep", type=int, metavar="N", help="Then delete all but the newest N.")
        parser.add_argument(
            "--with-secrets",
            action="store_true",
            help="Also write the keys into it, readable by who can read the backup.",
        )

        parser.add_argument(
            "--encrypt-to",
            action="append",
            default=[],
            metavar="KEY",
            help="Encrypt it to this public key of age (age1…); may be given several times.",
        )
        # Of the drill that comes afterwards (config/runtime/drill.py).
        parser.add_argument("--identity", type=Path, metavar="FILE", help="The private key, for --drill.")

    def handle(
        self,
        *args: Any,
        target: Path,
        keep: int | None,
        with_secrets: bool,
        encrypt_to: list[str],
        **options: Any,
    ) -> None:
        if keep is not None and keep < 1:
            raise CommandError("--keep is 1 at least: the newest backup stays.")
        began, as_of = time.monotonic(), timezone.now()
        note = Backup(kind=Backup.Kind.MADE, as_of=as_of, place=str(target))
        try:
            folder, about = writing.make(target.resolve(), with_secrets=with_secrets, encrypt_to=encrypt_to)
        except (sealing.Sealed, postgres.Failed, postgres.NoProgram, OSError) as error:
            note.failure = str(error)
            raise CommandError(str(error)) from error
        else:
            note.as_of, note.place, note.bytes = about.moment, str(folder), about.bytes
        finally:
            note.seconds = time.monotonic() - began
            note.save()
        self.stdout.write(f"{folder}: {about.orders} orders, {about.bytes} bytes, in {note.seconds:.1f} s")
        if about.secrets_apart:
            self.stdout.write(f"To be kept elsewhere: {', '.join(about.secrets_apart)}")
        for old in writing.forget_old(target.resolve(), keep=keep) if keep else ():
            self.stdout.write(f"deleted {old.name}")

"""`manage.py release`: a restored shop is the shop now, and whatever is due goes out."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from orders.reports import queue_lengths
from outbox import quiet


class Command(BaseCommand):
    help = "Lets a restored shop send what is due: emails, webhooks, refunds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--look", action="store_true", help="Only say what would go out.")

    def handle(self, *args: Any, look: bool, **options: Any) -> None:
        since = quiet.since()
        if since is None:
            self.stdout.write("The shop is not quiet.")
            return
        self.stdout.write(f"Quiet since {since:%Y-%m-%d %H:%M:%S} UTC. Due:")
        for queue, found in queue_lengths.due():
            self.stdout.write(f"  {queue}: {found.rows}")
        if not look:
            quiet.end()
            self.stdout.write("Released.")

"""`manage.py statement`: the daily statement as CSV."""

from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from orders.reports import money_days


class Command(BaseCommand):
    help = "Prints what each provider held, what moved, and what it held then, for each day and currency, as CSV."

    def add_arguments(self, parser: CommandParser) -> None:
        yesterday = timezone.localdate() - timedelta(days=1)
        parser.add_argument(
            "--since",
            type=date.fromisoformat,
            default=yesterday,
            help="The first day, in the shop's time zone; yesterday by default.",
        )
        parser.add_argument(
            "--until", type=date.fromisoformat, help="The last day; the first one by default."
        )

    def handle(self, **options: Any) -> None:
        first, last = options["since"], options["until"] or options["since"]
        if last < first:
            raise CommandError("The last day is before the first one.")
        for row in money_days.as_csv(money_days.days(first=first, last=last)):
            self.stdout.write(row, ending="")

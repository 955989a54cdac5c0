"""`manage.py statement`: the daily statement as CSV."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from orders.management.days import add_days, days_of
from orders.reports import money_days


class Command(BaseCommand):
    help = "Prints what each provider held, what moved, and what it held then, for each day and currency, as CSV."

    def add_arguments(self, parser: CommandParser) -> None:
        add_days(parser)

    def handle(self, **options: Any) -> None:
        first, last = days_of(options)
        for row in money_days.as_csv(money_days.days(first=first, last=last)):
            self.stdout.write(row, ending="")

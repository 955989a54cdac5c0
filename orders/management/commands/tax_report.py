"""`manage.py tax_report`: what invoices less credit notes come to by rate of tax, as CSV."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from orders.management.days import add_days, days_of
from orders.reports import tax_report


class Command(BaseCommand):
    help = (
        "Prints what the invoices of some days come to by country and rate of tax, less credit notes, as CSV."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_days(parser)

    def handle(self, **options: Any) -> None:
        first, last = days_of(options)
        for row in tax_report.as_csv(tax_report.lines(first=first, last=last), first=first, last=last):
            self.stdout.write(row, ending="")

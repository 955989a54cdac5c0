"""`manage.py statement`: the daily statement as CSV."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.money import decimals
from orders.management.days import add_days, days_of
from orders.payments.reconciling import payouts
from orders.reports import money_days


class Command(BaseCommand):
    help = "Prints what each provider held, what moved, and what it held then, for each day and currency, as CSV."

    def add_arguments(self, parser: CommandParser) -> None:
        add_days(parser)
        parser.add_argument(
            "--open", action="store_true", help="Instead: what moved in these days and is in no payout yet."
        )

    def handle(self, **options: Any) -> None:
        first, last = days_of(options)
        if options["open"]:
            for one in payouts.open_amounts(first=first, last=last):
                amount = f"{one.amount:.{decimals(one.currency)}f}"
                cells = (one.at.isoformat(), one.variant, one.order, one.kind, amount, one.currency)
                self.stdout.write(",".join(map(str, (*cells, one.reference, one.days))))
            return
        for row in money_days.as_csv(money_days.days(first=first, last=last)):
            self.stdout.write(row, ending="")

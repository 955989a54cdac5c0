"""`manage.py audit`: prove the books, or print a line for each thing that does not add up."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders import audit


class Command(BaseCommand):
    help = "Proves the books; prints a line for each thing that does not add up, and then exits with 1."

    def handle(self, **options: Any) -> None:
        with audit.snapshot():
            wrong = 0
            for line in audit.findings():
                self.stdout.write(line)
                wrong += 1
            if wrong:
                raise CommandError(f"{wrong} things do not add up.")
            self._say(audit.summary())

    def _say(self, summary: audit.Summary) -> None:
        self.stdout.write(
            f"Everything adds up: {summary.orders} orders, {summary.products} products, {summary.numbers} numbers."
        )
        for money in summary.money:
            self.stdout.write(
                f"{money.currency}: captured {money.captured}, refunded {money.refunded}, held {money.held}."
            )

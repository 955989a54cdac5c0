"""`manage.py fill`: made-up orders and products, as many as are wanted, to measure a shop with."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo import fill


class Command(BaseCommand):
    help = (
        "For measuring: add made-up products, customers, and orders of the last 400 days in every status, with all that "
        "belongs to them. Never needed in a shop that sells."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--orders", type=int, default=100_000)
        parser.add_argument("--products", type=int, default=5_000)
        parser.add_argument("--yes", action="store_true", help="also where there are orders already")

    def handle(self, *args: Any, orders: int, products: int, yes: bool, **options: Any) -> None:
        if orders < 1 or products < 2:
            raise CommandError("At least 1 order and 2 products.")
        if fill.has_orders() and not yes:
            raise CommandError(
                "There are orders in this shop, and made-up ones could never be told from them nor deleted. "
                "If it is for measuring all the same: --yes"
            )
        began = time.monotonic()
        fill.fill(orders_wanted=orders, products_wanted=products)
        fill.analyze()
        seconds = time.monotonic() - began
        self.stdout.write(f"{orders} orders and {products} products added in {seconds:.0f} s.")

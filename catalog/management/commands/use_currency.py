"""`manage.py use_currency`: the shop changes to the currency in CURRENCY."""

from django.conf import settings
from django.core.management.base import BaseCommand

from catalog.currency import use_currency


class Command(BaseCommand):
    help = (
        "Mean all prices in CURRENCY from now on. Products go off sale, and price tables of couriers out of use, until "
        "their prices and fees are written anew."
    )
    # The check that this answers would refuse it.
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        count = use_currency()
        self.stdout.write(
            f"Prices are in {settings.CURRENCY}. Off sale until their prices are written anew: {count} products. "
            "No price table of a courier is in use any more: write their fees anew, and switch them on."
        )

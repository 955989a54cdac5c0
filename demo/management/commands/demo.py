"""`manage.py demo`: fill a shop with products, pictures, couriers and two people to try it with."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from demo.people import invite_people
from demo.pictures import redraw_missing
from demo.pricing.couriers import hire_couriers
from demo.pricing.gift_cards import issue_gift_card
from demo.pricing.promotions import offer_promotions
from demo.pricing.taxes import set_rates
from demo.shelves import fill_shelves
from demo.translations import translate_missing

# Any number that no other advisory lock of this shop uses: two demos at once wait for each other.
LOCK = 20251122


class Command(BaseCommand):
    help = (
        "Fill the demo shop. May be run again, also after it was stopped halfway: what exists is left alone."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("`demo` fills demo shops only: set DEMO=1, or start one with `make run`.")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                self._fill()
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])

    def _fill(self) -> None:
        invite_people()
        hire_couriers()
        set_rates()
        made = fill_shelves()
        offer_promotions()
        issue_gift_card()
        translate_missing()
        redrawn = redraw_missing()
        if made or redrawn:
            self.stdout.write(f"Demo shop: {made} products made, {redrawn} pictures drawn again.")

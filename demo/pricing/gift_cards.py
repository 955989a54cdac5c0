"""A gift card that can be spent in the demo shop."""

from demo.pricing.prices import local
from orders.actions.money.giving import issue_card
from orders.gift_cards.codes import read
from orders.models import GiftCard

# As it is typed; README.md names it.
CODE = "DEM0-G1FT-CARD-2026"


def issue_gift_card() -> None:
    """Once; what was spent of it stays spent."""
    if not GiftCard.objects.filter(code=read(CODE)).exists():
        issue_card(amount=local("100"), note="demo", actor=None, code=read(CODE))

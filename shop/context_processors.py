"""What every page knows of the shop."""

from django.conf import settings
from django.http import HttpRequest


def shop(request: HttpRequest) -> dict[str, object]:
    """The shop's name, its currency, and whether it is the demo."""
    return {
        "SHOP_NAME": settings.SHOP_NAME,
        "CURRENCY": settings.CURRENCY,
        "DEMO": settings.DEMO,
    }

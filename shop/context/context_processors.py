"""What every page knows of the shop."""

from django.conf import settings
from django.http import HttpRequest

from shop.cart_stores import cart_of


def shop(request: HttpRequest) -> dict[str, object]:
    """The shop's name, its currency, whether it is the demo or takes no orders, and how many pieces are in the cart.

    The cart is counted only where a template asks, so that an error page needs no database.
    """
    return {
        "SHOP_NAME": settings.SHOP_NAME,
        "SHOP_EMAIL": settings.SHOP_EMAIL,
        "CURRENCY": settings.CURRENCY,
        "DEMO": settings.DEMO,
        "takes_no_orders": not settings.PAYMENT_VARIANTS,
        "cart_count": lambda: cart_of(request).count,
    }

"""What a start says of the payment settings."""

from django.conf import settings
from django.core import checks


@checks.register()
def can_be_paid(**options: object) -> list[checks.CheckMessage]:
    """A shop without a provider starts, since its staff may fill it, and takes no orders."""
    if settings.PAYMENT_VARIANTS:
        return []
    hint = "Set the keys of Stripe or PayPal (see the README), or DEMO=1."
    return [
        checks.Warning("No payment provider is on: the shop takes no orders.", hint=hint, id="orders.W001")
    ]

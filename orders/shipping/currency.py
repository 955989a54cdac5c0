"""Couriers' fees in another currency than the shop's are charged to nobody."""

from typing import Any

from django.dispatch import receiver

from catalog.currency import currency_changed
from orders.models import PriceTable


@receiver(currency_changed, dispatch_uid="orders.shipping.currency")
def take_tables_out_of_use(**_more: Any) -> None:
    """Until staff have written their fees anew and take them into use again."""
    PriceTable.objects.filter(no_parcel=False, is_active=True).update(is_active=False)

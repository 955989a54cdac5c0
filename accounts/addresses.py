"""A customer's addresses. A customer who has any has exactly one default, with which checkout starts.

Each call locks the customer's row first, as placing an order does, so that two calls at once end with one default.
"""

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Address, User


@transaction.atomic
def save_address(address: Address, *, make_default: bool = False) -> Address:
    """Store a new or changed address. A customer's first one becomes the default by itself."""
    others = _others(address)
    address.is_default = make_default or address.is_default or not others.filter(is_default=True).exists()
    if address.is_default:
        others.update(is_default=False)
    address.save()
    return address


@transaction.atomic
def delete_address(address: Address) -> None:
    """Delete an address; if it was the default, then the customer's newest other one is from now on."""
    others = _others(address)
    address.delete()
    newest = others.order_by("-id").first()
    if newest is not None and not others.filter(is_default=True).exists():
        newest.is_default = True
        newest.save(update_fields=["is_default"])


def _others(address: Address) -> QuerySet[Address]:
    """The customer's other addresses, the customer's row locked until the transaction ends."""
    User.objects.select_for_update(no_key=True).get(pk=address.user_id)
    others = Address.objects.filter(user_id=address.user_id).exclude(pk=address.pk)
    if address.pk:
        # It may have become the default, or stopped being it, since it was read.
        current = Address.objects.filter(pk=address.pk).values_list("is_default", flat=True).first()
        address.is_default = bool(current)
    return others

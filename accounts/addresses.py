"""A customer's addresses. A customer who has any has exactly one default, with which checkout starts.

Each call locks the customer's row first, as placing an order does, so that two calls at once end with one default.
"""

from collections.abc import Callable

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Address, User
from database.rows import find
from refusals import NotFound

# The default first, with which checkout starts.
OF_USER = "WHERE user_id = %s ORDER BY is_default DESC, id"
# Called with an address as it is, its customer locked; what it raises ends the call.
Expectation = Callable[[Address], None]


def addresses_of(user_id: int) -> list[Address]:
    """The default one first, the others in the order in which they were added."""
    return find(Address, OF_USER, [user_id])


@transaction.atomic
def save_address(
    address: Address, *, make_default: bool = False, expect: Expectation | None = None
) -> Address:
    """Store a new or changed address. A customer's first one becomes the default by itself."""
    others = _others(address)
    _expect(address, expect)
    address.is_default = make_default or address.is_default or not others.filter(is_default=True).exists()
    if address.is_default:
        others.update(is_default=False)
    address.save()
    return address


@transaction.atomic
def delete_address(address: Address, *, expect: Expectation | None = None) -> None:
    """Delete an address; if it was the default, then the customer's newest other one is from now on."""
    others = _others(address)
    _expect(address, expect)
    address.delete()
    newest = others.order_by("-id").first()
    if newest is not None and not others.filter(is_default=True).exists():
        newest.is_default = True
        newest.save(update_fields=["is_default"])


def _expect(address: Address, expect: Expectation | None) -> None:
    """Raises NotFound when it was deleted meanwhile, for those who expect something of it."""
    if expect is None:
        return
    found = Address.objects.filter(pk=address.pk).first()
    if found is None:
        raise NotFound
    expect(found)


def _others(address: Address) -> QuerySet[Address]:
    """The customer's other addresses, the customer's row locked until the transaction ends."""
    User.objects.select_for_update(no_key=True).get(pk=address.user_id)
    others = Address.objects.filter(user_id=address.user_id).exclude(pk=address.pk)
    if address.pk:
        # It may have become the default, or stopped being it, since it was read.
        current = Address.objects.filter(pk=address.pk).values_list("is_default", flat=True).first()
        address.is_default = bool(current)
    return others

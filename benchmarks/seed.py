"""What the measures need in the shop: products with plenty of stock, and customers with keys and sessions."""

from decimal import Decimal
from importlib import import_module
from typing import NamedTuple

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction

from accounts.access.keys import make_key
from accounts.addresses import save_address
from accounts.models import Address, User
from catalog import inventory
from catalog.models import Category, Inventory, Product
from demo.people import HOME_ADDRESS
from rest.scopes import Scope

PLENTY = 1_000_000
BACKEND = "django.contrib.auth.backends.ModelBackend"


class Customer(NamedTuple):
    user_id: int
    address_id: int
    key: str
    session: str


def customers(count: int, *, prefix: str) -> list[Customer]:
    """Customers whose ids, and whose addresses' ids, follow each other."""
    with transaction.atomic():
        users = [User(email=f"{prefix}-{nth}@example.com", password="!") for nth in range(count)]  # noqa: S106 unusable
        User.objects.bulk_create(users)
        EmailAddress.objects.bulk_create(
            EmailAddress(user=user, email=user.email, primary=True, verified=True) for user in users
        )
        addresses = [save_address(Address(user=user, **HOME_ADDRESS)) for user in users]
    return [
        Customer(
            user.pk, address.pk, make_key(user=user, name="bench", scope=Scope.ORDER).secret, session_of(user)
        )
        for user, address in zip(users, addresses, strict=True)
    ]


def session_of(user: User) -> str:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    key: str = session.session_key
    # As signing in notes it.
    UserSession.objects.create(user=user, session_key=key, ip="127.0.0.1")
    return key


@transaction.atomic
def numbered(*, prefix: str, numbers: int) -> Product:
    """A product with so many numbers."""
    (product,) = products(1, prefix=prefix, stock=0, inventory_kind=Inventory.NUMBERED)
    values = [f"{prefix}-{nth:06}" for nth in range(numbers)]
    inventory.add_numbers(product_id=product.pk, values=values, actor=None)
    return product


@transaction.atomic
def products(
    count: int, *, prefix: str, stock: int = PLENTY, inventory_kind: str = Inventory.COUNTED
) -> list[Product]:
    """Products whose ids follow each other, with so many pieces of each."""
    category, _ = Category.objects.get_or_create(slug="bench", defaults={"name": "Bench", "position": 99})
    made = [
        Product.objects.create(
            category=category,
            sku=f"{prefix}-{nth}",
            slug=f"{prefix}-{nth}".lower(),
            name=f"Product {prefix} {nth}",
            price=Decimal("12.50"),
            weight_g=200,
            inventory=inventory_kind,
        )
        for nth in range(count)
    ]
    for product in made if stock else ():
        inventory.receive(product_id=product.pk, quantity=stock, actor=None, reason="bench")
    return made

"""What a run needs: products with plenty or little stock at two rates, vouchers, cards and credit, people with keys."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from accounts.access.keys import make_key
from accounts.models import User
from benchmarks import seed
from catalog import inventory
from catalog.models import Category, Inventory, OptionValue, Product, ProductGroup, TaxClass
from orders.actions.money.giving import give_credit, issue_card
from orders.models import Courier, PriceTable, Promotion, PromotionKind, TaxRate
from orders.webhooks import endpoints
from rest.scopes import Scope

PLENTY, LITTLE = 100_000, 8
# How often the voucher may be used in all, and the one for each customer.
VOUCHERS, EACH = 5, 2
# What is on gift cards that staff have given out: few pay many orders, each of the others less than one.
MUCH, PART = Decimal(200), Decimal(9)
# Percent of tax in what comes in variants, on sale or later; all else has the shop's own rate.
REDUCED = Decimal(5)
# The variant that costs more.
DEARER = "XL"


def customers(count: int, *, run: int) -> list[seed.Customer]:
    return seed.customers(count, prefix=f"faults-{run}")


def products(*, run: int) -> list[Product]:
    """Counted ones and numbered ones, few of each in plenty."""
    return [
        *seed.products(6, prefix=f"PLENTY-{run}", stock=PLENTY),
        *seed.products(3, prefix=f"LITTLE-{run}", stock=LITTLE),
        *(numbered(f"SEATS-{run}-{nth}", numbers=LITTLE) for nth in range(2)),
        numbered(f"ROOMS-{run}", numbers=1000),
    ]


def plenty(*, run: int) -> list[Product]:
    """Counted ones that never run out."""
    return seed.products(3, prefix=f"PAID-{run}", stock=PLENTY)


@transaction.atomic
def numbered(sku: str, *, numbers: int) -> Product:
    product = Product.objects.create(
        category=Category.objects.get(slug="bench"),
        sku=sku,
        slug=sku.lower(),
        name=f"Product {sku}",
        price=Decimal("12.50"),
        weight_g=200,
        inventory=Inventory.NUMBERED,
    )
    values = [f"{sku}/{nth:04}" for nth in range(numbers)]
    inventory.add_numbers(product_id=product.pk, values=values, actor=None)
    return product


def everything(*, run: int) -> list[Product]:
    """Those of `products`, and what there is besides: on sale, to come, in variants, and gift cards."""
    reduced = [*offers(run=run), *shirts(run=run)]
    tax_less(reduced, run=run)
    return [*products(run=run), *reduced, gift_card(run=run)]


@transaction.atomic
def tax_less(some: Iterable[Product], *, run: int) -> None:
    """At another rate than all else."""
    kind = TaxClass.objects.create(name=f"Reduced {run}")
    TaxRate.objects.create(tax_class=kind, percent=REDUCED, starts=timezone.localdate())
    Product.objects.filter(pk__in=[one.pk for one in some]).update(tax_class=kind)


@transaction.atomic
def offers(*, run: int) -> list[Product]:
    """One on sale, and one that is sold before it is there."""
    sale, later = seed.products(2, prefix=f"OFFER-{run}", stock=3 * LITTLE)
    sale.sale_price = Decimal("9.90")
    sale.save(update_fields=["sale_price"])
    later.available_from = timezone.localdate() + timedelta(days=9)
    later.save(update_fields=["available_from"])
    return [sale, later]


@transaction.atomic
def shirts(*, run: int) -> list[Product]:
    """Two variants of one product at one price, few of the second, and one that costs more."""
    category = Category.objects.get(slug="bench")
    group = ProductGroup.objects.create(
        name=f"Shirt {run}", slug=f"shirt-{run}", category=category, option_1="Size"
    )
    made = []
    offered = (("M", PLENTY, 20), ("L", LITTLE, 20), (DEARER, PLENTY, 26))
    for position, (size, stock, price) in enumerate(offered):
        value = OptionValue.objects.create(group=group, option=1, name=size, position=position)
        sku = f"SHIRT-{run}-{size}"
        made.append(_product(sku, group=group, value_1=value, price=Decimal(price)))
        inventory.receive(product_id=made[-1].pk, quantity=stock, actor=None, reason="faults")
    return made


@transaction.atomic
def gift_card(*, run: int) -> Product:
    product = _product(f"CARD-{run}", price=Decimal(15), is_gift_card=True, needs_parcel=False)
    inventory.receive(product_id=product.pk, quantity=PLENTY, actor=None, reason="faults")
    return product


@transaction.atomic
def vouchers(*, run: int) -> list[str]:
    """Codes: one that may be used so often in all, and one for each customer."""
    few = Promotion.objects.create(
        name="Few", code=f"FEW-{run}", kind=PromotionKind.PERCENT, percent=10, limit=VOUCHERS
    )
    each = Promotion.objects.create(
        name="Each",
        code=f"EACH-{run}",
        kind=PromotionKind.AMOUNT,
        amount=Decimal(2),
        limit_per_customer=EACH,
    )
    return [few.code, each.code]


def cards() -> list[str]:
    """Codes of gift cards, which all customers know."""
    amounts = [MUCH, MUCH, *[PART] * 6]
    return [issue_card(amount=amount, note="faults", actor=None).code for amount in amounts]


def store_credit(user_ids: Iterable[int]) -> None:
    """So much that it pays a part of an order, or all of a small one."""
    for email in User.objects.filter(pk__in=user_ids).order_by("pk").values_list("email", flat=True):
        give_credit(email=email, amount=2 * PART, note="faults", actor=None)


@transaction.atomic
def pickup() -> int:
    """The shop's own place to fetch orders; its id."""
    table, _is_new = PriceTable.objects.get_or_create(
        courier=Courier.objects.order_by("pk")[0],
        service="Faults pickup",
        defaults={"is_pickup": True, "pickup_address": "1 Bench Street"},
    )
    return int(table.pk)


@transaction.atomic
def staff(*, run: int) -> tuple[User, str]:
    """Somebody who may do everything, and their key."""
    user = User.objects.create(
        email=f"staff-{run}@example.com",
        password="!",  # noqa: S106 unusable
        is_staff=True,
        is_superuser=True,
    )
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user, make_key(user=user, name="faults", scope=Scope.MANAGE).secret


def receivers(urls: Mapping[int, str]) -> None:
    """By user: where their events are sent. A shop sends to private addresses for staff alone, so they have become that."""
    for user_id, url in urls.items():
        User.objects.filter(pk=user_id).update(is_staff=True)
        endpoints.register(owner=User.objects.get(pk=user_id), url=url)


def _product(sku: str, **given: Any) -> Product:
    return Product.objects.create(
        category=Category.objects.get(slug="bench"),
        sku=sku,
        slug=sku.lower(),
        name=f"Product {sku}",
        weight_g=0 if given.get("needs_parcel") is False else 200,
        inventory=Inventory.COUNTED,
        **given,
    )

"""Waiting for a product that is sold out: who is to be told when it can be bought again, and what is back.

What is back is read from stock and numbers as they are, whatever brought them: a delivery, a count, an order that came to
nothing, an import, or a product that is on sale again. So nothing that changes stock has to think of it.
"""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog.models import Product
from catalog.models.wait import Wait
from catalog.shelf import shelf


def wait(*, product_id: int, email: str, user_id: int | None, language: str) -> None:
    """Note that this address is to be told, in this language; an address waits for a product once."""
    Wait.objects.bulk_create(
        [Wait(product_id=product_id, email=email.lower(), user_id=user_id, language=language)],
        update_conflicts=True,
        unique_fields=["product", "email"],
        update_fields=["user", "language"],
    )


def is_back(product_id: int) -> bool:
    """Whether it can be bought now."""
    return shelf.left_of(Product.objects.filter(pk=product_id, is_active=True)).exists()


def sold_out(product_ids: Iterable[int]) -> set[int]:
    """Those that can't be bought now: nothing is left of them, or they are not on sale. What has begun comes no more."""
    coming = Product.objects.filter(~shelf.has_begun(), pk__in=product_ids)
    wanted = set(coming.values_list("pk", flat=True))
    bought = shelf.left_of(Product.objects.filter(pk__in=wanted, is_active=True))
    return wanted - set(bought.values_list("pk", flat=True))


def back() -> list[int]:
    """Products that somebody waits for and that can be bought, in id order."""
    waited = Exists(Wait.objects.filter(product=OuterRef("pk")))
    return list(
        shelf.left_of(Product.objects.filter(waited, is_active=True))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def take(*, product_id: int, most: int) -> list[Wait]:
    """The longest waiting for a product, up to `most`, in the caller's transaction: it tells them, and they wait no more.

    What another worker has in hand is left to it. Where the product was sold out again meanwhile they go on waiting.
    """
    if not is_back(product_id):
        return []
    waits = Wait.objects.filter(product=product_id).select_related("product", "user").order_by("pk")
    taken = list(waits.select_for_update(no_key=True, skip_locked=True, of=("self",))[:most])
    Wait.objects.filter(pk__in=[one.pk for one in taken]).delete()
    return taken


def of(*, user_id: int, emails: Iterable[str]) -> QuerySet[Wait]:
    """What a user waits for, the longest first: as the user, and under each of the user's addresses."""
    own = Wait.objects.filter(Q(user=user_id) | Q(email__in=emails))
    return own.select_related("product").order_by("pk")

"""What a product's page says above its form: its stock or its numbers, and where each is changed or looked at."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from catalog.models import Number, Product
from catalog.rights import CatalogRights
from staff.rights import Actor, may

Link = tuple[str, str]


@dataclass(frozen=True)
class Figure:
    count: int
    label: str
    kind: str = ""
    link: str = ""


@dataclass(frozen=True)
class OnHand:
    """Figures, the buttons that change them, and links to where they come from."""

    figures: list[Figure]
    buttons: list[Link] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


def on_hand(*, product: Product, user: Actor) -> OnHand:
    """What this member of staff sees and may do."""
    return _numbers(product, user) if product.is_numbered else _stock(product, user)


def _stock(product: Product, user: Actor) -> OnHand:
    page = reverse("admin:catalog_product_stock", args=[product.pk])
    buttons = [(_("Received"), f"{page}#received"), (_("Counted"), f"{page}#counted")]
    movements = _list("stockmovement", product__id__exact=product.pk)
    looks = user.has_perm("catalog.view_stockmovement")
    return OnHand(
        [
            Figure(product.on_hand, _("on hand")),
            Figure(product.promised, _("promised")),
            Figure(product.stock_quantity, pgettext("pieces", "free")),
            *_waiting(product),
        ],
        buttons if may(user, CatalogRights.STOCK) else [],
        [(_("Latest movements"), movements)] if looks else [],
    )


def _numbers(product: Product, user: Actor) -> OnHand:
    counted = dict(product.numbers.order_by().values_list("state").annotate(Count("pk")))
    figures = [
        Figure(
            counted.get(state, 0),
            str(label),
            str(state),
            _list("number", product__id__exact=product.pk, state__exact=state),
        )
        for state, label in Number.State.choices
    ]
    figures += _waiting(product)
    add = reverse("admin:catalog_product_numbers", args=[product.pk])
    return OnHand(figures, [(_("Add numbers"), add)] if may(user, CatalogRights.ADD_NUMBERS) else [])


def _waiting(product: Product) -> list[Figure]:
    """How many people are to be told when it is back, if any are."""
    waiting = product.waits.count()
    return (
        [Figure(waiting, ngettext("waits to be told", "wait to be told", waiting), "waiting")]
        if waiting
        else []
    )


def _list(model: str, **narrowed: Any) -> str:
    return f"{reverse(f'admin:catalog_{model}_changelist')}?{urlencode(narrowed)}"

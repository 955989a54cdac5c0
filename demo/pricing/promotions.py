"""The demo's promotions: each by a code, so that what a cart costs is what its products cost until one is typed."""

from typing import Any

from catalog.languages import column, other_languages
from catalog.models import Category
from demo.pricing.prices import local
from orders.models import Promotion, PromotionKind

VIETNAMESE = {
    "Welcome": "Quà chào mừng",
    "Free shipping": "Miễn phí vận chuyển",
    "Three for two": "Mua ba tính hai",
}


def offer_promotions() -> None:
    """All of them or, in a shop that has any already, none."""
    if Promotion.objects.exists():
        return
    _offer(
        "Welcome", "WELCOME10", kind=PromotionKind.PERCENT, percent=10, combinable=True, limit_per_customer=3
    )
    _offer("Free shipping", "SHIP50", kind=PromotionKind.FREE_SHIPPING, minimum=local("50"), combinable=True)
    three = _offer("Three for two", "THREE4TWO", kind=PromotionKind.PIECES, pieces=3, paid_pieces=2)
    three.categories.set(Category.objects.filter(slug="stationery"))


def _offer(name: str, code: str, **terms: Any) -> Promotion:
    names = {column("name", one): VIETNAMESE[name] for one in other_languages() if one == "vi"}
    return Promotion.objects.create(name=name, code=code, **names, **terms)

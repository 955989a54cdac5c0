"""Which promotions apply to a cart: those that need no code, and those of codes that were typed, or why a code doesn't."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.languages import column, readers_language
from catalog.money import rounded, written
from catalog.skus import DASHES
from database import fetch
from orders.pricing.discounts import FREE_SHIPPING, Discount, Item, Offer, best
from orders.status import GIVEN_UP

TO_HYPHEN = dict.fromkeys(map(ord, DASHES), "-")
# Codes that an order may have.
MAX_CODES = 5
# Of the products in a cart those that each is for: the listed ones, and what is in its categories or below them. And what
# the customer has of each already: uses that were not given back, and orders that did not come to nothing.
FIND = """
WITH RECURSIVE found AS MATERIALIZED (
    SELECT p.id FROM orders_promotion p
    WHERE p.code = '' AND p.is_active AND (p.ends IS NULL OR p.ends > now()) OR p.code = ANY(%(codes)s::text[])
), within AS (
    SELECT m.promotion_id, m.category_id FROM found JOIN orders_promotion_categories m ON m.promotion_id = found.id
    UNION
    SELECT w.promotion_id, c.id FROM within w JOIN catalog_category c ON c.parent_id = w.category_id
), places AS (
    SELECT p.id AS product_id, p.category_id FROM catalog_product p WHERE p.id = ANY(%(products)s::bigint[])
    UNION ALL
    SELECT a.product_id, a.category_id FROM catalog_product_also_in a WHERE a.product_id = ANY(%(products)s::bigint[])
    UNION ALL
    SELECT p.id, a.category_id FROM catalog_product p
    JOIN catalog_productgroup_also_in a ON a.productgroup_id = p.group_id
    WHERE p.id = ANY(%(products)s::bigint[])
)
SELECT p.id, p.kind, p.percent, p.amount, p.pieces, p.paid_pieces,
    EXISTS (SELECT FROM orders_promotion_products m WHERE m.promotion_id = p.id)
        OR EXISTS (SELECT FROM orders_promotion_categories m WHERE m.promotion_id = p.id),
    ARRAY(
        SELECT m.product_id FROM orders_promotion_products m WHERE m.promotion_id = p.id
        UNION
        SELECT l.product_id FROM within w JOIN places l ON l.category_id = w.category_id WHERE w.promotion_id = p.id
    ),
    p.combinable, p.code, coalesce(nullif(p.{name}, ''), p.name),
    p.is_active AND (p.amount IS NULL AND p.minimum IS NULL OR p.currency = %(currency)s),
    p.customer_id, p.starts, p.ends, p.minimum,
    p."limit" <= p.used,
    p.limit_per_customer <= CASE WHEN p.limit_per_customer IS NOT NULL THEN (
        SELECT count(*) FROM orders_orderdiscount d JOIN orders_order o ON o.id = d.order_id
        WHERE o.customer_id = %(customer)s AND d.promotion_id = p.id AND d.given_back_at IS NULL
    ) END,
    p.first_order AND EXISTS (
        SELECT FROM orders_order o WHERE o.customer_id = %(customer)s AND o.status <> ALL(%(given_up)s::text[])
    )
FROM found JOIN orders_promotion p ON p.id = found.id
ORDER BY p.id
"""


class Terms(NamedTuple):
    """What has to be so for a promotion to apply."""

    is_active: bool
    customer_id: int | None
    starts: datetime | None
    ends: datetime | None
    minimum: Decimal | None
    is_used_up: bool | None
    is_used_up_by_customer: bool | None
    is_not_first: bool


@dataclass(frozen=True)
class Found:
    offer: Offer
    terms: Terms


@dataclass(frozen=True)
class Applied:
    """What is taken off, and of each code that takes off nothing the reason, in the reader's language.

    `unknown` are those of them that are nothing to this customer.
    """

    discounts: tuple[Discount, ...]
    refused: dict[str, str]
    unknown: int


def normalised(code: str) -> str:
    """A code as it is compared: capitals and small letters, widths, spaces and what can't be seen make no difference.

    Nor does which dash it is: telephones make another of the keyboard's.
    """
    seen = (
        letter for letter in unicodedata.normalize("NFKC", code) if letter.isprintable() and letter != " "
    )
    return "".join(seen).upper().translate(TO_HYPHEN)


def find(*, customer_id: int, codes: Sequence[str], products: Sequence[int]) -> list[Found]:
    """The promotions that need no code and those of these (normalised) codes, and which of the products each is for.

    Read in one statement.
    """
    given = {
        "customer": customer_id,
        "codes": list(codes),
        "products": list(products),
        "currency": settings.CURRENCY,
        "given_up": [str(status) for status in GIVEN_UP],
    }
    return [_found(row) for row in fetch(_find(column("name", readers_language())), given)]


def apply(
    *,
    found: Sequence[Found],
    codes: Sequence[str],
    customer_id: int,
    items: Sequence[Item],
    fee: Decimal,
    currency: str,
) -> Applied:
    """What takes off most of what applies. `fee` is what the shipping costs at least."""
    by_code = {one.offer.code: one for one in found}
    unknown = [code for code in codes if not _is_for(by_code.get(code), customer_id)]
    reasons = {one.offer.promotion_id: _missing(one, customer_id, items) for one in found}
    offers = [one.offer for one in found if reasons[one.offer.promotion_id] is None]
    discounts = best(offers=offers, items=items, fee=fee, currency=currency)
    used = {one.offer.promotion_id for one in discounts}
    refused = {}
    for code in codes:
        if code not in by_code:
            refused[code] = _("This code is not valid.")
        elif by_code[code].offer.promotion_id not in used:
            offer = by_code[code].offer
            refused[code] = reasons[offer.promotion_id] or _why_not(offer, items, fee, currency)
    return Applied(discounts, refused, len(unknown))


def _is_for(one: Found | None, customer_id: int) -> bool:
    return one is not None and one.terms.is_active and one.terms.customer_id in {None, customer_id}


def _why_not(offer: Offer, items: Sequence[Item], fee: Decimal, currency: str) -> str:
    if best(offers=[offer], items=items, fee=fee, currency=currency):
        return _("This code can't be combined with your other discounts, which save you more.")
    if offer.kind == FREE_SHIPPING:
        return _("There is no shipping cost to reduce.")
    return _("There is nothing left to reduce.")


def _missing(one: Found, customer_id: int, items: Sequence[Item]) -> str | None:
    """Which condition isn't met; None if all are."""
    terms, now = one.terms, timezone.now()
    if not _is_for(one, customer_id):
        return _("This code is not valid.")
    if terms.starts and now < terms.starts:
        starts = date_format(timezone.localtime(terms.starts), "DATE_FORMAT")
        return _("This code is valid from %(day)s.") % {"day": starts}
    if terms.ends and now >= terms.ends:
        return _("This code has expired.")
    if terms.is_used_up:
        return _("This code has been used up.")
    if terms.is_used_up_by_customer:
        return _("You have already used this code.")
    if terms.is_not_first:
        return _("This code is for a first order only.")
    return _missing_in_cart(one, [item for item in items if one.offer.is_for(item)])


def _missing_in_cart(one: Found, meant: Sequence[Item]) -> str | None:
    if not meant:
        return _("This code is not valid for the products in your cart.")
    total = sum((item.gross for item in meant), Decimal(0))
    minimum = one.terms.minimum
    if minimum is not None and total < minimum:
        return _spend(one.offer) % {"minimum": written(minimum), "left": written(minimum - total)}
    missing = (one.offer.pieces or 0) - sum(item.quantity for item in meant)
    return _add(one.offer, missing) % {"missing": missing} if missing > 0 else None


def _spend(offer: Offer) -> str:
    if offer.is_for_all:
        return _("Spend %(left)s more to use this code (minimum %(minimum)s).")
    return _("Spend %(left)s more on the products of this code to use it (minimum %(minimum)s).")


def _add(offer: Offer, missing: int) -> str:
    if offer.is_for_all:
        return ngettext(
            "Add %(missing)d more piece to use this code.",
            "Add %(missing)d more pieces to use this code.",
            missing,
        )
    return ngettext(
        "Add %(missing)d more of the products of this code to use it.",
        "Add %(missing)d more of the products of this code to use it.",
        missing,
    )


@cache
def _find(name: str) -> str:
    return FIND.format(name=name)


def _found(row: tuple[Any, ...]) -> Found:
    pk, kind, percent, amount, pieces, paid_pieces, is_limited, products, combinable, code, name, *terms = row
    offer = Offer(
        promotion_id=pk,
        kind=kind,
        percent=percent,
        amount=None if amount is None else rounded(amount),
        pieces=pieces,
        paid_pieces=paid_pieces,
        products=frozenset(products) if is_limited else None,
        combinable=combinable,
        code=code,
        name=name,
    )
    return Found(offer, Terms(*terms))

"""How often a promotion was used: taken with the order that is placed, given back with one that comes to nothing.

The row of a promotion that many use at once is locked as briefly as possible: last of all before the commit, but for the
counter of papers.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from database import fetch
from orders.errors import OrderError
from orders.pricing.discounts import Offer
from orders.status import GIVEN_UP

if TYPE_CHECKING:
    from orders.models import Order

# Rows are locked in id order before any of them is written, and the limits are looked at again on the rows as they stand
# then. Of one customer no two orders are placed at once (their row is locked), so theirs can simply be counted.
TAKE = """
WITH locked AS MATERIALIZED (
    SELECT p.id FROM orders_promotion p WHERE p.id = ANY(%(promotions)s::bigint[]) ORDER BY p.id FOR NO KEY UPDATE OF p
), taken AS (
    UPDATE orders_promotion p SET used = p.used + 1 FROM locked l
    WHERE p.id = l.id AND p.is_active AND (p."limit" IS NULL OR p.used < p."limit")
        AND (p.limit_per_customer IS NULL OR p.limit_per_customer > (
            SELECT count(*) FROM orders_orderdiscount d JOIN orders_order o ON o.id = d.order_id
            WHERE o.customer_id = %(customer)s AND d.promotion_id = p.id AND d.given_back_at IS NULL
                AND o.id <> %(order)s
        ))
        AND NOT (p.first_order AND EXISTS (
            SELECT FROM orders_order o WHERE o.customer_id = %(customer)s AND o.id <> %(order)s
                AND o.status <> ALL(%(given_up)s::text[])
        ))
    RETURNING p.id
)
SELECT id FROM taken
"""

# A use that was given back before is not there any more: the row of the order says so, and the caller has locked it.
GIVE_BACK = """
WITH back AS (
    UPDATE orders_orderdiscount SET given_back_at = %(at)s::timestamptz
    WHERE order_id = %(order)s AND given_back_at IS NULL
    RETURNING promotion_id
), locked AS MATERIALIZED (
    SELECT p.id FROM orders_promotion p WHERE p.id IN (SELECT promotion_id FROM back) ORDER BY p.id
    FOR NO KEY UPDATE OF p
)
UPDATE orders_promotion p SET used = p.used - 1 FROM locked l WHERE p.id = l.id RETURNING p.id
"""


class PromotionUsedUp(OrderError):
    """Others have used it up since the preview was made, or staff have ended it; `codes` and `names` say which."""

    code = "promotion_used_up"
    status = 409
    title = _("Discount used up")
    advice = _("The preview has a discount that can't be had any more. Make a new one: its total is another.")
    example = {"codes": ["SUMMER10"], "names": ["Summer"]}

    def __init__(self, missing: Sequence[Offer]):
        names = [offer.name for offer in missing]
        message = gettext("This discount is no longer available: %(names)s. Please check the new total.")
        super().__init__(
            message % {"names": ", ".join(names)},
            codes=[offer.code for offer in missing if offer.code],
            names=names,
        )


def take(*, order_id: UUID, customer_id: int, offers: Sequence[Offer]) -> None:
    """Use promotions for an order that is being placed: all of them, or PromotionUsedUp, and the caller rolls back.

    One statement however many, and none where there are none. The terms hold as they were for the preview, the limits as
    they are now. The caller has locked the customer.
    """
    if not offers:
        return
    given = {
        "promotions": [offer.promotion_id for offer in offers],
        "customer": customer_id,
        "order": order_id,
        "given_up": [str(status) for status in GIVEN_UP],
    }
    taken = {pk for (pk,) in fetch(TAKE, given)}
    if missing := [offer for offer in offers if offer.promotion_id not in taken]:
        raise PromotionUsedUp(missing)


def give_back(order: "Order") -> None:
    """Give back what an order used that has come to nothing; the caller has locked it.

    Without discounts there is nothing to be asked.
    """
    if order.discount_total:
        fetch(GIVE_BACK, {"order": order.pk, "at": order.status_since})

"""The statements of placing: what is locked, what is looked at, and what is written. They come in two round trips.

placement.py says in which order they come, and what is refused. They run in its transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from database import Asked, fetch_together, later
from database.together import Sent
from database.values import as_stored
from orders.models import Order
from orders.pricing.breakdown import Taxed
from orders.status import UNPAID, Reason

if TYPE_CHECKING:
    from django.db.models import Field

    from orders.checkout.discounting import Taken
    from orders.checkout.lines import PreviewLine

# The customer's row, so that simultaneous orders can't pass the limit together; then the address's, so that it can't go
# before the order is in. What went while its lock was waited for is not there.
LOCK = """
WITH customer AS MATERIALIZED (
    SELECT u.id FROM accounts_user u
    WHERE u.id = %(customer)s AND u.is_active AND EXISTS (
        SELECT FROM account_emailaddress e WHERE e.user_id = u.id AND e."primary" AND e.verified
    )
    FOR NO KEY UPDATE OF u
), address AS MATERIALIZED (
    SELECT a.id FROM customer JOIN accounts_address a ON a.user_id = customer.id
    WHERE a.id = %(address)s
    FOR NO KEY UPDATE OF a
)
SELECT
    EXISTS (SELECT FROM customer),
    (SELECT id FROM address),
    EXISTS (
        SELECT FROM orders_pricetable t JOIN orders_courier c ON c.id = t.courier_id
        WHERE t.id = %(price_table)s AND (t.is_active AND c.is_active OR t.no_parcel)
    )
"""

# A statement of its own: it must see what was committed while the locks were waited for. The statuses stand in it, as
# there is an index of such orders alone: customers may have thousands of others.
LOOK = f"""
SELECT unpaid.count, p.id, p.is_active, p.inventory, p.stock_quantity, p.starts_at,
    coalesce(p.starts_at <= clock_timestamp(), FALSE)
FROM (
    SELECT count(*) FROM orders_order
    WHERE customer_id = %(customer)s AND status = ANY(ARRAY{[status.value for status in UNPAID]})
) unpaid
LEFT JOIN catalog_product p ON p.id = ANY(%(products)s::bigint[])
"""  # noqa: S608 constants of ours

# The history begins from what the order and its lines gave back, so it is written after them: its hash is of them too.
WRITE = """
WITH placed AS (
    INSERT INTO orders_order ({columns}) VALUES ({values}) RETURNING id, number
), lines AS (
    INSERT INTO orders_orderline
        (order_id, product_id, inventory, sku, name, quantity, list_price, unit_price, discount, line_total, refunds,
            tax_rate, tax_amount, available_from, starts_at, position)
    SELECT placed.id, line.* FROM placed, unnest(
        %(products)s::bigint[], %(inventories)s::text[], %(skus)s::text[], %(names)s::text[],
        %(quantities)s::int[], %(list_prices)s::numeric[], %(unit_prices)s::numeric[], %(discounts)s::numeric[],
        %(line_totals)s::numeric[], %(refunds)s::text[], %(tax_rates)s::numeric[], %(tax_amounts)s::numeric[],
        %(availables_from)s::date[], %(starts)s::timestamptz[]
    ) WITH ORDINALITY AS line
    RETURNING id, order_id, position
), {discounts}history AS (
    INSERT INTO orders_statuschange (order_id, sequence, to_status, at, actor_id, reason, note)
    SELECT placed.id, %(sequence)s::int, %(status)s, %(placed_at)s, %(actor)s::bigint, %(reason)s::text, ''
    FROM placed WHERE (SELECT count(*) FROM lines) >= 0{after}
)
SELECT number FROM placed
"""

# Of an order with discounts alone: what each took off, and off which line. The positions are those of lines and discounts.
DISCOUNTS = """discounts AS (
    INSERT INTO orders_orderdiscount
        (order_id, promotion_id, code, name, kind, amount, shipping_amount, position)
    SELECT placed.id, discount.* FROM placed, unnest(
        %(promotions)s::bigint[], %(promotion_codes)s::text[], %(promotion_names)s::text[], %(promotion_kinds)s::text[],
        %(discount_amounts)s::numeric[], %(shipping_amounts)s::numeric[]
    ) WITH ORDINALITY AS discount
    RETURNING id, position
), shares AS (
    INSERT INTO orders_discountshare (discount_id, line_id, amount)
    SELECT d.id, l.id, share.amount
    FROM unnest(%(share_discounts)s::int[], %(share_lines)s::int[], %(share_amounts)s::numeric[])
        AS share(discount, line, amount)
    JOIN discounts d ON d.position = share.discount JOIN lines l ON l.position = share.line
    ORDER BY d.position, l.position
    RETURNING id
), """
AFTER_DISCOUNTS = " AND (SELECT count(*) FROM discounts) > 0 AND (SELECT count(*) FROM shares) >= 0"


class Shelved(NamedTuple):
    """A product as it is now."""

    is_active: bool
    inventory: str
    stock_quantity: int
    starts_at: datetime | None
    has_begun: bool


class Found(NamedTuple):
    """The customer who may order, if there is one; the address, if it is still there; whether the way to send is.

    And how many orders the customer has not paid for, and the products by their ids.
    """

    is_customer: bool
    address_id: int | None
    is_offered: bool
    unpaid: int
    shelf: dict[int, Shelved]


def lock_and_look(
    *, customer_id: int, address_id: int | None, price_table_id: int, product_ids: Sequence[int]
) -> Found:
    """Lock the customer and the address until the transaction ends; then look what there is, as it is now."""
    place = {"customer": customer_id, "address": address_id, "price_table": price_table_id}
    wanted: dict[str, Any] = {"customer": customer_id, "products": list(product_ids)}
    (locked,), seen = fetch_together(Asked(LOCK, place), Asked(LOOK, wanted))
    is_customer, address, is_offered = locked
    shelf = {pk: Shelved(*product) for _unpaid, pk, *product in seen}
    return Found(is_customer, address, is_offered, unpaid=seen[0][0], shelf=shelf)


def write(
    *,
    order: Order,
    lines: Sequence["PreviewLine"],
    taxed: Sequence[Taxed],
    discounts: Sequence["Taken"],
    sequence: int,
    actor_id: int,
) -> Sent:
    """Insert the order, the beginning of its history, its discounts, and its lines, each with the tax in it.

    It is sent with what comes next, or the commit; then there is the order's number.
    """
    values: dict[str, Any] = {
        field.attname: as_stored(field, getattr(order, field.attname)) for field in _given_fields()
    }
    values |= {"sequence": sequence, "reason": Reason.PLACED.value, "actor": actor_id}
    values |= _columns_of(lines, taxed)
    values |= _columns_of_discounts(discounts) if discounts else {}
    return later(Asked(_write(with_discounts=bool(discounts)), values))


@cache
def _write(*, with_discounts: bool) -> str:
    columns = [field.attname for field in _given_fields()]
    return WRITE.format(
        columns=", ".join(columns),
        values=", ".join(f"%({name})s" for name in columns),
        discounts=DISCOUNTS if with_discounts else "",
        after=AFTER_DISCOUNTS if with_discounts else "",
    )


@cache
def _given_fields() -> list["Field[Any, Any]"]:
    """All but the number, which the database counts. Each is called as its column."""
    return [field for field in Order._meta.concrete_fields if field.name != "number"]


def _columns_of(lines: Sequence["PreviewLine"], taxed: Sequence[Taxed]) -> dict[str, list[Any]]:
    return {
        "products": [line.product_id for line in lines],
        "inventories": [line.inventory for line in lines],
        "skus": [line.sku for line in lines],
        "names": [line.name for line in lines],
        "quantities": [line.quantity for line in lines],
        "list_prices": [line.list_price for line in lines],
        "unit_prices": [line.unit_price for line in lines],
        "discounts": [line.discount for line in lines],
        "line_totals": [line.line_total for line in lines],
        "refunds": [line.refunds for line in lines],
        "tax_rates": [one.rate for one in taxed],
        "tax_amounts": [one.tax for one in taxed],
        "availables_from": [line.available_from for line in lines],
        "starts": [line.starts_at for line in lines],
    }


def _columns_of_discounts(taken: Sequence["Taken"]) -> dict[str, list[Any]]:
    offers = [one.discount.offer for one in taken]
    shares = [
        (at, line, amount)
        for at, one in enumerate(taken, start=1)
        for line, amount in enumerate(one.discount.shares, start=1)
        if amount
    ]
    return {
        "promotions": [offer.promotion_id for offer in offers],
        "promotion_codes": [offer.code for offer in offers],
        "promotion_names": [offer.name for offer in offers],
        "promotion_kinds": [offer.kind for offer in offers],
        "discount_amounts": [one.amount for one in taken],
        "shipping_amounts": [one.off_shipping for one in taken],
        "share_discounts": [at for at, _line, _amount in shares],
        "share_lines": [line for _at, line, _amount in shares],
        "share_amounts": [amount for _at, _line, amount in shares],
    }

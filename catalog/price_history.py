"""The price before a sale: the lowest of the 30 days before it began (Directive 98/6/EC, Article 6a)."""

from collections.abc import Iterable

from catalog.models import Product
from database import fetch

# A sale begins with the first of the rows that have one without a break, or on its day if that is later. What was charged
# before: of each row that lies in the 30 days the price, the price of its sale, or both, as far as they counted there.
LOWEST = """
WITH noted AS (
    SELECT id, product_id, price, sale_price, sale_starts, sale_ends, at, lead(at) OVER w AS until,
        CASE WHEN sale_price IS NULL OR lag(sale_ends) OVER w <= at THEN 1 ELSE 0 END AS breaks
    FROM catalog_pricechange WHERE product_id = ANY(%(products)s::bigint[])
    WINDOW w AS (PARTITION BY product_id ORDER BY id)
), runs AS (
    SELECT *, sum(breaks) OVER (PARTITION BY product_id ORDER BY id) AS run,
        row_number() OVER (PARTITION BY product_id ORDER BY id DESC) AS from_last
    FROM noted
), sales AS (
    SELECT now.product_id, greatest(min(run.at), now.sale_starts) AS began
    FROM runs now JOIN runs run ON run.product_id = now.product_id AND run.run = now.run AND run.sale_price IS NOT NULL
    WHERE now.from_last = 1 AND now.sale_price IS NOT NULL
    GROUP BY now.product_id, now.sale_starts
), parts AS (
    SELECT n.*, greatest(n.at, s.began - interval '30 days') AS since, least(coalesce(n.until, s.began), s.began) AS before
    FROM noted n JOIN sales s ON s.product_id = n.product_id
)
SELECT product_id, min(charged)
FROM parts CROSS JOIN LATERAL unnest(ARRAY[
    CASE WHEN sale_price IS NULL OR sale_starts > since OR sale_ends < before THEN price END,
    CASE WHEN greatest(since, sale_starts) < least(before, sale_ends) THEN sale_price END
]) AS charged
WHERE since < before
GROUP BY product_id
"""


def note_lowest(products: Iterable[Product]) -> None:
    """Give each product that is on sale now its `lowest_before`; nothing is read where none is."""
    reduced = {product.pk: product for product in products if product.is_reduced}
    if not reduced:
        return
    for pk, lowest in fetch(LOWEST, {"products": list(reduced)}):
        reduced[pk].lowest_before = lowest

"""The price before a sale: the lowest of the 30 days before it began (Directive 98/6/EC, Article 6a)."""

from collections.abc import Iterable

from catalog.models import Product
from database import fetch

# A sale is on in a row from its beginning or the row's, whichever is later. It goes on in the next row where it was on until
# then and is on from there; else that begins another one, whatever day somebody wrote into it afterwards. What was charged
# in the 30 days before the first row of this one: of each row that lies in them the price, the price of its sale, or both,
# as far as they counted there.
LOWEST = """
WITH noted AS (
    SELECT id, product_id, price, sale_price, sale_starts, sale_ends, at,
        lead(at) OVER (PARTITION BY product_id ORDER BY id) AS until
    FROM catalog_pricechange WHERE product_id = ANY(%(products)s::bigint[])
), rows AS (
    SELECT *, coalesce(sale_starts, at) <= at AND sale_price IS NOT NULL AS on_at_first,
        greatest(at, sale_starts) < until AND coalesce(sale_ends > until, TRUE) AND sale_price IS NOT NULL AS on_at_last
    FROM noted WHERE until IS NULL OR until > at
), runs AS (
    SELECT *, sum(CASE WHEN goes_on THEN 0 ELSE 1 END) OVER (PARTITION BY product_id ORDER BY id) AS run
    FROM (
        SELECT *, on_at_first AND lag(on_at_last, 1, FALSE) OVER (PARTITION BY product_id ORDER BY id) AS goes_on FROM rows
    ) told
), sales AS (
    SELECT product_id, min(greatest(at, sale_starts)) AS began
    FROM runs r WHERE run = (SELECT max(run) FROM runs last WHERE last.product_id = r.product_id) AND sale_price IS NOT NULL
    GROUP BY product_id
), parts AS (
    SELECT n.*, greatest(n.at, s.began - interval '30 days') AS since, least(coalesce(n.until, s.began), s.began) AS before
    FROM rows n JOIN sales s ON s.product_id = n.product_id
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

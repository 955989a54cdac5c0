"""The audit's checks of what customers choose among: variants that fit their groups, and categories without circles.

See orders.py for the form.
"""

from typing import Any

from catalog.triggers.category_guard import MAX_DEPTH
from catalog.triggers.variant_triggers import MISFIT, NAME

VARIANTS = f"""
WITH variants AS (
    SELECT p.*, count(*) OVER (PARTITION BY group_id, value_1_id, value_2_id, value_3_id) AS times
    FROM catalog_product p
    WHERE group_id IS NOT NULL OR num_nonnulls(value_1_id, value_2_id, value_3_id) > 0
)
SELECT concat('product ', p.sku, ': ', unnest(array_remove(ARRAY[
    CASE WHEN p.group_id IS NULL THEN 'has values of options, and no group' END,
    CASE WHEN p.group_id IS NOT NULL AND g.id IS NULL THEN 'is a variant, and its group is gone' END,
    CASE WHEN {MISFIT} THEN 'has values that do not fit the options of its group' END,
    CASE WHEN p.group_id IS NOT NULL AND p.times > 1 THEN concat('is there ', p.times, ' times with its values') END,
    CASE WHEN p.name <> {NAME}
        THEN concat('is named "', p.name, '", and its group and its values say "', {NAME}, '"') END,
    CASE WHEN p.category_id <> g.category_id THEN 'is in another category than its group' END
], NULL)))
FROM variants p
LEFT JOIN catalog_productgroup g ON g.id = p.group_id
LEFT JOIN catalog_optionvalue v1 ON v1.id = p.value_1_id
LEFT JOIN catalog_optionvalue v2 ON v2.id = p.value_2_id
LEFT JOIN catalog_optionvalue v3 ON v3.id = p.value_3_id
"""  # noqa: S608 expressions of our own

PAGES = """
SELECT concat('product ', p.sku, ': its page has the address of the group ', g.slug)
FROM catalog_product p JOIN catalog_productgroup g ON g.slug = p.slug
"""

CATEGORIES = """
WITH RECURSIVE up AS (
    SELECT id AS start, parent_id AS above, 1 AS levels FROM catalog_category WHERE parent_id IS NOT NULL
    UNION ALL
    SELECT start, c.parent_id, levels + 1 FROM up JOIN catalog_category c ON c.id = up.above
    WHERE c.parent_id IS NOT NULL AND up.above <> up.start AND levels < 100
)
SELECT concat('category ', c.slug, ': ', CASE WHEN bool_or(above = start) THEN 'is below itself'
    ELSE concat('stands on level ', max(levels) + 1, ' of ', %(levels)s::int) END)
FROM up JOIN catalog_category c ON c.id = up.start
GROUP BY c.id HAVING bool_or(above = start) OR max(levels) + 1 > %(levels)s::int
"""

# The last that was noted of a price is the price; what was before it, nothing else says.
PRICES = """
WITH newest AS (
    SELECT DISTINCT ON (product_id) * FROM catalog_pricechange ORDER BY product_id, id DESC
)
SELECT concat('product ', coalesce(p.sku, n.product_id::text), ': ', unnest(array_remove(ARRAY[
    CASE WHEN p.id IS NULL THEN 'has a history of its price, and is gone' END,
    CASE WHEN p.id IS NOT NULL AND (n.price, n.sale_price, n.sale_starts, n.sale_ends)
        IS DISTINCT FROM (p.price, p.sale_price, p.sale_starts, p.sale_ends)
        THEN 'the history of its price ends with another one than it has' END,
    CASE WHEN n.at > now() + interval '10 minutes' THEN 'a change of its price is yet to come' END
], NULL)))
FROM catalog_product p FULL JOIN newest n ON n.product_id = p.id
"""

CHECKS = (VARIANTS, PAGES, CATEGORIES, PRICES)

PARAMETERS: dict[str, Any] = {"levels": MAX_DEPTH}

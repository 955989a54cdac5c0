"""The audit's checks of tax: what orders keep of it follows from their rates, and papers say the same.

It is worked out here once more, in SQL, as orders/pricing/breakdown.py does in Python. Orders from before tax was kept have
none, and say so by NULL in all columns. See orders.py for the form.
"""

from typing import Any

from babel.numbers import list_currencies

from catalog.money import decimals
from orders.pricing.breakdown import WHOLE

CHARGES = """
charges AS (
    SELECT order_id, position, sku, false AS is_shipping, line_total AS gross, tax_rate AS rate, tax_amount AS tax
    FROM orders_orderline WHERE tax_rate IS NOT NULL
    UNION ALL
    SELECT id, NULL, '', true, shipping_fee, shipping_tax_rate, shipping_tax
    FROM orders_order WHERE shipping_tax_rate IS NOT NULL
)
"""

# Of each rate the tax in the sum, and every amount's share of it by largest remainder.
SHARES = f"""
WITH {CHARGES}, few_decimals AS (
    SELECT * FROM unnest(%(currencies)s::text[], %(decimals)s::int[]) AS c(currency, decimals)
), counted AS (
    SELECT c.*, o.number, coalesce(f.decimals, 2) AS decimals, trunc(c.rate * {WHOLE // 100}) AS parts,
        trunc(c.gross * power(10::numeric, coalesce(f.decimals, 2))) AS units
    FROM charges c JOIN orders_order o ON o.id = c.order_id LEFT JOIN few_decimals f ON f.currency = o.currency
), shared AS (
    SELECT *, div(units * parts, {WHOLE} + parts) AS least, mod(units * parts, {WHOLE} + parts) AS remainder,
        div(2 * sum(units) OVER at_rate * parts + {WHOLE} + parts, 2 * ({WHOLE} + parts)) AS together
    FROM counted WINDOW at_rate AS (PARTITION BY order_id, rate)
), ranked AS (
    SELECT *, together - sum(least) OVER (PARTITION BY order_id, rate) AS over, row_number() OVER (
        PARTITION BY order_id, rate ORDER BY remainder DESC, is_shipping, sku COLLATE "C") AS place
    FROM shared
), due AS (
    SELECT *, (least + CASE WHEN place <= over THEN 1 ELSE 0 END) / power(10::numeric, decimals) AS share FROM ranked
)
SELECT concat('order ', number, CASE WHEN is_shipping THEN ', shipping' ELSE concat(', line ', position, ' (', sku, ')') END,
    ': tax ', tax, ' is not its share at ', trim_scale(rate), ' %%, ', round(share, 2))
FROM due WHERE tax IS DISTINCT FROM share
"""  # noqa: S608 expressions of our own

SUMS = """
WITH lines AS (
    SELECT order_id, count(*) AS lines, count(tax_rate) AS rates, count(tax_amount) AS amounts, sum(tax_amount) AS tax
    FROM orders_orderline GROUP BY order_id
)
SELECT concat('order ', o.number, ': ', unnest(array_remove(ARRAY[
    CASE WHEN (o.shipping_tax_rate IS NULL) <> (o.tax_total IS NULL) OR (o.shipping_tax IS NULL) <> (o.tax_total IS NULL)
        OR l.rates <> l.amounts OR l.rates <> CASE WHEN o.tax_total IS NULL THEN 0 ELSE l.lines END
        THEN 'has tax in some of its amounts, and none in others' END,
    CASE WHEN o.tax_total <> coalesce(l.tax, 0) + o.shipping_tax
        THEN concat('tax ', o.tax_total, ' is not the sum of its shares, ', coalesce(l.tax, 0) + o.shipping_tax) END,
    CASE WHEN o.tax_reason <> '' AND o.tax_total IS DISTINCT FROM 0 THEN 'says why it has no tax, and has some' END,
    CASE WHEN o.tax_reason IN ('intra_eu', 'reverse_charge')
        AND coalesce(o.billing_snapshot ->> 'vat_check', '') NOT IN ('in_use', 'well_formed')
        THEN 'has no tax, and no VAT id that holds' END
], NULL)))
FROM orders_order o LEFT JOIN lines l ON l.order_id = o.id
"""

# A paper from before has no sums by rate, and neither has one of an order from before.
PAPERS = f"""
WITH {CHARGES}, sums AS (
    SELECT order_id, rate, sum(gross) AS gross, sum(tax) AS tax FROM charges GROUP BY order_id, rate HAVING sum(gross) > 0
), papers AS (
    SELECT order_id, kind, number, CASE kind WHEN 'credit_note' THEN -1 ELSE 1 END AS sign, snapshot->'taxes' AS taxes
    FROM orders_invoice i WHERE snapshot ? 'taxes' AND NOT EXISTS (
        -- Those after changes of the order: changes.py.
        SELECT FROM orders_orderchange c WHERE c.order_id = i.order_id AND i.kind <> 'invoice')
), both_sides AS (
    SELECT p.*, (
        SELECT coalesce(string_agg(concat_ws(' ', trim_scale(rate), trim_scale(sign * (gross - tax)), trim_scale(sign * tax),
            trim_scale(sign * gross)), '; ' ORDER BY rate DESC), 'none') FROM sums WHERE sums.order_id = p.order_id
    ) AS due, (
        SELECT coalesce(string_agg((SELECT string_agg(
            CASE WHEN t->>name ~ '^-?[0-9]+([.][0-9]+)?$' THEN trim_scale((t->>name)::numeric)::text ELSE 'nothing' END,
            ' ' ORDER BY at) FROM unnest(ARRAY['rate', 'net', 'tax', 'gross']) WITH ORDINALITY AS n(name, at)),
            '; ' ORDER BY place), 'none')
        FROM jsonb_array_elements(CASE jsonb_typeof(taxes) WHEN 'array' THEN taxes ELSE '[]' END)
            WITH ORDINALITY AS one(t, place)
    ) AS said
    FROM papers p
)
SELECT concat('order ', coalesce(o.number::text, b.order_id::text), ', ', replace(b.kind, '_', ' '), ' ', b.number,
    ': its taxes (rate, net, tax, gross) are ', said, ', the order''s ', due)
FROM both_sides b LEFT JOIN orders_order o ON o.id = b.order_id
WHERE said <> due
"""  # noqa: S608 expressions of our own

CHECKS = (SHARES, SUMS, PAPERS)
_FEW = {code: places for code in sorted(list_currencies()) if (places := decimals(code)) != 2}
PARAMETERS: dict[str, Any] = {"currencies": list(_FEW), "decimals": list(_FEW.values())}

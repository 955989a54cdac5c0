"""The audit's checks of discounts: an order's parts make the whole, and promotions count their uses. See orders.py."""

from typing import Any

from orders.audit.checks.money import tax
from orders.status import GIVEN_UP

ORDERS = """
WITH lines AS (
    SELECT order_id, sum(discount) AS taken FROM orders_orderline GROUP BY order_id
), discounts AS (
    SELECT order_id, sum(amount) AS taken, sum(shipping_amount) AS off_shipping
    FROM orders_orderdiscount GROUP BY order_id
)
SELECT concat('order ', coalesce(o.number::text, d.order_id::text), ': ', unnest(array_remove(ARRAY[
    CASE WHEN o.id IS NULL THEN 'used promotions, and the order is gone' END,
    CASE WHEN o.discount_total <> coalesce(l.taken, 0) + o.shipping_discount
        THEN concat('discount ', o.discount_total, ' is not that of its lines, ', l.taken, ', and of its shipping, ',
            o.shipping_discount) END,
    CASE WHEN o.discount_total <> coalesce(d.taken, 0)
        THEN concat('discount ', o.discount_total, ' is not what promotions took off, ', coalesce(d.taken, 0)) END,
    CASE WHEN o.shipping_discount <> coalesce(d.off_shipping, 0)
        THEN concat('discount ', o.shipping_discount, ' on shipping is not what promotions took off it, ',
            coalesce(d.off_shipping, 0)) END
], NULL)))
FROM orders_order o LEFT JOIN lines l ON l.order_id = o.id FULL JOIN discounts d ON d.order_id = o.id
"""

LINES = """
WITH shares AS (
    SELECT line_id, sum(amount) AS taken FROM orders_discountshare GROUP BY line_id
)
SELECT concat('order ', coalesce(o.number::text, l.order_id::text, 'unknown'), ', line ',
    coalesce(l.position::text, '?'), ' (', l.sku, '): ', CASE WHEN l.id IS NULL
    THEN concat('has a share of a discount, ', s.taken, ', and the line is gone')
    ELSE concat('discount ', l.discount, ' is not the sum of its shares, ', coalesce(s.taken, 0)) END)
FROM orders_orderline l FULL JOIN shares s ON s.line_id = l.id LEFT JOIN orders_order o ON o.id = l.order_id
WHERE l.id IS NULL OR l.discount <> coalesce(s.taken, 0)
"""

DISCOUNTS = """
WITH shares AS (
    SELECT s.discount_id, sum(s.amount) AS taken, min(s.amount) AS least, count(*) FILTER (
        WHERE l.order_id IS DISTINCT FROM d.order_id) AS elsewhere
    FROM orders_discountshare s
    LEFT JOIN orders_orderline l ON l.id = s.line_id LEFT JOIN orders_orderdiscount d ON d.id = s.discount_id
    GROUP BY s.discount_id
), few_decimals AS (
    SELECT * FROM unnest(%(currencies)s::text[], %(decimals)s::int[]) AS c(currency, decimals)
), discounts AS (
    SELECT *, count(*) OVER (PARTITION BY order_id, promotion_id) AS times FROM orders_orderdiscount
)
SELECT concat('order ', coalesce(o.number::text, d.order_id::text, 'unknown'), ', discount ', coalesce(d.name, '?'), ': ',
unnest(array_remove(ARRAY[
    CASE WHEN d.id IS NULL THEN concat('has shares of ', s.taken, ', and the discount is gone') END,
    CASE WHEN d.amount <> coalesce(s.taken, 0) + d.shipping_amount
        THEN concat(d.amount, ' is not the sum of its shares, ', coalesce(s.taken, 0),
            ', and of what it took off the shipping, ', d.shipping_amount) END,
    CASE WHEN d.amount <= 0 OR d.shipping_amount < 0 OR s.least <= 0 THEN 'takes off nothing, or less than nothing' END,
    CASE WHEN d.amount <> round(d.amount, coalesce(f.decimals, 2))
        THEN concat(d.amount, ' is no amount in ', o.currency) END,
    CASE WHEN d.times > 1 THEN concat('its promotion was used ', d.times, ' times') END,
    CASE WHEN s.elsewhere > 0 THEN 'has shares in lines of another order' END,
    CASE WHEN d.id IS NOT NULL AND p.id IS NULL THEN 'its promotion is gone' END,
    CASE WHEN o.status = ANY(%(given_up)s) AND d.given_back_at IS NULL
        THEN concat('the order is ', o.status, ', and its use was not given back') END,
    CASE WHEN o.status <> ALL(%(given_up)s) AND d.given_back_at IS NOT NULL
        THEN concat('the order is ', o.status, ', and its use was given back') END,
    CASE WHEN d.given_back_at > now() + interval '10 minutes' THEN 'its use was given back in days to come' END
], NULL)))
FROM discounts d
FULL JOIN shares s ON s.discount_id = d.id
LEFT JOIN orders_order o ON o.id = d.order_id
LEFT JOIN orders_promotion p ON p.id = d.promotion_id
LEFT JOIN few_decimals f ON f.currency = o.currency
"""

PROMOTIONS = """
WITH uses AS (
    SELECT promotion_id, count(*) AS times FROM orders_orderdiscount WHERE given_back_at IS NULL GROUP BY promotion_id
)
SELECT concat('promotion ', p.name, ': ', unnest(array_remove(ARRAY[
    CASE WHEN p.used <> coalesce(u.times, 0)
        THEN concat('counts ', p.used, ' uses, and orders have ', coalesce(u.times, 0)) END,
    CASE WHEN p.used > p."limit" THEN concat('was used ', p.used, ' times, more often than ', p."limit") END
], NULL)))
FROM orders_promotion p LEFT JOIN uses u ON u.promotion_id = p.id
"""

CHECKS = (ORDERS, LINES, DISCOUNTS, PROMOTIONS)
PARAMETERS: dict[str, Any] = tax.PARAMETERS | {"given_up": [str(status) for status in GIVEN_UP]}

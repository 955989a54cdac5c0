"""The audit's checks of prices that staff gave: they are what lines and fees say, and explained. See checks.py."""

from typing import Any

from orders.audit.checks.money import tax

OVERRIDES = """
WITH few_decimals AS (
    SELECT * FROM unnest(%(currencies)s::text[], %(decimals)s::int[]) AS c(currency, decimals)
)
SELECT concat('order ', coalesce(o.number::text, v.order_id::text), ', ',
    CASE WHEN v.line_id IS NULL THEN 'shipping' ELSE concat('line ', coalesce(l.position::text, '?'), ' (', l.sku, ')') END,
    ': ', unnest(array_remove(ARRAY[
    CASE WHEN o.id IS NULL THEN 'has a price by staff, and the order is gone' END,
    CASE WHEN v.line_id IS NOT NULL AND l.order_id IS DISTINCT FROM v.order_id
        THEN 'has a price by staff, and is no line of the order' END,
    CASE WHEN v.line_id IS NOT NULL AND l.unit_price <> v.given
        THEN concat('staff gave it for ', v.given, ', and it costs ', l.unit_price) END,
    CASE WHEN v.line_id IS NOT NULL AND l.list_price IS NOT NULL
        THEN concat('staff gave it for ', v.given, ', and a sale has it for less than ', l.list_price) END,
    CASE WHEN v.line_id IS NULL AND o.shipping_fee + o.shipping_discount <> v.given
        THEN concat('staff gave it for ', v.given, ', and it costs ', o.shipping_fee + o.shipping_discount) END,
    CASE WHEN v.usual = v.given THEN concat('staff gave it for ', v.given, ', as it costs anyway') END,
    CASE WHEN v.given < 0 OR v.usual < 0 OR v.given <> round(v.given, coalesce(f.decimals, 2))
        THEN concat(v.given, ' instead of ', v.usual, ' is no price in ', o.currency) END,
    CASE WHEN v.reason = '' THEN concat('staff gave it for ', v.given, ' without a reason') END,
    CASE WHEN u.id IS NULL THEN concat('was given for ', v.given, ' by nobody') END,
    CASE WHEN v.line_id IS NULL AND count(*) FILTER (WHERE v.line_id IS NULL) OVER (PARTITION BY v.order_id) > 1
        THEN 'has several prices by staff' END,
    CASE WHEN NOT EXISTS (SELECT FROM orders_statuschange h WHERE h.order_id = v.order_id AND h.sequence = 1
        AND h.actor_id = v.actor_id)
        THEN concat('was given for ', v.given, ' by somebody who did not place the order') END
], NULL)))
FROM orders_priceoverride v
LEFT JOIN orders_order o ON o.id = v.order_id
LEFT JOIN orders_orderline l ON l.id = v.line_id
LEFT JOIN accounts_user u ON u.id = v.actor_id
LEFT JOIN few_decimals f ON f.currency = o.currency
"""
# Of drafts only what they became can be wrong: nothing else counts of them.
DRAFTS = """
SELECT concat('draft ', d.id, ': ', unnest(array_remove(ARRAY[
    CASE WHEN o.id IS NULL THEN concat('became order ', d.order_id, ', which is gone') END,
    CASE WHEN o.customer_id <> coalesce(d.customer_id, o.customer_id)
        THEN concat('became order ', o.number, ' of another customer') END
], NULL)))
FROM orders_orderdraft d LEFT JOIN orders_order o ON o.id = d.order_id
WHERE d.order_id IS NOT NULL
"""

CHECKS = (OVERRIDES, DRAFTS)
PARAMETERS: dict[str, Any] = tax.PARAMETERS

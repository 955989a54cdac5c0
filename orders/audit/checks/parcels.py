"""The audit's checks of parcels: what left was ordered, and is counted at its lines. See orders.py for their form."""

from typing import Any

from orders.models import CASH_ON_DELIVERY

PARCELS = """
WITH inside AS (
    SELECT i.shipment_id, count(*) AS lines, bool_or(l.id IS NULL OR l.order_id <> s.order_id) AS foreign_lines,
        bool_or(i.quantity <= 0) AS empty_lines
    FROM orders_shipmentline i LEFT JOIN orders_orderline l ON l.id = i.line_id
    LEFT JOIN orders_shipment s ON s.id = i.shipment_id GROUP BY i.shipment_id
), numbered AS (
    SELECT s.*, row_number() OVER (PARTITION BY s.order_id ORDER BY s.sequence) AS place,
        bool_or(s.completes) OVER (PARTITION BY s.order_id ORDER BY s.sequence ROWS BETWEEN UNBOUNDED PRECEDING
            AND 1 PRECEDING) AS was_complete
    FROM orders_shipment s
), cash AS (
    SELECT DISTINCT order_id FROM orders_payment WHERE variant = %(on_delivery)s
)
SELECT concat('order ', coalesce(o.number::text, n.order_id::text), ', parcel ', coalesce(n.sequence, 0), ': ',
unnest(array_remove(ARRAY[
    CASE WHEN n.id IS NULL THEN 'has lines, and the parcel is gone' END,
    CASE WHEN n.id IS NOT NULL AND o.id IS NULL THEN 'its order is gone' END,
    CASE WHEN i.shipment_id IS NULL THEN 'has nothing in it' END,
    CASE WHEN n.id IS NOT NULL AND i.foreign_lines THEN 'has lines of another order in it' END,
    CASE WHEN i.empty_lines THEN 'has a line without a piece' END,
    CASE WHEN n.sequence <> n.place THEN concat('is the ', n.place, '. that there is') END,
    CASE WHEN n.was_complete THEN 'left after the one that completed the order' END,
    CASE WHEN n.completes AND o.status <> 'done' THEN concat('completed the order, which is ', o.status) END,
    CASE WHEN n.completes AND o.status = 'done' AND n.tracking_code <> o.tracking_code
        THEN 'has another tracking code than its order' END,
    CASE WHEN NOT o.needs_parcel THEN 'is of an order that needs none' END,
    CASE WHEN o.status IN ('pending', 'not_confirmed') OR o.status = 'pay_required' AND cash.order_id IS NULL
        THEN concat('left, and the order is ', o.status) END,
    CASE WHEN n.at < o.placed_at - interval '1 minute' THEN 'left before the order was placed' END,
    CASE WHEN n.at > now() + interval '10 minutes' THEN 'is yet to come' END,
    CASE WHEN o.packed_at IS NULL AND o.id IS NOT NULL THEN 'left, and the order is not packed' END
], NULL)))
FROM numbered n
FULL JOIN inside i ON i.shipment_id = n.id
LEFT JOIN orders_order o ON o.id = n.order_id
LEFT JOIN cash ON cash.order_id = o.id
"""

LINES = """
WITH left_us AS (
    SELECT line_id, sum(quantity) AS pieces FROM orders_shipmentline GROUP BY line_id
)
SELECT concat('order ', coalesce(o.number::text, 'unknown'), ', line ', coalesce(l.position::text, s.line_id::text), ': ',
unnest(array_remove(ARRAY[
    CASE WHEN l.id IS NULL THEN 'is in a parcel, and the line is gone' END,
    CASE WHEN l.sent <> coalesce(s.pieces, 0)
        THEN concat(l.sent, ' count as sent, and ', coalesce(s.pieces, 0), ' are in parcels') END,
    CASE WHEN coalesce(s.pieces, 0) > l.quantity
        THEN concat(s.pieces, ' are in parcels, and ', l.quantity, ' were ordered') END
], NULL)))
FROM orders_orderline l
FULL JOIN left_us s ON s.line_id = l.id
LEFT JOIN orders_order o ON o.id = l.order_id
WHERE l.sent <> 0 OR s.line_id IS NOT NULL
"""

READY = """
SELECT concat('order ', coalesce(o.number::text, r.order_id::text), ', ready for pickup: ', unnest(array_remove(ARRAY[
    CASE WHEN o.id IS NULL THEN 'its order is gone' END,
    CASE WHEN NOT o.is_pickup THEN 'is sent, and not fetched' END,
    CASE WHEN o.packed_at IS NULL THEN 'is not packed' END,
    CASE WHEN o.status IN ('pending', 'not_confirmed') THEN concat('was told, and the order is ', o.status) END,
    CASE WHEN r.at < o.placed_at - interval '1 minute' THEN 'was told before the order was placed' END
], NULL)))
FROM orders_readynotice r LEFT JOIN orders_order o ON o.id = r.order_id
"""

CHECKS = (PARCELS, LINES, READY)
PARAMETERS: dict[str, Any] = {"on_delivery": CASH_ON_DELIVERY}

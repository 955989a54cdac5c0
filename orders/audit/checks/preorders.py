"""The audit's checks of pre-orders: what lines promise, and that nothing has left before its day without a reason."""

from typing import Any

from django.conf import settings

# A preview may have said a day that had come when it was placed.
LINES = """
SELECT concat('order ', coalesce(o.number::text, l.order_id::text), ', pre-order of line ', l.position, ': ',
unnest(array_remove(ARRAY[
    CASE WHEN l.inventory <> 'counted' OR NOT o.needs_parcel THEN 'nothing of it is sent' END,
    CASE WHEN l.available_from < (o.placed_at AT TIME ZONE %(zone)s)::date - 1
        THEN concat('was to be sent from ', l.available_from, ', before it was placed') END,
    CASE WHEN o.promised_from < l.available_from
        THEN concat('is sent from ', l.available_from, ', and the order is promised from ', o.promised_from) END
], NULL)))
FROM orders_orderline l LEFT JOIN orders_order o ON o.id = l.order_id
WHERE l.available_from IS NOT NULL
"""

PARCELS = """
WITH early AS (
    SELECT i.shipment_id, max(l.available_from) AS day
    FROM orders_orderline l
    JOIN orders_shipmentline i ON i.line_id = l.id
    JOIN orders_shipment s ON s.id = i.shipment_id AND (s.at AT TIME ZONE %(zone)s)::date < l.available_from
    WHERE l.available_from IS NOT NULL GROUP BY i.shipment_id
)
SELECT concat('order ', coalesce(o.number::text, s.order_id::text), ', parcel ', s.sequence, ': ',
unnest(array_remove(ARRAY[
    CASE WHEN e.day IS NOT NULL AND s.early_reason = ''
        THEN concat('has a pre-order in it that is sent from ', e.day, ', and nobody said why it left before') END,
    CASE WHEN e.day IS NULL AND s.early_reason <> '' THEN 'left early, it says, and no pre-order in it had to wait' END
], NULL)))
FROM orders_shipment s
LEFT JOIN early e ON e.shipment_id = s.id
LEFT JOIN orders_order o ON o.id = s.order_id
WHERE e.day IS NOT NULL OR s.early_reason <> ''
"""

CHECKS = (LINES, PARCELS)
PARAMETERS: dict[str, Any] = {"zone": settings.TIME_ZONE}

"""The checks of the audit: each is one statement over whole tables that returns a line for each finding."""

from typing import Any

from orders.audit.checks.money.money import ANSWERS, BALANCES, DISPUTES, LEDGER, PAYMENTS, REFUNDS
from orders.models import BACK_BY_HAND
from orders.status import FIRST, GIVEN_UP, HOLDING, STEPS, UNSENT, OrderStatus

# `array_remove(ARRAY[CASE WHEN wrong THEN what END, ...], NULL)`, unnested, is a row for each thing that is wrong.

ORDERS = """
WITH lines AS (
    SELECT order_id, sum(line_total) AS items FROM orders_orderline GROUP BY order_id
)
SELECT concat('order ', coalesce(o.number::text, lines.order_id::text), ': ', unnest(array_remove(ARRAY[
    CASE WHEN o.id IS NULL THEN 'has lines, and the order is gone' END,
    CASE WHEN o.id IS NOT NULL AND (lines.order_id IS NULL) <> (o.is_supplement AND NOT o.is_exchange)
        THEN concat('has ', CASE WHEN lines.order_id IS NULL THEN 'no lines' ELSE 'lines, and is for shipping' END) END,
    CASE WHEN o.items_total <> coalesce(lines.items, 0)
        THEN concat('items ', o.items_total, ' are not the sum of the lines, ', coalesce(lines.items, 0)) END,
    CASE WHEN o.total_amount <> o.items_total + o.shipping_fee
        THEN concat('total ', o.total_amount, ' is not items ', o.items_total, ' + shipping ', o.shipping_fee) END,
    CASE WHEN o.status = 'pay_required' AND o.pay_by IS NULL THEN 'waits for its payment without an end' END,
    CASE WHEN o.items_total < 0 OR o.shipping_fee < 0 THEN 'an amount is negative' END,
    CASE WHEN o.needs_parcel = t.no_parcel
        THEN concat('needs ', CASE WHEN o.needs_parcel THEN 'a' ELSE 'no' END, ' parcel, and its price table says otherwise')
        END,
    CASE WHEN o.is_pickup <> t.is_pickup
        THEN concat('is ', CASE WHEN o.is_pickup THEN 'fetched' ELSE 'sent' END, ', and its price table says otherwise') END,
    CASE WHEN o.promised_to < (o.placed_at - interval '1 day')::date THEN 'was promised for a day before it was placed' END,
    CASE WHEN o.currency !~ '^[A-Z]{3}$' THEN concat('"', o.currency, '" is no currency') END
], NULL)))
FROM orders_order o
FULL JOIN lines ON lines.order_id = o.id
LEFT JOIN orders_pricetable t ON t.id = o.price_table_id
"""

LINES = """
WITH allocated AS (
    SELECT line_id, count(*) AS numbers FROM orders_allocation GROUP BY line_id
), gone AS (
    SELECT line_id, sum(quantity) AS pieces FROM orders_changeline GROUP BY line_id
), lines AS (
    SELECT l.*, o.number AS order_number, o.status, p.inventory AS kept_as, coalesce(a.numbers, 0) AS numbers,
        CASE WHEN l.inventory = 'numbered' AND o.status = ANY(%(holding)s) THEN l.quantity - coalesce(g.pieces, 0)
            ELSE 0 END AS due
    FROM orders_orderline l
    LEFT JOIN orders_order o ON o.id = l.order_id
    LEFT JOIN catalog_product p ON p.id = l.product_id
    LEFT JOIN allocated a ON a.line_id = l.id
    LEFT JOIN gone g ON g.line_id = l.id
)
SELECT concat('order ', coalesce(order_number::text, order_id::text), ', line ', position, ' (', sku, '): ',
unnest(array_remove(ARRAY[
    CASE WHEN line_total <> unit_price * quantity - discount
        THEN concat('total ', line_total, ' is not ', quantity, ' x ', unit_price,
            CASE WHEN discount <> 0 THEN concat(' - ', discount) END) END,
    CASE WHEN list_price <= unit_price
        THEN concat('was on sale for ', unit_price, ', and cost ', list_price, ' before') END,
    CASE WHEN quantity < 1 OR unit_price < 0 OR line_total < 0
        THEN concat(quantity, ' x ', unit_price, ' can not be sold') END,
    CASE WHEN inventory IS DISTINCT FROM kept_as
        THEN concat('was sold as ', inventory, ', and the product is ', coalesce(kept_as, 'gone')) END,
    CASE WHEN numbers <> due
        THEN concat('holds ', numbers, ' numbers, not ', due, ', and the order is ', status) END
], NULL)))
FROM lines
"""

PRODUCTS = """
WITH moved AS (
    SELECT product_id, sum(quantity) AS pieces,
        coalesce(sum(quantity) FILTER (WHERE kind IN ('received', 'counted')), 0) AS brought
    FROM catalog_stockmovement GROUP BY product_id
), gone AS (
    SELECT line_id, sum(quantity) AS pieces, coalesce(sum(quantity) FILTER (WHERE restocked), 0) AS back
    FROM orders_changeline GROUP BY line_id
), held AS (
    SELECT l.product_id, sum(l.quantity - coalesce(g.back, 0)) AS pieces,
        coalesce(sum(l.quantity - l.sent - coalesce(g.pieces, 0)) FILTER (WHERE o.status = ANY(%(unsent)s)), 0) AS unsent
    FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id LEFT JOIN gone g ON g.line_id = l.id
    WHERE l.inventory = 'counted' AND o.status <> ALL(%(given_up)s) GROUP BY l.product_id
), stock AS (
    SELECT p.sku, p.inventory = 'numbered' AS numbered, p.stock_quantity AS now, moved.product_id AS has_moved,
        coalesce(moved.pieces, 0) AS moved, coalesce(moved.brought, 0) AS brought, coalesce(held.pieces, 0) AS held,
        p.promised, coalesce(held.unsent, 0) AS unsent
    FROM catalog_product p
    LEFT JOIN moved ON moved.product_id = p.id
    LEFT JOIN held ON held.product_id = p.id
)
SELECT concat('product ', sku, ': ', unnest(array_remove(ARRAY[
    CASE WHEN now < 0 THEN concat('stock ', now, ' is negative') END,
    CASE WHEN now <> moved THEN concat('stock ', now, ' is not the sum of its movements, ', moved) END,
    CASE WHEN NOT numbered AND now + held <> brought
        THEN concat('stock ', now, ' + ', held, ' held by orders is not what came in, ', brought) END,
    CASE WHEN promised <> unsent
        THEN concat(promised, ' are promised, and orders that are not sent hold ', unsent) END,
    CASE WHEN numbered AND has_moved IS NOT NULL THEN 'has single numbers, and stock movements' END
], NULL)))
FROM stock
"""

MOVEMENTS = """
WITH moved AS (
    SELECT order_id, product_id,
        count(*) FILTER (WHERE kind = 'taken') AS takes,
        coalesce(-sum(quantity) FILTER (WHERE kind = 'taken'), 0) AS taken,
        count(*) FILTER (WHERE kind = 'given_back') AS returns,
        coalesce(sum(quantity) FILTER (WHERE kind = 'given_back'), 0) AS returned
    FROM catalog_stockmovement WHERE kind IN ('taken', 'given_back') GROUP BY order_id, product_id
), gone AS (
    SELECT line_id, sum(quantity) AS pieces FROM orders_changeline GROUP BY line_id
), lines AS (
    SELECT order_id, product_id, quantity, quantity - coalesce(gone.pieces, 0) AS due
    FROM orders_orderline LEFT JOIN gone ON gone.line_id = id WHERE inventory = 'counted'
), both_sides AS (
    SELECT order_id, product_id, l.quantity AS wanted, l.due, coalesce(takes, 0) AS takes, coalesce(taken, 0) AS taken,
        coalesce(returns, 0) AS returns, coalesce(returned, 0) AS returned
    FROM lines l FULL JOIN moved USING (order_id, product_id)
)
SELECT concat('order ', coalesce(o.number::text, b.order_id::text, 'unknown'), ', product ', p.sku, ': ',
unnest(array_remove(ARRAY[
    CASE WHEN wanted IS NULL THEN concat('took ', taken, ' and gave back ', returned, ' without a line for it') END,
    CASE WHEN takes <> 1 OR taken <> wanted
        THEN concat('took ', taken, ' of ', wanted, ' in ', takes, ' movements') END,
    CASE WHEN o.status = ANY(%(given_up)s) AND (returns <> CASE WHEN due > 0 THEN 1 ELSE 0 END OR returned <> due)
        THEN concat('is ', o.status, ', and gave back ', returned, ' of ', due, ' in ', returns, ' movements') END,
    CASE WHEN o.status <> ALL(%(given_up)s) AND returns > 0
        THEN concat('is ', o.status, ', and gave back ', returned) END
], NULL)))
FROM both_sides b
LEFT JOIN orders_order o ON o.id = b.order_id
LEFT JOIN catalog_product p ON p.id = b.product_id
"""

NUMBERS = """
WITH held AS (
    SELECT a.number_id, l.product_id, o.status, coalesce(o.number::text, 'unknown') AS by_order,
        count(*) OVER (PARTITION BY a.number_id) AS times
    FROM orders_allocation a
    LEFT JOIN orders_orderline l ON l.id = a.line_id
    LEFT JOIN orders_order o ON o.id = l.order_id
)
SELECT concat('number ', n.value, ' of product ', p.sku, ': ', unnest(array_remove(ARRAY[
    CASE WHEN n.state = 'taken' AND h.number_id IS NULL THEN 'is taken, and no order holds it' END,
    CASE WHEN n.state <> 'taken' AND h.number_id IS NOT NULL
        THEN concat('is ', n.state, ', and order ', by_order, ' holds it') END,
    CASE WHEN h.times > 1 THEN concat('is held ', h.times, ' times, here by order ', by_order) END,
    CASE WHEN h.product_id <> n.product_id
        THEN concat('order ', by_order, ' holds it in a line for another product') END,
    CASE WHEN h.number_id IS NOT NULL AND h.status = ANY(%(holding)s) IS NOT TRUE
        THEN concat('order ', by_order, ' holds it, and is ', coalesce(h.status, 'gone')) END,
    CASE WHEN n.state NOT IN ('free', 'taken', 'retired') THEN concat('"', n.state, '" is no state') END
], NULL)))
FROM catalog_number n
LEFT JOIN catalog_product p ON p.id = n.product_id
LEFT JOIN held h ON h.number_id = n.id
"""

HISTORIES = """
WITH steps AS (
    SELECT order_id, sequence, from_status, to_status, lag(to_status) OVER path AS before,
        coalesce(lag(sequence) OVER path, 0) AS sequence_before, at, lag(at) OVER path AS at_before,
        lead(sequence) OVER path IS NULL AS is_last
    FROM orders_statuschange WINDOW path AS (PARTITION BY order_id ORDER BY sequence, id)
), edge AS (
    SELECT * FROM unnest(%(sources)s::text[], %(targets)s::text[]) AS e(source, target)
)
SELECT concat('order ', coalesce(o.number::text, s.order_id::text), ': ', unnest(array_remove(ARRAY[
    CASE WHEN o.id IS NULL THEN concat('has step ', s.sequence, ', and the order is gone') END,
    CASE WHEN s.order_id IS NULL THEN 'has no history' END,
    CASE WHEN s.sequence <> sequence_before + 1
        THEN concat('step ', s.sequence, ' follows upon step ', sequence_before) END,
    -- The clocks of several hosts may differ by seconds.
    CASE WHEN s.at < s.at_before - interval '1 minute'
        THEN concat('step ', s.sequence, ' was taken before step ', sequence_before) END,
    CASE WHEN s.from_status IS DISTINCT FROM before
        THEN concat('step ', s.sequence, ' starts from ', coalesce(s.from_status, 'nothing'), ', not from ',
            coalesce(before, 'nothing')) END,
    CASE WHEN s.from_status IS NULL AND s.to_status <> %(first)s
        THEN concat('step ', s.sequence, ' begins as ', s.to_status) END,
    CASE WHEN s.from_status IS NOT NULL AND e.source IS NULL
        THEN concat('step ', s.sequence, ' goes from ', s.from_status, ' to ', s.to_status, ': there is no such step') END,
    CASE WHEN is_last AND s.to_status <> o.status
        THEN concat('is ', o.status, ', and its history ends as ', s.to_status) END
], NULL)))
FROM steps s
LEFT JOIN edge e ON e.source = s.from_status AND e.target = s.to_status
FULL JOIN orders_order o ON o.id = s.order_id
"""

CHECKS = (
    ORDERS,
    LINES,
    BALANCES,
    PAYMENTS,
    LEDGER,
    REFUNDS,
    ANSWERS,
    DISPUTES,
    PRODUCTS,
    MOVEMENTS,
    NUMBERS,
    HISTORIES,
)

PARAMETERS: dict[str, Any] = {
    "first": str(FIRST),
    "given_up": [str(status) for status in GIVEN_UP],
    # Pieces of these lie on the shelf still.
    "unsent": [str(status) for status in UNSENT],
    # An order past pending holds its numbers, until it is given up.
    "holding": [str(status) for status in HOLDING],
    # The shop may keep the money of these.
    "earned": [str(OrderStatus.PAID), str(OrderStatus.DONE)],
    "by_hand": list(BACK_BY_HAND),
    "sources": [str(edge.source) for edge in STEPS.values()],
    "targets": [str(edge.target) for edge in STEPS.values()],
}

"""The audit's checks of changes of orders: pieces, money, papers, stock and numbers. See orders.py for their form."""

from typing import Any

# What a change says adds up, and all changes together take no more than there was.
CHANGES = """
WITH counting AS (
    SELECT c.*, row_number() OVER (PARTITION BY order_id ORDER BY sequence, id) AS place,
        NOT EXISTS (SELECT FROM orders_orderchange u WHERE u.undoes_id = c.id) AS counts
    FROM orders_orderchange c
), lines AS (
    SELECT l.change_id, sum(l.amount) AS amount, bool_or(o.order_id <> c.order_id) AS of_another,
        sum(l.quantity) AS pieces
    FROM orders_changeline l JOIN orders_orderchange c ON c.id = l.change_id
    LEFT JOIN orders_orderline o ON o.id = l.line_id GROUP BY l.change_id
), sums AS (
    SELECT order_id, sum(amount) FILTER (WHERE counts) AS amount, sum(shipping) FILTER (WHERE counts) AS shipping
    FROM counting GROUP BY order_id
)
SELECT concat('order ', coalesce(o.number::text, c.order_id::text), ', change ', c.sequence, ': ',
unnest(array_remove(ARRAY[
    CASE WHEN o.id IS NULL THEN 'its order is gone' END,
    CASE WHEN c.place <> c.sequence THEN concat('is the ', c.place, '. of its order') END,
    CASE WHEN c.amount <> coalesce(l.amount, 0) + c.shipping
        THEN concat('gives back ', c.amount, ', its lines and shipping ', coalesce(l.amount, 0) + c.shipping) END,
    CASE WHEN l.of_another THEN 'is about a line of another order' END,
    CASE WHEN (c.kind IN ('cancel', 'return')) <> (coalesce(l.pieces, 0) > 0)
        THEN concat('is a ', c.kind, ', and takes ', coalesce(l.pieces, 0), ' pieces') END,
    CASE WHEN s.amount > o.total_amount
        THEN concat('is one of those that give back ', s.amount, ' of ', o.total_amount) END,
    CASE WHEN s.shipping > o.shipping_fee
        THEN concat('is one of those that give back ', s.shipping, ' of ', o.shipping_fee, ' for shipping') END,
    CASE WHEN o.status IN ('pending', 'not_confirmed') OR o.status = 'pay_required' AND c.kind <> 'details'
        THEN concat('changes what was never paid: the order is ', o.status) END,
    CASE WHEN c.kind = 'return' AND o.status <> 'done' THEN concat('came back, and the order is ', o.status) END,
    CASE WHEN c.at > now() + interval '10 minutes' THEN 'is yet to come' END
], NULL)))
FROM counting c
LEFT JOIN lines l ON l.change_id = c.id
LEFT JOIN sums s ON s.order_id = c.order_id
LEFT JOIN orders_order o ON o.id = c.order_id
"""

LINES = """
WITH gone AS (
    SELECT l.line_id, sum(l.quantity) AS pieces, sum(l.amount) AS amount, sum(l.tax) AS tax
    FROM orders_changeline l
    WHERE NOT EXISTS (SELECT FROM orders_orderchange u WHERE u.undoes_id = l.change_id) GROUP BY l.line_id
)
SELECT concat('order ', coalesce(o.number::text, l.order_id::text, 'unknown'), ', line ', l.position, ' (', l.sku, '): ',
unnest(array_remove(ARRAY[
    CASE WHEN l.id IS NULL THEN 'a change is about it, and it is gone' END,
    CASE WHEN g.pieces > l.quantity THEN concat('changes took ', g.pieces, ' of ', l.quantity, ' pieces') END,
    CASE WHEN g.amount > l.line_total THEN concat('changes gave back ', g.amount, ' of ', l.line_total) END,
    CASE WHEN coalesce(g.tax, 0) > coalesce(l.tax_amount, 0)
        THEN concat('changes gave back tax of ', g.tax, ', it had ', coalesce(l.tax_amount, 0)) END
], NULL)))
FROM gone g LEFT JOIN orders_orderline l ON l.id = g.line_id LEFT JOIN orders_order o ON o.id = l.order_id
"""

# The money of a change goes back by attempts of its own, unless it ended its order, or it tells of what somebody returned.
MONEY = """
WITH refunds AS (
    SELECT change_id, sum(amount) FILTER (WHERE state = 'done') AS done, count(*) AS times,
        sum(amount) FILTER (WHERE state IN ('asked', 'done')) AS going
    FROM orders_refund WHERE change_id IS NOT NULL GROUP BY change_id
), papers AS (
    SELECT order_id, snapshot->>'change' AS about, sum(CASE kind WHEN 'credit_note' THEN 1 ELSE -1 END) AS standing,
        max(CASE WHEN kind = 'credit_note' AND snapshot->>'total' ~ '^-[0-9]+([.][0-9]+)?$'
            THEN -(snapshot->>'total')::numeric END) AS credited
    FROM orders_invoice WHERE snapshot ? 'change' GROUP BY order_id, snapshot->>'change'
), billed AS (
    SELECT order_id FROM orders_invoice WHERE kind = 'invoice'
), books AS (
    SELECT c.*, o.number, o.status, coalesce(r.going, 0) AS going, coalesce(r.times, 0) AS times,
        CASE WHEN c.kind = 'at_provider' THEN undone.id IS NULL ELSE coalesce(r.done, 0) = c.amount END
            AND c.amount > 0 AND b.order_id IS NOT NULL AS is_back,
        coalesce(p.standing, 0) AS standing, p.credited, e.amount AS told, e.kind AS told_as
    FROM orders_orderchange c
    LEFT JOIN orders_order o ON o.id = c.order_id
    LEFT JOIN refunds r ON r.change_id = c.id
    LEFT JOIN papers p ON p.order_id = c.order_id AND p.about = c.id::text
    LEFT JOIN billed b ON b.order_id = c.order_id
    LEFT JOIN orders_orderchange undone ON undone.undoes_id = c.id
    LEFT JOIN orders_ledgerentry e ON e.id = c.returned_id AND e.order_id = c.order_id
)
SELECT concat('order ', coalesce(number::text, order_id::text), ', change ', sequence, ': ', unnest(array_remove(ARRAY[
    CASE WHEN kind IN ('refund', 'cancel', 'return', 'details') AND amount > 0 AND times = 0 AND status IN ('paid', 'done')
        THEN concat('gives back ', amount, ', and no refund was begun') END,
    CASE WHEN going > amount THEN concat('gives back ', amount, ', and its refunds ', going) END,
    CASE WHEN kind = 'at_provider' AND (told IS NULL OR told_as <> 'refunded' OR told < amount)
        THEN concat('tells that ', amount, ' was returned, and the ledger of ', coalesce(told, 0)) END,
    CASE WHEN standing <> is_back::int
        THEN concat('has ', standing, ' credit notes, and its money is ', CASE WHEN is_back THEN '' ELSE 'not ' END, 'back')
        END,
    CASE WHEN credited <> amount THEN concat('gives back ', amount, ', its credit note ', credited) END
], NULL)))
FROM books
"""

# Pieces that are for sale again have a movement, under the number of their change.
STOCK = """
WITH due AS (
    SELECT c.order_id, l.product_id, concat('change ', c.sequence) AS reason, cl.quantity,
        CASE c.kind WHEN 'cancel' THEN 'canceled' ELSE 'returned' END AS kind
    FROM orders_changeline cl JOIN orders_orderchange c ON c.id = cl.change_id
    JOIN orders_orderline l ON l.id = cl.line_id
    WHERE cl.quantity > 0 AND cl.restocked AND l.inventory = 'counted'
), moved AS (
    SELECT order_id, product_id, reason, kind, sum(quantity) AS quantity FROM catalog_stockmovement
    WHERE kind IN ('canceled', 'returned') GROUP BY order_id, product_id, reason, kind
)
SELECT concat('order ', coalesce(o.number::text, order_id::text, 'unknown'), ', ', reason, ', product ', p.sku, ': ',
    coalesce(d.quantity, 0), ' pieces were ', kind, ', ', coalesce(m.quantity, 0), ' came to the shelf')
FROM due d FULL JOIN moved m USING (order_id, product_id, reason, kind)
LEFT JOIN orders_order o ON o.id = order_id LEFT JOIN catalog_product p ON p.id = product_id
WHERE d.quantity IS DISTINCT FROM m.quantity
"""

NUMBERS = """
WITH given AS (
    SELECT g.line_id, count(*) AS numbers, bool_or(n.product_id <> l.product_id) AS of_another
    FROM orders_givenupnumber g JOIN catalog_number n ON n.id = g.number_id
    JOIN orders_changeline cl ON cl.id = g.line_id JOIN orders_orderline l ON l.id = cl.line_id GROUP BY g.line_id
)
SELECT concat('order ', coalesce(o.number::text, l.order_id::text), ', line ', l.position, ' (', l.sku, '): a change took ',
    cl.quantity, ' pieces, and ', coalesce(g.numbers, 0), ' of its numbers')
FROM orders_changeline cl JOIN orders_orderline l ON l.id = cl.line_id
LEFT JOIN given g ON g.line_id = cl.id LEFT JOIN orders_order o ON o.id = l.order_id
WHERE coalesce(g.numbers, 0) <> CASE WHEN l.inventory = 'numbered' THEN cl.quantity ELSE 0 END OR g.of_another
"""

# What customers asked for: each is decided or is not, by somebody, and is about pieces of its order.
REQUESTS = """
WITH pieces AS (
    SELECT r.request_id, bool_or(l.order_id IS DISTINCT FROM c.order_id) AS of_another,
        bool_or(r.quantity NOT BETWEEN 1 AND coalesce(l.quantity, 0)) AS too_many,
        bool_or(r.exchange_for_id IS NOT NULL AND (c.kind = 'withdraw' OR n.id IS NULL OR n.id = p.id
            OR n.group_id IS DISTINCT FROM p.group_id)) AS no_exchange
    FROM orders_requestedline r LEFT JOIN orders_changerequest c ON c.id = r.request_id
    LEFT JOIN orders_orderline l ON l.id = r.line_id LEFT JOIN catalog_product p ON p.id = l.product_id
    LEFT JOIN catalog_product n ON n.id = r.exchange_for_id GROUP BY r.request_id
), asked AS (
    SELECT concat('request ', coalesce(c.id, p.request_id), ' for a change') AS what, c.order_id, c.state, c.asked_at,
        c.decided_at, c.id IS NULL AS is_gone, p.request_id IS NULL AS is_empty, p.of_another, p.too_many, p.no_exchange
    FROM orders_changerequest c FULL JOIN pieces p ON p.request_id = c.id
    UNION ALL
    SELECT concat('request ', id, ' for a refund'), order_id, state, asked_at, decided_at, false, false, false, false, false
    FROM orders_refundrequest
)
SELECT concat('order ', coalesce(o.number::text, a.order_id::text, 'unknown'), ', ', a.what, ': ', unnest(array_remove(ARRAY[
    CASE WHEN is_gone THEN 'has pieces, and the request is gone' END,
    CASE WHEN is_empty THEN 'is about no pieces' END,
    CASE WHEN of_another THEN 'is about a line of another order' END,
    CASE WHEN too_many THEN 'is about other pieces than there are' END,
    CASE WHEN no_exchange THEN 'wishes for what is no other variant' END,
    CASE WHEN (state = 'open') <> (decided_at IS NULL)
        THEN concat('is ', state, ', and when it was decided says otherwise') END,
    CASE WHEN decided_at < asked_at - interval '1 minute' THEN 'was decided before it was asked for' END,
    CASE WHEN greatest(asked_at, decided_at) > now() + interval '10 minutes' THEN 'is yet to come' END
], NULL)))
FROM asked a LEFT JOIN orders_order o ON o.id = a.order_id
"""

# Amounts of a paper by rate, as they stand in it.
RATES = """
rates AS (
    SELECT i.id, i.order_id, i.kind, i.number, i.snapshot->>'change' AS about, (t->>'rate')::numeric AS rate,
        (t->>'gross')::numeric AS gross, (t->>'tax')::numeric AS tax
    FROM orders_invoice i CROSS JOIN LATERAL jsonb_array_elements(
        CASE jsonb_typeof(i.snapshot->'taxes') WHEN 'array' THEN i.snapshot->'taxes' ELSE '[]' END) AS t
    WHERE EXISTS (SELECT FROM orders_orderchange c WHERE c.order_id = i.order_id)
        AND t->>'rate' ~ '^[0-9]+([.][0-9]+)?$' AND t->>'gross' ~ '^-?[0-9]+([.][0-9]+)?$'
        AND t->>'tax' ~ '^-?[0-9]+([.][0-9]+)?$'
)
"""

# A change's credit note says the change's own amounts, by rate.
PAPERS = f"""
WITH {RATES}, amounts AS (
    SELECT cl.change_id, l.tax_rate AS rate, cl.amount AS gross, cl.tax FROM orders_changeline cl
    JOIN orders_orderline l ON l.id = cl.line_id WHERE l.tax_rate IS NOT NULL
    UNION ALL
    SELECT c.id, o.shipping_tax_rate, c.shipping, c.shipping_tax FROM orders_orderchange c
    JOIN orders_order o ON o.id = c.order_id WHERE o.shipping_tax_rate IS NOT NULL
), due AS (
    SELECT i.id, a.rate, -sum(a.gross) AS gross, -sum(a.tax) AS tax FROM orders_invoice i
    JOIN amounts a ON a.change_id::text = i.snapshot->>'change'
    WHERE i.kind = 'credit_note' AND i.snapshot ? 'taxes' GROUP BY i.id, a.rate HAVING sum(a.gross) > 0
), wrong AS (
    SELECT id FROM due d FULL JOIN (SELECT * FROM rates WHERE kind = 'credit_note' AND about IS NOT NULL) r USING (id, rate)
    WHERE (d.gross, d.tax) IS DISTINCT FROM (r.gross, r.tax)
)
SELECT DISTINCT concat('order ', coalesce(o.number::text, i.order_id::text), ', credit note ', i.number,
    ': its taxes are not its change''s')
FROM wrong JOIN orders_invoice i USING (id) LEFT JOIN orders_order o ON o.id = i.order_id
"""  # noqa: S608 expressions of our own

# An invoice and all that was credited until the order was over come to nothing at each rate.
REST = f"""
WITH {RATES}, last AS (
    SELECT order_id, max(id) AS id FROM orders_invoice WHERE kind = 'credit_note' AND NOT snapshot ? 'change'
    GROUP BY order_id
), sums AS (
    SELECT r.order_id, r.rate, sum(r.gross) AS gross, sum(r.tax) AS tax
    FROM rates r JOIN last ON last.order_id = r.order_id AND r.id <= last.id GROUP BY r.order_id, r.rate
)
SELECT concat('order ', coalesce(o.number::text, s.order_id::text), ': its invoice and credit notes leave ', s.gross,
    ' with tax of ', s.tax, ' at ', trim_scale(s.rate), ' %%')
FROM sums s LEFT JOIN orders_order o ON o.id = s.order_id WHERE s.gross <> 0 OR s.tax <> 0
"""  # noqa: S608 expressions of our own

# An address or a note was what the change before left there, and the last one's is the order's.
DETAILS = """
WITH addresses AS (
    SELECT c.order_id, c.sequence, d.address_before AS was, d.address_after AS became,
        lead(d.address_before, 1, o.address_snapshot) OVER (PARTITION BY c.order_id ORDER BY c.sequence) AS next
    FROM orders_detailschange d JOIN orders_orderchange c ON c.id = d.change_id JOIN orders_order o ON o.id = c.order_id
    WHERE d.address_before IS NOT NULL
), notes AS (
    SELECT c.order_id, c.sequence, d.note_after AS became,
        lead(d.note_before, 1, o.note) OVER (PARTITION BY c.order_id ORDER BY c.sequence) AS next
    FROM orders_detailschange d JOIN orders_orderchange c ON c.id = d.change_id JOIN orders_order o ON o.id = c.order_id
    WHERE d.note_before IS NOT NULL
), wrong AS (
    SELECT c.order_id, c.sequence, 'says nothing of what it changed' AS what
    FROM orders_orderchange c LEFT JOIN orders_detailschange d ON d.change_id = c.id
    WHERE c.kind = 'details' AND d.change_id IS NULL
    UNION ALL
    SELECT c.order_id, c.sequence, concat('is a ', c.kind, ', and changed an address or a note')
    FROM orders_detailschange d LEFT JOIN orders_orderchange c ON c.id = d.change_id WHERE c.kind IS DISTINCT FROM 'details'
    UNION ALL
    SELECT c.order_id, c.sequence, concat('gives back ', c.amount, ', and the shop paid ', d.waived, ' more')
    FROM orders_detailschange d JOIN orders_orderchange c ON c.id = d.change_id WHERE c.amount > 0 AND d.waived > 0
    UNION ALL
    SELECT order_id, sequence, 'its address is not the one from then on' FROM addresses WHERE became <> next
    UNION ALL
    SELECT order_id, sequence, 'its note is not the one from then on' FROM notes WHERE became <> next
)
SELECT concat('order ', coalesce(o.number::text, w.order_id::text), ', change ', w.sequence, ': ', w.what)
FROM wrong w LEFT JOIN orders_order o ON o.id = w.order_id
"""

CHECKS = (CHANGES, LINES, MONEY, STOCK, NUMBERS, REQUESTS, PAPERS, REST, DETAILS)
PARAMETERS: dict[str, Any] = {}

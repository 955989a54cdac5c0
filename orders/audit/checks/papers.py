"""The checks of invoices and credit notes: one of each, with the right sum and words, numbered without a gap."""

INVOICES = """
WITH every AS (
    SELECT id, order_id, kind, snapshot ? 'change' AS of_change,
        CASE WHEN snapshot->>'total' ~ '^-?[0-9]+([.][0-9]+)?$' THEN (snapshot->>'total')::numeric END AS total
    FROM orders_invoice
), said AS (
    -- A credit note of the whole order is for what those of its changes before it have left.
    SELECT * FROM (
        SELECT order_id, kind, of_change, total + CASE WHEN kind = 'credit_note' THEN coalesce(
            sum(total) FILTER (WHERE of_change) OVER (PARTITION BY order_id ORDER BY id), 0) ELSE 0 END AS total
        FROM every
    ) AS one WHERE NOT of_change
), papers AS (
    SELECT order_id, count(*) FILTER (WHERE kind = 'invoice') AS invoices,
        count(*) FILTER (WHERE kind = 'credit_note') AS notes,
        count(*) FILTER (WHERE kind = 'credit_note_reversal') AS reversals,
        max(total) FILTER (WHERE kind = 'invoice') AS billed,
        max(total) FILTER (WHERE kind = 'credit_note') AS credited
    FROM said GROUP BY order_id
), money AS (
    SELECT order_id, bool_or(to_status = 'paid') AS was_paid, bool_or(from_status = 'refund') AS is_back
    FROM orders_statuschange WHERE to_status = 'paid' OR from_status = 'refund' GROUP BY order_id
), held AS (
    SELECT order_id, sum(CASE WHEN kind IN ('captured', 'refund_failed') THEN amount WHEN kind = 'refunded' THEN -amount
        ELSE 0 END) AS balance, count(*) FILTER (WHERE kind = 'refund_failed') AS failed
    FROM orders_ledgerentry WHERE order_id IN (SELECT order_id FROM orders_invoice WHERE kind = 'credit_note_reversal')
    GROUP BY order_id
), books AS (
    SELECT order_id, coalesce(was_paid, false) AS was_paid, coalesce(is_back, false) AS is_back,
        coalesce(invoices, 0) AS invoices, coalesce(notes, 0) AS notes, coalesce(reversals, 0) AS reversals, billed,
        credited, balance, coalesce(failed, 0) AS failed
    FROM papers FULL JOIN money USING (order_id) LEFT JOIN held USING (order_id)
)
SELECT concat('order ', coalesce(o.number::text, b.order_id::text), ': ', unnest(array_remove(ARRAY[
    CASE WHEN o.id IS NULL AND invoices + notes > 0 THEN 'has an invoice, and the order is gone' END,
    CASE WHEN was_paid AND invoices <> 1 THEN concat('was paid, and has ', invoices, ' invoices') END,
    CASE WHEN NOT was_paid AND invoices > 0 THEN concat('was never paid, and has ', invoices, ' invoices') END,
    CASE WHEN invoices > 0 AND billed IS DISTINCT FROM o.total_amount
        THEN concat('its invoice says ', billed, ', its total is ', o.total_amount) END,
    CASE WHEN is_back AND notes - reversals NOT BETWEEN CASE WHEN reversals > 0 THEN 0 ELSE 1 END AND 1
        THEN concat('its money is back, and it has ', notes, ' credit notes') END,
    CASE WHEN reversals > failed
        THEN concat('has ', reversals, ' reversals of credit notes, and ', failed, ' refunds failed') END,
    CASE WHEN reversals > 0 AND notes = reversals AND balance = 0
        THEN 'its money is back, and its credit note is reversed' END,
    CASE WHEN NOT is_back AND notes > 0 THEN concat('its money is not back, and it has ', notes, ' credit notes') END,
    CASE WHEN notes > 0 AND credited IS DISTINCT FROM -billed
        THEN concat('its credit note says ', credited, ', its invoice ', billed) END
], NULL)))
FROM books b LEFT JOIN orders_order o ON o.id = b.order_id
"""
# The inside of what was issued: what it says of itself adds up, and is its order's.
INVOICE_WORDS = """
WITH said AS (
    SELECT order_id, kind, number, snapshot->>'order' AS order_said, snapshot->>'currency' AS currency,
        CASE WHEN snapshot->>'items_total' ~ '^-?[0-9]+([.][0-9]+)?$' THEN (snapshot->>'items_total')::numeric END AS items,
        CASE WHEN snapshot->>'shipping_fee' ~ '^-?[0-9]+([.][0-9]+)?$' THEN (snapshot->>'shipping_fee')::numeric END
            AS shipping,
        CASE WHEN snapshot->>'total' ~ '^-?[0-9]+([.][0-9]+)?$' THEN (snapshot->>'total')::numeric END AS total,
        coalesce((SELECT sum(CASE WHEN line->>'total' ~ '^-?[0-9]+([.][0-9]+)?$' THEN (line->>'total')::numeric END)
            FROM jsonb_array_elements(CASE jsonb_typeof(snapshot->'lines') WHEN 'array' THEN snapshot->'lines'
            ELSE '[]' END) AS line), 0) AS lines
    FROM orders_invoice
)
SELECT concat('order ', coalesce(o.number::text, s.order_id::text), ', ', replace(s.kind, '_', ' '), ' ', s.number, ': ',
unnest(array_remove(ARRAY[
    CASE WHEN o.id IS NOT NULL AND s.order_said IS DISTINCT FROM o.number::text
        THEN concat('says that it is of order ', s.order_said) END,
    CASE WHEN o.id IS NOT NULL AND s.currency IS DISTINCT FROM o.currency
        THEN concat('is in ', s.currency, ', the order in ', o.currency) END,
    CASE WHEN s.lines IS DISTINCT FROM s.items THEN concat('its lines are ', s.lines, ' together, its items ', s.items) END,
    CASE WHEN s.items + s.shipping IS DISTINCT FROM s.total
        THEN concat('its total ', s.total, ' is not ', s.items, ' + ', s.shipping) END
], NULL)))
FROM said s LEFT JOIN orders_order o ON o.id = s.order_id
"""
INVOICE_NUMBERS = """
WITH papers AS (
    SELECT order_id, i.kind, number, coalesce(lag(number) OVER numbers, s.first - 1, 0) AS before,
        lag(number) OVER numbers AS earlier, issued_at, lag(issued_at) OVER numbers AS issued_before,
        lead(number) OVER numbers IS NULL AS is_last
    FROM orders_invoice i LEFT JOIN orders_invoicecounter s ON s.kind = i.kind
    WINDOW numbers AS (PARTITION BY i.kind ORDER BY number, id)
)
SELECT concat('order ', coalesce(o.number::text, p.order_id::text, 'unknown'), ', ',
concat_ws(' ', replace(coalesce(p.kind, c.kind), '_', ' '), p.number), ': ', unnest(array_remove(ARRAY[
    CASE WHEN p.number <> p.before + 1 AND left_out.until IS DISTINCT FROM p.number - 1
        THEN concat('follows upon number ', p.before) END,
    CASE WHEN p.issued_at < p.issued_before THEN concat('is dated before number ', p.earlier) END,
    CASE WHEN c.last_at < p.issued_at THEN 'is dated after the last one, says the counter' END,
    CASE WHEN p.is_last AND c.last_at > p.issued_at AND ahead.until IS NULL
        THEN 'is the last one, and the counter would date the next one later' END,
    CASE WHEN p.is_last AND c.last IS DISTINCT FROM p.number AND NOT coalesce(ahead.until = c.last, false)
        THEN concat('is the last one, and the counter says ', coalesce(c.last::text, 'nothing')) END,
    CASE WHEN p.kind IS NULL AND NOT coalesce(ahead.until = c.last, false)
        THEN concat('there is none, and the counter says ', c.last) END,
    CASE WHEN p.kind NOT IN ('invoice', 'credit_note', 'credit_note_reversal') THEN 'is of no kind that there is' END
], NULL)))
FROM papers p
FULL JOIN orders_invoicecounter c ON c.kind = CASE WHEN p.is_last THEN p.kind END
LEFT JOIN orders_invoicegap left_out ON left_out.kind = p.kind AND left_out.after = p.before
LEFT JOIN orders_invoicegap ahead ON ahead.kind = c.kind AND ahead.after = coalesce(p.number, c.first - 1)
LEFT JOIN orders_order o ON o.id = p.order_id
"""

"""The audit's checks of money against what providers said: no money moves without a word, and no word is without effect.

See orders.py for their form. What a provider says today is another question: `manage.py reconcile` asks it.
"""

from orders.models import FOREIGN

# A capture is told by an event, also where the provider was asked. A refund is told by an event or by the answer to an
# attempt, or staff have settled it; one that was made at the provider may have been found in its list before an attempt.
# Of gift cards and exchanges no provider tells: their own rows do (gift_cards.py, exchanges.py).
MONEY = """
WITH told AS (
    SELECT variant, news->>'kind' AS kind, news->>'token' AS token, news->>'reference' AS reference,
        news->>'charge' AS charge
    FROM orders_providerevent WHERE news->>'kind' IN ('captured', 'refunded', 'refunds_changed', 'dispute_lost')
), captures AS (
    SELECT DISTINCT variant, token, reference FROM told WHERE kind = 'captured'
), returns AS (
    SELECT DISTINCT variant, token FROM told WHERE kind <> 'captured' AND token <> ''
), by_charge AS (
    SELECT DISTINCT variant, charge FROM told WHERE kind <> 'captured' AND charge <> ''
), asked AS (
    SELECT payment_id, max(attempts) AS times FROM orders_refund GROUP BY payment_id
), charges AS (
    SELECT DISTINCT p.id AS payment_id FROM by_charge b JOIN orders_ledgerentry e
        ON e.reference = b.charge AND e.kind = 'captured'
    JOIN orders_payment p ON p.id = e.payment_id AND p.variant = b.variant
)
SELECT concat('order ', coalesce(o.number::text, e.order_id::text), ', ledger row ', e.id, ': ', e.kind, ' ', e.amount,
    CASE e.kind WHEN 'captured' THEN ', and no event of the provider tells of it'
    ELSE ', and the provider was neither asked, nor told of it' END)
FROM orders_ledgerentry e
LEFT JOIN orders_payment p ON p.id = e.payment_id
LEFT JOIN orders_order o ON o.id = e.order_id
LEFT JOIN captures c ON c.variant = p.variant AND c.token = p.token AND c.reference = e.reference
LEFT JOIN returns r ON r.variant = p.variant AND r.token = p.token
LEFT JOIN charges ON charges.payment_id = e.payment_id
LEFT JOIN asked ON asked.payment_id = e.payment_id
WHERE p.id IS NOT NULL AND p.variant NOT IN ('gift_card', 'exchange') AND CASE e.kind
    WHEN 'captured' THEN c.token IS NULL
    WHEN 'refunded' THEN r.token IS NULL AND charges.payment_id IS NULL AND coalesce(asked.times, 0) = 0
        AND e.actor_id IS NULL
    ELSE false END
"""

# What a refund that is done was answered with is the name of its row; what staff settled has a row of their own.
REFUNDS = """
SELECT concat('order ', coalesce(o.number::text, 'unknown'), ', refund ', r.id,
    ': is done, and the ledger has no row under the name that it was answered with')
FROM orders_refund r
LEFT JOIN orders_payment p ON p.id = r.payment_id
LEFT JOIN orders_order o ON o.id = p.order_id
LEFT JOIN orders_ledgerentry e ON e.payment_id = r.payment_id AND e.kind = 'refunded'
    AND e.reference IN (r.answer, concat('by hand ', p.token, '-refund-', r.attempt))
WHERE r.state = 'done' AND e.id IS NULL
"""

# Acted on, and nothing remarked: then it had its effect. A refund by hand may have come before the provider's word of it.
EFFECTS = """
WITH told AS (
    SELECT variant, event_id, remark, news->>'kind' AS kind, news->>'token' AS token, news->>'reference' AS reference,
        news->>'key' AS key, news->>'charge' AS charge
    FROM orders_providerevent
    WHERE acted_at IS NOT NULL AND news->>'kind' IN ('authorised', 'declined', 'expired', 'refunded', 'refund_refused',
        'disputed', 'dispute_won', 'dispute_lost')
), known AS (
    SELECT t.variant, t.event_id, t.kind, p.order_id, CASE
        WHEN t.kind IN ('declined', 'expired') THEN t.remark <> '' OR p.status NOT IN ('waiting', 'input', 'preauth')
        WHEN t.kind = 'authorised' THEN t.remark <> '' OR EXISTS (SELECT FROM orders_ledgerentry e
            WHERE e.payment_id = p.id AND e.kind IN ('authorised', 'captured'))
        WHEN t.kind = 'refunded' THEN t.remark <> '' OR EXISTS (SELECT FROM orders_ledgerentry e
            WHERE e.payment_id = p.id AND e.kind = 'refunded' AND e.reference IN (t.reference, concat('by hand ', t.key)))
        WHEN t.kind = 'refund_refused' THEN t.remark <> '' OR EXISTS (SELECT FROM orders_ledgerentry e
            WHERE e.payment_id = p.id AND (e.kind IN ('refused', 'refund_failed') AND e.reference IN (t.reference, t.key)
                OR e.kind = 'refunded' AND e.reference = concat('by hand ', t.key)))
        ELSE true END AS is_done
    FROM told t JOIN orders_payment p ON p.token = t.token AND p.variant = t.variant
    UNION ALL
    SELECT t.variant, t.event_id, t.kind, e.order_id, t.remark = %(foreign)s OR EXISTS (SELECT FROM orders_dispute d
        WHERE d.payment_id = e.payment_id AND d.reference = t.reference)
    FROM told t JOIN orders_ledgerentry e ON e.reference = t.charge AND e.kind = 'captured'
    WHERE t.kind LIKE 'dispute%%'
)
SELECT concat('order ', coalesce(o.number::text, k.order_id::text), ', event ', k.variant, ' ', k.event_id,
    ': told "', replace(k.kind, '_', ' '), '" and was acted on, without an effect')
FROM known k LEFT JOIN orders_order o ON o.id = k.order_id
WHERE NOT k.is_done
"""

# A dispute's end has its row, and what was lost went back.
DISPUTES = """
SELECT concat('order ', coalesce(o.number::text, 'unknown'), ', dispute ', coalesce(d.reference, opened.reference), ': ',
unnest(array_remove(ARRAY[
    CASE WHEN d.id IS NULL THEN 'is in the ledger, and the dispute is gone' END,
    CASE WHEN d.state = 'won' AND won.id IS NULL THEN 'is won, and the ledger has no row of it' END,
    CASE WHEN d.state <> 'won' AND won.id IS NOT NULL AND (back.id IS NULL OR back.id < won.id)
        THEN concat('is ', d.state, ', and the ledger says that it was won') END,
    CASE WHEN d.state = 'lost' AND back.id IS NULL AND p.captured_amount > 0
        THEN concat('is lost, and its payment holds ', p.captured_amount) END,
    CASE WHEN d.closed_at < d.opened_at - interval '1 minute' THEN 'was closed before it was opened' END,
    CASE WHEN d.closed_at > now() + interval '10 minutes' THEN 'was closed in days to come' END,
    CASE WHEN (d.state = 'open') <> (d.closed_at IS NULL) THEN concat('is ', d.state, ', and its end says otherwise') END
], NULL)))
FROM orders_dispute d
FULL JOIN (SELECT * FROM orders_ledgerentry WHERE kind = 'disputed') opened
    ON opened.payment_id = d.payment_id AND opened.reference = d.reference
LEFT JOIN orders_ledgerentry won ON won.payment_id = d.payment_id AND won.kind = 'dispute_won'
    AND won.reference = d.reference
LEFT JOIN orders_ledgerentry back ON back.payment_id = d.payment_id AND back.kind = 'refunded'
    AND back.reference = d.reference
LEFT JOIN orders_payment p ON p.id = coalesce(d.payment_id, opened.payment_id)
LEFT JOIN orders_order o ON o.id = p.order_id
"""

PAYMENTS = """
WITH captured AS (
    SELECT DISTINCT payment_id FROM orders_ledgerentry WHERE kind = 'captured'
), tokens AS (
    SELECT token FROM orders_payment GROUP BY token HAVING count(*) > 1
)
SELECT concat('order ', coalesce(o.number::text, p.order_id::text), ', payment ', p.id, ': ', unnest(array_remove(ARRAY[
    CASE WHEN p.status IN ('confirmed', 'refunded') AND c.payment_id IS NULL
        THEN concat('is ', p.status, ', and nothing was ever captured in it') END,
    CASE WHEN p.status NOT IN ('confirmed', 'refunded') AND c.payment_id IS NOT NULL
        THEN concat('is ', p.status, ', and money was captured in it') END,
    CASE WHEN p.status NOT IN ('waiting', 'preauth', 'confirmed', 'rejected', 'refunded', 'error', 'input', 'cancelled')
        THEN concat('"', p.status, '" is no status') END,
    CASE WHEN t.token IS NOT NULL THEN 'has the same token as another' END
], NULL)))
FROM orders_payment p
LEFT JOIN captured c ON c.payment_id = p.id
LEFT JOIN tokens t ON t.token = p.token
LEFT JOIN orders_order o ON o.id = p.order_id
"""

CHECKS = (MONEY, REFUNDS, EFFECTS, DISPUTES, PAYMENTS)
PARAMETERS: dict[str, str] = {"foreign": FOREIGN}

"""The audit's checks of what comparing with the providers has left: mended is in the ledger, and statements add up.

See orders.py for their form.
"""

from orders.payments.reconciling import daily

# What was mended, or explained itself, has its row in the ledger. A dispute may go by another name in the provider's list.
MISMATCHES = """
SELECT concat('order ', coalesce(o.number::text, m.order_id::text), ', mismatch ', m.id, ': ', unnest(array_remove(ARRAY[
    CASE WHEN m.state NOT IN ('open', 'mended', 'explained', 'looked_at') THEN concat('"', m.state, '" is no state') END,
    CASE WHEN m.state = 'open' AND m.closed_at IS NOT NULL OR m.state <> 'open' AND m.closed_at IS NULL
        THEN concat('is ', replace(m.state, '_', ' '), ', and its end says otherwise') END,
    CASE WHEN m.state IN ('mended', 'looked_at') AND m.closed_by_id IS NULL THEN 'was closed by nobody' END,
    CASE WHEN m.state = 'looked_at' AND m.note = '' THEN 'was closed without a note' END,
    CASE WHEN m.closed_at < m.found_at - interval '1 minute' THEN 'was closed before it was found' END,
    CASE WHEN m.state = 'mended' AND m.kind IN ('captured', 'refunded', 'refund_failed') AND NOT EXISTS (
            SELECT FROM orders_ledgerentry e JOIN orders_payment p ON p.id = e.payment_id
            WHERE e.order_id = m.order_id AND p.variant = m.variant AND e.kind = m.kind AND e.reference = m.reference)
        THEN 'is mended, and the ledger does not have it' END,
    CASE WHEN r.id IS NULL THEN 'was found by no comparison' END,
    CASE WHEN o.id IS NULL THEN 'its order is gone' END
], NULL)))
FROM orders_moneymismatch m
LEFT JOIN orders_order o ON o.id = m.order_id
LEFT JOIN orders_reconciliation r ON r.id = m.found_in_id
"""

STATEMENTS = """
SELECT concat('statement of ', s.variant, ', ', s.currency, ' on ', s.day, ': ', unnest(array_remove(ARRAY[
    CASE WHEN s.closing <> s.opening + s.captured + s.refunded + s.disputes + s.fees + s.other + s.paid_out
        THEN concat('closing ', s.closing, ' is not the opening balance with all that moved') END,
    CASE WHEN r.id IS NULL OR r.ran_at IS NULL THEN 'was made by no comparison that ran' END
], NULL)))
FROM orders_providerstatement s LEFT JOIN orders_reconciliation r ON r.id = s.reconciliation_id
"""

RUNS = """
SELECT concat('reconciliation of ', variant, ', ', day, ': ', unnest(array_remove(ARRAY[
    CASE WHEN ran_at IS NULL AND next_attempt_at IS NULL AND failure <> %(nameless)s
        THEN 'waits for something that never comes due' END,
    CASE WHEN next_attempt_at > now() + interval '7 days' THEN 'does not come due before a week is over' END,
    CASE WHEN leased_until > now() + interval '1 day' THEN 'is in the hands of a worker for days' END,
    CASE WHEN ran_at IS NOT NULL AND (since IS NULL OR until IS NULL OR until <= since) THEN 'covered no time' END,
    CASE WHEN source = 'lists' AND count(*) OVER (PARTITION BY variant, day, source) > 1
        THEN 'is there more than once' END
], NULL)))
FROM orders_reconciliation
"""

# That a payout holds something else than its provider says is no damage here, and a matter on the desk.
PAYOUTS = """
WITH sums AS (
    SELECT payout_id, sum(net) AS net, sum(fee) AS fees, count(DISTINCT variant) AS variants, min(variant) AS variant
    FROM orders_payoutline GROUP BY payout_id
)
SELECT concat('payout ', coalesce(p.variant || ' ' || p.reference, s.payout_id::text), ': ', unnest(array_remove(ARRAY[
    CASE WHEN p.id IS NULL THEN 'has rows, and the payout is gone' END,
    CASE WHEN p.itemized AND p.held <> coalesce(s.net, 0)
        THEN concat('holds ', p.held, ', and its rows come to ', coalesce(s.net, 0)) END,
    CASE WHEN p.itemized AND p.fees <> coalesce(s.fees, 0)
        THEN concat('fees ', p.fees, ' are not those of its rows, ', coalesce(s.fees, 0)) END,
    CASE WHEN NOT p.itemized AND s.payout_id IS NOT NULL THEN 'has rows that nobody told of' END,
    CASE WHEN s.variants > 1 OR s.variant <> p.variant THEN 'has rows of another provider' END,
    CASE WHEN p.id IS NOT NULL AND r.id IS NULL THEN 'was found by no comparison' END
], NULL)))
FROM orders_payout p
FULL JOIN sums s ON s.payout_id = p.id
LEFT JOIN orders_reconciliation r ON r.id = p.found_in_id
"""

CHECKS = (MISMATCHES, STATEMENTS, RUNS, PAYOUTS)
PARAMETERS: dict[str, str] = {"nameless": daily.NAMELESS}

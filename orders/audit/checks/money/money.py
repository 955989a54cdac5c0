"""The audit's checks of money: balances, payments, the ledger, refunds. See orders.py for their form."""

# A capture is on its way back while it has attempts to return all of it, asked or refused, of which none is done. Of one
# without them a part may have been returned, by a change of the order or by hand at the provider, and the order stays what
# it is. Of two charges one may have been returned so, whole, and the other pays the order: `kept` is what was not tried to
# return as a whole. What is left of an order that has come to its end is due back, however it was tried.
BALANCES = """
WITH ledger AS (
    SELECT order_id, sum(CASE WHEN kind IN ('captured', 'refund_failed') THEN amount WHEN kind = 'refunded' THEN -amount
        ELSE 0 END) AS balance
    FROM orders_ledgerentry GROUP BY order_id
), tried AS (
    SELECT capture_id, bool_or(cause <> 'change') AS whole, coalesce(sum(amount) FILTER (WHERE state = 'done'), 0) AS done
    FROM orders_refund WHERE state <> 'withdrawn' GROUP BY capture_id
), by_hand AS (
    SELECT capture_id, sum(CASE kind WHEN 'refund_failed' THEN -amount ELSE amount END) AS amount
    FROM orders_ledgerentry WHERE capture_id IS NOT NULL GROUP BY capture_id
), captures AS (
    SELECT c.order_id, c.amount, coalesce(by_hand.amount, 0) + coalesce(tried.done, 0) AS back,
        coalesce(tried.whole, false) OR tried.capture_id IS NOT NULL AND o.status <> ALL(%(earned)s) AS is_going
    FROM orders_ledgerentry c
    LEFT JOIN orders_order o ON o.id = c.order_id
    LEFT JOIN tried ON tried.capture_id = c.id
    LEFT JOIN by_hand ON by_hand.capture_id = c.id
    WHERE c.kind = 'captured'
), going AS (
    SELECT order_id, sum(amount - back) FILTER (WHERE is_going) AS due_back,
        sum(back) FILTER (WHERE NOT is_going) AS given, sum(amount) FILTER (WHERE NOT is_going) AS kept
    FROM captures GROUP BY order_id
), books AS (
    SELECT o.number, o.status, coalesce(ledger.balance, 0) AS balance, coalesce(going.due_back, 0) AS due_back,
        CASE WHEN o.status = ANY(%(earned)s) THEN o.total_amount
            - greatest(coalesce(going.given, 0) - greatest(going.kept - o.total_amount, 0), 0) ELSE 0 END AS earned
    FROM orders_order o
    LEFT JOIN ledger ON ledger.order_id = o.id
    LEFT JOIN going ON going.order_id = o.id
)
SELECT concat('order ', number, ': ', unnest(array_remove(ARRAY[
    CASE WHEN balance <> earned + due_back
        THEN concat('holds ', balance, ', not ', earned, ' for being ', status, ' + ', due_back, ' to return') END,
    CASE WHEN status = 'refund' AND balance <= 0 THEN 'is in refund, and there is nothing left to return' END
], NULL)))
FROM books
"""

# A payment is about what gift cards and old pieces leave of the order when it is begun; which cards those were changes.
PAYMENTS = """
WITH ledger AS (
    SELECT payment_id, sum(CASE WHEN kind IN ('captured', 'refund_failed') THEN amount WHEN kind = 'refunded' THEN -amount
        ELSE 0 END) AS balance
    FROM orders_ledgerentry GROUP BY payment_id
), uses AS (
    SELECT order_id, sum(amount) AS amount FROM orders_carduse GROUP BY order_id
)
SELECT concat('order ', coalesce(o.number::text, p.order_id::text, 'unknown'), ', payment ',
coalesce(p.id, ledger.payment_id), ': ', unnest(array_remove(ARRAY[
    CASE WHEN p.id IS NULL THEN 'is in the ledger, and the payment is gone' END,
    CASE WHEN p.id IS NOT NULL AND o.id IS NULL THEN 'its order is gone' END,
    CASE WHEN p.captured_amount <> coalesce(ledger.balance, 0)
        THEN concat('captured amount ', p.captured_amount, ', ledger ', coalesce(ledger.balance, 0)) END,
    CASE WHEN p.captured_amount < 0 THEN 'an amount is negative' END,
    CASE WHEN p.status = 'confirmed' AND p.captured_amount = 0 OR p.status <> 'confirmed' AND p.captured_amount > 0
        THEN concat('is ', p.status, ', and holds ', p.captured_amount) END,
    CASE WHEN p.next_attempt_at > now() + interval '7 days' THEN 'is asked about no more before a week is over' END,
    CASE WHEN p.total > o.total_amount OR p.total < o.total_amount - o.exchange_amount - coalesce(uses.amount, 0)
            AND p.variant NOT IN ('gift_card', 'exchange')
        THEN concat('asks for ', p.total, ', the order for ', o.total_amount) END,
    CASE WHEN p.currency <> o.currency THEN concat('is in ', p.currency, ', the order in ', o.currency) END
], NULL)))
FROM orders_payment p
LEFT JOIN orders_order o ON o.id = p.order_id
LEFT JOIN uses ON uses.order_id = p.order_id
FULL JOIN ledger ON ledger.payment_id = p.id
"""

LEDGER = """
SELECT concat('order ', coalesce(o.number::text, e.order_id::text), ', ledger row ', e.id, ': ',
unnest(array_remove(ARRAY[
    CASE WHEN o.id IS NULL THEN 'its order is gone' END,
    CASE WHEN p.order_id <> e.order_id THEN concat('payment ', p.id, ' is one for order ', theirs.number) END,
    CASE WHEN e.amount <= 0 THEN concat(e.kind, ' ', e.amount, ' is no amount') END,
    CASE WHEN e.currency NOT IN ('', p.currency) THEN concat('is in ', e.currency, ', its payment in ', p.currency) END,
    CASE WHEN e.capture_id IS NOT NULL
        AND (c.id IS NULL OR c.kind <> 'captured' OR c.payment_id <> e.payment_id
            OR e.kind NOT IN ('refunded', 'refund_failed'))
        THEN concat(e.kind, ' ', e.amount, ' returns no capture of its payment') END,
    CASE WHEN e.kind = 'refund_failed' AND back.id IS NULL
        THEN concat('takes back a refund of ', e.amount, ' that there was not') END,
    CASE WHEN e.kind NOT IN ('authorised', 'captured', 'refund_asked', 'refunded', 'refused', 'refund_failed', 'disputed',
            'dispute_won', 'dispute_fee')
        THEN concat('"', e.kind, '" is no movement') END
], NULL)))
FROM orders_ledgerentry e
LEFT JOIN orders_order o ON o.id = e.order_id
LEFT JOIN orders_payment p ON p.id = e.payment_id
LEFT JOIN orders_order theirs ON theirs.id = p.order_id
LEFT JOIN orders_ledgerentry c ON c.id = e.capture_id
LEFT JOIN orders_ledgerentry back ON e.kind = 'refund_failed' AND back.kind = 'refunded'
    AND back.payment_id = e.payment_id AND back.reference = e.reference AND back.amount = e.amount
"""

# Parts are what changes of the order return. What returns all that is left is less by the parts that were begun before it;
# those that were refused may have become part of it.
REFUNDS = """
WITH refunds AS (
    SELECT r.*, count(*) FILTER (WHERE state IN ('asked', 'done') AND cause <> 'change') OVER of_capture AS times,
        coalesce(sum(amount) FILTER (WHERE state IN ('asked', 'done')) OVER of_capture, 0) AS going,
        coalesce(sum(amount) FILTER (WHERE state = 'done') OVER of_capture, 0) AS done,
        coalesce(sum(amount) FILTER (WHERE cause = 'change' AND state <> 'withdrawn') OVER of_capture, 0) AS parts
    FROM orders_refund r WINDOW of_capture AS (PARTITION BY capture_id)
), by_hand AS (
    SELECT capture_id, sum(CASE kind WHEN 'refund_failed' THEN -amount ELSE amount END) AS amount,
        bool_or(kind = 'refund_failed') AS has_failed
    FROM orders_ledgerentry WHERE capture_id IS NOT NULL GROUP BY capture_id
)
SELECT concat('order ', coalesce(o.number::text, 'unknown'), ', refund ', r.id, ': ', unnest(array_remove(ARRAY[
    CASE WHEN c.id IS NULL OR c.kind <> 'captured' THEN 'returns what was never captured' END,
    CASE WHEN c.payment_id <> r.payment_id THEN 'returns the money of another payment' END,
    -- One that was refused before a refund by hand failed was for less than is left now.
    CASE WHEN r.amount > c.amount
        OR r.cause <> 'change' AND r.amount < c.amount - coalesce(by_hand.amount, 0) - r.parts
            AND NOT coalesce(by_hand.has_failed, false)
        OR r.state = 'done' AND r.cause <> 'change' AND r.parts = 0 AND r.amount <> c.amount - coalesce(by_hand.amount, 0)
        THEN concat('returns ', r.amount, ' of ', c.amount - coalesce(by_hand.amount, 0)) END,
    CASE WHEN r.parts > 0 AND (r.going > c.amount OR r.done + coalesce(by_hand.amount, 0) > c.amount)
        THEN concat('is one of those that return ', greatest(r.going, r.done + coalesce(by_hand.amount, 0)),
            ' of ', c.amount) END,
    CASE WHEN (r.cause = 'change') <> (r.change_id IS NOT NULL) THEN 'is for a change, and names none, or the other way' END,
    CASE WHEN r.next_attempt_at > now() + interval '7 days' THEN 'is asked for no more before a week is over' END,
    -- Money that came by hand goes back when staff come to it: the desk says so.
    CASE WHEN r.state = 'asked' AND r.asked_at < now() - interval '1 day' AND p.variant <> ALL(%(by_hand)s)
        THEN concat('hangs at the provider since ', to_char(r.asked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')) END,
    CASE WHEN asked.id IS NULL THEN 'has no row in the ledger for its asking' END,
    CASE WHEN r.times > 1 AND r.state IN ('asked', 'done') AND r.cause <> 'change'
        THEN concat('is one of ', r.times, ' that return the same capture') END,
    CASE WHEN r.state NOT IN ('asked', 'done', 'refused', 'withdrawn') THEN concat('"', r.state, '" is no state') END
], NULL)))
FROM refunds r
LEFT JOIN orders_ledgerentry c ON c.id = r.capture_id
LEFT JOIN by_hand ON by_hand.capture_id = r.capture_id
LEFT JOIN orders_payment p ON p.id = r.payment_id
LEFT JOIN orders_ledgerentry asked ON asked.payment_id = r.payment_id AND asked.kind = 'refund_asked'
    AND asked.reference = concat(p.token, '-refund-', r.attempt)
LEFT JOIN orders_order o ON o.id = p.order_id
"""

DISPUTES = """
SELECT concat('order ', coalesce(o.number::text, 'unknown'), ', dispute ', d.reference, ': ', unnest(array_remove(ARRAY[
    CASE WHEN c.id IS NULL OR c.kind <> 'captured' OR c.payment_id <> d.payment_id
        THEN 'is about no capture of its payment' END,
    CASE WHEN opened.id IS NULL THEN 'has no row in the ledger for its opening' END,
    CASE WHEN opened.amount <> d.amount THEN concat('is about ', d.amount, ', the ledger has ', opened.amount) END,
    CASE WHEN d.fee <> coalesce(fee.amount, 0)
        THEN concat('cost ', d.fee, ', the ledger has ', coalesce(fee.amount, 0)) END
], NULL)))
FROM orders_dispute d
LEFT JOIN orders_payment p ON p.id = d.payment_id
LEFT JOIN orders_order o ON o.id = p.order_id
LEFT JOIN orders_ledgerentry c ON c.id = d.capture_id
LEFT JOIN orders_ledgerentry opened ON opened.payment_id = d.payment_id AND opened.kind = 'disputed'
    AND opened.reference = d.reference
LEFT JOIN orders_ledgerentry fee ON fee.payment_id = d.payment_id AND fee.kind = 'dispute_fee'
    AND fee.reference = d.reference
"""

# References are the provider's words; so refunds and their ledger rows are matched as counts of equal amounts. What was
# refused may have been settled by hand since; one that failed after it was done counts as refused. What somebody returned
# beside them names its capture, and is no attempt's.
ANSWERS = """
WITH refunds AS (
    SELECT payment_id, amount, count(*) AS asked, count(*) FILTER (WHERE state = 'done') AS done,
        count(*) FILTER (WHERE state IN ('refused', 'withdrawn')) AS refused
    FROM orders_refund GROUP BY payment_id, amount
), ledger AS (
    SELECT payment_id, amount, count(*) FILTER (WHERE kind = 'refund_asked') AS asked,
        count(*) FILTER (WHERE kind = 'refunded') - count(*) FILTER (WHERE kind = 'refund_failed') AS done,
        count(*) FILTER (WHERE kind IN ('refused', 'refund_failed')) AS refused
    FROM orders_ledgerentry WHERE kind NOT IN ('authorised', 'captured') AND capture_id IS NULL
    GROUP BY payment_id, amount
), both_sides AS (
    SELECT payment_id, amount, coalesce(r.asked, 0) AS asked, coalesce(r.done, 0) AS done,
        coalesce(r.refused, 0) AS refused, coalesce(l.asked, 0) AS ledger_asked, coalesce(l.done, 0) AS ledger_done,
        coalesce(l.refused, 0) AS ledger_refused
    FROM refunds r FULL JOIN ledger l USING (payment_id, amount)
)
SELECT concat('order ', coalesce(o.number::text, 'unknown'), ', payment ', b.payment_id, ': ',
unnest(array_remove(ARRAY[
    CASE WHEN asked <> ledger_asked
        THEN concat(asked, ' refunds of ', amount, ' were begun, the ledger has ', ledger_asked) END,
    CASE WHEN done <> ledger_done
        THEN concat(done, ' refunds of ', amount, ' are done, the ledger has ', ledger_done) END,
    CASE WHEN ledger_refused NOT BETWEEN refused AND refused + done
        THEN concat(refused, ' refunds of ', amount, ' are refused, the ledger has ', ledger_refused) END
], NULL)))
FROM both_sides b
LEFT JOIN orders_payment p ON p.id = b.payment_id
LEFT JOIN orders_order o ON o.id = p.order_id
"""

"""The audit's checks of gift cards: balances, what was issued, what orders took and gave back. See checks.py."""

from typing import Any

from orders.models import GIFT_CARD

CARDS = """
WITH sums AS (
    SELECT card_id, sum(amount) AS amount, count(*) FILTER (WHERE kind = 'issued') AS times,
        sum(amount) FILTER (WHERE kind = 'issued') AS worth
    FROM orders_giftcardentry GROUP BY card_id
)
SELECT concat(CASE WHEN o.id IS NOT NULL THEN concat('order ', o.number, ', ') END, 'gift card ', coalesce(c.id, s.card_id),
    ': ', unnest(array_remove(ARRAY[
    CASE WHEN c.id IS NULL THEN 'has entries, and the card is gone' END,
    CASE WHEN c.balance <> coalesce(s.amount, 0)
        THEN concat('has ', c.balance, ' on it, its entries come to ', coalesce(s.amount, 0)) END,
    CASE WHEN c.balance < 0 THEN 'has less than nothing on it' END,
    CASE WHEN c.code <> '' AND coalesce(s.times, 0) <> 1 THEN concat('was issued ', coalesce(s.times, 0), ' times') END,
    CASE WHEN c.line_id IS NOT NULL AND l.id IS NULL THEN 'the line that sold it is gone' END,
    CASE WHEN s.worth <> l.unit_price THEN concat('was issued with ', s.worth, ', and sold for ', l.unit_price) END,
    CASE WHEN c.currency <> o.currency THEN concat('is in ', c.currency, ', its order in ', o.currency) END,
    CASE WHEN o.status IN ('pending', 'pay_required', 'not_confirmed')
        THEN concat('was issued by an order that is ', o.status) END,
    CASE WHEN o.status IN ('refund', 'canceled') AND c.voided_at IS NULL
        THEN concat('is not void, and its order is ', o.status) END
], NULL)))
FROM orders_giftcard c
FULL JOIN sums s ON s.card_id = c.id
LEFT JOIN orders_orderline l ON l.id = c.line_id
LEFT JOIN orders_order o ON o.id = l.order_id
"""

SOLD = """
WITH cards AS (
    SELECT line_id, count(*) AS cards, count(voided_at) AS void FROM orders_giftcard WHERE line_id IS NOT NULL
    GROUP BY line_id
), gone AS (
    SELECT line_id, sum(quantity) AS pieces FROM orders_changeline GROUP BY line_id
), sold AS (
    SELECT l.*, o.number, o.status, p.is_gift_card, coalesce(c.cards, 0) AS cards, coalesce(c.void, 0) AS void,
        coalesce(gone.pieces, 0) AS gone
    FROM orders_orderline l
    JOIN catalog_product p ON p.id = l.product_id
    JOIN orders_order o ON o.id = l.order_id
    LEFT JOIN cards c ON c.line_id = l.id
    LEFT JOIN gone ON gone.line_id = l.id
    WHERE p.is_gift_card OR c.line_id IS NOT NULL
)
SELECT concat('order ', number, ', line ', sku, ': ', unnest(array_remove(ARRAY[
    CASE WHEN NOT is_gift_card THEN concat(cards, ' gift cards are of it, and it is none') END,
    CASE WHEN is_gift_card AND status = ANY(%(earned)s) AND cards <> quantity
        THEN concat('sold ', quantity, ' gift cards, and there are ', cards) END,
    CASE WHEN is_gift_card AND status = ANY(%(earned)s) AND void < gone
        THEN concat(gone, ' of its gift cards went back, and ', void, ' are void') END,
    CASE WHEN is_gift_card AND (coalesce(tax_amount, 0) <> 0 OR discount <> 0)
        THEN 'sold gift cards with tax, or for less than is on them' END
], NULL)))
FROM sold
"""

USES = """
WITH entries AS (
    SELECT order_id, card_id, -coalesce(sum(amount) FILTER (WHERE kind = 'taken'), 0) AS taken,
        coalesce(sum(amount) FILTER (WHERE kind = 'released'), 0) AS released
    FROM orders_giftcardentry WHERE kind IN ('taken', 'released') GROUP BY order_id, card_id
), uses AS (
    SELECT order_id, card_id, sum(amount) AS taken, coalesce(sum(amount) FILTER (WHERE state = 'released'), 0) AS released,
        bool_or(state = 'held') AS is_held
    FROM orders_carduse GROUP BY order_id, card_id
)
SELECT concat('order ', coalesce(o.number::text, u.order_id::text, e.order_id::text), ', gift card ',
coalesce(u.card_id, e.card_id), ': ', unnest(array_remove(ARRAY[
    CASE WHEN o.id IS NULL THEN 'the order that took of it is gone' END,
    CASE WHEN c.id IS NULL THEN 'the card that the order took of is gone' END,
    CASE WHEN coalesce(u.taken, 0) <> coalesce(e.taken, 0)
        THEN concat('the order took ', coalesce(u.taken, 0), ', the card has ', coalesce(e.taken, 0)) END,
    CASE WHEN coalesce(u.released, 0) <> coalesce(e.released, 0)
        THEN concat('the order gave back ', coalesce(u.released, 0), ', the card has ', coalesce(e.released, 0)) END,
    CASE WHEN u.is_held AND o.status <> 'pay_required' THEN concat('is held by an order that is ', o.status) END,
    CASE WHEN c.currency <> o.currency THEN concat('is in ', c.currency, ', the order in ', o.currency) END,
    CASE WHEN c.owner_id <> o.customer_id THEN 'is the store credit of somebody else' END
], NULL)))
FROM uses u
FULL JOIN entries e ON e.order_id = u.order_id AND e.card_id = u.card_id
LEFT JOIN orders_order o ON o.id = coalesce(u.order_id, e.order_id)
LEFT JOIN orders_giftcard c ON c.id = coalesce(u.card_id, e.card_id)
"""

ORDERS = """
WITH uses AS (
    SELECT order_id, sum(amount) AS amount FROM orders_carduse WHERE state <> 'released' GROUP BY order_id
)
SELECT concat('order ', o.number, ': has ', o.card_amount, ' on gift cards, and took ', coalesce(u.amount, 0))
FROM orders_order o LEFT JOIN uses u ON u.order_id = o.id
WHERE o.card_amount <> coalesce(u.amount, 0)
"""

# Both ways: what cards have paid is in the order's books, and what these say that cards have paid was taken of one.
PAYMENTS = """
WITH captures AS (
    SELECT payment_id, sum(amount) AS amount FROM orders_ledgerentry WHERE kind = 'captured' GROUP BY payment_id
), paid AS (
    SELECT * FROM orders_payment WHERE variant = %(gift_card)s
), used AS (
    SELECT * FROM orders_carduse WHERE state = 'captured'
)
SELECT concat('order ', o.number, ', payment ', coalesce(p.id, u.payment_id), ': ', unnest(array_remove(ARRAY[
    CASE WHEN u.id IS NULL THEN 'no gift card has paid it' END,
    CASE WHEN p.id IS NULL THEN 'a gift card has paid it, and it is not the payment of one' END,
    CASE WHEN u.order_id <> p.order_id THEN 'the gift card was taken for another order' END,
    CASE WHEN u.amount <> coalesce(c.amount, 0)
        THEN concat('the gift card paid ', u.amount, ', the ledger has ', coalesce(c.amount, 0)) END
], NULL)))
FROM paid p
FULL JOIN used u ON u.payment_id = p.id
LEFT JOIN captures c ON c.payment_id = p.id
LEFT JOIN orders_order o ON o.id = coalesce(p.order_id, u.order_id)
"""

# What went back to a card, and what staff gave as store credit instead of money.
RETURNS = """
WITH of_cards AS (
    SELECT r.id, r.amount, r.state, u.card_id, p.order_id FROM orders_refund r
    JOIN orders_payment p ON p.id = r.payment_id AND p.variant = %(gift_card)s
    LEFT JOIN orders_carduse u ON u.payment_id = p.id
), entries AS (
    SELECT e.*, r.state, r.amount AS asked, p.order_id AS refunded FROM orders_giftcardentry e
    LEFT JOIN orders_refund r ON r.id = e.refund_id
    LEFT JOIN orders_payment p ON p.id = r.payment_id
    WHERE e.refund_id IS NOT NULL OR e.kind = 'returned'
)
SELECT concat('order ', o.number, ', refund ', coalesce(r.id, e.refund_id), ': ', unnest(array_remove(ARRAY[
    CASE WHEN r.state <> 'done' THEN concat('is ', r.state, ', and goes to a gift card, which takes it at once') END,
    CASE WHEN r.id IS NOT NULL AND (e.id IS NULL OR e.kind <> 'returned') THEN 'no gift card has its money' END,
    CASE WHEN r.id IS NOT NULL AND e.card_id <> r.card_id THEN 'another gift card has its money' END,
    CASE WHEN r.id IS NULL AND e.kind = 'returned' THEN 'is on a gift card, and was not paid with one' END,
    CASE WHEN e.amount <> e.asked OR e.state IS DISTINCT FROM 'done' AND e.id IS NOT NULL
        THEN concat('a gift card has ', e.amount, ' of it, and ', coalesce(e.asked, 0), ' are ', e.state) END,
    CASE WHEN e.order_id <> e.refunded THEN 'the gift card has it from another order' END
], NULL)))
FROM of_cards r
FULL JOIN entries e ON e.refund_id = r.id
LEFT JOIN orders_order o ON o.id = coalesce(r.order_id, e.order_id)
"""

CHECKS = (CARDS, SOLD, USES, ORDERS, PAYMENTS, RETURNS)
PARAMETERS: dict[str, Any] = {"gift_card": GIFT_CARD, "earned": ["paid", "done"]}

"""The audit's checks of what is chained by hash (chains/): each row carries the hash of what it says and of the row before.

The hashes are computed here anew, by expressions that come from the code and not from the database. See orders.py for their
form.
"""

from catalog.models import MOVEMENTS
from chains import Chain
from orders.models.history import HISTORY
from orders.models.invoice import PAPERS
from orders.models.money.gift_card import CARD_ENTRIES
from orders.models.money.payment import LEDGER
from orders.status import HOLDING

WRONG = """
CASE WHEN hash IS NULL THEN 'carries no hash' ELSE 'is not what was written, or what stood before it has changed' END
"""


def _broken(chain: Chain) -> str:
    """A statement's beginning: the rows of a chain whose hash is not theirs."""
    return f"""
WITH linked AS (
    SELECT r.*, lag(r.hash) OVER (PARTITION BY r.{chain.within} ORDER BY r.{chain.along}, r.id) AS before,
        lag(r.id) OVER (PARTITION BY r.{chain.within} ORDER BY r.{chain.along}, r.id) IS NULL AS is_first
    FROM {chain.table} r
), broken AS (
    SELECT * FROM linked WHERE linked.hash IS DISTINCT FROM
        sha256(CASE WHEN linked.is_first THEN '' ELSE linked.before END || convert_to({chain.said_by("linked")}, 'UTF8'))
)
"""  # noqa: S608 names of our own tables


OF_HISTORY = f"""{_broken(HISTORY)}
SELECT concat('order ', coalesce(o.number::text, b.order_id::text), ': step ', b.sequence, ' ', {WRONG})
FROM broken b LEFT JOIN orders_order o ON o.id = b.order_id
"""  # noqa: S608 names of our own tables

OF_LEDGER = f"""{_broken(LEDGER)}
SELECT concat('order ', coalesce(o.number::text, b.order_id::text), ', ledger row ', b.id, ': ', {WRONG})
FROM broken b LEFT JOIN orders_order o ON o.id = b.order_id
"""  # noqa: S608 names of our own tables

OF_PAPERS = f"""{_broken(PAPERS)}
SELECT concat('order ', coalesce(o.number::text, b.order_id::text), ', ', replace(b.kind, '_', ' '), ' ', b.number,
    ': ', {WRONG})
FROM broken b LEFT JOIN orders_order o ON o.id = b.order_id
"""  # noqa: S608 names of our own tables

OF_MOVEMENTS = f"""{_broken(MOVEMENTS)}
SELECT concat('product ', coalesce(p.sku, b.product_id::text), ': movement ', b.id, ' ', {WRONG})
FROM broken b LEFT JOIN catalog_product p ON p.id = b.product_id
"""  # noqa: S608 names of our own tables

OF_CARDS = f"""{_broken(CARD_ENTRIES)}
SELECT concat(CASE WHEN o.id IS NOT NULL THEN concat('order ', o.number, ', ') END, 'gift card ', b.card_id, ', entry ',
    b.id, ' ', {WRONG})
FROM broken b LEFT JOIN orders_order o ON o.id = b.order_id
"""  # noqa: S608 names of our own tables

# Numbers are counted elsewhere; this is about which they are. Gathered for all orders at once, as `held_by` does for one.
# What a change took of them was held once.
OF_NUMBERS = """
WITH ever AS (
    SELECT line_id, number_id FROM orders_allocation
    UNION ALL
    SELECT c.line_id, g.number_id FROM orders_givenupnumber g JOIN orders_changeline c ON c.id = g.line_id
), held AS (
    SELECT l.order_id,
        sha256(convert_to(string_agg(ROW(a.line_id, n.id, n.value)::text, '' ORDER BY n.id), 'UTF8')) AS numbers
    FROM orders_orderline l JOIN ever a ON a.line_id = l.id JOIN catalog_number n ON n.id = a.number_id
    GROUP BY l.order_id
)
SELECT concat('order ', o.number, ': does not hold the numbers that it was given') FROM orders_order o
JOIN orders_statuschange s ON s.order_id = o.id AND s.from_status = 'pending' AND s.to_status = 'pay_required'
LEFT JOIN held ON held.order_id = o.id
WHERE o.status = ANY(%(holding)s) AND s.hash IS NOT NULL AND s.held IS DISTINCT FROM held.numbers
"""

CHECKS = (OF_HISTORY, OF_LEDGER, OF_PAPERS, OF_MOVEMENTS, OF_CARDS, OF_NUMBERS)
PARAMETERS = {"holding": [str(status) for status in HOLDING]}

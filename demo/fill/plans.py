"""What is to be made, as temporary tables: fill_products, fill_steps, fill_orders, fill_lines, fill_payments."""

from django.conf import settings
from django.utils import timezone

from catalog.models import Product
from demo.fill.insertion import next_id, run
from orders.models import LedgerEntry, OrderLine, Payment
from orders.status import FIRST, GIVEN_UP, STEPS, Reason, Step

# The ways that orders go, each with what it is for in the plan below.
WAYS: dict[str, tuple[Step, ...]] = {
    "pending": (),
    "pay_required": (Step.CONFIRM,),
    "not_confirmed": (Step.REFUSE,),
    "canceled": (Step.CONFIRM, Step.CANCEL),
    "paid": (Step.CONFIRM, Step.PAY),
    "done": (Step.CONFIRM, Step.PAY, Step.COMPLETE),
    "refund": (Step.CONFIRM, Step.PAY, Step.ASK_REFUND),
    "returned": (Step.CONFIRM, Step.PAY, Step.ASK_REFUND, Step.RETURN_MONEY),
}
# Why a step is taken, and seconds from the placing to it.
STEP_FACTS = {
    Step.CONFIRM: (Reason.CONFIRMED, 2),
    Step.REFUSE: (Reason.NO_FREE_NUMBERS, 2),
    Step.CANCEL: (Reason.PAYMENT_WINDOW_PASSED, 1800),
    Step.PAY: (Reason.PAYMENT_TAKEN, 400),
    Step.COMPLETE: (Reason.STAFF_DECISION, 100_000),
    Step.ASK_REFUND: (Reason.CUSTOMER_WISH, 30_000),
    Step.RETURN_MONEY: (Reason.MONEY_RETURNED, 30_060),
}

STEPS_TABLE = """
CREATE TEMP TABLE fill_steps AS
SELECT * FROM unnest(%(ways)s::text[], %(sequences)s::int[], %(steps)s::text[], %(sources)s::text[],
    %(targets)s::text[], %(reasons)s::text[], %(seconds)s::int[])
    AS s(way, sequence, step, source, target, reason, seconds)
"""

# Each tenth product has single numbers; of those each second may be given out again.
PRODUCTS = f"""
CREATE TEMP TABLE fill_products AS
SELECT n, id, n %% 10 = 0 OR n = 2 AS numbered, n %% 20 <> 0 AS reusable, concat('FILL-', id) AS sku,
    concat('Filled product ', n) AS name,
    greatest(round((2 + 90 * random() ^ 2)::numeric, %(digits)s), 1) AS price, (50 + random() * 2000)::int AS weight_g,
    CASE WHEN random() < 0.05 THEN 0 ELSE (random() * 80)::int END AS spare
FROM (SELECT n, {next_id(Product)} AS id FROM generate_series(1, %(products)s) n) numbered
"""

# Order 1 is the oldest. What is still open is young: of the newest, one in a thousand is pending, and so on.
ORDERS = """
CREATE TEMP TABLE fill_orders AS
WITH drawn AS (
    SELECT n, %(orders)s - n AS newer, random() AS luck, random() AS whose, random() AS pace,
        1 + (random() * 3.2)::int AS lines,
        %(now)s::timestamptz - interval '400 days' * (%(orders)s - n + random()) / %(orders)s AS placed_at,
        md5(concat(n, random())) AS hash
    FROM generate_series(1, %(orders)s) n
), on_a_way AS (
    SELECT *, CASE
        WHEN newer < ceil(%(orders)s * 0.001) THEN 'pending'
        WHEN newer < ceil(%(orders)s * 0.005) + 1 THEN 'pay_required'
        WHEN newer < ceil(%(orders)s * 0.025) + 2 THEN 'paid'
        WHEN newer < ceil(%(orders)s * 0.028) + 3 THEN 'refund'
        WHEN luck < 0.86 THEN 'done' WHEN luck < 0.93 THEN 'canceled' WHEN luck < 0.97 THEN 'returned'
        ELSE 'not_confirmed' END AS way
    FROM drawn
), dated AS (
    SELECT n, way, pace, lines, hash, 1 + floor(%(customers)s * whose ^ 1.5)::int AS customer,
        CASE way WHEN 'pending' THEN %(now)s::timestamptz
            WHEN 'pay_required' THEN %(now)s::timestamptz - %(window)s * interval '0.5 second' * pace
            ELSE placed_at END AS placed_at
    FROM on_a_way
)
SELECT d.*, last.status, last.status = ANY(%(given_up)s) AS given_up,
    d.way IN ('paid', 'done', 'refund', 'returned') AS was_paid,
    (lpad(to_hex((extract(epoch FROM placed_at) * 1000)::bigint), 12, '0') || '7' || substr(hash, 1, 3) || '8'
        || substr(hash, 4, 15))::uuid AS id,
    CASE WHEN random() < 0.5 THEN 'vi' ELSE 'en' END AS language
FROM dated d
JOIN (SELECT DISTINCT ON (way) way, target AS status FROM fill_steps ORDER BY way, sequence DESC) last ON last.way = d.way
ORDER BY n
"""

# Best sellers sell much more than others. Refused orders wanted numbers: product 2 has some.
LINES = f"""
CREATE TEMP TABLE fill_lines AS
WITH drawn AS (
    SELECT o.n, o.way, o.given_up, i,
        CASE WHEN o.way = 'not_confirmed' AND i = 1 THEN 2 ELSE 1 + floor(%(products)s * random() ^ 2)::int END AS product,
        1 + (random() * 1.7)::int AS quantity
    FROM fill_orders o, generate_series(1, 4) i WHERE i <= o.lines
), once AS (
    SELECT DISTINCT ON (n, product) * FROM drawn ORDER BY n, product, i
)
SELECT {next_id(OrderLine)} AS id, l.n, row_number() OVER (PARTITION BY l.n ORDER BY l.i) AS position, p.id AS product_id,
    p.numbered, p.reusable, p.sku, p.name, l.quantity, p.price, p.price * l.quantity AS total,
    p.weight_g * l.quantity AS weight_g,
    p.numbered AND NOT l.given_up AND l.way <> 'pending' AS holds_numbers,
    p.numbered AND NOT p.reusable AND l.way = 'returned' AS used_up
FROM once l JOIN fill_products p ON p.n = l.product
"""

# What was paid has one payment and one capture, whose ids others point at.
PAYMENTS = f"""
CREATE TEMP TABLE fill_payments AS
SELECT n, {next_id(Payment)} AS id, {next_id(LedgerEntry)} AS capture_id, md5(concat(id, 'payment'))::uuid::text AS token,
    way IN ('refund', 'returned') AS goes_back, way = 'returned' AS is_back
FROM fill_orders WHERE was_paid ORDER BY n
"""

TABLES = ("fill_products", "fill_steps", "fill_orders", "fill_lines", "fill_payments")


def draw(*, orders_wanted: int, products_wanted: int) -> None:
    """Make the temporary tables that everything else is inserted from."""
    # Without the right number of decimals, an amount would not be one of the currency's.
    from babel.numbers import get_currency_precision  # noqa: PLC0415 nothing else here needs it

    now = timezone.now()
    run("SELECT setseed(0.4)")
    _draw_steps()
    digits = min(get_currency_precision(settings.CURRENCY), 2)
    run(PRODUCTS, products=products_wanted, digits=digits)
    run(
        ORDERS,
        orders=orders_wanted,
        customers=max(1, orders_wanted // 5),
        now=now,
        window=settings.ORDER_PAYMENT_WINDOW,
        given_up=[str(status) for status in GIVEN_UP],
    )
    run(LINES, products=products_wanted)
    run(PAYMENTS)
    for table in TABLES:
        run(f"ANALYZE {table}")


def _draw_steps() -> None:
    """fill_steps: for each way its history, the placing first."""
    rows: list[tuple[str, int, str, str | None, str, str, int]] = []
    for way, steps in WAYS.items():
        rows.append((way, 1, "", None, str(FIRST), str(Reason.PLACED), 0))
        for sequence, step in enumerate(steps, start=2):
            reason, seconds = STEP_FACTS[step]
            edge = STEPS[step]
            rows.append((way, sequence, str(step), str(edge.source), str(edge.target), str(reason), seconds))
    names = ("ways", "sequences", "steps", "sources", "targets", "reasons", "seconds")
    run(
        STEPS_TABLE,
        **{name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)},
    )


def forget() -> None:
    """Let go of the temporary tables."""
    run(f"DROP TABLE IF EXISTS {', '.join(TABLES)}, fill_people, fill_sums, fill_history, fill_numbers")

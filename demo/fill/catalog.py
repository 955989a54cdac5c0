"""The products: their categories before the orders, and after them what must have come in for all that was sold."""

from catalog.models import Category, Number, Product, StockMovement
from demo.fill.insertion import insert, next_id, run
from orders.models import Allocation
from orders.status import UNSENT

CATEGORIES = 12
SPARE_NUMBERS = 20

# Numbers that orders hold, those that returned orders used up, and some that are free.
NUMBERS = f"""
CREATE TEMP TABLE fill_numbers AS
SELECT {next_id(Number)} AS id, product_id, line_id, state FROM (
    SELECT product_id, id AS line_id, 'taken' AS state FROM fill_lines, generate_series(1, quantity) WHERE holds_numbers
    UNION ALL
    SELECT product_id, NULL, 'retired' FROM fill_lines, generate_series(1, quantity) WHERE used_up
    UNION ALL
    SELECT id, NULL, 'free' FROM fill_products, generate_series(1, {SPARE_NUMBERS}) WHERE numbered
) n
"""


# What is neither sent nor given up lies on the shelf still.
PROMISED = """
SELECT p.id, coalesce(sum(l.quantity) FILTER (WHERE NOT l.numbered AND o.status = ANY(%(unsent)s)), 0) AS pieces
FROM fill_products p LEFT JOIN fill_lines l ON l.product_id = p.id LEFT JOIN fill_orders o ON o.n = l.n GROUP BY p.id
"""


def lay_out() -> None:
    """Products in categories; the stock that is left over when every order is placed, and what open orders hold of it."""
    for position in range(1, CATEGORIES + 1):
        Category.objects.get_or_create(
            slug=f"filled-{position}", defaults={"name": f"Filled {position}", "position": 99}
        )
    insert(
        Product,
        f"fill_products p JOIN catalog_category c ON c.slug = concat('filled-', 1 + p.n %% {CATEGORIES}) "
        f"JOIN ({PROMISED}) promised ON promised.id = p.id",
        {"unsent": [str(status) for status in UNSENT]},
        id="p.id",
        category_id="c.id",
        sku="p.sku",
        slug="lower(p.sku)",
        name="p.name",
        price="p.price",
        weight_g="p.weight_g",
        inventory="CASE WHEN p.numbered THEN 'numbered' ELSE 'counted' END",
        stock_quantity="CASE WHEN p.numbered THEN 0 ELSE p.spare END",
        promised="promised.pieces",
        numbers_reusable="p.reusable",
        created_at="now() - interval '401 days'",
    )


def stock_up() -> None:
    """Movements of every counted piece, and a number for each that is held, used up or free."""
    _deliver()
    moving = {"product_id": "l.product_id", "order_id": "o.id"}
    lines = "fill_lines l JOIN fill_orders o USING (n) WHERE NOT l.numbered"
    insert(
        StockMovement,
        f"{lines} ORDER BY l.id",
        kind="'taken'",
        quantity="-l.quantity",
        at="o.placed_at",
        **moving,
    )
    given = f"{lines} AND o.given_up ORDER BY l.id"
    insert(StockMovement, given, kind="'given_back'", quantity="l.quantity", at="o.placed_at", **moving)
    run(NUMBERS)
    insert(
        Number, "fill_numbers", id="id", product_id="product_id", value="concat('No. ', id)", state="state"
    )
    held = "fill_numbers WHERE line_id IS NOT NULL"
    insert(Allocation, held, line_id="line_id", number_id="id", at="now()")


def _deliver() -> None:
    """One delivery of each product: what is left over, and what orders hold."""
    held = """
        SELECT p.id, p.spare + coalesce(sum(l.quantity) FILTER (WHERE NOT o.given_up), 0) AS pieces FROM fill_products p
        LEFT JOIN fill_lines l ON l.product_id = p.id LEFT JOIN fill_orders o ON o.n = l.n
        WHERE NOT p.numbered GROUP BY p.id, p.spare
    """
    insert(
        StockMovement,
        f"({held}) held WHERE pieces > 0",
        product_id="id",
        kind="'received'",
        quantity="pieces",
        reason="'First delivery'",
        at="now() - interval '401 days'",
    )

"""The orders with their lines and histories, along the ways of the plan."""

from django.conf import settings

from demo.fill.insertion import insert, next_id, run
from orders.models import (
    Courier,
    NextOrderNumber,
    Order,
    OrderLine,
    PriceBand,
    PriceTable,
    StatusChange,
    Zone,
    ZonePlace,
)
from orders.shipping.rate_checks import IN_USE

FEE = 4

SUMS = """
CREATE TEMP TABLE fill_sums AS
SELECT n, sum(total) AS items, sum(weight_g) AS weight_g FROM fill_lines GROUP BY n;
ANALYZE fill_sums
"""

# A step comes later for the slow, and not after now.
HISTORY = f"""
CREATE TEMP TABLE fill_history AS
SELECT {next_id(StatusChange)} AS id, o.n, o.id AS order_id, o.customer, o.language, s.*,
    least(o.placed_at + s.seconds * (0.5 + o.pace) * interval '1 second', now()) AS at,
    s.sequence = max(s.sequence) OVER (PARTITION BY o.n) AS is_last
FROM fill_orders o JOIN fill_steps s USING (way);
ANALYZE fill_history
"""


def place() -> None:
    table = _price_table()
    run(SUMS)
    run(HISTORY)
    _insert_orders(table)
    insert(
        OrderLine,
        "fill_lines l JOIN fill_orders o USING (n) ORDER BY l.id",
        id="l.id",
        order_id="o.id",
        position="l.position",
        product_id="l.product_id",
        inventory="CASE WHEN l.numbered THEN 'numbered' ELSE 'counted' END",
        sku="l.sku",
        name="l.name",
        quantity="l.quantity",
        unit_price="l.price",
        line_total="l.total",
    )


def remember() -> None:
    """The histories, once the orders hold their numbers: a step that confirms an order says which these are."""
    insert(
        StatusChange,
        "fill_history h JOIN fill_people p ON p.n = h.customer ORDER BY h.n, h.sequence",
        id="h.id",
        order_id="h.order_id",
        sequence="h.sequence",
        from_status="h.source",
        to_status="h.target",
        at="h.at",
        actor_id="CASE WHEN h.step IN ('', 'pay', 'ask_refund') THEN p.id WHEN h.step = 'complete' THEN "
        "(SELECT min(id) FROM accounts_user WHERE is_staff) END",
        reason="h.reason",
    )


def _price_table() -> PriceTable:
    """A way to send all this: the shop's own, or one that we make."""
    table = PriceTable.objects.filter(IN_USE).select_related("courier").first()
    if table is None:
        courier, _new = Courier.objects.get_or_create(name="Filled Post")
        table = PriceTable.objects.create(courier=courier, service="Standard")
        zone, _new = Zone.objects.get_or_create(name="Filled zone")
        ZonePlace.objects.get_or_create(country="VN", region="", defaults={"zone": zone})
        PriceBand.objects.create(price_table=table, zone=zone, up_to_g=100_000, fee=FEE)
    return table


def _insert_orders(table: PriceTable) -> None:
    given = {"table": table.pk, "courier": table.courier_id, "currency": settings.CURRENCY}
    given |= {"method": f"{table.courier.name} {table.service}", "window": settings.ORDER_PAYMENT_WINDOW}
    last = "fill_history h JOIN fill_orders o USING (n) JOIN fill_sums s USING (n) JOIN fill_people p ON p.n = o.customer"
    insert(
        Order,
        f"(SELECT o.*, h.at, s.items, s.weight_g, p.id AS customer_id, p.address, p.address_id FROM {last} WHERE h.is_last "
        "ORDER BY o.n) o",
        given,
        id="o.id",
        number=NextOrderNumber.template,
        customer_id="o.customer_id",
        status="o.status",
        placed_at="o.placed_at",
        status_since="o.at",
        # Confirmed a moment after placing; an order that may still be paid has the whole payment window from now.
        pay_by="CASE o.way WHEN 'pending' THEN NULL WHEN 'not_confirmed' THEN NULL WHEN 'pay_required' THEN now() "
        "+ %(window)s * interval '1 second' ELSE o.placed_at + %(window)s * interval '1 second' END",
        language="o.language",
        currency="%(currency)s",
        items_total="o.items",
        shipping_fee=str(FEE),
        total_amount=f"o.items + {FEE}",
        courier_id="%(courier)s",
        price_table_id="%(table)s",
        shipping_method="%(method)s",
        address_id="o.address_id",
        address_snapshot="o.address",
        weight_g="o.weight_g",
        length_cm="30",
        width_cm="20",
        height_cm="10",
        chargeable_weight_g="o.weight_g",
    )

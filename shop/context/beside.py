"""What is shown with an order: its lines with their products, pictures and numbers, its papers and its money."""

from collections.abc import Iterable
from typing import NamedTuple

from catalog.models import ProductImage
from catalog.shelf.lines import keep_pictures
from database.beside import keep
from database.rows import find_together, rows_of, rows_with, values_of
from orders.models import Invoice, LedgerEntry, Order, OrderLine, Payment, StatusChange
from orders.models.line import BY_ORDER, with_numbers

OF_ORDER = "WHERE order_id = %s ORDER BY id"
PICTURES = """
WHERE product_id IN (SELECT product_id FROM orders_orderline WHERE order_id = %s) ORDER BY position, id
"""

# Most orders were neither changed nor refunded, and then nothing else is asked of that.
MORE = """
SELECT EXISTS (SELECT FROM orders_changerequest WHERE order_id = %(order)s)
        OR EXISTS (SELECT FROM orders_orderchange WHERE order_id = %(order)s)
        OR EXISTS (SELECT FROM orders_waitingchange WHERE order_id = %(order)s),
    EXISTS (SELECT FROM orders_refund r JOIN orders_payment p ON p.id = r.payment_id WHERE p.order_id = %(order)s)
"""


class More(NamedTuple):
    """Whether a change of the order was made, asked for or waits, and whether money of it went back or is to."""

    was_changed: bool
    has_refunds: bool


def read_beside(order: Order, history: Iterable[StatusChange]) -> More:
    """Read it, beside the history that was read before, in one round trip.

    Numbers, and pictures of products with variants, take more where there are some.
    """
    of = [order.pk]
    lines, pictures, invoices, ledger, payments, more = find_together(
        rows_with(OrderLine, "product", BY_ORDER, of),
        rows_of(ProductImage, PICTURES, of),
        *(rows_of(model, OF_ORDER, of) for model in (Invoice, LedgerEntry, Payment)),
        values_of(MORE, {"order": order.pk}),
    )
    for one in (*history, *invoices, *ledger, *payments):
        one.order = order
    keep(order, "lines", with_numbers(order, lines))
    keep(order, "invoices", invoices)
    keep(order, "ledger", ledger)
    keep(order, "payments", payments)
    # Several lines may have one product, each as an object of its own.
    keep_pictures([line.product for line in lines], pictures)
    return More(*more[0])

"""An order's history: one row for each step, chained, and in the feed."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chains import Chain, hash_field
from orders.models.order import Order
from orders.status import OrderStatus, Reason


def held_by(order: str) -> str:
    """The SQL expression of a hash of the numbers that an order holds, by an expression of its id; null if none."""
    return f"""(SELECT sha256(convert_to(string_agg(ROW(a.line_id, n.id, n.value)::text, '' ORDER BY n.id), 'UTF8'))
        FROM orders_orderline l JOIN orders_allocation a ON a.line_id = l.id JOIN catalog_number n ON n.id = a.number_id
        WHERE l.order_id = {order})"""  # noqa: S608 an expression of our own


def in_the_feed(column: str, when: str = "") -> pgtrigger.Trigger:
    """Adds each new row to the feed (orders/models/messages/feed.py), from any connection."""
    return pgtrigger.Trigger(
        name="in_the_feed",
        operation=pgtrigger.Insert,
        when=pgtrigger.After,
        condition=pgtrigger.Condition(when) if when else None,
        func=f"""
            INSERT INTO orders_feedentry (order_id, customer_id, {column})
            SELECT o.id, o.customer_id, NEW.id FROM orders_order o WHERE o.id = NEW.order_id;
            RETURN NULL;
        """,  # noqa: S608 the column is named below, in this package
    )


# What the first row of a history says besides: what was ordered, and for how much. Tax, what was
# taken off, and the billing that the tax hangs on, are parts of their own that are not there in orders from before they
# were kept, or without them, so that those say what they said.
ORDERED = """
(SELECT ROW(o.number, o.customer_id, extract(epoch FROM o.placed_at), o.currency, o.items_total, o.shipping_fee,
    o.total_amount, o.needs_parcel, o.price_table_id)::text FROM orders_order o WHERE o.id = {row}.order_id),
(SELECT string_agg(ROW(l.id, l.position, l.product_id, l.inventory, l.sku, l.name, l.quantity, l.unit_price,
    l.line_total)::text, '' ORDER BY l.position) FROM orders_orderline l WHERE l.order_id = {row}.order_id),
(SELECT ROW(o.shipping_tax_rate, o.shipping_tax, o.tax_total)::text FROM orders_order o
    WHERE o.id = {row}.order_id AND num_nonnulls(o.shipping_tax_rate, o.shipping_tax, o.tax_total) > 0),
(SELECT string_agg(ROW(l.id, l.tax_rate, l.tax_amount)::text, '' ORDER BY l.position) FROM orders_orderline l
    WHERE l.order_id = {row}.order_id AND num_nonnulls(l.tax_rate, l.tax_amount) > 0),
(SELECT ROW(o.discount_total, o.shipping_discount)::text FROM orders_order o
    WHERE o.id = {row}.order_id AND o.discount_total > 0),
(SELECT string_agg(ROW(l.id, l.list_price, l.discount)::text, '' ORDER BY l.position) FROM orders_orderline l
    WHERE l.order_id = {row}.order_id AND (l.list_price IS NOT NULL OR l.discount > 0)),
(SELECT string_agg(ROW(d.id, d.position, d.promotion_id, d.code, d.name, d.kind, d.amount, d.shipping_amount)::text, ''
    ORDER BY d.position) FROM orders_orderdiscount d WHERE d.order_id = {row}.order_id),
(SELECT string_agg(ROW(s.id, s.discount_id, s.line_id, s.amount)::text, '' ORDER BY s.id) FROM orders_discountshare s
    JOIN orders_orderdiscount d ON d.id = s.discount_id WHERE d.order_id = {row}.order_id),
(SELECT ROW(o.tax_reason, o.billing_snapshot ->> 'vat_id', o.billing_snapshot ->> 'vat_check',
    o.billing_snapshot ->> 'vat_checked_at', o.billing_snapshot ->> 'country')::text FROM orders_order o
    WHERE o.id = {row}.order_id AND (o.tax_reason <> '' OR o.billing_snapshot IS NOT NULL))
"""
HISTORY = Chain(
    table="orders_statuschange",
    within="order_id",
    along="sequence",
    says=f"""concat(ROW({{row}}.id, {{row}}.order_id, {{row}}.sequence, {{row}}.from_status, {{row}}.to_status,
        extract(epoch FROM {{row}}.at), {{row}}.actor_id, {{row}}.reason, {{row}}.note, encode({{row}}.held, 'hex'))::text,
        CASE WHEN {{row}}.sequence = 1 THEN concat({ORDERED}) END)""",
    owner=("orders_order", "id"),
    # A host of the version before may insert lines after the history: such a row is linked later. For shipping alone there
    # are none.
    before="""
        IF NEW.sequence = 1 AND NOT EXISTS (SELECT FROM orders_orderline l WHERE l.order_id = NEW.order_id)
            AND NOT EXISTS (SELECT FROM orders_order o WHERE o.id = NEW.order_id AND o.is_supplement AND NOT o.is_exchange)
        THEN
            RETURN NEW;
        END IF;
        IF NEW.from_status = 'pending' AND NEW.to_status = 'pay_required' THEN
            NEW.held := {held};
        END IF;
    """.replace("{held}", held_by("NEW.order_id")),
)


class StatusChange(models.Model):
    """One step of an order's history, numbered from 1. Rows are only ever added, and chained."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="history", db_index=False)
    sequence = models.PositiveIntegerField()
    # Null in the first row: nothing came before it. An empty string would be no status either, and pass unseen.
    from_status = models.CharField(max_length=20, choices=OrderStatus, null=True)  # noqa: DJ001 see above
    to_status = models.CharField(max_length=20, choices=OrderStatus)
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    reason = models.CharField(max_length=40, choices=Reason, blank=True)
    note = models.CharField(max_length=500, blank=True)
    # Of the step that confirms an order: a hash of the numbers that it was given, by the trigger.
    held = models.BinaryField(max_length=32, null=True, editable=False)
    hash = hash_field()

    class Meta:
        verbose_name = _("status change")
        verbose_name_plural = _("status changes")
        ordering = ["order_id", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["order", "sequence"], name="orders_statuschange_sequence"),
            models.CheckConstraint(
                condition=Q(sequence=1, from_status__isnull=True)
                | Q(sequence__gt=1, from_status__isnull=False),
                name="orders_statuschange_first",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
            in_the_feed("change_id"),
            HISTORY.trigger(),
        ]

    def __str__(self) -> str:
        return f"{self.sequence}. {self.get_to_status_display()}"

    @property
    def why(self) -> str:
        """The reason in the reader's language, with what the person who took the step wrote."""
        return ": ".join(part for part in (self._reason_words, self.note) if part)

    @property
    def _reason_words(self) -> str:
        """What was not sent was picked up, or had no need to be."""
        if self.reason == Reason.ALL_SENT and self.order.is_pickup:
            return str(_("Everything was picked up"))
        if self.reason == Reason.ALL_SENT and not self.order.needs_parcel:
            return str(_("Everything was delivered"))
        return str(Reason(self.reason).label) if self.reason else ""

    @property
    def to_words(self) -> str:
        """The status in the reader's language. Django's own way makes a table of all choices each time."""
        return str(OrderStatus(self.to_status).label)

    @property
    def who(self) -> str:
        """Who took the step: `customer`, `staff` or `system`."""
        if self.actor_id is None:
            return "system"
        return "customer" if self.actor_id == self.order.customer_id else "staff"

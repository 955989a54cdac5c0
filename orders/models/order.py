"""An order, its lines, the numbers that they hold, and its history."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from catalog.models import Number, Product
from catalog.refunds import AskReason, RefundPolicy, strictest
from chains import Chain, hash_field
from orders.models.fields import Money, MoneyOrNull, PercentOrNull
from orders.models.shipping import Courier, PriceTable
from orders.rights import OrderRights
from orders.status import FIRST, LAST, NUMBERS_SHOWN, STEPS, OrderStatus, Reason, Step
from staff.rights import may

if TYPE_CHECKING:
    from accounts.models import User


class NextOrderNumber(models.Func):
    """The next value of the sequence that short order numbers come from."""

    template = "nextval('orders_order_number_seq')"
    arity = 0
    output_field = models.BigIntegerField()


class PhoneEnd(models.Func):
    """The last nine digits of the phone in the address: the same with and without a country's prefix."""

    template = "right(regexp_replace((address_snapshot ->> 'phone'), '[^0-9]', '', 'g'), 9)"
    arity = 0
    output_field = models.CharField()


# A method that takes a step, and what django-fsm makes of it.
Taking = Callable[["Order"], None]


class HasRefunds(Protocol):
    """A line of an order, or of a preview."""

    @property
    def refunds(self) -> str: ...


def step(name: Step) -> Callable[[Taking], Taking]:
    """The django-fsm transition of a step, with source and target from STEPS."""
    edge = STEPS[name]
    taking: Callable[[Taking], Taking] = transition(field="status", source=edge.source, target=edge.target)
    return taking


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user: "User") -> "OrderQuerySet":
        """Everybody's orders for staff with the right to see them, one's own for others."""
        return self if may(user, OrderRights.VIEW) else self.filter(customer=user)


class Order(FSMModelMixin, models.Model):
    """An order. Its id is the id of the preview it grew out of. Only orders/lifecycle/transitions.py changes its status."""

    id = models.UUIDField(primary_key=True, editable=False)
    number = models.BigIntegerField(_("number"), unique=True, editable=False, db_default=NextOrderNumber())
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="orders",
        db_index=False,
        verbose_name=_("customer"),
    )
    status = FSMField(_("status"), choices=OrderStatus, default=FIRST, protected=True, max_length=20)
    placed_at = models.DateTimeField(_("placed"), default=timezone.now, editable=False)
    status_since = models.DateTimeField(_("in this status since"), default=timezone.now, editable=False)
    pay_by = models.DateTimeField(_("pay by"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")

    currency = models.CharField(_("currency"), max_length=3)
    items_total = Money(_("items"))
    shipping_fee = Money(_("shipping"))
    total_amount = Money(_("total"))
    # What of the fee and of the total is tax; null in orders from before it was kept.
    shipping_tax_rate = PercentOrNull(null=True, editable=False)
    shipping_tax = MoneyOrNull(null=True, editable=False)
    tax_total = MoneyOrNull(null=True, editable=False)

    courier = models.ForeignKey(
        Courier,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("courier"),
    )
    price_table = models.ForeignKey(
        PriceTable,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("price table"),
    )
    shipping_method = models.CharField(_("shipping method"), max_length=210)
    # What an order without one was placed for is delivered by email and on its page; its address is blank then.
    needs_parcel = models.BooleanField(_("needs a parcel"), default=True, db_default=True, editable=False)
    address = models.ForeignKey("accounts.Address", models.SET_NULL, null=True, related_name="+")
    address_snapshot = models.JSONField(_("address"))

    weight_g = models.PositiveBigIntegerField(_("weight (g)"))
    length_cm = models.PositiveIntegerField(_("length (cm)"))
    width_cm = models.PositiveIntegerField(_("width (cm)"))
    height_cm = models.PositiveBigIntegerField(_("height (cm)"))
    chargeable_weight_g = models.PositiveBigIntegerField(_("chargeable weight (g)"))
    note = models.CharField(_("note"), max_length=1000, blank=True)
    # The courier's, known once the order is done.
    tracking_code = models.CharField(
        _("tracking code"), max_length=100, blank=True, default="", db_default=""
    )
    # When the customer was first shown a code, such as a licence key (orders/models/codes.py).
    codes_seen_at = models.DateTimeField(_("codes seen"), null=True, editable=False)
    # When its packing list or its label was first printed (orders/documents/packing.py).
    packed_at = models.DateTimeField(_("packed"), null=True, editable=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-placed_at", "-id"]
        permissions = [
            ("complete_order", "Can mark orders as done"),
            ("track_order", "Can correct tracking codes"),
            ("pack_order", "Can print packing papers"),
            ("cancel_order", "Can cancel orders"),
            ("refund_order", "Can cancel and refund orders"),
            ("export_order", "Can export orders"),
        ]
        indexes = [
            models.Index(
                fields=["customer", "-placed_at", "-id"],
                name="orders_order_of_customer",
            ),
            # The figures of the staff's first page are also counted from this index, without reading the rows.
            models.Index(
                fields=["-placed_at", "-id"],
                include=["status", "total_amount", "currency"],
                name="orders_order_newest",
            ),
            # What the sweep looks for; an order leaves these small indexes as it moves on.
            models.Index(
                fields=["status_since"],
                name="orders_order_pending",
                condition=Q(status="pending"),
            ),
            models.Index(
                fields=["pay_by"],
                name="orders_order_unpaid",
                condition=Q(status="pay_required"),
            ),
            models.Index(
                fields=["status_since"],
                name="orders_order_refund",
                condition=Q(status="refund"),
            ),
            # What staff look for, and count.
            models.Index(fields=["status"], name="orders_order_status_count"),
            models.Index(
                fields=["status_since"],
                name="orders_order_paid",
                condition=Q(status="paid"),
            ),
            models.Index(
                fields=["status_since"],
                name="orders_order_not_confirmed",
                condition=Q(status="not_confirmed"),
            ),
            models.Index(PhoneEnd(), name="orders_order_phone"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="orders_order_status"),
            models.CheckConstraint(
                condition=Q(items_total__gte=0, shipping_fee__gte=0),
                name="orders_order_money_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(needs_parcel=True) | Q(shipping_fee=0, weight_g=0),
                name="orders_order_no_parcel_is_free",
            ),
            models.CheckConstraint(
                condition=Q(total_amount=F("items_total") + F("shipping_fee")),
                name="orders_order_total",
            ),
            models.CheckConstraint(
                condition=Q(tracking_code="") | Q(status=OrderStatus.DONE),
                name="orders_order_tracked_when_done",
            ),
            models.CheckConstraint(
                condition=Q(shipping_tax_rate=None, shipping_tax=None, tax_total=None)
                | Q(
                    shipping_tax_rate__range=(0, 100),
                    shipping_tax__range=(0, F("shipping_fee")),
                    tax_total__range=(F("shipping_tax"), F("total_amount")),
                    shipping_tax_rate__isnull=False,
                    shipping_tax__isnull=False,
                    tax_total__isnull=False,
                ),
                name="orders_order_tax",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="placed_as_pending",
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__status=FIRST),
            ),
            pgtrigger.FSM(
                name="only_diagram_edges",
                field="status",
                transitions=[(str(edge.source), str(edge.target)) for edge in STEPS.values()],
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="tax_as_placed", fields=["shipping_tax_rate", "shipping_tax", "tax_total"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("order", args=[self.pk])

    @property
    def shows_numbers(self) -> bool:
        """Whether the customer may see the numbers yet."""
        return self.status in NUMBERS_SHOWN

    @property
    def is_free(self) -> bool:
        """Whether it costs nothing, shipping included."""
        return self.total_amount == 0

    @property
    def tracking_url(self) -> str:
        """Where the customer follows the parcel; empty when the courier has no such page, or there is no code."""
        return self.courier.tracking_page(self.tracking_code) if self.tracking_code else ""

    @property
    def is_over(self) -> bool:
        return self.status in LAST

    def refunds(self, lines: Iterable[HasRefunds]) -> RefundPolicy:
        """What its customer's refund is: the strictest of the lines counts.

        It has to be asked for in any case once codes were seen, or the parcel is packed.
        """
        gone = [RefundPolicy.ON_REQUEST] if self.codes_seen_at or self.packed_at else []
        return strictest([*gone, *(line.refunds for line in lines)])

    def asks_because(self, lines: Iterable[HasRefunds]) -> AskReason | None:
        """Why its customer has to ask for a refund; None where that is at once, or not offered."""
        if self.refunds(lines) != RefundPolicy.ON_REQUEST:
            return None
        if self.codes_seen_at:
            return AskReason.CODES_SEEN
        return AskReason.PACKED if self.packed_at else AskReason.SOLD_SO

    @step(Step.CONFIRM)
    def confirm(self) -> None: ...

    @step(Step.REFUSE)
    def refuse(self) -> None: ...

    @step(Step.PAY)
    def pay(self) -> None: ...

    @step(Step.CANCEL)
    def cancel(self) -> None: ...

    @step(Step.COMPLETE)
    def complete(self) -> None: ...

    @step(Step.ASK_REFUND)
    def ask_refund(self) -> None: ...

    @step(Step.RETURN_MONEY)
    def return_money(self) -> None: ...


class OrderLine(models.Model):
    """Pieces of one product at the price that the preview promised."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="order_lines", verbose_name=_("product")
    )
    inventory = models.CharField(max_length=10)
    sku = models.CharField(_("SKU"), max_length=64)
    name = models.CharField(_("name"), max_length=200)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = Money(_("unit price"))
    line_total = Money(_("total"))
    # The line's share of the order's tax; null in orders from before it was kept.
    tax_rate = PercentOrNull(null=True, editable=False)
    tax_amount = MoneyOrNull(null=True, editable=False)
    # The product's when it was bought (catalog/refunds.py).
    refunds = models.CharField(
        _("refund by the customer"),
        max_length=10,
        choices=RefundPolicy,
        default=RefundPolicy.IMMEDIATE,
        db_default=RefundPolicy.IMMEDIATE,
    )

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["position"]
        indexes = [models.Index(Upper("sku"), F("order_id").desc(), name="orders_line_sku")]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="orders_line_position"),
            models.UniqueConstraint(fields=["order", "product"], name="orders_line_product_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="orders_line_quantity"),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0, line_total=F("unit_price") * F("quantity")),
                name="orders_line_total",
            ),
            models.CheckConstraint(condition=Q(refunds__in=RefundPolicy.values), name="orders_line_refunds"),
            models.CheckConstraint(
                condition=Q(tax_rate=None, tax_amount=None)
                | Q(
                    tax_rate__range=(0, 100),
                    tax_amount__range=(0, F("line_total")),
                    tax_rate__isnull=False,
                    tax_amount__isnull=False,
                ),
                name="orders_line_tax",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="refunds_as_bought", fields=["refunds"]),
            pgtrigger.ReadOnly(name="tax_as_placed", fields=["tax_rate", "tax_amount"]),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"


class Allocation(models.Model):
    """A number that a line holds. A number is held once at most; the row goes when the number goes back."""

    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="allocations")
    number = models.OneToOneField(Number, models.PROTECT, related_name="allocation", verbose_name=_("number"))
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("allocated number")
        verbose_name_plural = _("allocated numbers")
        ordering = ["number_id"]

    def __str__(self) -> str:
        return str(self.number)


def held_by(order: str) -> str:
    """The SQL expression of a hash of the numbers that an order holds, by an expression of its id; null if none."""
    return f"""(SELECT sha256(convert_to(string_agg(ROW(a.line_id, n.id, n.value)::text, '' ORDER BY n.id), 'UTF8'))
        FROM orders_orderline l JOIN orders_allocation a ON a.line_id = l.id JOIN catalog_number n ON n.id = a.number_id
        WHERE l.order_id = {order})"""  # noqa: S608 an expression of our own


def in_the_feed(column: str, when: str = "") -> pgtrigger.Trigger:
    """Adds each new row to the feed (orders/models/feed.py), from any connection."""
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


# What the first row of a history says besides: what was ordered, and for how much. The tax is a part of its own that is
# not there in orders from before it was kept, so that they say what they said.
ORDERED = """
(SELECT ROW(o.number, o.customer_id, extract(epoch FROM o.placed_at), o.currency, o.items_total, o.shipping_fee,
    o.total_amount, o.needs_parcel, o.price_table_id)::text FROM orders_order o WHERE o.id = {row}.order_id),
(SELECT string_agg(ROW(l.id, l.position, l.product_id, l.inventory, l.sku, l.name, l.quantity, l.unit_price,
    l.line_total)::text, '' ORDER BY l.position) FROM orders_orderline l WHERE l.order_id = {row}.order_id),
(SELECT ROW(o.shipping_tax_rate, o.shipping_tax, o.tax_total)::text FROM orders_order o
    WHERE o.id = {row}.order_id AND num_nonnulls(o.shipping_tax_rate, o.shipping_tax, o.tax_total) > 0),
(SELECT string_agg(ROW(l.id, l.tax_rate, l.tax_amount)::text, '' ORDER BY l.position) FROM orders_orderline l
    WHERE l.order_id = {row}.order_id AND num_nonnulls(l.tax_rate, l.tax_amount) > 0)
"""
HISTORY = Chain(
    table="orders_statuschange",
    within="order_id",
    along="sequence",
    says=f"""concat(ROW({{row}}.id, {{row}}.order_id, {{row}}.sequence, {{row}}.from_status, {{row}}.to_status,
        extract(epoch FROM {{row}}.at), {{row}}.actor_id, {{row}}.reason, {{row}}.note, encode({{row}}.held, 'hex'))::text,
        CASE WHEN {{row}}.sequence = 1 THEN concat({ORDERED}) END)""",
    owner=("orders_order", "id"),
    # A host of the version before may insert lines after the history: such a row is linked later.
    before="""
        IF NEW.sequence = 1 AND NOT EXISTS (SELECT FROM orders_orderline l WHERE l.order_id = NEW.order_id) THEN
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
        return ": ".join(
            part for part in (self.get_reason_display() if self.reason else "", self.note) if part
        )

    @property
    def who(self) -> str:
        """Who took the step: `customer`, `staff` or `system`."""
        if self.actor_id is None:
            return "system"
        return "customer" if self.actor_id == self.order.customer_id else "staff"

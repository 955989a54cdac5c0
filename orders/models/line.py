"""The lines of an order, and the numbers that they hold."""

from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q, Sum, prefetch_related_objects
from django.db.models.functions import Coalesce, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Inventory, Number, Product
from catalog.refunds import RefundPolicy
from database.rows import find, find_with
from orders.models.fields import Money, MoneyOrNull, PercentOrNull
from orders.models.order import Order

BY_ORDER = "WHERE orders_orderline.order_id = %s ORDER BY orders_orderline.position"


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    def with_canceled(self) -> "OrderLineQuerySet":
        """With the pieces that changes canceled before they were sent, for `to_send`."""
        canceled = Sum("changes__quantity", filter=Q(changes__change__kind="cancel"))
        return self.annotate(canceled=Coalesce(canceled, 0))


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
    # Of a piece before its sale; null where there was none, and in orders from before it was kept.
    list_price = MoneyOrNull(_("list price"), null=True, editable=False)
    unit_price = Money(_("unit price"))
    # What promotions took off the line; what is paid for it is without that.
    discount = Money(_("discount"), default=0, db_default=0, editable=False)
    line_total = Money(_("total"))
    # The line's share of the order's tax; null in orders from before it was kept.
    tax_rate = PercentOrNull(null=True, editable=False)
    tax_amount = MoneyOrNull(null=True, editable=False)
    # Of a pre-order the day from which on it is sent, as the preview said; null for what is sent at once.
    available_from = models.DateField(_("pre-order, sent from"), null=True, editable=False)
    # How many are in parcels that left: counted by the rows of parcels alone (orders/models/shipment.py).
    sent = models.IntegerField(_("sent"), default=0, db_default=0, editable=False)
    # The product's when it was bought (catalog/refunds.py).
    refunds = models.CharField(
        _("refund by the customer"),
        max_length=10,
        choices=RefundPolicy,
        default=RefundPolicy.IMMEDIATE,
        db_default=RefundPolicy.IMMEDIATE,
    )

    # Of a concert, a stay or a course: when it begins, as the product said it.
    starts_at = models.DateTimeField(_("begins"), null=True, editable=False)

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["position"]
        indexes = [
            models.Index(Upper("sku"), F("order_id").desc(), name="orders_line_sku"),
            models.Index(
                fields=["available_from", "order"],
                condition=Q(available_from__isnull=False),
                name="orders_line_preorder",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="orders_line_position"),
            models.UniqueConstraint(fields=["order", "product"], name="orders_line_product_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="orders_line_quantity"),
            models.CheckConstraint(
                condition=Q(
                    unit_price__gte=0,
                    discount__gte=0,
                    line_total__gte=0,
                    line_total=F("unit_price") * F("quantity") - F("discount"),
                ),
                name="orders_line_total",
            ),
            models.CheckConstraint(
                condition=Q(list_price__isnull=True) | Q(list_price__gt=F("unit_price")),
                name="orders_line_list_price",
            ),
            models.CheckConstraint(condition=Q(sent__range=(0, F("quantity"))), name="orders_line_sent"),
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
            pgtrigger.Protect(
                name="sent_in_parcels",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.sent IS DISTINCT FROM NEW.sent AND pg_trigger_depth() < 1"
                ),
            ),
            pgtrigger.ReadOnly(name="refunds_as_bought", fields=["refunds"]),
            pgtrigger.ReadOnly(name="preorder_as_placed", fields=["available_from"]),
            pgtrigger.ReadOnly(name="starts_as_bought", fields=["starts_at"]),
            pgtrigger.ReadOnly(name="tax_as_placed", fields=["tax_rate", "tax_amount"]),
            pgtrigger.ReadOnly(name="discount_as_placed", fields=["list_price", "discount"]),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"

    @property
    def is_awaited(self) -> bool:
        """Whether the day from which on it is sent has yet to come, in the shop's time."""
        return self.available_from is not None and self.available_from > timezone.localdate()

    @property
    def gross(self) -> Decimal:
        """What it costs before promotions."""
        return self.unit_price * self.quantity

    @property
    def codes(self) -> list[str]:
        """What its customer got with it: its numbers, or the codes of its gift cards, without those that are void."""
        if self.product.is_gift_card:
            return [card.code_shown for card in self.gift_cards.all() if card.voided_at is None]
        return [allocation.number.value for allocation in self.allocations.all()]

    @property
    def to_send(self) -> int:
        """The pieces that are sent, of a line that was read `with_canceled`."""
        canceled: int = vars(self)["canceled"]
        return self.quantity - canceled


def lines_of(order: Order) -> list[OrderLine]:
    """An order's lines, as its page and its papers list them."""
    return _of(order, find(OrderLine, BY_ORDER, [order.pk]))


def lines_with_numbers(order: Order) -> list[OrderLine]:
    """The same with their products and the numbers that they hold."""
    return with_numbers(order, find_with(OrderLine, "product", BY_ORDER, [order.pk]))


def with_numbers(order: Order, lines: list[OrderLine]) -> list[OrderLine]:
    """The order's lines, read with their products, with the numbers that they hold."""
    _of(order, lines)
    numbered = [line for line in lines if line.inventory == Inventory.NUMBERED]
    if numbered:
        prefetch_related_objects(numbered, "allocations__number")
    for line in lines:
        # As Django's own prefetching leaves it, of lines that have none.
        none = Allocation.objects.none()
        none._result_cache = []  # noqa: SLF001 or Django makes a statement to find out that there is nothing to ask
        vars(line).setdefault("_prefetched_objects_cache", {}).setdefault("allocations", none)
    return lines


def _of(order: Order, lines: list[OrderLine]) -> list[OrderLine]:
    for line in lines:
        line.order = order
    return lines


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

"""An order."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from catalog.refunds import AskReason, RefundPolicy, strictest
from database import clock
from orders.models.database_functions import NextOrderNumber, PhoneEnd
from orders.models.fields import Money, MoneyOrNull, PercentOrNull
from orders.models.order_constraints import CONSTRAINTS, TRIGGERS
from orders.models.pricing.shipping import Courier, PriceTable
from orders.models.pricing.tax import TaxReason
from orders.rights import OrderRights
from orders.status import FIRST, LAST, NUMBERS_SHOWN, STEPS, OrderStatus, Step
from staff.rights import may

if TYPE_CHECKING:
    from accounts.models import User


# A method that takes a step, and what django-fsm makes of it.
Taking = Callable[["Order"], None]


class HasRefunds(Protocol):
    """A line of an order, or of a preview."""

    @property
    def refunds(self) -> str: ...
    @property
    def starts_at(self) -> datetime | None: ...


def first_start(lines: Iterable[HasRefunds]) -> datetime | None:
    """When the first of the events that are bought begins; None where there are none."""
    return min((line.starts_at for line in lines if line.starts_at), default=None)


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
    # What promotions took off: in all, and of that off the shipping. Items, shipping and total are what is paid.
    discount_total = Money(_("discount"), default=0, db_default=0, editable=False)
    shipping_discount = Money(_("discount on shipping"), default=0, db_default=0, editable=False)
    # What gift cards hold or have paid of the total: counted by their uses alone (orders/models/money/gift_card.py).
    card_amount = Money(_("on gift cards"), default=0, db_default=0, editable=False)
    # What of the fee and of the total is tax; null in orders from before it was kept.
    shipping_tax_rate = PercentOrNull(null=True, editable=False)
    shipping_tax = MoneyOrNull(null=True, editable=False)
    tax_total = MoneyOrNull(null=True, editable=False)
    # Why there is none, where the law wants it said; empty where there is some, or nothing has to be said.
    tax_reason = models.CharField(
        max_length=20, choices=TaxReason, blank=True, default="", db_default="", editable=False
    )

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
    # Its customer fetches it where the price table says; the address is then whose it is, and may be blank.
    is_pickup = models.BooleanField(_("pickup"), default=False, db_default=False, editable=False)
    # When it is delivered, or can be fetched, as it was promised when it was placed (orders/shipping/promises.py); null in
    # orders from before, and of what needs no parcel.
    promised_from = models.DateField(_("promised from"), null=True, editable=False)
    promised_to = models.DateField(_("promised until"), null=True, editable=False)
    address = models.ForeignKey("accounts.Address", models.SET_NULL, null=True, related_name="+")
    address_snapshot = models.JSONField(_("address"))
    # To whom it is billed (orders/billing/given.py); null: as it is delivered, to a person.
    billing_snapshot = models.JSONField(_("billing"), null=True, editable=False)

    weight_g = models.PositiveBigIntegerField(_("weight (g)"))
    length_cm = models.PositiveIntegerField(_("length (cm)"))
    width_cm = models.PositiveIntegerField(_("width (cm)"))
    height_cm = models.PositiveBigIntegerField(_("height (cm)"))
    chargeable_weight_g = models.PositiveBigIntegerField(_("chargeable weight (g)"))
    note = models.CharField(_("note"), max_length=1000, blank=True)
    # Placed in exchange for pieces of another order (orders/models/changes/exchange.py), whose money pays so much of it.
    is_exchange = models.BooleanField(_("in exchange"), default=False, db_default=False, editable=False)
    exchange_amount = Money(_("paid by the exchange"), default=0, db_default=0, editable=False)
    # Its customer pays the difference of a change of another order with it (orders/models/changes/waiting.py).
    is_supplement = models.BooleanField(_("supplement"), default=False, db_default=False, editable=False)
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
            ("redirect_order", "Can change addresses and notes of orders"),
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
            # Of a customer's orders those are counted that are not paid, each time that one more is placed.
            models.Index(
                fields=["customer"],
                name="orders_order_unpaid_of",
                condition=Q(status__in=("pending", "pay_required")),
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
        constraints = CONSTRAINTS
        triggers = TRIGGERS

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
    def amount_due(self) -> Decimal:
        """What is to be paid at a provider, or was: the total without what gift cards or old pieces pay of it."""
        return self.total_amount - self.card_amount - self.exchange_amount

    @property
    def difference(self) -> Decimal:
        """What its customer pays of it: of a supplement what the change costs more."""
        return self.total_amount - self.exchange_amount

    @property
    def beside(self) -> "Order | None":
        """The order that it was placed beside: in exchange for pieces of it, or for the difference of a change of it."""
        if self.is_supplement:
            return self.waiting.order
        return self.exchange.change.order if self.is_exchange else None

    @property
    def is_given(self) -> bool:
        """Whether its customer has nothing to pay: it is free, or the old pieces pay all of it."""
        return self.is_free or (self.is_exchange and not self.is_supplement)

    @property
    def is_fee(self) -> bool:
        """Whether it is nothing but the difference of what sending another order costs: nothing is sent."""
        return self.is_supplement and not self.is_exchange

    @property
    def tracking_url(self) -> str:
        """Where the customer follows the parcel; empty when the courier has no such page, or there is no code."""
        return self.courier.tracking_page(self.tracking_code) if self.tracking_code else ""

    @property
    def is_over(self) -> bool:
        return self.status in LAST

    def refunds(self, lines: Collection[HasRefunds], at: datetime | None = None) -> RefundPolicy:
        """What its customer's refund is: the strictest of the lines counts.

        It has to be asked for in any case once codes were seen, the parcel is packed, or the first of its events has
        begun: by the database's clock, which who knows it already gives as `at`.
        """
        gone = [RefundPolicy.ON_REQUEST] if self._asks_by_itself(lines, at) else []
        return strictest([*gone, *(line.refunds for line in lines)])

    def asks_because(self, lines: Collection[HasRefunds], at: datetime | None = None) -> AskReason | None:
        """Why its customer has to ask for a refund; None where that is at once, or not offered."""
        if self.refunds(lines, at) != RefundPolicy.ON_REQUEST:
            return None
        return self._asks_by_itself(lines, at) or AskReason.SOLD_SO

    def _asks_by_itself(self, lines: Iterable[HasRefunds], at: datetime | None) -> AskReason | None:
        """What has happened since, after which its money is not returned at once."""
        if self.codes_seen_at:
            return AskReason.CODES_SEEN
        if self.packed_at:
            return AskReason.PACKED
        start = first_start(lines)
        return AskReason.BEGUN if start and start <= (at or clock()) else None

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

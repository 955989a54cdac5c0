"""An order and everything that hangs on it, with the promises that the database itself keeps."""

from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition
from payments import PaymentStatus
from payments.core import provider_factory
from payments.models import BasePayment

from catalog.models import Number, Product
from orders.status import FIRST, LAST, NUMBERS_SHOWN, STEPS, OrderStatus, Reason, Step


class Money(models.DecimalField):
    """An amount in the shop's currency. Wide enough for 100 lines of 999 pieces at ten digits each."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_digits", 18)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)


class NextOrderNumber(models.Func):
    """The next value of the sequence that short order numbers come from."""

    template = "nextval('orders_order_number_seq')"
    arity = 0
    output_field = models.BigIntegerField()


# --- shipping ------------------------------------------------------------------------------------------------------


class Courier(models.Model):
    name = models.CharField(_("name"), max_length=100, unique=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("courier")
        verbose_name_plural = _("couriers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Zone(models.Model):
    """A set of countries and regions that cost the same. An address lies in one zone at most."""

    name = models.CharField(_("name"), max_length=100, unique=True)

    class Meta:
        verbose_name = _("zone")
        verbose_name_plural = _("zones")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ZonePlace(models.Model):
    """A country (ISO 3166-1, two letters), or one region of it, that belongs to a zone. A region wins over its country."""

    zone = models.ForeignKey(Zone, models.CASCADE, related_name="places")
    country = models.CharField(_("country"), max_length=2)
    region = models.CharField(
        _("region or state"),
        max_length=100,
        blank=True,
        help_text=_("Empty: all the rest."),
    )

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        constraints = [
            models.UniqueConstraint(
                F("country"),
                models.functions.Lower("region"),
                name="orders_zoneplace_in_one_zone",
            ),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"),
                name="orders_zoneplace_country",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.region}".strip()


class PriceTable(models.Model):
    """One service of a courier: its delivery time in days, and its fees by zone and weight."""

    courier = models.ForeignKey(
        Courier, models.PROTECT, related_name="price_tables", verbose_name=_("courier")
    )
    service = models.CharField(_("service"), max_length=100)
    is_active = models.BooleanField(_("active"), default=True)
    min_days = models.PositiveSmallIntegerField(_("days at least"), default=1)
    max_days = models.PositiveSmallIntegerField(_("days at most"), default=3)
    volumetric_divisor = models.PositiveIntegerField(
        _("volumetric divisor"),
        default=5000,
        help_text=_("Cubic centimetres that count as one kilogram."),
    )

    class Meta:
        verbose_name = _("price table")
        verbose_name_plural = _("price tables")
        ordering = ["courier__name", "service"]
        constraints = [
            models.UniqueConstraint(fields=["courier", "service"], name="orders_pricetable_service"),
            models.CheckConstraint(condition=Q(max_days__gte=F("min_days")), name="orders_pricetable_days"),
            models.CheckConstraint(condition=Q(volumetric_divisor__gt=0), name="orders_pricetable_divisor"),
        ]

    def __str__(self) -> str:
        return f"{self.courier} {self.service}"


class PriceBand(models.Model):
    """The fee for parcels up to a chargeable weight (grams, inclusive) into a zone."""

    price_table = models.ForeignKey(PriceTable, models.CASCADE, related_name="bands")
    zone = models.ForeignKey(Zone, models.PROTECT, related_name="bands", verbose_name=_("zone"))
    up_to_g = models.PositiveIntegerField(_("up to (g)"))
    fee = Money(_("fee"))

    class Meta:
        verbose_name = _("band")
        verbose_name_plural = _("bands")
        ordering = ["zone__name", "up_to_g"]
        constraints = [
            models.UniqueConstraint(fields=["price_table", "zone", "up_to_g"], name="orders_priceband_once"),
            models.CheckConstraint(condition=Q(fee__gte=0), name="orders_priceband_fee_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.zone} ≤ {self.up_to_g} g"


# --- the order -----------------------------------------------------------------------------------------------------


def step(name: Step):
    """The django-fsm transition of a step, with source and target from STEPS."""
    edge = STEPS[name]
    return transition(field="status", source=edge.source, target=edge.target)


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user) -> "OrderQuerySet":
        """Everybody's orders for staff, one's own for others."""
        return self if user.is_staff else self.filter(customer=user)


class Order(FSMModelMixin, models.Model):  # type: ignore[django-manager-missing]  # Payment has an untyped base
    """An order. Its id is the id of the preview it grew out of. Only orders/lifecycle.py changes its status."""

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
    address = models.ForeignKey("accounts.Address", models.SET_NULL, null=True, related_name="+")
    address_snapshot = models.JSONField(_("address"))

    weight_g = models.PositiveBigIntegerField(_("weight (g)"))
    length_cm = models.PositiveIntegerField(_("length (cm)"))
    width_cm = models.PositiveIntegerField(_("width (cm)"))
    height_cm = models.PositiveBigIntegerField(_("height (cm)"))
    chargeable_weight_g = models.PositiveBigIntegerField(_("chargeable weight (g)"))
    note = models.CharField(_("note"), max_length=1000, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-placed_at", "-id"]
        indexes = [
            models.Index(
                fields=["customer", "-placed_at", "-id"],
                name="orders_order_of_customer",
            ),
            models.Index(fields=["-placed_at", "-id"], name="orders_order_newest"),
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
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="orders_order_status"),
            models.CheckConstraint(
                condition=Q(items_total__gte=0, shipping_fee__gte=0),
                name="orders_order_money_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(total_amount=F("items_total") + F("shipping_fee")),
                name="orders_order_total",
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
    def is_over(self) -> bool:
        return self.status in LAST

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

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="orders_line_position"),
            models.UniqueConstraint(fields=["order", "product"], name="orders_line_product_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="orders_line_quantity"),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0, line_total=F("unit_price") * F("quantity")),
                name="orders_line_total",
            ),
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


class StatusChange(models.Model):
    """One step of an order's history, numbered from 1. Rows are only ever added."""

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
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

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


# --- payment -------------------------------------------------------------------------------------------------------

IN_PROGRESS = (PaymentStatus.WAITING, PaymentStatus.INPUT, PaymentStatus.PREAUTH)


class Payment(BasePayment):
    """One attempt to pay an order; the amounts are as wide as an order's."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="payments", verbose_name=_("order"))
    total = Money(default=0)
    delivery = Money(default=0)
    tax = Money(default=0)
    captured_amount = Money(default=0)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status__in=IN_PROGRESS),
                name="orders_payment_one_in_progress",
            ),
            models.CheckConstraint(
                condition=Q(total__gte=0, captured_amount__gte=0),
                name="orders_payment_money_not_negative",
            ),
        ]

    def get_success_url(self) -> str:
        return self.order.get_absolute_url()

    def get_failure_url(self) -> str:
        return self.order.get_absolute_url()

    @property
    def provider(self):
        """The provider that this payment was begun with."""
        return provider_factory(self.variant, self)


class LedgerEntry(models.Model):
    """One movement of money, or one answer about one. Rows are only ever added."""

    class Kind(models.TextChoices):
        CAPTURED = "captured", _("captured")
        REFUND_ASKED = "refund_asked", _("refund asked")
        REFUNDED = "refunded", _("refunded")
        REFUSED = "refused", _("refund refused")

    order = models.ForeignKey(Order, models.PROTECT, related_name="ledger", verbose_name=_("order"))
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="ledger", verbose_name=_("payment"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    amount = Money(_("amount"))
    reference = models.CharField(
        _("reference"), max_length=255, help_text=_("The provider's own name of it.")
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger")
        ordering = ["id"]
        constraints = [
            # What a provider tells twice is one movement.
            models.UniqueConstraint(fields=["payment", "kind", "reference"], name="orders_ledger_told_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="orders_ledger_amount_positive"),
        ]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


class Refund(models.Model):
    """One attempt to return a captured amount. A new one comes only after a recorded refusal."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")

    class Cause(models.TextChoices):
        ORDER = "order", _("the order was canceled")
        LATE = "late", _("the order could no longer be paid")
        DOUBLE = "double", _("the order was paid already")
        WRONG_AMOUNT = "wrong_amount", _("the amount was not the order's")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    capture = models.ForeignKey(
        LedgerEntry, models.PROTECT, related_name="refunds", verbose_name=_("capture")
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"))
    cause = models.CharField(_("cause"), max_length=20, choices=Cause)
    amount = Money(_("amount"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ASKED)
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    # When the provider is asked next, as long as it has not answered. The sweep reads it.
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["next_try_at"], name="orders_refund_due", condition=Q(state="asked")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["payment", "attempt"], name="orders_refund_attempt"),
            models.UniqueConstraint(
                fields=["capture"],
                condition=Q(state__in=["asked", "done"]),
                name="orders_refund_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "done", "refused"]), name="orders_refund_state"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="orders_refund_amount_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} ({self.get_state_display()})"

    @property
    def key(self) -> str:
        """The idempotency key: the same for every try of this attempt."""
        return f"{self.payment.token}-refund-{self.attempt}"


class ProviderEvent(models.Model):
    """Something a payment provider told us, kept as it came before anything is done about it."""

    variant = models.CharField(_("provider"), max_length=50)
    event_id = models.CharField(_("event"), max_length=255, help_text=_("The provider's own name of it."))
    news = models.JSONField(_("news"))
    body = models.TextField(_("body"), blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    acted_at = models.DateTimeField(_("acted on"), null=True)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    # When it is acted on next, as long as it was not. The sweep reads it.
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    remark = models.CharField(_("remark"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("provider event")
        verbose_name_plural = _("provider events")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["next_try_at"], name="orders_event_due", condition=Q(acted_at__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["variant", "event_id"], name="orders_event_told_once"),
        ]

    def __str__(self) -> str:
        return f"{self.variant} {self.event_id}"


# --- mails ---------------------------------------------------------------------------------------------------------


class MailKind(models.TextChoices):
    """What a mail is about; its words are in templates/orders/mail/."""

    PLACED = "placed", _("Order placed")
    PAY_REQUIRED = "pay_required", _("Payment required")
    PAID = "paid", _("Paid")
    DONE = "done", _("Done")
    NOT_CONFIRMED = "not_confirmed", _("Not confirmed")
    CANCELED = "canceled", _("Canceled")
    REFUND = "refund", _("Refund asked for")
    REFUNDED = "refunded", _("Refunded")
    LATE_MONEY_RETURNED = "late_money_returned", _("Late money returned")


class Mail(models.Model):
    """A mail that the customer is owed, or got. Only orders/mails.py writes it.

    It is sent when `sent_at` says so, due when `next_attempt_at` has come, and given up, for staff to look at, when it is
    unsent and has no next attempt.
    """

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="mails", db_index=False, verbose_name=_("order")
    )
    kind = models.CharField(_("about"), max_length=20, choices=MailKind)
    # The status change's; where no status changed, whatever tells two mails of one kind apart, such as a payment's id.
    sequence = models.PositiveBigIntegerField(_("sequence"))
    language = models.CharField(_("language"), max_length=10)
    to = models.EmailField(_("to"))
    message_id = models.CharField(_("message id"), max_length=320, unique=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("failed attempts"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True)
    failure = models.TextField(_("last failure"), blank=True)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="orders_mail_unsent",
                condition=Q(sent_at__isnull=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "kind", "sequence"], name="orders_mail_once"),
            models.CheckConstraint(condition=Q(kind__in=MailKind.values), name="orders_mail_kind"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.order}: {self.get_kind_display()}"


# --- invoices ------------------------------------------------------------------------------------------------------


class InvoiceKind(models.TextChoices):
    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")


class InvoiceCounter(models.Model):
    """The last number given out of one kind. Its row is locked from taking a number to the end of the transaction."""

    kind = models.CharField(max_length=20, primary_key=True, choices=InvoiceKind)
    last = models.PositiveBigIntegerField()

    class Meta:
        triggers = [
            pgtrigger.Protect(
                name="counts_on_by_one",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.kind <> OLD.kind OR NEW.last <> OLD.last + 1"),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.last}"


class Invoice(models.Model):
    """An invoice or a credit note, with all that it says. Rows are only ever added, numbered without a gap per kind."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="invoices", db_index=False)
    kind = models.CharField(max_length=20, choices=InvoiceKind)
    number = models.PositiveBigIntegerField(_("number"))
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)
    language = models.CharField(_("language"), max_length=10)
    snapshot = models.JSONField()

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="orders_invoice_number"),
            models.UniqueConstraint(fields=["order", "kind"], name="orders_invoice_once_per_order"),
            models.CheckConstraint(
                condition=Q(kind__in=InvoiceKind.values, number__gt=0), name="orders_invoice_kind_and_number"
            ),
        ]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.code}"

    def get_absolute_url(self) -> str:
        return reverse(f"order-{self._slug}", args=[self.order_id])

    @property
    def code(self) -> str:
        """The number as it is written."""
        return f"{self.number:06}"

    @property
    def total(self) -> Decimal:
        return Decimal(self.snapshot["total"])

    @property
    def filename(self) -> str:
        return f"{self._slug}-{self.code}.pdf"

    @property
    def _slug(self) -> str:
        return self.kind.replace("_", "-")

"""Invoices and credit notes, numbered without a gap."""

from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chains import Chain, hash_field
from orders.models.order import Order


class InvoiceKind(models.TextChoices):
    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")
    # The refund that a credit note told of has failed: the invoice holds again, until another credit note.
    REVERSAL = "credit_note_reversal", _("Credit note reversal")


class InvoiceCounter(models.Model):
    """The last number given out of one kind. Its row is locked from taking a number to the end of the transaction."""

    kind = models.CharField(max_length=20, primary_key=True, choices=InvoiceKind)
    last = models.PositiveBigIntegerField()
    # The first number of the series, and when the last one was given out: no later number is dated before it.
    first = models.PositiveBigIntegerField(default=1, db_default=1)
    last_at = models.DateTimeField(null=True)

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


class InvoiceGap(models.Model):
    """Numbers of a series that are left out on purpose, with the reason: after a loss they may be in customers' hands."""

    kind = models.CharField(max_length=20, choices=InvoiceKind)
    # The numbers after this one, up to and with `until`.
    after = models.PositiveBigIntegerField()
    until = models.PositiveBigIntegerField()
    reason = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["kind", "after"], name="orders_invoicegap_once"),
            models.CheckConstraint(
                condition=Q(until__gt=models.F("after")), name="orders_invoicegap_has_numbers"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="only_grows",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.kind <> OLD.kind OR NEW.after <> OLD.after OR NEW.until < OLD.until"
                ),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.after + 1} to {self.until}"


PAPERS = Chain(
    table="orders_invoice",
    within="kind",
    along="number",
    says="""ROW({row}.id, {row}.order_id, {row}.kind, {row}.number, extract(epoch FROM {row}.issued_at), {row}.language,
        {row}.snapshot)::text""",
    owner=("orders_invoicecounter", "kind"),
)


class Invoice(models.Model):
    """An invoice or a credit note, with all that it says. Rows are only ever added: numbered without a gap, and chained."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="invoices", db_index=False)
    kind = models.CharField(max_length=20, choices=InvoiceKind)
    number = models.PositiveBigIntegerField(_("number"))
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)
    language = models.CharField(_("language"), max_length=10)
    snapshot = models.JSONField()
    hash = hash_field()

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="orders_invoice_number"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(kind="invoice"), name="orders_invoice_once_per_order"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=InvoiceKind.values, number__gt=0), name="orders_invoice_kind_and_number"
            ),
        ]
        indexes = [
            models.Index(fields=["order", "kind"], name="orders_invoice_of_order"),
            # What reports of some days are counted from.
            models.Index(fields=["issued_at"], name="orders_invoice_issued"),
            # What was sold into other countries (orders/reports/cross_border.py, with the same words).
            models.Index(
                Coalesce(KT("snapshot__customer__delivered_to"), KT("snapshot__customer__country")),
                F("issued_at"),
                name="orders_invoice_country",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
            PAPERS.trigger(),
        ]

    def __str__(self) -> str:
        return f"{InvoiceKind(self.kind).label} {self.code}"

    def get_absolute_url(self) -> str:
        """The first of its kind has the order's address; later ones of an order are rare, and name their number."""
        address = reverse(f"order-{self._slug}", args=[self.order_id])
        return f"{address}?number={self.number}" if self.snapshot.get("nth", 1) > 1 else address

    @property
    def code(self) -> str:
        """The number as it is written, with the prefix that its series had then."""
        return f"{self.snapshot.get('prefix', '')}{self.number:06}"

    @property
    def total(self) -> Decimal:
        return Decimal(self.snapshot["total"])

    @property
    def filename(self) -> str:
        return f"{self._slug}-{self.code}.pdf"

    @property
    def xml_filename(self) -> str:
        return f"{self._slug}-{self.code}.xml"

    @property
    def _slug(self) -> str:
        return self.kind.replace("_", "-")


class Report(Invoice):
    """What papers come to (orders/reports/sales.py): no rows of its own, but a right."""

    class Meta:
        proxy = True
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        default_permissions = ("view",)

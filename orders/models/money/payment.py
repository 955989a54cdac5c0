"""What a customer paid, and the ledger of every movement of money."""

from uuid import uuid4

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chains import Chain, hash_field
from database.rows import update_later
from orders.models.fields import Money
from orders.models.history import in_the_feed
from orders.models.order import Order
from outbox.models import Queued, given_up_rests, queue_indexes


class PaymentStatus(models.TextChoices):
    """Where an attempt to pay stands. Nothing becomes INPUT or ERROR any more; payments from before may be there."""

    WAITING = "waiting", pgettext_lazy("payment status", "Waiting for confirmation")
    PREAUTH = "preauth", pgettext_lazy("payment status", "Pre-authorized")
    CONFIRMED = "confirmed", pgettext_lazy("payment status", "Confirmed")
    REJECTED = "rejected", pgettext_lazy("payment status", "Rejected")
    REFUNDED = "refunded", pgettext_lazy("payment status", "Refunded")
    ERROR = "error", pgettext_lazy("payment status", "Error")
    INPUT = "input", pgettext_lazy("payment status", "Input")
    CANCELLED = "cancelled", pgettext_lazy("payment status", "Cancelled")


# Ways to pay of which no machine tells: staff say that the money came (orders/payments/by_hand.py).
TRANSFER, CASH_ON_DELIVERY, CASH_AT_PICKUP = "transfer", "cash_on_delivery", "cash_at_pickup"
BY_HAND = (TRANSFER, CASH_ON_DELIVERY, CASH_AT_PICKUP)
# What pieces that are exchanged give back has paid the order; nobody can choose it.
EXCHANGE = "exchange"
# Whose money staff return, as no machine can.
BACK_BY_HAND = (*BY_HAND, EXCHANGE)
# Of a payment that a gift card made: it is captured from the beginning (orders/payments/cards.py), at no provider.
GIFT_CARD = "gift_card"
IN_PROGRESS = (PaymentStatus.WAITING, PaymentStatus.INPUT, PaymentStatus.PREAUTH)


def new_token() -> str:
    """What a provider calls the payment by, unlike any before."""
    return str(uuid4())


class Payment(Queued):
    """One attempt to pay an order at one provider.

    `token` is our name of it that the provider carries, `transaction_id` the provider's name of the session, and
    `extra_data` what is noted of that session (providers/sessions.py). As long as it is in progress it waits: the sweep
    asks the provider about it when the order's time to pay is over (orders/actions/money/payment_window.py).
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="payments", verbose_name=_("order"))
    variant = models.CharField(_("provider"), max_length=255)
    status = models.CharField(
        _("status"), max_length=10, choices=PaymentStatus, default=PaymentStatus.WAITING
    )
    token = models.CharField(max_length=36, blank=True, default=new_token)
    transaction_id = models.CharField(_("transaction id"), max_length=255, blank=True)
    extra_data = models.TextField(blank=True, default="")
    total = Money(_("total"), default=0)
    captured_amount = Money(_("captured amount"), default=0)
    currency = models.CharField(_("currency"), max_length=10)
    billing_email = models.EmailField(blank=True)
    # With values of the database's own: the version before knows nothing of them, and may still be writing.
    attempts = models.PositiveIntegerField(_("attempts"), default=0, db_default=0)
    next_attempt_at = models.DateTimeField(
        _("next attempt"), null=True, default=timezone.now, db_default=Now()
    )
    failure = models.TextField(_("last failure"), blank=True, db_default="")
    created = models.DateTimeField(_("created"), auto_now_add=True)
    modified = models.DateTimeField(_("modified"), auto_now=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["id"]
        permissions = [("take_payment", "Can note money that came by transfer or in cash")]
        indexes = [
            *queue_indexes("orders_payment"),
            models.Index(fields=["token"], name="orders_payment_token"),
        ]
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
            given_up_rests("orders_payment"),
        ]

    def __str__(self) -> str:
        return self.variant

    def change_status(self, status: PaymentStatus, *also: str) -> None:
        """For the calls of orders/payments/, which hold the order's lock; saves the fields `also` that they changed.

        A payment that has ended waits for nothing.
        """
        self.status = status
        changed = ["status", "modified", *also]
        if status not in IN_PROGRESS:
            self.next_attempt_at = self.leased_until = None
            changed += ["next_attempt_at", "leased_until"]
        update_later(self, *changed)

    def charge_of(self, key: str) -> str:
        """The provider's charge that the attempt of this key returns: a payment may have been charged twice."""
        attempts = self.refunds.select_related("capture")
        return next(attempt.capture.reference for attempt in attempts if attempt.key == key)


LEDGER = Chain(
    table="orders_ledgerentry",
    within="order_id",
    along="id",
    says="""ROW({row}.id, {row}.order_id, {row}.payment_id, {row}.kind, {row}.amount, {row}.reference, {row}.note,
        {row}.capture_id, {row}.actor_id, extract(epoch FROM {row}.at))::text""",
    owner=("orders_order", "id"),
)


class LedgerEntry(models.Model):
    """One movement of money, or one answer about one. Rows are only ever added, and chained."""

    class Kind(models.TextChoices):
        # Approved by the customer's bank, and not taken yet: no money has moved, so it never counts.
        AUTHORISED = "authorised", _("approved")
        CAPTURED = "captured", _("captured")
        REFUND_ASKED = "refund_asked", _("refund asked")
        REFUNDED = "refunded", _("refunded")
        REFUSED = "refused", _("refund refused")
        # It had succeeded: a row that takes the refund's back.
        REFUND_FAILED = "refund_failed", _("refund failed")
        # What is disputed is still the shop's in the books, until the dispute is lost: then it was refunded. What the
        # provider takes for it is the shop's loss and no order's money.
        DISPUTED = "disputed", _("disputed")
        DISPUTE_WON = "dispute_won", _("dispute won")
        DISPUTE_FEE = "dispute_fee", _("fee of a dispute")

    # How each counts towards what the shop holds.
    SIGNS = {str(Kind.CAPTURED): 1, str(Kind.REFUNDED): -1, str(Kind.REFUND_FAILED): 1}
    # What tells how much went back.
    RETURNS = (Kind.REFUNDED, Kind.REFUND_FAILED)
    # In these money moved, under the provider's own name of the charge or the refund.
    MOVES = (Kind.CAPTURED, Kind.REFUNDED)

    # Its index is the one below, in which the newest of an order comes first.
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="ledger", db_index=False, verbose_name=_("order")
    )
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="ledger", verbose_name=_("payment"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    amount = Money(_("amount"))
    # Its payment's, written by a trigger; rows from before there was this column have none.
    currency = models.CharField(_("currency"), max_length=10, editable=False, db_default="")
    reference = models.CharField(
        _("reference"), max_length=255, help_text=_("The provider's own name of it.")
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    # Of a refund made at the provider, in part or beside our own: the capture that it returned, also where
    # it failed. Our own refunds name theirs themselves.
    capture = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="returns", verbose_name=_("capture")
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    hash = hash_field()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["order", "-id"], name="orders_ledger_newest"),
            # By the name that a provider's event gives, when it names no payment of ours.
            models.Index(
                fields=["reference"],
                name="orders_ledger_reference",
                condition=Q(kind__in=["captured", "refunded"]),
            ),
            # Rows come in the order of their times, so a day is found with few pages of a tiny index.
            BrinIndex(fields=["at"], name="orders_ledger_at", autosummarize=True),
        ]
        constraints = [
            # What a provider tells twice is one movement.
            models.UniqueConstraint(fields=["payment", "kind", "reference"], name="orders_ledger_told_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="orders_ledger_amount_positive"),
            models.CheckConstraint(
                condition=Q(capture__isnull=True) | Q(kind__in=["refunded", "refund_failed"]),
                name="orders_ledger_refund_of_capture",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="carries_currency",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                    NEW.currency := coalesce((SELECT p.currency FROM orders_payment p WHERE p.id = NEW.payment_id), '');
                    RETURN NEW;
                """,
            ),
            in_the_feed("money_id", when="NEW.kind IN ('refunded', 'refund_failed')"),
            LEDGER.trigger(),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"

"""What goes back of what a customer paid."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.fields import Money
from orders.models.money.payment import LedgerEntry, Payment
from outbox.models import Queued, given_up_rests, queue_indexes


class Refund(Queued):
    """One attempt to return a captured amount. A new one comes only after a recorded refusal.

    The provider is asked as often as it takes: a refund is never given up.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("asked")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")
        # Staff returned the other of two charges at the provider before this one was asked for.
        WITHDRAWN = "withdrawn", _("not needed")

    class Cause(models.TextChoices):
        ORDER = "order", _("the order was canceled")
        CHANGE = "change", _("a part of the order was changed")
        LATE = "late", _("the order could no longer be paid")
        DOUBLE = "double", _("the order was paid already")
        WRONG_AMOUNT = "wrong_amount", _("the amount was not the order's")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    capture = models.ForeignKey(
        LedgerEntry, models.PROTECT, related_name="refunds", verbose_name=_("capture")
    )
    # Of a cause CHANGE: what it returns the money of. A capture may have several of these.
    change = models.ForeignKey(
        "orders.OrderChange", models.PROTECT, null=True, related_name="refunds", verbose_name=_("change")
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"))
    cause = models.CharField(_("cause"), max_length=20, choices=Cause)
    amount = Money(_("amount"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ASKED)
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    # When the money came back to the shop, though the refund had succeeded.
    failed_at = models.DateTimeField(_("failed"), null=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["id"]
        permissions = [
            ("retry_refund", "Can retry refused refunds"),
            ("settle_refund", "Can settle refunds by hand"),
        ]
        indexes = [
            *queue_indexes("orders_refund"),
            models.Index(fields=["capture"], name="orders_refund_refused", condition=Q(state="refused")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["payment", "attempt"], name="orders_refund_attempt"),
            # What returns all that is left of a capture is one at a time; parts may be beside it.
            models.UniqueConstraint(
                fields=["capture"],
                condition=Q(state__in=["asked", "done"]) & ~Q(cause="change"),
                name="orders_refund_one_of_all",
            ),
            models.UniqueConstraint(
                fields=["capture", "change"],
                condition=Q(state__in=["asked", "done"], change__isnull=False),
                name="orders_refund_one_of_change",
            ),
            models.CheckConstraint(
                condition=Q(cause="change", change__isnull=False) | ~Q(cause="change") & Q(change=None),
                name="orders_refund_of_change",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "done", "refused", "withdrawn"]), name="orders_refund_state"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="orders_refund_amount_positive"),
            models.CheckConstraint(
                condition=Q(state="asked", next_attempt_at__isnull=False)
                | Q(state__in=["done", "refused", "withdrawn"], next_attempt_at__isnull=True),
                name="orders_refund_asked_waits",
            ),
            given_up_rests("orders_refund"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="within_the_capture",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("state", "amount", "capture_id"),
                when=pgtrigger.Before,
                declare=[
                    ("captured", "numeric"),
                    ("going", "numeric"),
                    ("done", "numeric"),
                    ("by_hand", "numeric"),
                ],
                condition=pgtrigger.Condition("NEW.state IN ('asked', 'done')"),
                func="""
                    SELECT amount INTO captured FROM orders_ledgerentry WHERE id = NEW.capture_id FOR NO KEY UPDATE;
                    SELECT coalesce(sum(amount), 0), coalesce(sum(amount) FILTER (WHERE state = 'done'), 0)
                    INTO going, done FROM orders_refund
                    WHERE capture_id = NEW.capture_id AND state IN ('asked', 'done') AND id <> NEW.id;
                    SELECT coalesce(sum(CASE kind WHEN 'refunded' THEN amount ELSE -amount END), 0)
                    INTO by_hand FROM orders_ledgerentry WHERE capture_id = NEW.capture_id;
                    IF going + NEW.amount > captured OR NEW.state = 'done' AND done + by_hand + NEW.amount > captured THEN
                        RAISE EXCEPTION 'capture %: more would go back than was captured', NEW.capture_id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} ({self.get_state_display()})"

    @property
    def key(self) -> str:
        """The idempotency key: the same for every try of this attempt."""
        return f"{self.payment.token}-refund-{self.attempt}"

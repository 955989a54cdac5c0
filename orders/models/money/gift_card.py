"""Gift cards and store credit: money that the shop holds for whoever has the code, or for one customer.

A card's balance is the sum of its entries. They are only ever added and chained, and a trigger counts each at its card,
where a CHECK keeps the balance from going below zero, from any connection.
"""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.money import written
from chains import Chain, hash_field
from orders.models.fields import Money
from orders.models.line import OrderLine
from orders.models.money.payment import Payment
from orders.models.money.refund import Refund
from orders.models.order import Order

# 16 of 32 letters are 80 bits: Crockford's alphabet has none that is taken for another.
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH, CODE_GROUP = 16, 4
CODE_PATTERN = rf"^[{CODE_LETTERS}]{{{CODE_LENGTH}}}$"


def grouped(code: str) -> str:
    """A code as people read it: in groups of four."""
    return "-".join(code[at : at + CODE_GROUP] for at in range(0, len(code), CODE_GROUP))


class GiftCard(models.Model):
    """A card with a code, or without one the store credit of its owner in a currency.

    A card that was sold names the line that sold it. The code is kept as it is, like a licence key: its buyer reads it
    again on the order's page.
    """

    code = models.CharField(max_length=CODE_LENGTH, blank=True, default="", editable=False)
    currency = models.CharField(_("currency"), max_length=3)
    # The sum of its entries, kept by their trigger.
    balance = Money(_("balance"), default=0, db_default=0, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="store_credits",
        db_index=False,
        verbose_name=_("customer"),
    )
    line = models.ForeignKey(
        OrderLine, models.PROTECT, null=True, related_name="gift_cards", verbose_name=_("sold with")
    )
    # The last day on which it can be spent; none: for ever.
    expires_on = models.DateField(_("expires"), null=True)
    # Since when it can't be spent any more, though money may still come back to it.
    voided_at = models.DateTimeField(_("void since"), null=True)
    created_at = models.DateTimeField(_("issued"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("gift card")
        verbose_name_plural = _("gift cards")
        ordering = ["-id"]
        permissions = [
            ("give_credit", "Can give store credit and gift cards"),
            ("void_giftcard", "Can void gift cards"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(balance__gte=0), name="orders_giftcard_not_negative"),
            models.UniqueConstraint(fields=["code"], condition=~Q(code=""), name="orders_giftcard_code_once"),
            models.UniqueConstraint(
                fields=["owner", "currency"],
                condition=Q(owner__isnull=False),
                name="orders_giftcard_credit_once",
            ),
            models.CheckConstraint(
                condition=Q(code="", owner__isnull=False, line__isnull=True, expires_on__isnull=True)
                | Q(code__regex=CODE_PATTERN, owner__isnull=True),
                name="orders_giftcard_code_or_owner",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="as_issued", fields=["code", "currency", "owner", "line", "expires_on", "created_at"]
            ),
            pgtrigger.Protect(
                name="begins_empty",
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.balance <> 0"),
            ),
            pgtrigger.Protect(
                name="counted_by_entries",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.balance IS DISTINCT FROM NEW.balance AND pg_trigger_depth() < 1"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """What names it to people who may not spend it: the end of its code."""
        return str(_("Store credit")) if self.is_credit else f"…-{self.code[-CODE_GROUP:]}"

    @property
    def code_shown(self) -> str:
        """The code, for whoever may spend it."""
        return grouped(self.code)

    @property
    def is_credit(self) -> bool:
        return not self.code

    @property
    def can_be_spent(self) -> bool:
        """Whether it is neither void nor expired; it may be empty."""
        is_over = self.expires_on is not None and self.expires_on < timezone.localdate()
        return self.voided_at is None and not is_over


CARD_ENTRIES = Chain(
    table="orders_giftcardentry",
    within="card_id",
    along="id",
    says="""ROW({row}.id, {row}.card_id, {row}.kind, {row}.amount, {row}.order_id, {row}.refund_id, {row}.actor_id,
        {row}.note, extract(epoch FROM {row}.at))::text""",
    owner=("orders_giftcard", "id"),
)


class GiftCardEntry(models.Model):
    """One movement on a card. Rows are only ever added, and chained: whoever adds one holds the card."""

    class Kind(models.TextChoices):
        ISSUED = "issued", _("issued")
        GIVEN = "given", _("given by staff")
        TAKEN = "taken", _("taken for an order")
        RELEASED = "released", _("given back: the order was not paid with it")
        RETURNED = "returned", _("refunded")
        VOIDED = "voided", _("voided")

    ADDS = (Kind.ISSUED, Kind.GIVEN, Kind.RELEASED, Kind.RETURNED)
    # These are about an order that was, or was to be, paid with the card.
    OF_ORDER = (Kind.TAKEN, Kind.RELEASED, Kind.RETURNED)

    # Its index is the one below, in which the newest of a card comes first.
    card = models.ForeignKey(
        GiftCard, models.PROTECT, related_name="entries", db_index=False, verbose_name=_("gift card")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    # Below zero for what leaves the card.
    amount = Money(_("amount"))
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, related_name="card_entries", verbose_name=_("order")
    )
    # Which refund came to the card.
    refund = models.OneToOneField(Refund, models.PROTECT, null=True, related_name="card_entry")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)
    hash = hash_field()

    class Meta:
        verbose_name = _("entry of a gift card")
        verbose_name_plural = _("entries of gift cards")
        ordering = ["id"]
        indexes = [models.Index(fields=["card", "-id"], name="orders_giftcardentry_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["issued", "given", "released", "returned"], amount__gt=0)
                | Q(kind__in=["taken", "voided"], amount__lt=0),
                name="orders_giftcardentry_amount",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["taken", "released", "returned"], order__isnull=False)
                | Q(kind="given")
                | Q(kind__in=["issued", "voided"], order__isnull=True),
                name="orders_giftcardentry_order",
            ),
            models.CheckConstraint(
                condition=Q(kind="returned", refund__isnull=False)
                | Q(kind="given")
                | Q(kind__in=["issued", "taken", "released", "voided"], refund__isnull=True),
                name="orders_giftcardentry_refund",
            ),
            models.UniqueConstraint(
                fields=["card"], condition=Q(kind="issued"), name="orders_giftcardentry_issued_once"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="counted_at_card",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                func="""
                    UPDATE orders_giftcard SET balance = balance + NEW.amount WHERE id = NEW.card_id;
                    RETURN NULL;
                """,
            ),
            CARD_ENTRIES.trigger(),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {written(self.amount, self.card.currency)}"


class CardUse(models.Model):
    """What an order takes of a card: held as long as it waits to be paid, then captured, or released.

    A trigger counts what is not released at the order (`card_amount`), whose CHECK keeps it within the total.
    """

    class State(models.TextChoices):
        HELD = "held", _("held")
        CAPTURED = "captured", _("paid")
        RELEASED = "released", _("given back")

    LIVE = (State.HELD, State.CAPTURED)

    order = models.ForeignKey(Order, models.PROTECT, related_name="card_uses", verbose_name=_("order"))
    card = models.ForeignKey(GiftCard, models.PROTECT, related_name="uses", verbose_name=_("gift card"))
    amount = Money(_("amount"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.HELD)
    # In the order's books, once it has paid.
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, related_name="card_use")
    held_at = models.DateTimeField(_("held"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("use of a gift card")
        verbose_name_plural = _("uses of gift cards")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "card"],
                condition=Q(state__in=["held", "captured"]),
                name="orders_carduse_once",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="orders_carduse_amount"),
            models.CheckConstraint(
                condition=Q(state="held", payment=None, ended_at=None)
                | Q(state="captured", payment__isnull=False, ended_at__isnull=False)
                | Q(state="released", payment=None, ended_at__isnull=False),
                name="orders_carduse_state",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="as_held", fields=["order", "card", "amount", "held_at"]),
            pgtrigger.Protect(
                name="ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state__in=["captured", "released"]),
            ),
            pgtrigger.Trigger(
                name="counted_at_order",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
                when=pgtrigger.After,
                func="""
                    IF TG_OP = 'INSERT' AND NEW.state <> 'released' THEN
                        UPDATE orders_order SET card_amount = card_amount + NEW.amount WHERE id = NEW.order_id;
                    ELSIF TG_OP = 'UPDATE' AND OLD.state = 'held' AND NEW.state = 'released' THEN
                        UPDATE orders_order SET card_amount = card_amount - NEW.amount WHERE id = NEW.order_id;
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.card} {written(self.amount, self.order.currency)}"

"""An order that staff are taking, at the desk or by telephone, until it is placed or its time is over."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from orders.models.fields import MoneyOrNull
from orders.models.order import Order

if TYPE_CHECKING:
    from accounts.models import User

MAX_REASON = 200


class OrderDraft(models.Model):
    """What a customer wants, as far as it is said. Nothing of it is checked or held before there is a preview of it.

    It is for a customer of the shop, or for the address of one who has no account yet. `serial` counts how often it was
    saved: who saves an older one is told. Rows go when their time is over (orders/actions/drafts/editing.py).
    """

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="order_drafts",
        verbose_name=_("customer"),
    )
    # Of somebody without an account, in small letters; else empty.
    email = models.EmailField(_("email address"), blank=True)
    full_name = models.CharField(_("full name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    # As they were typed, by the names of their fields; empty without any.
    address = models.JSONField(_("address"), default=dict, blank=True)
    billing = models.JSONField(_("billing"), default=dict, blank=True)
    codes = models.CharField(_("codes"), max_length=200, blank=True)
    # What sending costs by the word of staff, before promotions; null: what the price tables say.
    shipping_fee = MoneyOrNull(_("shipping"), null=True, blank=True)
    shipping_reason = models.CharField(_("reason"), max_length=MAX_REASON, blank=True)
    note = models.CharField(_("note"), max_length=1000, blank=True)

    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    serial = models.PositiveIntegerField(default=1)
    expires_at = models.DateTimeField(_("expires"))
    # Prices as they were when it was last saved (orders/actions/drafts/prices.py).
    shown = models.JSONField(default=dict, blank=True)
    order = models.OneToOneField(
        Order, models.PROTECT, null=True, blank=True, related_name="draft", verbose_name=_("order")
    )

    class Meta:
        verbose_name = _("order draft")
        verbose_name_plural = _("order drafts")
        ordering = ["-id"]
        permissions = [
            ("take_order", "Can take orders for customers"),
            ("override_price", "Can override prices"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="orders_draft_expires"),
            models.Index(fields=["-id"], name="orders_draft_open", condition=Q(order=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(customer=None) | Q(email=""),
                name="orders_draft_customer_or_email",
            ),
            models.CheckConstraint(
                condition=Q(shipping_fee=None, shipping_reason="")
                | (Q(shipping_fee__gte=0) & ~Q(shipping_reason="")),
                name="orders_draft_shipping_reason",
            ),
        ]

    def __str__(self) -> str:
        # Staff's log keeps it: it names no person.
        return _("Draft %(number)s") % {"number": self.pk}

    @property
    def is_open(self) -> bool:
        return self.order_id is None and self.expires_at > timezone.now()


class DraftLine(models.Model):
    """Pieces of a product, at the shop's price or at one by the word of staff."""

    draft = models.ForeignKey(OrderDraft, models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    product = models.ForeignKey(Product, models.CASCADE, related_name="+", verbose_name=_("product"))
    quantity = models.PositiveIntegerField(
        _("quantity"), validators=[MinValueValidator(1), MaxValueValidator(999)]
    )
    # What a piece costs there, tax included; null: what it costs everybody.
    price = MoneyOrNull(_("unit price"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=MAX_REASON, blank=True)

    class Meta:
        verbose_name = _("line of a draft")
        verbose_name_plural = _("lines of drafts")
        default_permissions = ()
        ordering: ClassVar[list[str]] = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "product"], name="orders_draftline_product_once"),
            models.CheckConstraint(condition=Q(quantity__range=(1, 999)), name="orders_draftline_quantity"),
            models.CheckConstraint(
                condition=Q(price=None, reason="") | (Q(price__gte=0) & ~Q(reason="")),
                name="orders_draftline_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id}"


def drafts_about(user: "User") -> models.QuerySet[OrderDraft]:
    """The drafts for a customer, also from before they had an account; placed ones too, until they are forgotten."""
    return OrderDraft.objects.filter(Q(customer=user) | Q(email__in=[user.email, *user.verified_emails]))


def open_drafts() -> models.QuerySet[OrderDraft]:
    """Those that can still be placed."""
    return OrderDraft.objects.filter(order=None, expires_at__gt=timezone.now())

"""Promotions: what is taken off, on which conditions and how often. discount.py has what each order got of them."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.languages import local, translated
from catalog.models import Category, Product
from orders.models.fields import MoneyOrNull, PercentOrNull

CODE_PATTERN = r"^[A-Z0-9][A-Z0-9_-]{2,39}$"


class PromotionKind(models.TextChoices):
    PERCENT = "percent", _("percent")
    AMOUNT = "amount", _("amount")
    FREE_SHIPPING = "free_shipping", _("free shipping")
    PIECES = "pieces", _("pieces for the price of fewer")


NUMBERS = ("percent", "amount", "pieces", "paid_pieces")


def _has(kind: PromotionKind, **given: object) -> Q:
    """That a promotion of a kind has these numbers, and no other."""
    names = {key.partition("__")[0] for key in given}
    empty = {f"{name}__isnull": name not in names for name in NUMBERS}
    return Q(kind=kind, **empty, **given)


@translated("name")
class Promotion(models.Model):
    """An offer: by a code that is typed, or without one for every order that meets its conditions.

    Amounts are in the shop's currency. Of what it was used, `used` alone counts; only placing and giving up change it.
    """

    name = models.CharField(_("name"), max_length=100, help_text=_("Customers read it on the order."))
    code = models.CharField(
        _("code"),
        max_length=40,
        blank=True,
        validators=[RegexValidator(CODE_PATTERN)],
        help_text=_(
            "What customers type; capitals and small letters are the same. Empty: it applies by itself."
        ),
    )
    is_active = models.BooleanField(_("active"), default=True)
    kind = models.CharField(_("kind"), max_length=20, choices=PromotionKind)
    percent = PercentOrNull(
        _("percent"), null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    amount = MoneyOrNull(
        _("amount"),
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_(
            "What is taken off; with free shipping: the most of the fee that is. Empty there: all of it."
        ),
    )
    pieces = models.PositiveSmallIntegerField(_("of so many pieces"), null=True, blank=True)
    paid_pieces = models.PositiveSmallIntegerField(_("so many are paid"), null=True, blank=True)

    minimum = MoneyOrNull(
        _("from a total of"),
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("Of what it applies to, before any discount."),
    )
    products = models.ManyToManyField(
        Product, blank=True, related_name="+", verbose_name=_("products"), help_text=_("None: all.")
    )
    categories = models.ManyToManyField(
        Category, blank=True, related_name="+", verbose_name=_("categories"), help_text=_("None: all.")
    )
    first_order = models.BooleanField(_("only for a first order"), default=False)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("only for the customer"),
    )
    starts = models.DateTimeField(_("from"), null=True, blank=True)
    ends = models.DateTimeField(_("until"), null=True, blank=True)
    limit = models.PositiveIntegerField(_("how often in all"), null=True, blank=True)
    limit_per_customer = models.PositiveIntegerField(_("how often for each customer"), null=True, blank=True)
    combinable = models.BooleanField(
        _("together with others"),
        default=False,
        help_text=_("Off: it applies alone. Of what can't be combined, an order gets what takes off most."),
    )
    # What its amounts are meant in; in a shop that has another one now it does not apply until it is written anew.
    currency = models.CharField(max_length=3, editable=False)
    used = models.PositiveIntegerField(_("used"), default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["code"],
                condition=~Q(code=""),
                name="orders_promotion_code_once",
                violation_error_message=_("Another promotion has this code."),
            ),
            models.CheckConstraint(
                condition=Q(code="") | Q(code__regex=CODE_PATTERN),
                name="orders_promotion_code",
                violation_error_message=_("A code has 3 to 40 letters from A to Z, digits, - and _."),
            ),
            models.CheckConstraint(
                condition=_has(PromotionKind.PERCENT, percent__gt=0, percent__lte=100)
                | _has(PromotionKind.AMOUNT, amount__gt=0)
                | _has(PromotionKind.FREE_SHIPPING)
                | _has(PromotionKind.FREE_SHIPPING, amount__gt=0)
                | _has(PromotionKind.PIECES, pieces__range=(2, 999), paid_pieces__lt=F("pieces")),
                name="orders_promotion_kind",
                violation_error_message=_("Give the numbers of this kind, above 0, and no others."),
            ),
            models.CheckConstraint(
                condition=Q(limit__isnull=True) | Q(used__lte=F("limit")),
                name="orders_promotion_limit",
                violation_error_message=_("It was used more often already."),
            ),
            models.CheckConstraint(
                condition=Q(starts__isnull=True) | Q(ends__isnull=True) | Q(ends__gt=F("starts")),
                name="orders_promotion_days",
                violation_error_message=_("It ends before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(minimum__isnull=True) | Q(minimum__gte=0), name="orders_promotion_minimum"
            ),
        ]
        indexes = [
            # Those that every preview reads.
            models.Index(
                fields=["id"], condition=Q(code="", is_active=True), name="orders_promotion_automatic"
            )
        ]

    def __str__(self) -> str:
        return f"{self.local_name} ({self.code})" if self.code else self.local_name

    def save(self, **kwargs: Any) -> None:
        """How often it was used is not written: it may have changed since the row was read."""
        self.currency = settings.CURRENCY
        if self.pk and not kwargs.get("update_fields") and not kwargs.get("force_insert"):
            written = [field.name for field in self._meta.concrete_fields if field.name not in {"id", "used"}]
            kwargs["update_fields"] = written
        super().save(**kwargs)

    @property
    def local_name(self) -> str:
        return local(self, "name")

"""What can be bought, and how it is kept."""

from datetime import date
from decimal import Decimal

import pgtrigger
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.languages import local, translated
from catalog.models.category import Category
from catalog.models.group import OptionValue, ProductGroup
from catalog.models.inventory import Inventory
from catalog.models.price_notes import NOTE_PRICES
from catalog.models.product_constraints import CONSTRAINTS
from catalog.models.tax_class import TaxClass
from catalog.prices import PriceField, PriceOrNull
from catalog.refunds import RefundPolicy
from catalog.search import by_name, search
from catalog.skus import SkuField
from catalog.triggers import variant_triggers


def _value() -> "models.ForeignKey[OptionValue | None, OptionValue | None]":
    """A variant's value of one of its group's options; the indexes are partial, as most products have none."""
    return models.ForeignKey(
        OptionValue, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )


@by_name.sorted_by_name
@translated("name", "description")
class Product(models.Model):
    """A thing on sale. Price in the shop's currency, weight in grams, length, width and height in centimetres."""

    category = models.ForeignKey(
        Category, models.PROTECT, related_name="products", verbose_name=_("category")
    )
    also_in = models.ManyToManyField(
        Category, blank=True, related_name="+", verbose_name=_("further categories")
    )
    # A variant of a product with options: name, description and category are written by a trigger then.
    group = models.ForeignKey(
        ProductGroup,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="variants",
        db_index=False,
        verbose_name=_("product with variants"),
    )
    value_1 = _value()
    value_2 = _value()
    value_3 = _value()
    sku = SkuField(_("SKU"), max_length=64, unique=True)
    # Another product had this SKU, but for what can't be seen, before that counted for nothing: it keeps its writing.
    is_alike = models.BooleanField(default=False, db_default=False, editable=False)
    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    price = PriceField(
        _("price"),
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0))],
    )
    sale_price = PriceOrNull(
        _("sale price"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("Less than the price. Beside it stands the lowest price of the 30 days before the sale."),
    )
    sale_starts = models.DateTimeField(_("sale from"), null=True, blank=True, help_text=_("Empty: at once."))
    sale_ends = models.DateTimeField(_("sale until"), null=True, blank=True, help_text=_("Empty: no end."))
    tax_class = models.ForeignKey(
        TaxClass,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
        verbose_name=_("tax class"),
        help_text=_("Empty: the standard one."),
    )
    is_active = models.BooleanField(_("on sale"), default=True)
    # A licence key, a gift card, a room or a seat: for these alone no address is asked for and no courier.
    needs_parcel = models.BooleanField(
        _("is sent as a parcel"),
        default=True,
        db_default=True,
        help_text=_("Off for what is delivered by email and on the order's page: keys, rooms, seats."),
    )
    # Money that is paid in advance (Directive (EU) 2016/1065): sold without tax, and taxed when it is spent.
    is_gift_card = models.BooleanField(
        _("is a gift card"),
        default=False,
        db_default=False,
        help_text=_(
            "Each piece is a code worth its price, shown once the order is paid. Sold without tax and without "
            "discounts; it can't be switched later."
        ),
    )
    weight_g = models.PositiveIntegerField(_("weight (g)"), default=0)
    length_cm = models.PositiveIntegerField(_("length (cm)"), default=0)
    width_cm = models.PositiveIntegerField(_("width (cm)"), default=0)
    height_cm = models.PositiveIntegerField(_("height (cm)"), default=0)
    inventory = models.CharField(_("inventory"), max_length=10, choices=Inventory, default=Inventory.COUNTED)
    stock_quantity = models.IntegerField(
        _("stock"),
        default=0,
        editable=False,
        help_text=_("Pieces free to sell; changed by stock movements alone."),
    )
    # Its stock is then what the shop will receive: sold as usual, and sent from that day on. A past day means nothing.
    available_from = models.DateField(
        _("pre-order, sent from"),
        null=True,
        blank=True,
        help_text=_(
            "For what is not here yet: receive the pieces that may be sold as stock. Empty: sent at once."
        ),
    )
    # Pieces of orders that are neither sent nor given up: they lie on the shelf and are sold.
    promised = models.IntegerField(_("promised"), default=0, db_default=0, editable=False)
    numbers_reusable = models.BooleanField(
        _("numbers may be given out again"),
        default=True,
        help_text=_("Rooms and seats: yes. Licence keys that a customer has seen: no."),
    )
    # An order's lines keep what it was when they were bought.
    refunds = models.CharField(
        _("refund by the customer"),
        max_length=10,
        choices=RefundPolicy,
        default=RefundPolicy.IMMEDIATE,
        db_default=RefundPolicy.IMMEDIATE,
        help_text=_(
            "Of an order that is paid and not done. On request: staff decide. Staff may always refund; "
            "who has seen a code always has to ask."
        ),
    )
    # Of a concert, a stay or a course. An order's lines keep what it was when they were bought.
    starts_at = models.DateTimeField(
        _("begins"),
        null=True,
        blank=True,
        help_text=_(
            "A concert, a stay, a course: from then on it is not sold, and a refund has to be asked for. Else empty."
        ),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # The lowest price of the 30 days before its sale, once it was looked for (catalog/price_history.py).
    lowest_before: Decimal | None = None

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["name", "id"]
        permissions = [("change_stock", "Can receive and count stock")]
        constraints = CONSTRAINTS
        indexes = [
            *by_name.INDEXES,
            # The cheapest of each group is what a list shows.
            models.Index(
                fields=["group", "price", "id"],
                condition=Q(group__isnull=False),
                name="catalog_product_cheapest",
            ),
            *(
                models.Index(
                    fields=[value],
                    condition=Q(**{f"{value}__isnull": False}),
                    name=f"catalog_product_{value}",
                )
                for value in variant_triggers.VALUES
            ),
        ]
        # Orders were placed, and movements written, for one kind of inventory; they could not be undone in the other.
        triggers = [
            pgtrigger.ReadOnly(name="inventory_is_for_good", fields=["inventory"]),
            # What was sold as money was sold without tax.
            pgtrigger.ReadOnly(name="gift_card_is_for_good", fields=["is_gift_card"]),
            search.PRODUCT_IS_WRITTEN,
            by_name.NAME_IS_SORTED,
            *NOTE_PRICES,
            variant_triggers.VARIANT_IS_NAMED,
            variant_triggers.VARIANT_FITS,
            variant_triggers.PRODUCT_SLUG_ONCE,
        ]

    def __str__(self) -> str:
        return self.local_name

    def get_absolute_url(self) -> str:
        return reverse("product", args=[self.slug])

    @property
    def local_name(self) -> str:
        return local(self, "name")

    @property
    def local_description(self) -> str:
        return local(self, "description")

    @property
    def is_reduced(self) -> bool:
        """Whether its sale is on now."""
        now = timezone.now()
        has_begun = self.sale_starts is None or self.sale_starts <= now
        return self.sale_price is not None and has_begun and (self.sale_ends is None or now < self.sale_ends)

    @property
    def has_begun(self) -> bool:
        """Whether what it is for has begun, by this host's clock: for pages. What is sold the database decides."""
        return self.starts_at is not None and self.starts_at <= timezone.now()

    @property
    def price_now(self) -> Decimal:
        """What a piece costs now."""
        return self.price if self.sale_price is None or not self.is_reduced else self.sale_price

    @property
    def list_price(self) -> Decimal | None:
        """What a piece costs without the sale that is on; None where none is."""
        return self.price if self.is_reduced else None

    @property
    def values(self) -> list[OptionValue]:
        """Its values of its group's options, in their order; none for what has no group."""
        return [value for value in (self.value_1, self.value_2, self.value_3) if value]

    @property
    def is_numbered(self) -> bool:
        return self.inventory == Inventory.NUMBERED

    @property
    def has_codes(self) -> bool:
        """Whether each piece is something that is worth its price to whoever has read it."""
        return self.is_gift_card or (self.is_numbered and not self.numbers_reusable)

    @property
    def preorder_from(self) -> date | None:
        """From which day on it is sent, in the shop's time; None for what is sent at once."""
        day = self.available_from
        return day if day and day > timezone.localdate() else None

    @property
    def on_hand(self) -> int:
        """Pieces of a counted product that lie on the shelf: the free ones, and those promised to orders."""
        return self.stock_quantity + self.promised

"""What can be bought: products in categories, their stock with its history, and single numbered things."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog import search
from catalog.languages import local, translated
from catalog.pictures import CARD, PictureField
from catalog.prices import PriceField
from catalog.refunds import RefundPolicy
from catalog.skus import Key, SkuField
from catalog.waits import Wait  # noqa: F401 Django looks for an app's models here
from chains import Chain, hash_field


class PricesIn(models.Model):
    """The currency that every price and fee in this database is meant in: one row, once there was a start."""

    currency = models.CharField(max_length=3)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="catalog_pricesin_one_row")]

    def __str__(self) -> str:
        return self.currency


@translated("name")
class Category(models.Model):
    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(max_length=100, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "name"]
        triggers = [search.CATEGORY_IS_RENAMED]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        return local(self, "name")


class Inventory(models.TextChoices):
    """How a product is kept: as a count, or as single things that each have a number."""

    COUNTED = "counted", _("counted stock")
    NUMBERED = "numbered", _("single numbered things")


@translated("name")
class TaxClass(models.Model):
    """What is taxed alike, such as food or books. The rates of a class, by place, stand in orders/models/tax.py."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    is_standard = models.BooleanField(
        _("standard"),
        default=False,
        help_text=_("Of every product that names no class. Its rate counts wherever another class has none."),
    )
    for_shipping = models.BooleanField(
        _("of shipping"),
        default=False,
        help_text=_("Of shipping; without such a class, shipping is standard."),
    )

    class Meta:
        verbose_name = _("tax class")
        verbose_name_plural = _("tax classes")
        ordering = ["-is_standard", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_standard"], condition=Q(is_standard=True), name="catalog_taxclass_one_standard"
            ),
            models.UniqueConstraint(
                fields=["for_shipping"],
                condition=Q(for_shipping=True),
                name="catalog_taxclass_one_of_shipping",
            ),
        ]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        return local(self, "name")


@translated("name", "description")
class Product(models.Model):
    """A thing on sale. Price in the shop's currency, weight in grams, length, width and height in centimetres."""

    category = models.ForeignKey(
        Category, models.PROTECT, related_name="products", verbose_name=_("category")
    )
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
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["name", "id"]
        permissions = [("change_stock", "Can receive and count stock")]
        constraints = [
            models.UniqueConstraint(
                Key("sku"),
                name="catalog_product_sku_once",
                condition=Q(is_alike=False),
                violation_error_message=_(
                    "Another product has this SKU; capitals and small letters make no difference."
                ),
            ),
            models.CheckConstraint(
                condition=Q(stock_quantity__gte=0),
                name="catalog_product_stock_not_negative",
            ),
            models.CheckConstraint(condition=Q(price__gte=0), name="catalog_product_price_not_negative"),
            models.CheckConstraint(
                condition=Q(inventory__in=Inventory.values),
                name="catalog_product_inventory",
            ),
            models.CheckConstraint(
                condition=Q(inventory=Inventory.COUNTED) | Q(stock_quantity=0),
                name="catalog_product_numbered_has_no_count",
            ),
            models.CheckConstraint(
                condition=Q(promised=0) | Q(promised__gt=0, inventory=Inventory.COUNTED),
                name="catalog_product_promised",
            ),
            models.CheckConstraint(
                condition=Q(refunds__in=RefundPolicy.values), name="catalog_product_refunds"
            ),
        ]
        # Orders were placed, and movements written, for one kind of inventory; they could not be undone in the other.
        triggers = [
            pgtrigger.ReadOnly(name="inventory_is_for_good", fields=["inventory"]),
            search.PRODUCT_IS_WRITTEN,
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
    def is_numbered(self) -> bool:
        return self.inventory == Inventory.NUMBERED

    @property
    def on_hand(self) -> int:
        """Pieces of a counted product that lie on the shelf: the free ones, and those promised to orders."""
        return self.stock_quantity + self.promised


class ProductSearch(models.Model):
    """What a product is found by and sorted by. Triggers write it (catalog/search.py); nothing else does.

    A table of its own, so that a product's row stays small where each order writes it.
    """

    product = models.OneToOneField(Product, models.CASCADE, primary_key=True, related_name="search")
    words = SearchVectorField()
    # Its name as it is sorted by in each language, by code (catalog/alphabets.py).
    by_name = models.JSONField(default=dict, db_default={})

    class Meta:
        indexes = [GinIndex(fields=["words"], name="catalog_productsearch_words")]
        triggers = [search.WORDS_ARE_KEPT]

    def __str__(self) -> str:
        return str(self.product_id)


class SearchWord(models.Model):
    """A word that some product is or was found by, to be guessed where it is mistyped. Written by a trigger alone.

    Two products that bring a word at one moment may write it twice, which harms nothing; a promise that it is there once
    would make them wait for each other.
    """

    word = models.CharField(max_length=30, db_index=True)
    trigrams = ArrayField(models.TextField())

    class Meta:
        default_permissions = ()
        indexes = [GinIndex(fields=["trigrams"], name="catalog_searchword_trigrams")]

    def __str__(self) -> str:
        return self.word


def _picture_path(image: "ProductImage", filename: str) -> str:
    return f"products/{image.product.sku}/{filename}"


@translated("alt")
class ProductImage(models.Model):
    """A picture in two sizes. `image` is the large one, `width` and `height` are its pixels."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="images")
    image = PictureField(_("picture"), upload_to=_picture_path, max_length=150)
    alt = models.CharField(_("what it shows"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    card = models.FileField(upload_to=_picture_path, max_length=150, blank=True, editable=False)
    width = models.PositiveSmallIntegerField(default=0, editable=False)
    height = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.local_alt or self.image.name or ""

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """The sizes are written whenever the picture is."""
        if update_fields is not None and "image" in update_fields:
            update_fields = {*update_fields, "card", "width", "height"}
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def local_alt(self) -> str:
        return local(self, "alt")

    @property
    def small(self) -> "models.fields.files.FieldFile":
        """The size for cards; the large one as long as the small one has not been made."""
        return self.card or self.image

    @property
    def card_width(self) -> int:
        return self._scaled(self.width)

    @property
    def card_height(self) -> int:
        return self._scaled(self.height)

    def _scaled(self, side: int) -> int:
        longest = max(self.width, self.height)
        return round(side * CARD / longest) if longest > CARD else side


MOVEMENTS = Chain(
    table="catalog_stockmovement",
    within="product_id",
    along="id",
    says="""ROW({row}.id, {row}.product_id, {row}.kind, {row}.quantity, {row}.order_id, {row}.actor_id, {row}.reason,
        extract(epoch FROM {row}.at))::text""",
    owner=("catalog_product", "id"),
)


class StockMovement(models.Model):
    """One change of a counted product's free stock. Rows are only ever added, and chained; their sum is what is free."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("received")
        COUNTED = "counted", _("counted")
        TAKEN = "taken", _("taken")
        GIVEN_BACK = "given_back", _("given back")

    # Its index is the one below, in which the newest of a product comes first.
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="movements", db_index=False, verbose_name=_("product")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    quantity = models.IntegerField(_("change"), help_text=_("Pieces added; negative when taken away."))
    order_id = models.UUIDField(_("order"), null=True, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    hash = hash_field()

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["product", "-id"], name="catalog_movement_newest"),
            models.Index(
                fields=["order_id"],
                name="catalog_movement_order",
                condition=Q(order_id__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="received", quantity__gt=0)
                | Q(kind="counted")
                | Q(kind="taken", quantity__lt=0)
                | Q(kind="given_back", quantity__gt=0),
                name="catalog_movement_sign",
            ),
            # The last line of defence against giving the same stock back twice, or taking it twice.
            models.UniqueConstraint(
                fields=["order_id", "product", "kind"],
                condition=Q(order_id__isnull=False),
                name="catalog_movement_once_per_order",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
            MOVEMENTS.trigger(),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.quantity:+}"


class Number(models.Model):
    """One single thing of a numbered product: a room, a seat, a phone number, a licence key."""

    class State(models.TextChoices):
        FREE = "free", _("free")
        TAKEN = "taken", _("taken")
        RETIRED = "retired", _("retired")

    product = models.ForeignKey(
        Product,
        models.PROTECT,
        related_name="numbers",
        db_index=False,
        verbose_name=_("product"),
    )
    value = models.CharField(_("number"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.FREE, editable=False)
    retired_at = models.DateTimeField(_("retired"), null=True, editable=False)
    # The order that gave it back and so retired it; a number that was retired by hand has its reason in the staff's log.
    retired_for = models.UUIDField(_("order"), null=True, editable=False)

    class Meta:
        verbose_name = _("number")
        verbose_name_plural = _("numbers")
        ordering = ["product_id", "id"]
        permissions = [
            ("retire_number", "Can retire numbers"),
            ("export_number", "Can see and export unsold numbers"),
        ]
        indexes = [
            models.Index(
                F("product_id"),
                F("id"),
                name="catalog_number_free",
                condition=Q(state="free"),
            ),
            models.Index(Upper("value"), name="catalog_number_value"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["product", "value"], name="catalog_number_once_per_product"),
            models.CheckConstraint(
                condition=Q(state__in=["free", "taken", "retired"]),
                name="catalog_number_state_known",
            ),
        ]

    def __str__(self) -> str:
        return self.value

    @property
    def is_secret(self) -> bool:
        """Whether its value is what is sold: an unsold licence key, not a room."""
        return self.state == self.State.FREE and not self.product.numbers_reusable

"""DRF doors of the catalog: products on sale, found and filtered, and their categories. Open to everybody."""

from datetime import UTC
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import price_history
from catalog.models import Category, Inventory, Product, ProductGroup, shown_pictures
from catalog.money import rounded
from catalog.refunds import RefundPolicy
from catalog.search import search
from catalog.shelf import lists, shelf
from database.replica import may_be_old
from rest.answers import Answer, answers
from rest.fields import Text
from rest.views import ApiView


class Price(serializers.DecimalField):
    """An amount in the shop's currency, with as many decimals as that has."""

    def __init__(self, **kwargs: Any):
        super().__init__(max_digits=12, decimal_places=2, **kwargs)

    def quantize(self, value: Decimal) -> Decimal:
        return rounded(value)


class CategoryOutput(serializers.Serializer[Category]):
    slug = serializers.CharField()
    name = serializers.CharField(source="local_name")
    parent = serializers.CharField(  # type: ignore[assignment]  # the serializer's own is another's: DRF takes fields out
        source="parent.slug",
        allow_null=True,
        default=None,
        help_text="The slug of the category that it stands below.",
    )


class GroupOutput(serializers.Serializer[ProductGroup]):
    """The product that a variant is one of."""

    slug = serializers.CharField()
    name = serializers.CharField(source="local_name")


class OptionOutput(serializers.Serializer[Any]):
    """A variant's value of an option, in the reader's language."""

    name = serializers.CharField()
    value = serializers.CharField()


class ProductOutput(serializers.Serializer[Product]):
    sku = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField(source="local_name")
    description = serializers.CharField(source="local_description")
    price = Price(source="price_now", help_text="What a piece costs now.")
    list_price = Price(allow_null=True, help_text="Without the sale that is on; null where none is.")
    lowest_price_before = Price(
        source="lowest_before",
        allow_null=True,
        help_text="The lowest price of the 30 days before the sale that is on.",
    )
    sale_ends = serializers.SerializerMethodField(
        help_text="When the sale that is on ends; null without an end."
    )
    price_includes_tax = serializers.SerializerMethodField(
        help_text="Whether the tax is in it. Without, a preview adds it, as the address has it."
    )
    currency = serializers.SerializerMethodField()
    category = serializers.CharField(source="category.slug")
    inventory = serializers.ChoiceField(choices=Inventory.choices)
    available_from = serializers.DateField(
        source="preorder_from",
        allow_null=True,
        help_text="Of a pre-order the day from which on it is sent; null for what is sent at once.",
    )
    needs_parcel = serializers.BooleanField()
    is_gift_card = serializers.BooleanField(
        help_text="Each piece is a code worth its price, among the `numbers` of the order's line once it is paid."
    )
    refunds = serializers.ChoiceField(
        choices=RefundPolicy.choices,
        help_text="What happens when the customer wants the money back for what is paid and not done.",
    )
    starts_at = serializers.DateTimeField(
        default_timezone=UTC,
        allow_null=True,
        help_text="When what it is for begins, such as a concert; from then on it can't be ordered. Null for most.",
    )
    refunds_label = serializers.CharField(source="get_refunds_display")
    available = serializers.SerializerMethodField()
    images = serializers.SerializerMethodField()
    group = GroupOutput(
        allow_null=True, help_text="What it is a variant of; null for a product without options."
    )
    options = serializers.SerializerMethodField(
        help_text="The values that tell a variant from the others of its group."
    )

    @extend_schema_field(serializers.DateTimeField(allow_null=True, default_timezone=UTC))
    def get_sale_ends(self, product: Product) -> str | None:
        if product.sale_ends is None or not product.is_reduced:
            return None
        return product.sale_ends.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def get_price_includes_tax(self, product: Product) -> bool:
        return settings.PRICES_INCLUDE_TAX

    def get_currency(self, product: Product) -> str:
        return settings.CURRENCY

    def get_available(self, product: Product) -> int:
        """Pieces on hand, or free numbers."""
        return shelf.available(product)

    @extend_schema_field(OptionOutput(many=True))
    def get_options(self, product: Product) -> list[dict[str, str]]:
        if product.group is None:
            return []
        names = zip(product.group.options, product.values, strict=False)
        return [{"name": name, "value": value.local_name} for name, value in names]

    def get_images(self, product: Product) -> list[str]:
        request = self.context["request"]
        return [request.build_absolute_uri(image.image.url) for image in shown_pictures(product)]


# How many values of options a list is filtered by at most.
MAX_OPTIONS_ASKED = 30
OPTION_AND_VALUE = r"^[^\s:\u0000][^:\u0000]*:[^\u0000]*[^\s\u0000]$"
SEARCH_SCHEMA = {"minLength": 1, "maxLength": search.MAX_CHARACTERS}


@extend_schema_field({"type": "string", **SEARCH_SCHEMA, "pattern": r"^[^\u0000]*[^\s\u0000][^\u0000]*$"})
class Words(Text):
    """Words that are searched for."""


@extend_schema_field({"type": "string", "pattern": r"^\d{1,10}(\.\d{1,2})?$"})
class Limit(serializers.DecimalField):
    """An amount in the shop's currency, 0 or more."""

    def __init__(self, **kwargs: Any):
        super().__init__(max_digits=12, decimal_places=2, min_value=Decimal(0), **kwargs)


@extend_schema_field({"type": "string", "maxLength": 80, "pattern": OPTION_AND_VALUE})
class OptionAndValue(Text):
    """An option and one of its values."""

    def __init__(self, **kwargs: Any):
        super().__init__(max_length=80, **kwargs)

    def to_internal_value(self, data: object) -> str:
        written = super().to_internal_value(data)
        option, _sign, value = written.partition(":")
        if not (option and value):
            raise serializers.ValidationError(_("Write an option and a value like this: Size:M."))
        return written


class ProductsQuery(serializers.Serializer[Any]):
    """What the list is filtered and ordered by."""

    q = Words(required=False, max_length=search.MAX_CHARACTERS, help_text="Words that all are in it.")
    category = serializers.SlugField(
        required=False, help_text="The category's slug; what is in categories below it is found, too."
    )
    group = serializers.SlugField(
        required=False, help_text="The slug of the product whose variants are listed."
    )
    option = serializers.ListField(
        child=OptionAndValue(),
        required=False,
        max_length=MAX_OPTIONS_ASKED,
        help_text="An option and a value in the shop's first language, such as `Size:M`. Several values of one option: "
        "one of them; of several options: one of each.",
    )
    min_price = Limit(required=False)
    max_price = Limit(required=False)
    available = serializers.BooleanField(required=False, help_text="Only what can be ordered now.")
    ordering = serializers.ChoiceField([*shelf.ORDERINGS], required=False)


class Products(ApiView, GenericAPIView[Product]):
    """Products on sale, with all that their representation shows."""

    permission_classes = [AllowAny]
    serializer_class = ProductOutput

    def get_queryset(self) -> QuerySet[Product]:
        return shelf.on_sale().prefetch_related(*shelf.VALUES)

    def paginate_queryset(self, queryset: Any, /) -> Any:
        page = super().paginate_queryset(queryset)
        price_history.note_lowest(page or ())
        return page

    def get_object(self) -> Product:
        product = super().get_object()
        price_history.note_lowest([product])
        return product


@answers(get=Answer("list_products", "List the products on sale"))
class ProductsView(Products, ListAPIView[Product]):
    filter_class = ProductsQuery
    ordering: tuple[str, ...] = shelf.ORDERINGS["name"]

    @may_be_old
    def get(self, request: Request, *given: Any, **named: Any) -> Response:
        return super().get(request, *given, **named)

    def get_queryset(self) -> Any:
        asked = dict(self.filters)
        category, group, options = asked.pop("category", ""), asked.pop("group", ""), asked.pop("option", [])
        wish = lists.Wish(
            text=asked.pop("q", ""),
            in_stock=asked.pop("available", False),
            categories=shelf.tree().ids_of(category) if category else None,
            options=[(option, value) for option, _sign, value in (one.partition(":") for one in options)],
            **asked,
        )
        self.ordering = wish.order
        found = lists.found(wish).filter(group__slug=group) if group else lists.each(wish)
        return found.prefetch_related(*shelf.VALUES)


@answers(get=Answer("read_product", "Read a product"))
class ProductView(Products, RetrieveAPIView[Product]):
    lookup_field = "slug"


@answers(get=Answer("list_categories", "List the categories"))
class CategoriesView(ApiView, ListAPIView[Category]):
    permission_classes = [AllowAny]
    serializer_class = CategoryOutput
    ordering: tuple[str, ...] = shelf.CATEGORY_ORDERING

    @may_be_old
    def get(self, request: Request, *given: Any, **named: Any) -> Response:
        return super().get(request, *given, **named)

    def get_queryset(self) -> QuerySet[Category]:
        found = shelf.categories().select_related("parent")
        # What the pages' cursor goes by.
        self.ordering = tuple(map(str, found.query.order_by))
        return found

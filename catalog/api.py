"""DRF doors of the catalog: products on sale, found and filtered, and their categories. Open to everybody."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.permissions import AllowAny

from catalog import search, shelf
from catalog.models import Category, Inventory, Product
from catalog.money import rounded
from catalog.refunds import RefundPolicy
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


class ProductOutput(serializers.Serializer[Product]):
    sku = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField(source="local_name")
    description = serializers.CharField(source="local_description")
    price = Price()
    price_includes_tax = serializers.SerializerMethodField(
        help_text="Whether the tax is in it. Without, a preview adds it, as the address has it."
    )
    currency = serializers.SerializerMethodField()
    category = serializers.CharField(source="category.slug")
    inventory = serializers.ChoiceField(choices=Inventory.choices)
    needs_parcel = serializers.BooleanField()
    refunds = serializers.ChoiceField(
        choices=RefundPolicy.choices,
        help_text="What happens when the customer wants the money back for what is paid and not done.",
    )
    refunds_label = serializers.CharField(source="get_refunds_display")
    available = serializers.SerializerMethodField()
    images = serializers.SerializerMethodField()

    def get_price_includes_tax(self, product: Product) -> bool:
        return settings.PRICES_INCLUDE_TAX

    def get_currency(self, product: Product) -> str:
        return settings.CURRENCY

    def get_available(self, product: Product) -> int:
        """Pieces on hand, or free numbers."""
        return shelf.available(product)

    def get_images(self, product: Product) -> list[str]:
        request = self.context["request"]
        return [request.build_absolute_uri(image.image.url) for image in product.images.all()]


SEARCH_SCHEMA = {"minLength": 1, "maxLength": search.MAX_CHARACTERS}


@extend_schema_field({"type": "string", **SEARCH_SCHEMA, "pattern": r"^[^\u0000]*[^\s\u0000][^\u0000]*$"})
class Words(Text):
    """Words that are searched for."""


@extend_schema_field({"type": "string", "pattern": r"^\d{1,10}(\.\d{1,2})?$"})
class Limit(serializers.DecimalField):
    """An amount in the shop's currency, 0 or more."""

    def __init__(self, **kwargs: Any):
        super().__init__(max_digits=12, decimal_places=2, min_value=Decimal(0), **kwargs)


class ProductsQuery(serializers.Serializer[Any]):
    """What the list is filtered and ordered by."""

    q = Words(required=False, max_length=search.MAX_CHARACTERS, help_text="Words that all are in it.")
    category = serializers.SlugField(required=False, help_text="The category's slug.")
    min_price = Limit(required=False)
    max_price = Limit(required=False)
    available = serializers.BooleanField(required=False, help_text="Only what can be ordered now.")
    ordering = serializers.ChoiceField([*shelf.ORDERINGS], required=False)


class Products(ApiView, GenericAPIView[Product]):
    """Products on sale, with all that their representation shows."""

    permission_classes = [AllowAny]
    serializer_class = ProductOutput

    def get_queryset(self) -> QuerySet[Product]:
        return shelf.on_sale()


@answers(get=Answer("list_products", "List the products on sale"))
class ProductsView(Products, ListAPIView[Product]):
    filter_class = ProductsQuery
    ordering = shelf.ORDERINGS["name"]

    def get_queryset(self) -> QuerySet[Product]:
        wish = dict(self.filters)
        found = shelf.find(text=wish.pop("q", ""), in_stock=wish.pop("available", False), **wish)
        self.ordering = _ordering_of(found)
        return found


@answers(get=Answer("read_product", "Read a product"))
class ProductView(Products, RetrieveAPIView[Product]):
    lookup_field = "slug"


@answers(get=Answer("list_categories", "List the categories"))
class CategoriesView(ApiView, ListAPIView[Category]):
    permission_classes = [AllowAny]
    serializer_class = CategoryOutput
    ordering: tuple[str, ...] = shelf.CATEGORY_ORDERING

    def get_queryset(self) -> QuerySet[Category]:
        found = shelf.categories()
        self.ordering = _ordering_of(found)
        return found


def _ordering_of(found: QuerySet[Any]) -> tuple[str, ...]:
    """What the pages' cursor goes by."""
    return tuple(map(str, found.query.order_by))

"""DRF doors of the catalog: products on sale, found and filtered, and their categories. Open to everybody."""

from decimal import Decimal

from django.conf import settings
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.permissions import AllowAny

from catalog import search, shelf
from catalog.models import Category, Inventory, Product
from catalog.money import rounded


class Price(serializers.DecimalField):
    """An amount in the shop's currency, with as many decimals as that has."""

    def __init__(self, **kwargs):
        super().__init__(max_digits=12, decimal_places=2, **kwargs)

    def quantize(self, value: Decimal) -> Decimal:
        return rounded(value)


class CategoryOutput(serializers.Serializer):
    slug = serializers.CharField()
    name = serializers.CharField()


class ProductOutput(serializers.Serializer):
    sku = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    price = Price()
    currency = serializers.SerializerMethodField()
    category = serializers.CharField(source="category.slug")
    inventory = serializers.ChoiceField(choices=Inventory.choices)
    available = serializers.SerializerMethodField()
    images = serializers.SerializerMethodField()

    def get_currency(self, product: Product) -> str:
        return settings.CURRENCY

    def get_available(self, product: Product) -> int:
        """Pieces on hand, or free numbers."""
        return shelf.available(product)

    def get_images(self, product: Product) -> list[str]:
        request = self.context["request"]
        return [request.build_absolute_uri(image.image.url) for image in product.images.all()]


class ProductsQuery(serializers.Serializer):
    """What the list is filtered and ordered by; an empty value is as good as none."""

    q = serializers.CharField(required=False, allow_blank=True, max_length=search.MOST_CHARACTERS)
    category = serializers.SlugRelatedField(
        slug_field="slug", queryset=Category.objects.all(), required=False, allow_null=True
    )
    min_price = serializers.DecimalField(12, 2, required=False, allow_null=True, min_value=Decimal(0))
    max_price = serializers.DecimalField(12, 2, required=False, allow_null=True, min_value=Decimal(0))
    available = serializers.BooleanField(required=False)
    ordering = serializers.ChoiceField([*shelf.ORDERINGS], required=False, allow_blank=True)


class Products(GenericAPIView):
    """Products on sale, with all that their representation shows."""

    permission_classes = [AllowAny]
    serializer_class = ProductOutput

    def get_queryset(self):
        return shelf.on_sale()


class ProductsView(Products, ListAPIView):
    def get_queryset(self):
        asked = ProductsQuery(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        wish = dict(asked.validated_data)
        found = shelf.find(text=wish.pop("q", ""), in_stock=wish.pop("available", False), **wish)
        self.ordering = found.query.order_by  # what the pages' cursor goes by
        return found


class ProductView(Products, RetrieveAPIView):
    lookup_field = "slug"


class CategoriesView(ListAPIView):
    permission_classes = [AllowAny]
    serializer_class = CategoryOutput
    queryset = Category.objects.all()
    ordering = ("position", "name", "id")

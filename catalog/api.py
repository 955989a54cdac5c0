"""DRF doors of the catalog: products on sale and their categories. Open to everybody."""

from django.conf import settings
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.permissions import AllowAny

from catalog import shelf
from catalog.models import Category, Inventory, Product
from rest.answers import Answer, answers
from rest.views import ApiView


class CategoryOutput(serializers.Serializer):
    slug = serializers.CharField()
    name = serializers.CharField()


class ProductOutput(serializers.Serializer):
    sku = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    price = serializers.DecimalField(max_digits=12, decimal_places=2)
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


class Products(ApiView, GenericAPIView):
    """Products on sale, with all that their representation shows."""

    permission_classes = [AllowAny]
    serializer_class = ProductOutput

    def get_queryset(self):
        return shelf.on_sale()


@answers(get=Answer("list_products", "List the products on sale"))
class ProductsView(Products, ListAPIView):
    ordering = ("name", "id")


@answers(get=Answer("read_product", "Read a product"))
class ProductView(Products, RetrieveAPIView):
    lookup_field = "slug"


@answers(get=Answer("list_categories", "List the categories"))
class CategoriesView(ApiView, ListAPIView):
    permission_classes = [AllowAny]
    serializer_class = CategoryOutput
    queryset = Category.objects.all()
    ordering = ("position", "name", "id")

"""Home, product list, product page."""

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from catalog import shelf
from catalog.models import Category
from orders.previews import MAX_QUANTITY
from orders.status import FIRST
from shop.forms import SORTS, ProductFilter
from shop.track import way_ahead

PER_PAGE = 12
NEW = 8
RELATED = 4


def home(request: HttpRequest) -> HttpResponse:
    """Categories and new products."""
    on_sale = Count("products", filter=Q(products__is_active=True))
    categories = Category.objects.annotate(on_sale=on_sale).filter(on_sale__gt=0)
    categories = categories.order_by("position", "name")
    newest = shelf.on_sale().order_by("-created_at", "-id")[:NEW]
    context = {
        "categories": categories,
        "products": newest,
        "path": [FIRST, *way_ahead(FIRST)],
    }
    return render(request, "shop/home.html", context)


def products(request: HttpRequest) -> HttpResponse:
    """Products by category and search text, page by page."""
    query = ProductFilter(request.GET)
    text, category, columns = query.chosen()
    found = shelf.matching(shelf.on_sale(), text)
    if category:
        found = found.filter(category=category)
    context = {
        "page": Paginator(found.order_by(*columns), PER_PAGE).get_page(request.GET.get("page")),
        "text": text,
        "category": category,
        "sort": query.cleaned_data.get("sort") or "name",
        "sorts": [(value, label) for value, (label, _columns) in SORTS.items()],
        "categories": Category.objects.all(),
    }
    return render(request, "shop/products.html", context)


def product(request: HttpRequest, slug: str) -> HttpResponse:
    """One product with its pictures, and others of its category."""
    shown = get_object_or_404(shelf.on_sale(), slug=slug)
    related = shelf.on_sale().filter(category=shown.category).exclude(pk=shown.pk)
    context = {
        "product": shown,
        "most": min(max(shelf.available(shown), 1), MAX_QUANTITY),
        "can_order": shelf.available(shown) > 0,
        "related": related.order_by("-created_at", "-id")[:RELATED],
    }
    return render(request, "shop/product.html", context)

"""Home, product list, product page."""

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django_htmx.http import push_url

from catalog import price_history, shelf
from catalog.models import Product
from orders.checkout.previews import MAX_QUANTITY
from orders.shipping import rates
from orders.status import FIRST
from shop.back_in_stock import back_parts
from shop.filters import chips, kept, sorts
from shop.forms import BackInStockForm, ProductFilter
from shop.taxes import tax_note
from shop.track import way_ahead

PER_PAGE = 12
NEW = 8
RELATED = 4


def home(request: HttpRequest) -> HttpResponse:
    """Categories and new products."""
    on_sale = Count("products", filter=Q(products__is_active=True))
    context = {
        "categories": shelf.categories().annotate(on_sale=on_sale).filter(on_sale__gt=0),
        "products": _with_lowest(shelf.find(ordering="new")[:NEW]),
        "path": [FIRST, *way_ahead(FIRST)],
    }
    return render(request, "shop/home.html", context)


def products(request: HttpRequest) -> HttpResponse:
    """Products by search text, category, price and availability, page by page; all of it is in the address."""
    form = ProductFilter(request.GET)
    asked = form.chosen()
    category = asked["category"]
    found = shelf.find(**asked | {"category": category.slug if category else ""})
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    price_history.note_lowest(page.object_list)
    context = {
        "form": form,
        "asked": asked,
        "text": asked["text"],
        "category": category,
        "page": page,
        "chips": chips(request.GET, asked),
        "sorts": sorts(asked),
        "categories": shelf.categories(),
    }
    answer = render(request, "shop/products.html", context)
    return push_url(answer, kept(request)) if request.htmx else answer  # type: ignore[attr-defined]  # its middleware


def product(request: HttpRequest, slug: str) -> HttpResponse:
    """One product with its pictures and when it would come, and others of its category."""
    return product_page(request, get_object_or_404(shelf.on_sale(), slug=slug))


def product_page(
    request: HttpRequest, shown: Product, *, back_form: BackInStockForm | None = None
) -> HttpResponse:
    """`back_form` is what a visitor typed who wants to be told when the product is back."""
    related = shelf.find(category=shown.category.slug, ordering="new").exclude(pk=shown.pk)
    address = request.user.addresses.first() if request.user.is_authenticated else None
    can_order = shelf.available(shown) > 0
    price_history.note_lowest([shown])
    context = {
        "product": shown,
        "most": min(max(shelf.available(shown), 1), MAX_QUANTITY),
        "can_order": can_order,
        "back": None if can_order else back_parts(request, shown, back_form),
        "address": address,
        "tax_note": tax_note(shown, address),
        "delivery": rates.estimate(product=shown, to=address.snapshot() if address else None),
        "related": _with_lowest(related[:RELATED]),
    }
    return render(request, "shop/product.html", context)


def _with_lowest(products: QuerySet[Product]) -> QuerySet[Product]:
    """What is on sale with the price that stands beside its own."""
    price_history.note_lowest(products)
    return products

"""What search engines ask for: which pages there are, in which languages, and what is not for them."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap, views
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from catalog.models import Category, Product, ProductGroup

# Addresses in one file; it is made while a search engine waits.
MAX_ADDRESSES = 2000
PRIVATE = ("/accounts/", "/admin/", "/cart/", "/checkout/", "/orders/", "/payments/")


# A page: its name, what is in its address, and the query that makes it another page.
Page = tuple[str, list[str], str]


class Pages(Sitemap[Page] if TYPE_CHECKING else Sitemap):  # type: ignore[misc]  # Django's takes no parameters at run time
    """The first page, the lists of all products and of each category, and the products; each names its other languages."""

    i18n = alternates = x_default = True
    limit = MAX_ADDRESSES

    def items(self) -> list[Page]:
        categories = Category.objects.filter(products__is_active=True).order_by("pk").distinct()
        products = Product.objects.filter(is_active=True, group__isnull=True).order_by("pk")
        on_sale = Product.objects.filter(is_active=True, group=OuterRef("pk"))
        groups = ProductGroup.objects.filter(Exists(on_sale)).order_by("pk")
        return [
            ("home", [], ""),
            ("products", [], ""),
            *(("products", [], f"?category={slug}") for slug in categories.values_list("slug", flat=True)),
            *(("product", [slug], "") for slug in products.values_list("slug", flat=True)),
            *(("product", [slug], "") for slug in groups.values_list("slug", flat=True)),
        ]

    def location(self, item: Page) -> str:
        name, args, query = item
        return reverse(name, args=args) + query

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.PUBLIC_URL).scheme

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.PUBLIC_URL).netloc


def sitemap(request: HttpRequest) -> HttpResponse:
    """The addresses of one page of them, `?p=2` of the next."""
    return views.sitemap(request, {"pages": Pages})


def robots(request: HttpRequest) -> HttpResponse:
    """Which pages are not for search engines, and where the others are listed."""
    pages = Pages().paginator.num_pages
    where = request.build_absolute_uri(reverse("sitemap"))
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE), ""]
    lines += [f"Sitemap: {where}" + (f"?p={page}" if page > 1 else "") for page in range(1, pages + 1)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")

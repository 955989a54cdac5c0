"""Home, product list, product page."""

from collections.abc import Sequence

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django_htmx.http import push_url

from catalog import price_history, variants
from catalog.models import Category, Product, ProductGroup
from catalog.shelf import lists, shelf
from catalog.shelf.cards import cards, offered
from catalog.shelf.category_tree import Tree
from catalog.shelf.lists import Wish
from database.replica import may_be_old
from orders.checkout.items import MAX_QUANTITY
from orders.shipping import rates
from orders.status import FIRST
from shop.context.back_in_stock import back_parts
from shop.context.filters import chips, is_of_variants, kept, option_filters, sorts
from shop.context.pages import ProductPages
from shop.context.taxes import tax_note
from shop.context.track import way_ahead
from shop.forms.ordering import BackInStockForm
from shop.forms.product_filter import ProductFilter

PER_PAGE = 12
NEW = 8
RELATED = 4
# What the form asks and a list takes as it is.
WISHED = ("text", "min_price", "max_price", "in_stock", "ordering", "options")


@may_be_old
def home(request: HttpRequest) -> HttpResponse:
    """Categories and new products."""
    context = {
        "categories": _categories_with_products(),
        "products": cards(lists.one_each(Wish(ordering="new"))[:NEW]),
        "path": [FIRST, *way_ahead(FIRST)],
    }
    return render(request, "shop/home.html", context)


def _categories_with_products() -> list[tuple[Category, int]]:
    """The first level, each with how many products are in it and below; variants of one product count once."""
    page = Coalesce(F("products__group_id") * -1, F("products__id"))
    on_sale = Count(page, distinct=True, filter=Q(products__is_active=True))
    tree = Tree(shelf.categories().annotate(on_sale=on_sale))
    counts = {pk: getattr(one, "on_sale", 0) for pk, one in tree.by_id.items()}
    within = [(one, sum(counts[pk] for pk in tree.ids_within(one.pk))) for one in tree.roots()]
    return [(one, count) for one, count in within if count]


@may_be_old
def products(request: HttpRequest) -> HttpResponse:
    """Products by search text, category, price, availability and options, page by page; all of it is in the address."""
    form = ProductFilter(request.GET)
    asked = form.chosen()
    category = asked["category"]
    tree = shelf.tree()
    wish = Wish(
        **{name: asked[name] for name in WISHED},
        categories=tree.ids_within(category.pk) if category else None,
    )
    page = ProductPages(wish, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "asked": asked,
        "text": asked["text"],
        "category": category,
        "page": page,
        "cards": cards(page.object_list, is_meant=is_of_variants(asked)),
        "chips": chips(request.GET, asked),
        "sorts": sorts(asked),
        "option_filters": option_filters(offered(wish.found), asked["options"]),
        "way": tree.way_to(category.pk)[:-1] if category else [],
        "categories": _beside(tree, category),
    }
    answer = render(request, "shop/products.html", context)
    return push_url(answer, kept(request)) if request.htmx else answer  # type: ignore[attr-defined]  # its middleware


def _beside(tree: Tree, category: Category | None) -> list[Category]:
    """Where one may go from here: what is below, or where nothing is, what stands beside."""
    if category is None:
        return tree.roots()
    if below := tree.below(category):
        return [category, *below]
    way = tree.way_to(category.pk)
    return tree.below(way[-2]) if len(way) > 1 else tree.roots()


def product(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One product with its pictures and when it would come, and others of its category.

    A product with options has one page; the address of a variant leads there, where it is chosen.
    """
    shown = shelf.on_sale().filter(slug=slug).first()
    if shown is None:
        return _group_page(request, slug)
    if shown.group is not None:
        return redirect(f"{shown.group.get_absolute_url()}?variant={shown.slug}")
    return product_page(request, shown)


def _group_page(request: HttpRequest, slug: str) -> HttpResponse:
    siblings = variants.on_sale_of(get_object_or_404(ProductGroup, slug=slug))
    if not siblings:
        raise Http404
    shown = variants.chosen(siblings, request.GET.get("variant", ""))
    return product_page(request, shown, siblings=siblings)


def product_page(
    request: HttpRequest,
    shown: Product,
    *,
    siblings: Sequence[Product] = (),
    back_form: BackInStockForm | None = None,
) -> HttpResponse:
    """A product, or one of its variants.

    `siblings` are the variants that can be chosen instead; `back_form` is what a visitor typed who wants to be told when
    the product is back.
    """
    itself = shown.group_id or -shown.pk
    tree = shelf.tree()
    beside = lists.one_each(Wish(ordering="new", categories=tree.ids_within(shown.category_id)))
    related = [one for one in beside[: RELATED + 1] if (one.group_id or -one.pk) != itself]
    address = request.user.addresses.first() if request.user.is_authenticated else None
    can_order = shelf.available(shown) > 0
    price_history.note_lowest([shown])
    context = {
        "product": shown,
        "title": shown.group or shown,
        "options": _options(shown, siblings),
        "way": tree.way_to(shown.category_id),
        "most": min(max(shelf.available(shown), 1), MAX_QUANTITY),
        "can_order": can_order,
        "back": None if can_order else back_parts(request, shown, back_form),
        "address": address,
        "tax_note": tax_note(shown, address),
        "delivery": rates.estimate(product=shown, to=address.snapshot() if address else None),
        "related": cards(related[:RELATED]),
    }
    return render(request, "shop/product.html", context)


def _options(shown: Product, siblings: Sequence[Product]) -> list[variants.Options]:
    if shown.group is None:
        return []
    return variants.options_of(shown.group, siblings or variants.on_sale_of(shown.group), shown)

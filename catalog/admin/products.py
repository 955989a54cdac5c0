"""Products; a product's stock and numbers each have a page of their own."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, F, Func, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from bulk.admin.imports import page_of
from bulk.problems import BulkError
from catalog import inventory
from catalog.admin.forms import CountedForm, MovementForm, NumbersForm, ReceivedForm
from catalog.admin.on_hand import on_hand
from catalog.admin.pictures import PictureInline
from catalog.admin.searching import products_found
from catalog.admin.slugs import SluggedAdmin, SluggedForm
from catalog.languages import column, other_columns, other_languages
from catalog.models import Number, Product
from catalog.money import written
from catalog.rights import CatalogRights
from catalog.shelf.running_low import low_numbers, low_stock
from catalog.shelf.shelf import by_name
from catalog.shelf.sizes import all_exceeded, limits_from, on_sale_with_size
from catalog.skus import products_of, tidy
from staff.careful import require_unchanged
from staff.rights import require

# One below the other: unfold's tabs can't be reached by keyboard.
OTHER_TEXTS: list[Any] = [
    (language, {"fields": (column("name", code), column("description", code))})
    for code, language in other_languages().items()
]


# What a variant has from its group.
OWN_OR_GROUPS = ("name", "category", "description")


class ProductForm(SluggedForm):
    def clean_sku(self) -> str:
        """A new one is written so that all of it is seen; one that is left alone stays as it is."""
        given: str = self.cleaned_data["sku"]
        if given == self.instance.sku:
            return given
        sku = tidy(given)
        if not sku:
            raise ValidationError(self.fields["sku"].error_messages["required"], code="required")
        if products_of([sku]).get(sku, self.instance.pk) != self.instance.pk:
            raise ValidationError(
                _("Another product has this SKU; capitals, and signs that can't be seen, make no difference.")
            )
        self.instance.is_alike = False
        return sku


class RunningLowFilter(admin.SimpleListFilter):
    title = gettext_lazy("needs you")
    parameter_name = "low"
    conditions = {"stock": low_stock, "numbers": low_numbers}

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [("stock", gettext_lazy("low stock")), ("numbers", gettext_lazy("numbers running out"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        condition = self.conditions.get(self.value() or "")
        return condition(queryset) if condition else queryset


class BeyondFilter(admin.SimpleListFilter):
    """Products on sale beyond each of the limits (catalog/shelf/sizes.py) that a link names; staff don't type them."""

    title = gettext_lazy("parcel")
    parameter_name = "beyond"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        given = self.value() or ""
        return [(given, gettext_lazy("too heavy or too big"))] if limits_from(given) else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        limits = limits_from(self.value() or "")
        return on_sale_with_size(queryset).filter(all_exceeded(limits)) if limits else queryset


def free_numbers() -> Coalesce:
    """Free numbers counted product by product, so that a list page counts for its own rows only."""
    free = Number.objects.filter(product=OuterRef("pk"), state=Number.State.FREE).order_by()
    return Coalesce(Subquery(free.annotate(free=Func(F("id"), function="COUNT")).values("free")), 0)


@admin.register(Product)
class ProductAdmin(SluggedAdmin):
    form = ProductForm
    list_display = (
        "shown_name",
        "sku",
        "category",
        "inventory",
        "on_hand",
        "shown_promised",
        "available",
        "shown_price",
        "is_active",
    )
    list_filter = (RunningLowFilter, BeyondFilter, "is_active", "inventory", "category")
    list_select_related = ("category",)
    search_fields = ("name", "sku")
    autocomplete_fields = ("category", "also_in")
    inlines = (PictureInline,)
    change_form_before_template = "admin/catalog/product/on_hand.html"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *OWN_OR_GROUPS,
                    "slug",
                    "sku",
                    "also_in",
                    "price",
                    "tax_class",
                    "refunds",
                    "starts_at",
                    "is_active",
                )
            },
        ),
        (gettext_lazy("Sale"), {"fields": ("sale_price", ("sale_starts", "sale_ends"))}),
        *OTHER_TEXTS,
        (
            gettext_lazy("Parcel"),
            {"fields": ("needs_parcel", "weight_g", ("length_cm", "width_cm", "height_cm"))},
        ),
        (
            gettext_lazy("Inventory"),
            {"fields": ("inventory", "is_gift_card", "available_from", "numbers_reusable", "available")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        products: QuerySet[Product] = super().get_queryset(request)
        return products.annotate(free_numbers=free_numbers())

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return [by_name(), "pk"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        text = search_term.strip()
        return (products_found(queryset, text) if text else queryset), False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if product := kwargs.get("obj"):
            context["on_hand"] = on_hand(product=product, user=request.user)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def shown_name(self, product: Product) -> str:
        return product.local_name

    @admin.display(description=gettext_lazy("on hand"))
    def on_hand(self, product: Product) -> str:
        return "–" if product.is_numbered else str(product.on_hand)

    @admin.display(description=gettext_lazy("promised"), ordering="promised")
    def shown_promised(self, product: Product) -> str:
        return "–" if product.is_numbered else str(product.promised)

    @admin.display(description=pgettext_lazy("pieces", "free"))
    def available(self, product: Product) -> int:
        return inventory.available(product) if product.pk else 0

    @admin.display(description=gettext_lazy("price"), ordering="price")
    def shown_price(self, product: Product) -> str:
        price = written(product.price)
        return f"{price} → {written(product.price_now)}" if product.is_reduced else price

    def get_readonly_fields(self, request: HttpRequest, obj: Product | None = None) -> tuple[str, ...]:
        """A count can't become numbers later, nor numbers a count. What a variant has of its group is changed there."""
        is_variant = obj is not None and obj.group_id is not None
        of_group = ("group", *OWN_OR_GROUPS, *other_columns("name", "description")) if is_variant else ()
        return ("available", "inventory", "is_gift_card", *of_group) if obj else ("available",)

    def get_fieldsets(self, request: HttpRequest, obj: Product | None = None) -> Any:
        """A variant says whose it is, and is in its group's categories."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or obj.group_id is None:
            return fieldsets
        (title, first), *others = fieldsets
        fields = ("group", *(name for name in first["fields"] if name != "also_in"))
        return [(title, first | {"fields": fields}), *others]

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """Orders point to it: a product is taken off sale, never deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        """Write the changed fields only: the stock may have moved since this product was read."""
        if not change:
            super().save_model(request, obj, form, change)
        elif form.changed_data:
            require_unchanged([form])
            besides = ["is_alike"] if "sku" in form.changed_data else []
            own = [name for name in form.changed_data if not obj._meta.get_field(name).many_to_many]
            obj.save(update_fields=[*own, *besides])

    # --- stock and numbers -----------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("<int:pk>/stock/", guard(self.stock_view), name="catalog_product_stock"),
            path("<int:pk>/numbers/", guard(self.numbers_view), name="catalog_product_numbers"),
            *super().get_urls(),
        ]

    def stock_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Pieces received or counted, each with a reason; the latest movements below."""
        product = self._product(request, pk, numbered=False)
        form_classes: dict[str, type[MovementForm]] = {"received": ReceivedForm, "counted": CountedForm}
        sent = request.POST.get("kind")
        forms = {
            kind: form_class(
                request.POST if kind == sent else None, prefix=kind, initial={"read": product.on_hand}
            )
            for kind, form_class in form_classes.items()
        }
        if sent in forms and forms[sent].is_valid():
            try:
                forms[sent].apply(product=product, actor=request.user)
            except inventory.InventoryError as refusal:
                forms[sent].refuse(refusal)
            else:
                return self._done(request, product, forms[sent].summary())
        movements = product.movements.select_related("actor")[:20]
        return self._page(request, product, "stock", _("Stock"), forms=forms, movements=movements)

    def numbers_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Numbers pasted in or sent in a file; each line is checked before any is added."""
        product = self._product(request, pk, numbered=True)
        form = NumbersForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
        if form.is_valid():
            try:
                return HttpResponseRedirect(page_of(form.check(product=product, actor=request.user)))
            except BulkError as error:
                form.add_error("file" if form.cleaned_data["file"] else "values", str(error))
        states = dict(product.numbers.order_by().values_list("state").annotate(Count("pk")))
        counts = [(label, states.get(state, 0)) for state, label in Number.State.choices]
        return self._page(request, product, "numbers", _("Numbers"), form=form, counts=counts)

    def _product(self, request: HttpRequest, pk: int, *, numbered: bool) -> Product:
        product: Product | None = self.get_object(request, str(pk))
        if product is None or product.is_numbered != numbered:
            raise Http404
        require(actor=request.user, right=CatalogRights.ADD_NUMBERS if numbered else CatalogRights.STOCK)
        return product

    def _done(self, request: HttpRequest, product: Product, message: str) -> HttpResponse:
        self.message_user(request, message)
        return HttpResponseRedirect(reverse("admin:catalog_product_change", args=[product.pk]))

    def _page(
        self, request: HttpRequest, product: Product, name: str, title: str, **context: Any
    ) -> HttpResponse:
        context |= self.admin_site.each_context(request) | {
            "opts": self.opts,
            "original": product,
            "product": product,
            "title": f"{product}: {title}",
            "page": title,
        }
        return TemplateResponse(request, f"admin/catalog/product/{name}.html", context)

"""Products with options: the group, the values of its options, and the grid of its variants on one page."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Func, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminTextInputWidget

from catalog import inventory, variants
from catalog.admin.pictures import PictureInline
from catalog.admin.products import ProductForm
from catalog.admin.searching import named
from catalog.admin.slugs import SluggedAdmin, SluggedForm
from catalog.languages import column, other_columns, other_languages
from catalog.models import OptionValue, Product, ProductGroup
from catalog.models.group import MAX_OPTIONS, MAX_VALUE
from catalog.rights import CatalogRights
from catalog.shelf.shelf import VALUES
from staff.careful import CarefulForm, require_unchanged
from staff.log import Edit, write_each
from staff.paging import PagedFormSet
from staff.rights import may

OPTIONS = [f"option_{at}" for at in range(1, MAX_OPTIONS + 1)]
# One below the other: unfold's tabs can't be reached by keyboard.
OTHER_TEXTS: list[Any] = [
    (language, {"fields": [column(name, code) for name in ("name", "description", *OPTIONS)]})
    for code, language in other_languages().items()
]


class GroupForm(SluggedForm):
    def clean(self) -> dict[str, Any]:
        """Variants that are there have a value for each option: one more comes with a value, and none is taken away."""
        cleaned = super().clean()
        if self.instance.pk is None or not self.instance.variants.exists():
            return cleaned
        for name in OPTIONS:
            if name in cleaned and bool(cleaned[name]) != bool(self.initial.get(name)):
                self.add_error(
                    name,
                    _(
                        "There are variants already: add an option with its first value above, and take none away."
                    ),
                )
        return cleaned


class ValueForm(CarefulForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.fields["option"].disabled = True  # what variants have of one option is none of another


class ValueInline(TabularInline):
    model = OptionValue
    form = ValueForm
    fields = ("option", "name", *other_columns("name"), "position")
    extra = 3

    def get_formset(self, request: HttpRequest, obj: ProductGroup | None = None, **kwargs: Any) -> Any:
        """Options are told by their names."""
        formset = super().get_formset(request, obj, **kwargs)
        option = formset.form.base_fields.get("option")
        if obj is not None and isinstance(option, forms.ChoiceField):
            option.choices = list(enumerate(obj.options, start=1))
        return formset


class VariantForm(CarefulForm, ProductForm):
    """A row of the grid."""


class VariantInline(TabularInline):
    """Variants are made by a button, and never deleted: orders point to them."""

    model = Product
    form = VariantForm
    formset = PagedFormSet
    # The sale price beside the price that it has to be below.
    fields = ("combination", "sku", "price", "sale_price", "weight_g", "is_active", "left")
    readonly_fields = ("combination", "left")
    verbose_name = gettext_lazy("variant")
    verbose_name_plural = gettext_lazy("variants")
    extra = 0
    can_delete = False
    per_page = 100

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        found: QuerySet[Product] = super().get_queryset(request)
        return inventory.with_available(found.select_related(*VALUES)).order_by(*variants.BY_VALUES)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("values"))
    def combination(self, variant: Product) -> str:
        """What it is; its page has the stock and all the rest."""
        link = reverse("admin:catalog_product_change", args=[variant.pk])
        return format_html(
            '<a href="{}">{}</a>', link, ", ".join(value.local_name for value in variant.values)
        )

    @admin.display(description=gettext_lazy("available"))
    def left(self, variant: Product) -> int:
        return inventory.available(variant)


class OptionForm(forms.Form):
    """A further option with its first value, in each language of the shop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label, longest in (("option", _("option"), 40), ("value", _("its first value"), MAX_VALUE)):
            for code in ("", *other_languages()):
                is_first = not code
                self.fields[f"{name}_{code}" if code else name] = forms.CharField(
                    label=label if is_first else f"{label} ({other_languages()[code]})",
                    max_length=longest,
                    required=is_first,
                    widget=UnfoldAdminTextInputWidget,
                )

    def named(self, name: str) -> dict[str, str]:
        """What was typed for one of both, by column."""
        texts = {"name": self.cleaned_data[name]}
        return texts | {
            column("name", code): self.cleaned_data[f"{name}_{code}"] for code in other_languages()
        }


def _counted(**which: bool) -> Subquery:
    """Variants counted group by group, so that a list page counts for its own rows only."""
    of_group = Product.objects.filter(group=OuterRef("pk"), **which).order_by()
    return Subquery(of_group.annotate(count=Func(F("id"), function="COUNT")).values("count"))


@admin.register(ProductGroup)
class ProductGroupAdmin(SluggedAdmin):
    form = GroupForm
    list_display = ("shown_name", "slug", "category", "shown_options", "counts")
    list_filter = ("category",)
    list_select_related = ("category",)
    search_fields = ("name",)
    autocomplete_fields = ("category", "also_in")
    inlines = (PictureInline, ValueInline, VariantInline)
    change_form_outer_before_template = "admin/catalog/productgroup/variants.html"
    fieldsets = (
        (None, {"fields": ("name", "slug", "category", "also_in", "description")}),
        (gettext_lazy("Options"), {"fields": (tuple(OPTIONS),)}),
        *OTHER_TEXTS,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProductGroup]:
        groups: QuerySet[ProductGroup] = super().get_queryset(request)
        return groups.annotate(variant_count=_counted(), on_sale_count=_counted(is_active=True))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ProductGroup], search_term: str
    ) -> tuple[QuerySet[ProductGroup], bool]:
        text = search_term.strip()
        return (named(queryset, text) if text else queryset), False

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def shown_name(self, group: ProductGroup) -> str:
        return group.local_name

    @admin.display(description=gettext_lazy("options"))
    def shown_options(self, group: ProductGroup) -> str:
        return ", ".join(group.options)

    @admin.display(description=gettext_lazy("variants on sale"))
    def counts(self, group: ProductGroup) -> str:
        counted: Any = group
        return f"{counted.on_sale_count} / {counted.variant_count}"

    def has_delete_permission(self, request: HttpRequest, obj: ProductGroup | None = None) -> bool:
        """One that never had variants may go; orders point to the others."""
        if obj is not None and obj.variants.exists():
            return False
        return super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: ProductGroup, form: Any, change: bool) -> None:
        """Of one that is there the changed fields only: each variant is written again when its name is."""
        if not change:
            super().save_model(request, obj, form, change)
        elif own := [name for name in form.changed_data if not obj._meta.get_field(name).many_to_many]:
            require_unchanged([form])
            obj.save(update_fields=own)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Of variants, the changed fields only: the stock may have moved since they were read."""
        if formset.model is not Product:
            super().save_formset(request, form, formset, change)
            return
        changed = [one for one in formset.initial_forms if one.has_changed()]
        require_unchanged(changed)
        for one in changed:
            besides = ["is_alike"] if "sku" in one.changed_data else []
            one.instance.save(update_fields=[*one.changed_data, *besides])
        formset.new_objects, formset.deleted_objects = [], []
        formset.changed_objects = [(one.instance, one.changed_data) for one in changed]
        about = [
            (one.instance, {"changes": self.construct_change_message(request, one, ())}) for one in changed
        ]
        write_each(actor=request.user, action=Edit.CHANGED, about=about)

    # --- making variants, and options --------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("<int:pk>/make/", guard(self.make_view), name="catalog_productgroup_make"),
            path("<int:pk>/option/", guard(self.option_view), name="catalog_productgroup_option"),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if group := kwargs.get("obj"):
            context["missing"] = variants.missing_count(group)
            context["may_make"] = may(request.user, CatalogRights.ADD_PRODUCTS)
            has_room = len(group.options) < MAX_OPTIONS and may(request.user, CatalogRights.CHANGE_PRODUCTS)
            context["option_form"] = OptionForm(prefix="further") if has_room else None
        return super().render_change_form(request, context, *args, **kwargs)

    def make_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Each combination that has no variant gets one."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        group = self._group(request, pk)
        try:
            count = len(variants.make_missing(group_id=group.pk, actor=request.user))
        except variants.VariantError as refusal:
            return self._back(request, group, str(refusal), level=messages.ERROR)
        made = ngettext(
            "%(count)d variant made. It is off sale: look at its price and SKU, and put it on sale.",
            "%(count)d variants made. They are off sale: look at their prices and SKUs, and put them on sale.",
            count,
        )
        return self._back(request, group, made % {"count": count})

    def option_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The group gets one more option, and every variant its first value."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        group = self._group(request, pk)
        form = OptionForm(request.POST, prefix="further")
        if not form.is_valid():
            return self._back(request, group, _("Name the option and its first value."), level=messages.ERROR)
        texts = {"option": form.named("option"), "value": form.named("value")}
        try:
            variants.add_option(group_id=group.pk, actor=request.user, **texts)
        except variants.VariantError as refusal:
            return self._back(request, group, str(refusal), level=messages.ERROR)
        return self._back(request, group, _("The option was added. Add its other values below."))

    def _group(self, request: HttpRequest, pk: int) -> ProductGroup:
        group: ProductGroup | None = self.get_object(request, str(pk))
        if group is None:
            raise Http404
        if not self.has_change_permission(request, group):
            raise PermissionDenied
        return group

    def _back(
        self, request: HttpRequest, group: ProductGroup, message: str, *, level: int = messages.SUCCESS
    ) -> HttpResponse:
        self.message_user(request, message, level)
        return HttpResponseRedirect(reverse("admin:catalog_productgroup_change", args=[group.pk]))

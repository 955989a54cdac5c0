"""Categories, and which stands below which."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin.searching import named
from catalog.admin.slugs import SluggedAdmin, SluggedForm
from catalog.languages import other_columns
from catalog.models import Category
from catalog.shelf.category_tree import Tree
from catalog.triggers.category_guard import MAX_DEPTH


class CategoryForm(SluggedForm):
    def clean(self) -> dict[str, Any]:
        """What the database would refuse (catalog/triggers/category_guard.py), said at the field."""
        cleaned = super().clean()
        parent, itself = cleaned.get("parent"), self.instance.pk
        if parent is None:
            return cleaned
        tree = Tree(Category.objects.order_by())
        way = tree.way_to(parent.pk)
        if itself in [one.pk for one in way]:
            self.add_error("parent", _("A category can't be below itself."))
        elif len(way) + (tree.depth_within(itself) if itself else 1) > MAX_DEPTH:
            self.add_error("parent", _("Categories have %(most)d levels at most.") % {"most": MAX_DEPTH})
        return cleaned


@admin.register(Category)
class CategoryAdmin(SluggedAdmin):
    form = CategoryForm
    list_display = ("shown_name", "slug", "parent", "position")
    list_editable = ("position",)
    list_select_related = ("parent",)
    search_fields = ("name",)
    autocomplete_fields = ("parent",)
    fields = ("name", *other_columns("name"), "slug", "parent", "position")

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def shown_name(self, category: Category) -> str:
        return category.local_name

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Category], search_term: str
    ) -> tuple[QuerySet[Category], bool]:
        text = search_term.strip()
        return (named(queryset, text) if text else queryset), False

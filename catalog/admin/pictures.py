"""A product's pictures on its page: seen as they are chosen, and put in order by dragging or by typing."""

from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.forms import PaginationInlineFormSet

from catalog.languages import other_columns
from catalog.models import ProductImage
from catalog.pictures import formats_in_words
from staff.careful import CarefulForm


class PictureForm(CarefulForm):
    def has_changed(self) -> bool:
        """Dragging renumbers every row: an empty one with a new position alone has not changed."""
        if self.instance.pk is None and set(self.changed_data) <= {"position"}:
            return False
        return super().has_changed()


class PictureFormSet(PaginationInlineFormSet):
    def add_fields(self, form: Any, index: int | None) -> None:
        """A new picture comes last, unless another position is typed."""
        super().add_fields(form, index)
        if form.instance.pk is None:
            form.initial["position"] = self._next_position()

    def _next_position(self) -> int:
        return max((picture.position for picture in self.get_queryset()), default=-1) + 1


class PictureInline(TabularInline):
    model = ProductImage
    form = PictureForm
    formset = PictureFormSet
    fields = ("preview", "image", "alt", *other_columns("alt"), "position")
    readonly_fields = ("preview",)
    ordering_field = "position"
    extra = 1
    template_before = "admin/catalog/product/pictures_before.html"

    @property
    def formats(self) -> str:
        return formats_in_words()

    @admin.display(description=gettext_lazy("preview"))
    def preview(self, picture: ProductImage) -> str:
        """The stored picture; desk.js shows a newly chosen file in its place."""
        if not picture.image:
            return format_html('<span class="picture-preview">{}</span>', "–")
        hint = "" if picture.alt else _("Say what it shows, for those who cannot see it.")
        return format_html(
            '<span class="picture-preview"><img src="{}" alt="{}"></span><span class="hint">{}</span>',
            picture.small.url,
            picture.local_alt,
            hint,
        )

"""Slugs on the desk: made of the name where none is given, and shown while the name is typed."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from catalog.slugs import free_slug, slug_is_taken
from staff.admin import LoggedAdmin


class SluggedForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's takes none at run time
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if (slug := self.fields.get("slug")) is None:
            return
        slug.required = False
        slug.help_text = _("The end of its address. Left empty, it is made of the name.")
        if self.instance.pk is None:
            meta = self.instance._meta
            slug.widget.attrs["data-slug-from"] = reverse(f"admin:{meta.app_label}_{meta.model_name}_slug")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "slug" in self.fields and not cleaned.get("slug") and "slug" not in self.errors:
            names = [cleaned.get(name) or "" for name in ("name", "sku")]
            cleaned["slug"] = free_slug(type(self.instance), names)
        elif "slug" in self.changed_data and slug_is_taken(type(self.instance), cleaned.get("slug") or ""):
            self.add_error("slug", _("Another product has this address."))
        return cleaned


class SluggedAdmin(LoggedAdmin):
    form = SluggedForm

    def get_urls(self) -> list[URLPattern]:
        meta = self.model._meta
        name = f"{meta.app_label}_{meta.model_name}_slug"
        return [path("slug/", self.admin_site.admin_view(self.slug_view), name=name), *super().get_urls()]

    def slug_view(self, request: HttpRequest) -> JsonResponse:
        """The slug that a new thing of this name would get."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        name = request.GET.get("name", "").replace("\0", "")[:200]
        return JsonResponse({"slug": free_slug(self.model, [name]) if name.strip() else ""})

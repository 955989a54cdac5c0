"""Couriers and zones: who carries parcels, and where to."""

from itertools import chain
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from accounts.places import region_key, rules_of
from orders.models import Courier, Zone, ZonePlace
from orders.shipping.rate_checks import unserved_zones
from staff.admin import LoggedAdmin
from staff.careful import CarefulForm
from staff.paging import PER_PAGE, PagedFormSet


class PlainConstraintsForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's takes none at run time
    """Says in plain words which constraint of the database an input would break."""

    sentences: dict[str, object] = {}

    def _update_errors(self, errors: ValidationError) -> None:
        """Django's own sentence does no more than name the constraint."""
        constraints = self.instance._meta.constraints
        plain = {
            str(constraint.get_violation_error_message()): self.sentences[constraint.name]
            for constraint in constraints
            if constraint.name in self.sentences
        }
        for error in chain(*getattr(errors, "error_dict", {}).values()):
            error.message = plain.get(str(error.message), error.message)
        super()._update_errors(errors)  # type: ignore[misc]  # django-stubs leaves it out


class CountryField(forms.RegexField):
    """Two letters, stored in capitals."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").upper()


class PlaceForm(CarefulForm, PlainConstraintsForm):
    sentences = {"orders_zoneplace_in_one_zone": _("This place lies in a zone already.")}
    country = CountryField(
        r"^[A-Z]{2}$",
        label=_("country"),
        max_length=2,
        error_messages={"invalid": _("Enter the two letters of the country, such as VN.")},
    )

    class Meta:
        model = ZonePlace
        fields = ("country", "region")

    def clean_region(self) -> str:
        """A new one as addresses have it; what stands here already stays."""
        typed, country = self.cleaned_data["region"], self.cleaned_data.get("country", "")
        if not typed or not self.has_changed() or not rules_of(country).regions:
            return str(typed)
        known = region_key(country=country, region=typed)
        if known is None:
            raise ValidationError(_("Choose one of the country's regions."))
        return known


class PlaceFormSet(PagedFormSet):
    def clean(self) -> None:
        """Compare places that are entered together, which the database can't be asked about yet."""
        super().clean()
        seen: set[tuple[str, str]] = set()
        for form in self.forms:
            given = getattr(form, "cleaned_data", None)
            if not given or given.get("DELETE") or "country" not in given:
                continue
            place = (given["country"], given.get("region", "").lower())
            if place in seen:
                raise ValidationError(_("%s is entered twice.") % " ".join(place).strip())
            seen.add(place)


class PlaceInline(TabularInline):
    model = ZonePlace
    form = PlaceForm
    formset = PlaceFormSet
    per_page = PER_PAGE
    extra = 1


class ServedFilter(admin.SimpleListFilter):
    title = _("needs you")
    parameter_name = "served"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [("nobody", _("nobody serves it"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Zone]) -> QuerySet[Zone]:
        return unserved_zones(queryset) if self.value() == "nobody" else queryset


@admin.register(Zone)
class ZoneAdmin(LoggedAdmin):
    list_display = ("name", "covers")
    list_filter = (ServedFilter,)
    search_fields = ("name", "places__country", "places__region")
    inlines = (PlaceInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Zone]:
        zones: QuerySet[Zone] = super().get_queryset(request)
        return zones.prefetch_related("places")

    @admin.display(description=_("places"))
    def covers(self, zone: Zone) -> str:
        return ", ".join(str(place) for place in zone.places.all())


class CourierForm(PlainConstraintsForm):
    sentences = {"orders_courier_tracking_url": _("Enter an https:// address with {code} in it.")}


@admin.register(Courier)
class CourierAdmin(LoggedAdmin):
    form = CourierForm
    list_display = ("name", "is_active", "tracking_url")
    list_editable = ("is_active",)
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Courier]:
        """Without the one that stands for no parcel: nothing of it is set."""
        couriers: QuerySet[Courier] = super().get_queryset(request)
        return couriers.exclude(price_tables__no_parcel=True)

    def has_delete_permission(self, request: HttpRequest, obj: Courier | None = None) -> bool:
        """Placed orders name it: a courier is made inactive, never deleted."""
        return False

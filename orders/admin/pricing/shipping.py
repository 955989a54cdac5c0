"""Couriers and zones: who carries parcels, and where to."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet, TextChoices
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.contact import countries
from accounts.contact.places import region_key, rules_of
from catalog.admin.searching import FoldedSearch
from orders.models import Courier, Zone, ZonePlace
from orders.shipping.rate_checks import unserved_zones
from orders.shipping.zones import add_countries
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


class CountryField(forms.CharField):
    """A country by its name, picked from the page's list or typed, or by its two letters; stored as those.

    `stays` is what stands there already, which is taken whatever it is.
    """

    stays = ""

    def __init__(self, **options: Any) -> None:
        picked = UnfoldAdminTextInputWidget(
            attrs={"list": "countries", "autocomplete": "off", "data-regions-of": ""}
        )
        super().__init__(widget=picked, max_length=100, **options)

    def prepare_value(self, value: Any) -> Any:
        return countries.names().get(value, value)

    def to_python(self, value: Any) -> str:
        written = str(super().to_python(value) or "")
        return countries.code_of(written) or written

    def validate(self, value: Any) -> None:
        super().validate(value)
        if not value or value == self.stays or value in countries.names():
            return
        if meant := countries.suggested(value):
            raise ValidationError(
                gettext("“%(written)s” is no country. Choose one from the list, such as %(names)s.")
                % {"written": value, "names": ", ".join(meant)}
            )
        raise ValidationError(
            gettext("“%(written)s” is no country. Choose one from the list.") % {"written": value}
        )


class PlaceForm(CarefulForm, PlainConstraintsForm):
    sentences = {"orders_zoneplace_in_one_zone": _("This place lies in a zone already.")}
    country = CountryField(label=_("country"))

    class Meta:
        model = ZonePlace
        fields = ("country", "region")
        widgets = {"region": UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].stays = self.instance.country  # type: ignore[attr-defined]  # it is a CountryField

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


class Preset(TextChoices):
    """Countries that are added together."""

    EUROPEAN_UNION = "eu", _("European Union")
    REST = "rest", _("Rest of the world: every country that is in no zone yet")

    def countries(self) -> Iterable[str]:
        """Their codes."""
        if self == Preset.EUROPEAN_UNION:
            return countries.EUROPEAN_UNION
        taken = ZonePlace.objects.filter(region="").values_list("country", flat=True)
        return countries.names().keys() - set(taken)


class ZoneForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's takes none at run time
    preset = forms.ChoiceField(
        label=_("Add many countries"),
        required=False,
        choices=[("", "---------"), *Preset.choices],
        widget=UnfoldAdminSelectWidget,
        help_text=_("They are added when the zone is saved. What lies in another zone stays there."),
    )

    class Meta:
        model = Zone
        fields = ("name",)


@admin.register(Zone)
class ZoneAdmin(FoldedSearch):
    form = ZoneForm
    change_form_after_template = "admin/orders/zone/countries.html"
    list_display = ("name", "covers")
    list_filter = (ServedFilter,)
    search_fields = ("name", "places__country", "places__region")
    folded = ("name", "places__region")
    inlines = (PlaceInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Zone]:
        zones: QuerySet[Zone] = super().get_queryset(request)
        return zones.prefetch_related("places")

    def get_urls(self) -> list[URLPattern]:
        regions = path("regions/", self.admin_site.admin_view(self.regions_view), name="orders_zone_regions")
        return [regions, *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        shown = {"countries": countries.names().values()} | (extra_context or {})
        return super().changeform_view(request, object_id, form_url, shown)

    def regions_view(self, request: HttpRequest) -> HttpResponse:
        """The regions of `?country=`, a name or code, to choose from: pairs of what is stored and what it is called."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        code = countries.code_of(request.GET.get("country", "").strip())
        return JsonResponse({"regions": list(rules_of(code).regions.items()) if code else []})

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The rows first: what is entered by hand lies where it was entered."""
        super().save_related(request, form, formsets, change)
        if not form.cleaned_data.get("preset"):
            return
        done = add_countries(zone=form.instance, countries=Preset(form.cleaned_data["preset"]).countries())
        names = countries.names()
        self.message_user(request, gettext("Countries added: %(number)d") % {"number": len(done.added)})
        if done.elsewhere:
            stay = ", ".join(names[code] for code in done.elsewhere)
            self.message_user(
                request, _("In another zone, and left there: %(names)s") % {"names": stay}, "warning"
            )

    @admin.display(description=_("places"))
    def covers(self, zone: Zone) -> str:
        return ", ".join(str(place) for place in zone.places.all())


class CourierForm(PlainConstraintsForm):
    sentences = {"orders_courier_tracking_url": _("Enter an https:// address with {code} in it.")}


@admin.register(Courier)
class CourierAdmin(FoldedSearch):
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

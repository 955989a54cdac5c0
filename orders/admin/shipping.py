"""Couriers, zones and price tables: the data that shipping is computed from, edited by staff."""

from itertools import chain

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.forms import PaginationInlineFormSet

from orders.models import Courier, PriceBand, PriceTable, Zone, ZonePlace
from staff.admin import LoggedAdmin


class PlainConstraintsForm(forms.ModelForm):
    """Says in plain words what of the database's promises an input would break."""

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
    """Two letters, written in capitals whatever way they are typed."""

    def to_python(self, value) -> str:
        return str(super().to_python(value) or "").upper()


class PlaceForm(PlainConstraintsForm):
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


class PlaceFormSet(PaginationInlineFormSet):
    def clean(self) -> None:
        """The database can't be asked about places that are entered together."""
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
    extra = 1


@admin.register(Zone)
class ZoneAdmin(LoggedAdmin):
    list_display = ("name", "covers")
    search_fields = ("name", "places__country", "places__region")
    inlines = (PlaceInline,)

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("places")

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

    def has_delete_permission(self, request, obj=None) -> bool:
        """Placed orders name it: a courier is made inactive, never deleted."""
        return False


class BandForm(PlainConstraintsForm):
    sentences = {"orders_priceband_fee_not_negative": _("A fee is 0 or more.")}


class BandFormSet(PaginationInlineFormSet):
    def validate_unique(self) -> None:
        """Rows are compared as they were entered, and said at the row: two saved ones may swap their weights."""
        seen = self._others()
        for form in self.forms:
            if not form.is_valid() or self._should_delete_form(form) or not form.cleaned_data.get("zone"):
                continue
            band = (form.cleaned_data["zone"].pk, form.cleaned_data["up_to_g"])
            if band in seen:
                form.add_error("up_to_g", _("This zone has a band up to this weight already."))
            seen.add(band)

    def _others(self) -> set[tuple[int, int]]:
        """Bands that somebody else added since this page was opened."""
        shown = [form.instance.pk for form in self.initial_forms]
        bands = self.instance.bands.exclude(pk__in=shown) if self.instance.pk else PriceBand.objects.none()
        return set(bands.values_list("zone_id", "up_to_g"))


class BandInline(TabularInline):
    model = PriceBand
    form = BandForm
    formset = BandFormSet
    fields = ("zone", "up_to_g", "fee")
    extra = 1

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("zone").order_by("zone__name", "up_to_g")

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """The zones are read once, not once for each band."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if isinstance(field, forms.ModelChoiceField) and db_field.name == "zone":
            field.choices = [*field.iterator(field)]
        return field


class PriceTableForm(PlainConstraintsForm):
    sentences = {
        "orders_pricetable_days": _("Days at most are fewer than days at least."),
        "orders_pricetable_divisor": _("The volumetric divisor is 1 or more."),
    }


@admin.register(PriceTable)
class PriceTableAdmin(LoggedAdmin):
    form = PriceTableForm
    list_display = ("service", "courier", "min_days", "max_days", "is_active")
    list_display_links = ("service",)
    list_filter = ("is_active", "courier")
    list_select_related = ("courier",)
    inlines = (BandInline,)

    def has_delete_permission(self, request, obj=None) -> bool:
        """Placed orders name it: a price table is made inactive, never deleted."""
        return False

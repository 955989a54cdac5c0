"""The log to look at, and what makes each form of the admin write to it."""

import json
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import BadRequest, ValidationError
from django.db import DataError, IntegrityError, models
from django.forms import BaseForm, BaseFormSet, Form, ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from staff.careful import CarefulForm, require_unchanged
from staff.choosing import ChosenOne, ChosenSome
from staff.counting import CountedOnce, EstimatingPaginator
from staff.log import Edit, action_label, write
from staff.models import StaffAction
from staff.rights import Rights

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_stubs_ext import StrPromise


class LoggedAdmin(ModelAdmin):
    """Base of every page of the admin: what is added, changed or deleted through it lands in the staff's log.

    Django saves a form and logs it in one transaction, and so do these. What others changed since a page was opened is not
    put back (staff/careful.py). Deleting many at once is left out: Django logs
    that first and deletes afterwards, each by itself. No list counts a large table from end to end.
    """

    paginator = EstimatingPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # each facet would be one more count
    list_max_show_all = 0

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CountedOnce

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """A value that a filter can't read, or the database can't compare, leads to the whole list, as in Django."""
        try:
            return super().get_changelist_instance(request)
        except (ValueError, ArithmeticError, DataError) as error:
            raise IncorrectLookupParameters from error

    def response_action(
        self, request: HttpRequest, queryset: "models.QuerySet[Any]", *args: Any
    ) -> HttpResponse | None:
        """What is no id of a row is in no list, so that no page has sent it: a 400."""
        try:
            for value in request.POST.getlist(ACTION_CHECKBOX_NAME):
                queryset.model._meta.pk.to_python(value)
        except ValidationError as error:
            raise BadRequest("no ids") from error
        return super().response_action(request, queryset, *args)

    def changeform_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """When two save the same unique value at one moment, the second form is validated again and sees the first's."""
        try:
            return super().changeform_view(*args, **kwargs)
        except IntegrityError:
            return super().changeform_view(*args, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """One of something that is there carries what was read."""
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (CarefulForm, form), {}) if change else form

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Lists that are edited in place carry it too."""
        form = super().get_changelist_form(request, **kwargs)
        return type(form.__name__, (CarefulForm, form), {})

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", ChosenOne(db_field, self.admin_site, using=kwargs.get("using")))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", ChosenSome(db_field, self.admin_site, using=kwargs.get("using")))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            require_unchanged([form])
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        require_unchanged(formset.initial_forms)
        super().save_formset(request, form, formset, change)

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        write(actor=request.user, action=Edit.ADDED, about=[obj], changes=message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        write(actor=request.user, action=Edit.CHANGED, about=[obj], changes=message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> list[LogEntry]:
        write(actor=request.user, action=Edit.DELETED, about=queryset)
        return super().log_deletions(request, queryset)

    def construct_change_message(
        self, request: HttpRequest, form: Form, formsets: "Iterable[BaseFormSet[Any]]", add: bool = False
    ) -> list[dict[str, Any]]:
        """Django's list of changed fields, and beside it each value before and after."""
        message = super().construct_change_message(request, form, formsets, add)
        inlines = [one for formset in formsets or () for one in formset.forms]
        values = {name: pair for one in (form, *inlines) for name, pair in _values(one).items()}
        return [*message, {"values": values}] if values else message

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


class ReadOnlyAdmin(LoggedAdmin):
    """A list and a page to look at: nothing is added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


def _values(form: BaseForm) -> dict[str, list[str]]:
    """Each changed field's value before and after; secrets are left out."""
    names = [name for name in form.changed_data if "password" not in name and name != "DELETE"]
    cleaned = getattr(form, "cleaned_data", {})
    return {form.add_prefix(name): [_before(form, name), _text(cleaned.get(name))] for name in names}


def _before(form: BaseForm, name: str) -> str:
    field, initial = form.fields[name], form.initial.get(name)
    if (
        isinstance(field, ModelChoiceField)
        and field.queryset is not None
        and not isinstance(initial, list | tuple)
    ):
        initial = field.queryset.filter(pk=initial).first() if initial else None
    return _text(initial)


def _text(value: object) -> str:
    if isinstance(value, list | tuple | models.QuerySet):
        return ", ".join(str(one) for one in value)
    return "" if value is None else str(value)


# --- the log itself --------------------------------------------------------------------------------------------------

# The labels of an action's details.
DETAILS = {
    "quantity": _("quantity"),
    "reason": _("reason"),
    "note": _("note"),
    "how": _("how"),
    "added": _("added"),
    "seen": _("seen"),
    "before": _("before"),
    "after": _("after"),
    "tracking_code": _("tracking code"),
    "order": _("order"),
    "prices": _("prices"),
    "draft": _("draft"),
    "rows": _("rows"),
    "status": _("status"),
    "first": _("first day"),
    "last": _("last day"),
}


class ActionFilter(admin.SimpleListFilter):
    title = _("what")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        named = [code for rights in Rights.__subclasses__() for code in rights.values]
        return [(code, action_label(code)) for code in (*Edit.values, *named)]

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[StaffAction]
    ) -> models.QuerySet[StaffAction]:
        return queryset.filter(action=self.value()) if self.value() else queryset


class StaffFilter(admin.RelatedFieldListFilter):
    """Offers the present staff: to list everybody in the log, all of it would be read. Former staff are found by email."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]"
    ) -> "list[tuple[str, str | StrPromise]]":
        ordering = self.field_admin_ordering(field, request, model_admin)
        choices: list[tuple[str, str | StrPromise]] = field.get_choices(
            include_blank=False, ordering=ordering, limit_choices_to={"is_staff": True}
        )
        return choices


@admin.register(StaffAction)
class StaffActionAdmin(ReadOnlyAdmin):
    """Who did what, to what, when and from where. It can only be read."""

    list_display = ("at", "actor", "what", "object_text", "kind", "says", "address")
    list_display_links = None
    sortable_by = ()
    list_filter = ("at", ActionFilter, ("actor", StaffFilter))
    list_select_related = ("actor",)
    search_fields = ("object_text", "=object_id", "actor__email")
    actions = None

    @admin.display(description=_("what"), ordering="action")
    def what(self, action: StaffAction) -> str:
        return action_label(action.action)

    @admin.display(description=_("kind of thing"), ordering="object_type")
    def kind(self, action: StaffAction) -> str:
        try:
            return str(apps.get_model(action.object_type)._meta.verbose_name)
        except LookupError:
            return action.object_type

    @admin.display(description=_("details"))
    def says(self, action: StaffAction) -> str:
        details = dict(action.details)
        changes = details.pop("changes", "")
        said = [f"{DETAILS.get(name, name)}: {_text(value)}" for name, value in details.items()]
        return "; ".join(filter(None, [*said, *_changes(changes)])) or "–"


def _changes(changes: Any) -> list[str]:
    """What a form changed, in the reader's language, as Django's log says it; then each value before and after."""
    if not isinstance(changes, list):
        return [str(changes)]
    parts = [part for part in changes if "values" not in part]
    values: dict[str, list[str]] = next((part["values"] for part in changes if "values" in part), {})
    told = LogEntry(change_message=json.dumps(parts)).get_change_message() if parts else ""
    return [told, *(f"{name}: {was or '–'} → {became or '–'}" for name, (was, became) in values.items())]

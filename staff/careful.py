"""Forms that carry what was read: an old value is never put back unseen, and of two writers the second sees both.

A page says beside each field what it was when the page was made. Fields that its reader left alone keep what is there now;
one that both changed is asked about, with both values. Of a choice of many, such as the rights of a group, what its reader
added or took away is done to what is there now.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

# What is not compared: files are only ever sent anew, and a value of many parts has no single input to be kept in.
LEFT_OUT = (forms.FileField, forms.MultipleChoiceField, forms.MultiValueField)


class ReadTogether(forms.HiddenInput):
    """What was read of a choice of many, in one input, which is there for none too."""

    def format_value(self, value: Any) -> str:
        return ",".join(sorted(str(key) for key in value or ()))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return [key for key in data.get(name, "").split(",") if key]


class ChangedMeanwhile(IntegrityError):
    """Another writer saved between checking the form and saving it."""


class CarefulForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's takes none at run time
    """A form of something that is there; one that comes without what was read is taken as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            return
        for name, field in self.fields.items():
            is_carried = not self.is_bound or self.add_initial_prefix(name) in self.data
            # What the form asks beside the thing itself is of no one else's making.
            is_its_own = hasattr(self.instance, name)
            left_out = field.disabled or isinstance(field, LEFT_OUT)
            field.show_hidden_initial = is_carried and is_its_own and not left_out
            if isinstance(field, forms.ModelMultipleChoiceField):
                field.hidden_widget = ReadTogether

    def add_initial_prefix(self, field_name: str) -> str:
        """What was read stands after the field's name: dragging a row finds its position by how a name ends."""
        return f"{self.add_prefix(field_name)}-read"

    @cached_property
    def changed_data(self) -> list[str]:
        return [name for name in self.fields if _has_changed(self[name])]

    def _post_clean(self) -> None:
        """Before Django puts what was cleaned into the instance."""
        for name, field in self.fields.items():
            if not field.show_hidden_initial or name not in self.cleaned_data:
                continue
            if isinstance(field, forms.ModelMultipleChoiceField):
                self.cleaned_data[name] = self._merged(name, field)
            elif name not in self.changed_data:
                self.cleaned_data[name] = getattr(self.instance, name)
            elif self._was_changed(name, field):
                self._show_both(name, field)
        super()._post_clean()  # type: ignore[misc]  # django-stubs leaves it out

    def _merged(self, name: str, field: "forms.ModelMultipleChoiceField[Any]") -> models.QuerySet[Any]:
        """What is there now, with what the reader added and without what the reader took away."""
        read = set(ReadTogether().value_from_datadict(self.data, self.files, self.add_initial_prefix(name)))
        yours = {str(one.pk) for one in self.cleaned_data[name]}
        now = {str(pk) for pk in getattr(self.instance, name).values_list("pk", flat=True)}
        assert field.queryset is not None
        return field.queryset.filter(pk__in=(now | (yours - read)) - (read - yours))

    def _was_changed(self, name: str, field: forms.Field) -> bool:
        """Whether it is neither what was read nor what is wanted."""
        now = _value(field, self.initial.get(name))
        read = _value(field, self.data.get(self.add_initial_prefix(name)))
        return now not in (read, _value(field, self[name].data))

    def _show_both(self, name: str, field: forms.Field) -> None:
        read, now = self.data.get(self.add_initial_prefix(name)), field.prepare_value(self.initial.get(name))
        said = {"read": _text(field, read), "now": _text(field, now), "yours": _text(field, self[name].data)}
        self.data = with_field(self.data, self.add_initial_prefix(name), "" if now is None else now)
        self.add_error(
            name,
            _(
                "Since this page was opened, somebody changed this from “%(read)s” to “%(now)s”. You entered "
                "“%(yours)s”: save again to put that in its place."
            )
            % said,
        )


def with_field(data: Any, name: str, value: Any) -> Any:
    """What a form was sent, with another value in one field."""
    changed = data.copy()
    changed[name] = value
    return changed


def require_unchanged(changed: Sequence["forms.ModelForm[Any]"]) -> None:
    """Lock what forms of one model change, in id order, until the caller's transaction ends.

    Raises ChangedMeanwhile when it is no longer what they were checked against.
    """
    by_id = {form.instance.pk: form for form in changed if form.has_changed()}
    if not by_id:
        return
    form = next(iter(by_id.values()))
    names = [
        field.name
        for field in form.instance._meta.concrete_fields
        if field.name in form.fields
        and field.name in form.initial
        and not isinstance(field, models.FileField)
    ]
    rows = type(form.instance)._default_manager.select_for_update(no_key=True).filter(pk__in=by_id)
    for row in rows.order_by("pk").values("pk", *names):
        if any(by_id[row["pk"]].initial[name] != row[name] for name in names):
            raise ChangedMeanwhile


def _has_changed(bound: forms.BoundField) -> bool:
    """As Django says. There is a number (sNaN) that can't be compared with any: Django would end with an error."""
    try:
        return bool(bound._has_changed())  # type: ignore[attr-defined]  # noqa: SLF001 as Django's form does
    except ArithmeticError:
        return True


def _value(field: forms.Field, raw: Any) -> Any:
    """What a field makes of a value; browsers write ends of lines in their own way."""
    try:
        value = field.to_python(field.prepare_value(raw))
    except ValidationError:
        return raw
    if isinstance(value, Decimal) and value.is_snan():
        return raw
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _text(field: forms.Field, value: Any) -> str:
    """A value as people read it."""
    choices: Any = getattr(field, "choices", ())
    if label := next((str(label) for key, label in choices if str(key) == str(value)), ""):
        return label
    return "" if value is None else str(value)

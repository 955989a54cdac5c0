"""How fields of forms are written: empty ones once for each language, as a checkout has a dozen of them."""

from typing import NamedTuple

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from shop.forms.countries import CountrySelect

TEMPLATE = "components/field.html"
# Widgets of which nothing shows but what is in a `Look`, and how many fields are kept at most.
PLAIN = (forms.TextInput, forms.NumberInput, forms.EmailInput, forms.Textarea, CountrySelect)
MOST = 500


class Look(NamedTuple):
    """All that an empty field is written from."""

    name: str
    id: str
    words: tuple[str, str]
    widget: type[forms.Widget]
    type: str
    attributes: tuple[tuple[str, str], ...]
    is_required: bool
    insists: bool
    is_disabled: bool
    language: str | None


_kept: dict[Look, SafeString] = {}


def written(field: forms.BoundField) -> SafeString:
    """A field with its label, its help and what is wrong with it. What somebody typed is kept nowhere."""
    if field.errors or field.value() not in (None, "") or type(field.field.widget) not in PLAIN:
        return _write(field)
    look = _look(field)
    if look not in _kept and len(_kept) < MOST:
        _kept[look] = _write(field)
    return _kept.get(look) or _write(field)


def _write(field: forms.BoundField) -> SafeString:
    return render_to_string(TEMPLATE, {"field": field})


def _look(field: forms.BoundField) -> Look:
    widget = field.field.widget
    return Look(
        name=field.html_name,
        id=field.auto_id,
        words=(str(field.label), str(field.help_text)),
        widget=type(widget),
        type=getattr(widget, "input_type", ""),
        attributes=tuple((name, str(value)) for name, value in field.build_widget_attrs({}, widget).items())
        + tuple((name, str(value)) for name, value in widget.attrs.items()),
        is_required=field.field.required,
        insists=field.form.use_required_attribute,
        is_disabled=field.field.disabled,
        language=get_language(),
    )

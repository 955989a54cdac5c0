"""Every address of the staff's desk, found from the site itself, so that a new page is walked over without being named.

The caller measures what it wants on the way: `manage.py measure_desk` takes the time, a test counts statements.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice, product
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from orders.status import STAFF_STEPS

# Words that an address may hold besides the id of a thing.
WORDS: dict[str, list[str]] = {
    "step": list(map(str, STAFF_STEPS)),
    "how": ["retry", "settle", "take-back"],
    "answer": ["accept", "decline"],
    "way": ["mend", "look"],
    "kind": ["refund", "cancel", "return"],
    # Of a parcel within its order.
    "number": ["1"],
}
# Names of addresses that are no pages, or that are walked over below.
LEFT_OUT = {"login", "logout", "view_on_site", "autocomplete", "app_list", None}
# For each value of these fields one row is looked at, besides the newest and the oldest.
STATES = ("status", "state", "inventory")
# So many choices of a filter are tried at most.
MAX_CHOICES = 12


class Page(NamedTuple):
    """A page, and what it is called, whichever thing it shows."""

    name: str
    address: str


Look = Callable[[Page], HttpResponse]


def walk(look: Look) -> None:
    """Look at each page; at a list with each filter, sorted by each column, searched, and turned to its end."""
    for pattern in get_resolver().url_patterns:
        if isinstance(pattern, URLResolver) and pattern.app_name == "admin":
            _walk_site(pattern, look)
        elif (
            isinstance(pattern, URLPattern)
            and pattern.name not in LEFT_OUT
            and str(pattern.pattern).startswith("admin/")
        ):
            look(Page(str(pattern.name), f"/{pattern.pattern}"))


def _walk_site(site: URLResolver, look: Look) -> None:
    for pattern in site.url_patterns:
        if isinstance(pattern, URLResolver):
            _walk_model(f"/{site.pattern}{pattern.pattern}", pattern, look)
        elif pattern.name not in LEFT_OUT:
            look(Page(str(pattern.name), f"/{site.pattern}{pattern.pattern}"))
    for label in {model._meta.app_label for model in admin.site._registry}:
        look(Page("app_list", reverse("admin:app_list", args=[label])))


def _walk_model(base: str, resolver: URLResolver, look: Look) -> None:
    model = apps.get_model(".".join(base.strip("/").split("/")[-2:]))
    for pattern in resolver.url_patterns:
        if not isinstance(pattern, URLPattern) or pattern.name is None:
            continue
        for address in _addresses(base, str(pattern.pattern), model):
            response = look(Page(pattern.name, address))
            if pattern.name.endswith("_changelist") and response.status_code == 200:
                _walk_list(pattern.name, address, response.context_data["cl"], look)  # type: ignore[attr-defined]  # a TemplateResponse
    _walk_autocompletes(model, look)


def _addresses(base: str, route: str, model: type[Model]) -> Iterator[str]:
    """The pattern's addresses, with each of some things and each word in its places."""
    names = re.findall(r"<(?:\w+:)?(\w+)>", route)
    for values in product(*(_values(name, model) for name in names)):
        yield base + re.sub(r"<[^>]+>", "{}", route).format(*values)


def _values(name: str, model: type[Model]) -> list[str]:
    if name in ("pk", "object_id", "id"):
        return [str(quote(thing.pk)) for thing in some_of(model)]
    if name not in WORDS:
        raise LookupError(f"Say in WORDS what may stand in an address for <{name}>.")
    return WORDS[name]


def some_of(model: type[Model]) -> list[Any]:
    """The newest, the oldest, and one in each state."""
    rows = model._default_manager.all()
    found = [rows.order_by("-pk").first(), rows.order_by("pk").first()]
    for field in model._meta.fields:
        if field.name in STATES and field.flatchoices:
            found += [rows.filter(**{field.name: value}).first() for value, _label in field.flatchoices]
    return list({thing.pk: thing for thing in found if thing is not None}.values())


# --- lists -----------------------------------------------------------------------------------------------------------


def _walk_list(name: str, address: str, changes: ChangeList, look: Look) -> None:
    for what, query in (*_sorted(changes), *_searched(changes), *_filtered(changes), *_turned(changes)):
        look(Page(f"{name} {what}", f"{address}?{urlencode(query)}"))


def _sorted(changes: ChangeList) -> Iterator[tuple[str, dict[str, Any]]]:
    for at, column in enumerate(changes.list_display):
        sortable = changes.sortable_by is None or column in changes.sortable_by
        if sortable and changes.get_ordering_field(column):
            yield f"sorted by {column}", {"o": at}
            yield f"sorted by {column}", {"o": -at}


def _searched(changes: ChangeList) -> Iterator[tuple[str, dict[str, Any]]]:
    if changes.search_fields:
        newest = changes.result_list[0] if changes.result_list else "one"
        for text in (str(newest), "there is no such thing", "7"):
            yield "searched", {"q": text}


def _turned(changes: ChangeList) -> Iterator[tuple[str, dict[str, Any]]]:
    if changes.paginator.num_pages > 1:
        yield "last page", {"p": changes.paginator.num_pages}


def _filtered(changes: ChangeList) -> Iterator[tuple[str, dict[str, Any]]]:
    for one in changes.filter_specs:
        # What Django has in a choice and unfold has in it are not the same.
        choices: Iterator[Any] = iter(one.choices(changes))
        for choice in islice(choices, MAX_CHOICES):
            if "form" in choice:
                yield from (("filtered by " + key, {key: value}) for key, value in _typed(choice["form"]))
            elif query := choice["query_string"].lstrip("?"):
                yield f"filtered by {one.title}", dict(parse_qsl(query, keep_blank_values=True))


def _typed(form: forms.Form) -> Iterator[tuple[str, str]]:
    """Values that a person may enter into each field of a filter."""
    for name, field in form.fields.items():
        if isinstance(field, forms.ModelChoiceField):
            yield from ((name, str(thing.pk)) for thing in some_of(field.queryset.model))  # type: ignore[union-attr]  # it has one
        elif isinstance(field, forms.ChoiceField):
            given = [str(value) for value, _label in field.choices if value]  # type: ignore[union-attr, misc]  # pairs
            yield from ((name, value) for value in given[:MAX_CHOICES])
        elif isinstance(field, forms.DateField):
            yield name, (timezone.localdate() - timedelta(days=30)).isoformat()
        else:
            yield name, "7"


def _walk_autocompletes(model: type[Model], look: Look) -> None:
    for field in admin.site._registry[model].autocomplete_fields:
        about = {
            "app_label": model._meta.app_label,
            "model_name": model._meta.model_name,
            "field_name": field,
        }
        address = reverse("admin:autocomplete")
        for term in ("", "7"):
            look(Page(f"autocomplete {field}", f"{address}?{urlencode(about | {'term': term})}"))

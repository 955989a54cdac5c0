"""The field of a country: its 250 choices are sorted and written once for each language, not on each page that asks."""

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from accounts.contact.countries import names
from catalog.search.alphabets import sort_key

# Lists of some 10 KB each: one for each language and country that customers live in.
KEPT_LISTS = 500
NONE_OF_THEM = "-"


def countries() -> list[tuple[str, str]]:
    """Codes and names of all countries, by name in the reader's language."""
    return _countries(get_language() or "en")


def by_label(choices: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Choices in the order of the reader's alphabet; what only accents tell apart comes as it is written."""
    language = get_language() or ""
    return sorted(choices, key=lambda pair: (sort_key(pair[1], language), pair[1]))


@cache
def _codes(language: str) -> frozenset[str]:
    return frozenset(code for code, _name in _countries(language))


@cache
def _countries(language: str) -> list[tuple[str, str]]:
    return [("", ""), *by_label(names(language).items())]


class CountrySelect(forms.Select):
    """Django's, which makes a template of each choice."""

    def use_required_attribute(self, _initial: Any) -> bool:
        """A browser may insist on a choice, since the first is none."""
        return True

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        attributes = {"name": name, **self.build_attrs(self.attrs, attrs)}
        language = get_language() or "en"
        chosen = value or ""
        # Of what is no country nothing is chosen; nor is it kept what it was.
        chosen = chosen if chosen in _codes(language) else NONE_OF_THEM
        return format_html("<select{}>\n{}</select>", flatatt(attributes), _options(language, chosen))


@lru_cache(KEPT_LISTS)
def _options(language: str, chosen: str) -> SafeString:
    selected = mark_safe(" selected")
    rows = ((code, selected if code == chosen else "", name) for code, name in _countries(language))
    return format_html_join("", '  <option value="{}"{}>{}</option>\n', rows)

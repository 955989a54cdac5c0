"""The field of a country is the same as Django would make it, in every language."""

import pytest
from django import forms
from django.test.html import parse_html
from django.utils import translation

from shop.forms.countries import CountrySelect, countries


class Django(forms.Form):
    country = forms.ChoiceField(choices=countries)


class Ours(forms.Form):
    country = forms.ChoiceField(choices=countries, widget=CountrySelect)


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("given", [None, {}, {"country": "VN"}, {"country": "XX"}, {"country": '"><b>'}])
def test_it_reads_as_djangos_and_takes_the_same(language, given):
    with translation.override(language):
        ours, djangos = Ours(given), Django(given)
        for form in (ours, djangos):
            form.fields["country"].widget.attrs.update({"data-country": "/a&b/", "autocomplete": "country"})

        assert parse_html(str(ours["country"])) == parse_html(str(djangos["country"]))
        assert (ours.is_valid(), ours.errors) == (djangos.is_valid(), djangos.errors)


@pytest.mark.parametrize("required", [True, False])
def test_a_browser_insists_on_a_choice_where_one_is_needed(required):
    for kind in (Ours, Django):
        form = kind()
        form.fields["country"].required = required

        assert (" required" in str(form["country"])) is required


def test_countries_are_called_and_sorted_as_the_reader_does():
    with translation.override("en"):
        english = countries()
    with translation.override("vi"):
        vietnamese = countries()

    assert english[0] == vietnamese[0] == ("", "")
    assert ("DE", "Germany") in english
    assert ("DE", "Đức") in vietnamese
    assert english.index(("AT", "Austria")) < english.index(("BE", "Belgium"))

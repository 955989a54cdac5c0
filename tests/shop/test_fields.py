"""Fields that nothing stands in are written once; what somebody typed, and what is wrong with it, is nobody else's."""

import pytest
from django import forms
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from shop.forms import fields


class Wanted(forms.Form):
    email = forms.EmailField(label=_("email address"), help_text="We write to it.", required=False)
    country = forms.ChoiceField(widget=fields.CountrySelect, required=False)
    secret = forms.CharField(widget=forms.PasswordInput, required=False)
    colour = forms.ChoiceField(choices=[("r", "red")], required=False)


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    monkeypatch.setattr(fields, "_kept", {})
    return fields._kept


@pytest.fixture
def counted(monkeypatch):
    """How often a field is written in full."""
    times = []
    write = fields._write
    monkeypatch.setattr(fields, "_write", lambda field: times.append(field.name) or write(field))
    return times


def test_an_empty_field_is_written_once_for_each_language(counted):
    with translation.override("en"):
        assert len({fields.written(Wanted()["email"]) for _time in range(3)}) == 1
    with translation.override("vi"):
        assert "email address" not in fields.written(Wanted()["email"])

    assert counted == ["email", "email"]


def test_what_was_typed_is_shown_and_kept_nowhere(kept):
    typed = Wanted({"email": "ada@example.com", "country": "VN"})
    assert 'value="ada@example.com"' in fields.written(typed["email"])
    assert 'value="VN" selected' in fields.written(typed["country"])
    assert "ada@example.com" not in fields.written(Wanted()["email"])
    assert not any("ada" in one for one in kept.values())


def test_what_is_wrong_is_said_to_whom_it_concerns():
    wrong = Wanted({})
    wrong.add_error("email", "No such mailbox.")
    assert "No such mailbox." in fields.written(wrong["email"])
    assert "No such mailbox." not in fields.written(Wanted()["email"])


def test_fields_that_differ_in_anything_are_written_each_for_itself():
    plain, other, asked = Wanted(), Wanted(prefix="other"), Wanted()
    asked.fields["email"].required = True
    marked = Wanted()
    marked.fields["email"].widget.attrs["autocomplete"] = "email"
    named = Wanted()
    named.fields["email"].label = "Your email"
    off = Wanted()
    off.fields["email"].disabled = True
    dialled = Wanted()
    dialled.fields["email"].widget.input_type = "tel"
    forms_ = (plain, other, asked, marked, named, off, dialled)

    assert len({fields.written(one["email"]) for one in forms_}) == len(forms_)
    for one in forms_:
        assert fields.written(one["email"]) == fields._write(one["email"])


def test_lists_and_secrets_are_never_kept(kept):
    fields.written(Wanted()["colour"])
    fields.written(Wanted()["secret"])
    assert not kept


def test_no_more_than_so_many_are_kept(kept, monkeypatch):
    monkeypatch.setattr(fields, "MOST", 3)
    for nth in range(9):
        assert f"form{nth}-email" in fields.written(Wanted(prefix=f"form{nth}")["email"])
    assert len(kept) == 3

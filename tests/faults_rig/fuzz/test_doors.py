"""Every address that the project has is a door; what a page offers is found in it."""

from random import Random

from django.conf import settings
from django.contrib import admin
from django.urls import get_resolver

from faults.fuzz.finding import documents, pages, routes
from tests import contract


def names(resolver) -> set[str]:
    found = set()
    for pattern in resolver.url_patterns:
        found |= names(pattern) if hasattr(pattern, "url_patterns") else {pattern.name or ""}
    return found - {""}


def test_every_pattern_has_a_door_or_a_reason():
    doors = routes.doors()
    assert names(get_resolver()) <= {door.name for door in doors}
    with_door = {door.django for door in doors}
    # Of two patterns of one route the first answers.
    without = {django for django, _name in routes.patterns()} - with_door
    assert without == {*routes.WITHOUT} and all(routes.WITHOUT.values())


def test_doors_are_told_apart_and_have_no_signs_of_regular_expressions():
    doors = {door.route: door for door in routes.doors()}
    assert {door.kind for door in doors.values()} == {*routes.KINDS}
    assert not [route for route in doors if set(route) & set("()^$\\?")]
    for model in admin.site._registry:
        assert f"/admin/{model._meta.app_label}/{model._meta.model_name}/" in doors
    for code, _name in settings.LANGUAGES:
        assert ("/products/" if code == settings.LANGUAGE_CODE else f"/{code}/products/") in doors
    assert doors["/ws/orders/<uuid:order_id>/"].kind == "sockets"
    assert doors["/media/<path>"].places == ["path"]
    assert doors["/healthz/live"].kind == "files"


def test_every_operation_is_called_and_has_a_body_where_it_takes_one():
    found = documents.operations(contract.schema(), "api")
    assert [(one.path, one.method.lower()) for one in found] == [
        (path, method) for path, method, _operation in contract.operations()
    ]
    for one, (_path, _method, operation) in zip(found, contract.operations(), strict=True):
        assert bool(one.bodies) == ("requestBody" in operation), one


def test_a_schema_without_an_example_is_filled():
    document = {
        "paths": {},
        "a": {
            "type": "object",
            "properties": {"b": {"type": "array", "items": {"$ref": "#/a"}}, "c": {"type": "integer"}},
        },
    }
    assert documents.made(document, {"$ref": "#/a"}, 3) == {"b": [{"b": [], "c": 1}], "c": 1}


def test_a_form_is_what_a_browser_would_send():
    page = pages.Page(
        """<a href="/x/">x</a><form id="f" method="POST" action="/to/" enctype="multipart/form-data">
        <input name="a" value="1"><input type="checkbox" name="b"><input type="checkbox" name="c" value="2" checked>
        <select name="d"><option value="3">three<option value="4" selected>four</select><textarea name="e">5
        </textarea><input type="file" name="g"></form><button form="f" name="h" value="6">Go</button>"""
    )
    (form,) = page.forms
    assert page.links == ["/x/"]
    assert (form.action, form.method, form.is_multipart, form.files) == ("/to/", "post", True, ["g"])
    assert [(name, value.strip()) for name, value in form.fields] == [
        ("a", "1"),
        ("c", "2"),
        ("d", "4"),
        ("e", "5"),
    ]
    assert (form.ticks, form.buttons, form.choices) == ([("b", "on")], [("h", "6")], {"d": ["3", "4"]})
    assert Random(1).choice(form.buttons) == ("h", "6")

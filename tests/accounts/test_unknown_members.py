"""Below /api/auth/ a change with a member that it does not know is a 400 that names it, and nothing is done."""

from functools import reduce
from operator import getitem

import pytest
from allauth.headless.spec.internal.schema import get_schema
from django.urls import resolve
from rest_framework.test import APIClient

from accounts.models import User
from config.api.auth_members import known_members
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
AUTH = "/api/auth/app/v1"


def documented() -> list[tuple[str, str, set[str]]]:
    """Method, address and members of each change in allauth's own document."""
    schema = get_schema()
    found = []
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            if method in ("post", "put", "patch", "delete") and "requestBody" in operation:
                found.append((method.upper(), path, _members(schema, operation["requestBody"])))
    return found


def _members(schema: dict, part: object) -> set[str]:
    if isinstance(part, list):
        return set().union(*(_members(schema, one) for one in part))
    if not isinstance(part, dict):
        return set()
    if ref := part.get("$ref"):
        return _members(schema, reduce(getitem, ref.removeprefix("#/").split("/"), schema))
    own = set(part.get("properties", {}))
    inner = [part.get(name) for name in ("content", "application/json", "schema", "oneOf", "allOf", "anyOf")]
    return own | _members(schema, [one for one in inner if one])


def test_what_is_documented_is_known():
    changes = documented()
    assert len(changes) > 10
    for method, path, members in changes:
        # What the shop has not switched on is answered by no view of allauth's.
        view = getattr(resolve(path).func, "view_class", None)
        assert view is None or members <= known_members(view, method), (method, path)


@pytest.fixture
def user() -> User:
    return make_user()


def refused(answer, *names: str) -> None:
    assert answer.status_code == 400, answer.content
    errors = answer.json()["errors"]
    assert [(one["code"], one["param"]) for one in errors] == [("unknown_member", name) for name in names]


def test_what_is_unknown_is_named_and_nothing_is_done(user):
    api = APIClient()
    sent = {"email": user.email, "password": PASSWORD}
    refused(
        api.post(f"{AUTH}/auth/login", sent | {"remember": 1, "amount": "1.00"}, format="json"),
        "amount",
        "remember",
    )
    new = {"email": "new@example.com", "password": "a quite different phrase"}
    refused(api.post(f"{AUTH}/auth/signup", new | {"is_staff": True}, format="json"), "is_staff")
    assert not User.objects.filter(email="new@example.com").exists()
    assert api.post(f"{AUTH}/auth/signup", new, format="json").status_code == 401
    assert User.objects.filter(email="new@example.com").exists()

    token = api.post(f"{AUTH}/auth/login", sent, format="json").json()["meta"]["session_token"]
    signed = APIClient(headers={"X-Session-Token": token})
    change = {"current_password": PASSWORD, "new_password": "a quite different phrase"}
    refused(signed.post(f"{AUTH}/account/password/change", change | {"keep": 1}, format="json"), "keep")
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)
    refused(signed.delete(f"{AUTH}/auth/session", {"all": True}, format="json"), "all")
    assert signed.get(f"{AUTH}/auth/session").status_code == 200
    assert signed.post(f"{AUTH}/account/password/change", change, format="json").status_code == 200


def test_many_and_long_names_are_cut(user):
    sent = {f"{nth:02}{'x' * 500}": 1 for nth in range(50)}
    answer = APIClient().post(f"{AUTH}/auth/login", sent, format="json")
    assert answer.status_code == 400 and len(answer.json()["errors"]) == 10
    assert {len(one["param"]) for one in answer.json()["errors"]} == {64}

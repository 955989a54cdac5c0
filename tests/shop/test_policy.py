"""The Content-Security-Policy that every page of the shop and of the API's documents comes with."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

STRICT = {
    "default-src 'self'",
    "img-src 'self' data:",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "base-uri 'self'",
    "object-src 'none'",
}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/products/",
        "/cart/",
        "/accounts/login/",
        "/accounts/2fa/",
        "/nothing/",
        "/api/docs/",
        "/api/docs/events/",
        "/api/problems/",
        "/api/nothing/",
    ],
)
def test_policy_allows_nothing_inline_and_nothing_from_elsewhere(client, path):
    policy = client.get(path)["Content-Security-Policy"]
    assert {one.strip() for one in policy.split(";")} == STRICT


def test_policy_is_kept_where_a_form_has_no_token():
    answer = Client(enforce_csrf_checks=True).post("/cart/add/")
    assert answer.status_code == 403
    assert "unsafe" not in answer["Content-Security-Policy"]

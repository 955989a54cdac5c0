"""What tests ask of an answer, and of the statements behind it."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.confirmed import confirmed_session

PROBLEM = {"type", "title", "status", "detail", "code", "request_id"}


def refused(response, status: int, code: str) -> dict:
    """The body of an error: a whole problem document with that status and code."""
    body = response.json()
    assert (response.status_code, body["code"], body["status"]) == (status, code, status), response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    assert set(body) >= PROBLEM and all(body[name] for name in PROBLEM), body
    assert body["request_id"] == response.headers["X-Request-ID"]
    return body


def wrong_fields(response) -> set[str]:
    """The paths of the fields that a 400 complains about."""
    errors = refused(response, 400, "validation_error")["errors"]
    assert all(messages and all(messages) for messages in errors.values())
    return set(errors)


def statements(call) -> int:
    """How many SQL statements a successful call takes."""
    with CaptureQueriesContext(connection) as captured:
        response = call()
    assert response.status_code in (200, 201), response.content
    return len(captured)


def api_of(user) -> APIClient:
    """The API as that user sees it, who has given the password a moment ago."""
    client = APIClient()
    client.force_authenticate(user, confirmed_session(user))
    return client

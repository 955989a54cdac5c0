"""What tests ask of an answer, and of the statements behind it."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient


def refused(response, status: int, code: str) -> dict:
    """The body of an error with that status and code and a sentence for people."""
    assert (response.status_code, response.json()["code"]) == (status, code), response.content
    assert response.json()["detail"]
    return response.json()


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
    """The API as that user sees it."""
    client = APIClient()
    client.force_authenticate(user)
    return client

"""A session in which the password was given again a moment ago."""

from allauth.account.internal.flows.login import record_authentication
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import Client

from accounts.models import User


def confirm(client: Client, user: User, method: str = "password") -> None:
    """As `/accounts/reauthenticate/` does it, for the user whom the client is signed in as."""
    _note(client.session, user, method).save()


def sign_in(client: Client, user: User) -> None:
    """Sign the user in, with the password given again a moment ago."""
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    confirm(client, user)


def confirmed_session(user: User) -> SessionBase:
    """As an X-Session-Token stands for it."""
    return _note(SessionStore(), user)


def _note(session: SessionBase, user: User, method: str = "password") -> SessionBase:
    request = HttpRequest()
    request.session, request.user = session, user
    record_authentication(request, user, method, reauthenticated=True)
    return request.session

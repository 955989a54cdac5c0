"""Requests of someone who is signed in, for the doors that let nobody else in."""

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import User


class SignedIn(HttpRequest):
    """A page's request behind login_required."""

    user: User


class ApiRequest(Request):
    """An API request that IsAuthenticated let in."""

    user: User

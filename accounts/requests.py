"""Requests of signed-in users, for the doors that admit no others."""

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import User


class SignedIn(HttpRequest):
    """A page's request behind login_required."""

    user: User


class ApiRequest(Request):
    """An API request that IsAuthenticated let in."""

    user: User

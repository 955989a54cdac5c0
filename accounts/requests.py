"""Requests of someone who is signed in, for the doors that let nobody else in."""

from rest_framework.request import Request

from accounts.models import User


class ApiRequest(Request):
    """One that IsAuthenticated let in."""

    user: User

"""What a view is given."""

from django.http import HttpRequest

from accounts.models import User


class SignedIn(HttpRequest):
    """A request behind login_required: somebody is there."""

    user: User

"""What is left of a user who closes the account: a row that orders hang on, and nothing of the person."""

from uuid import uuid4

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from accounts.access.devices import end_sessions
from accounts.models import GONE, User
from rest.models import KeptAnswer


def empty_user(user: User) -> None:
    """Take the person out of a user, in the caller's transaction: the account can't be signed in to again.

    This room knows no orders: orders/actions/close_account.py checks them first.
    """
    end_sessions(user)
    Authenticator.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).delete()
    user.addresses.all().delete()
    user.api_keys.all().delete()
    KeptAnswer.objects.filter(user=user).delete()
    user.groups.clear()
    user.user_permissions.clear()
    user.email = f"{uuid4().hex}{GONE}"
    user.full_name = user.phone = user.language = ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login = None
    # This also invalidates every session that is left.
    user.set_unusable_password()
    user.save()
    content_type = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=content_type, object_id=str(user.pk)).update(object_repr=user.email)

"""API keys: made, found again by their secret, and revoked.

Our own rather than djangorestframework-api-key's: its keys have no owner, let a request pass without a user, and know
neither scopes nor last use. Without those only the hashing is left, which is below.
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access.notices import tell
from accounts.access.verification import require_verified
from accounts.models import ApiKey, User
from database.rows import find_with_more
from refusals import Refusal
from rest.scopes import Scope
from staff.rights import PermissionDenied

# ord_<8 to find it by>_<256 random bits>: those can't be guessed, so a plain and fast hash is enough.
FORM = re.compile(r"ord_([0-9a-f]{8})_[A-Za-z0-9_-]{43}", re.ASCII)
# Last use is written at most that often: reading must not become writing.
NOTED_EVERY = timedelta(minutes=1)


# Each request of a program begins with it, so it is not made anew from a queryset each time.
FIND = """
WHERE prefix = %s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %s) AND accounts_user.is_active
"""
# The rights of staff come along, so that none is asked for by itself; owners have them all.
RIGHTS = """
CASE WHEN accounts_user.is_staff AND NOT accounts_user.is_superuser THEN ARRAY(
    SELECT t.app_label || '.' || p.codename FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id
    WHERE p.id IN (
        SELECT permission_id FROM accounts_user_user_permissions WHERE user_id = accounts_user.id
        UNION ALL SELECT g.permission_id FROM accounts_user_groups u JOIN auth_group_permissions g USING (group_id)
        WHERE u.user_id = accounts_user.id
    )
) END
"""


class TooManyKeys(Refusal):
    """The user has as many keys as allowed; one has to be revoked first."""

    message = _("You have too many API keys: revoke one first.")


class NewKey(NamedTuple):
    key: ApiKey
    # Known at this moment alone: only its hash is stored.
    secret: str


@transaction.atomic
def make_key(*, user: User, name: str, scope: Scope, expires_at: datetime | None = None) -> NewKey:
    """A new key of the user, and its secret, of which nothing but a hash is kept. The user is told of it by email.

    Raises PermissionDenied when a user who is not staff asks for `manage`, EmailNotVerified, and TooManyKeys.
    """
    if scope == Scope.MANAGE and not user.is_staff:
        raise PermissionDenied
    require_verified(user)
    User.objects.select_for_update(no_key=True).get(
        pk=user.pk
    )  # two at once must not pass the limit together
    if active(user).count() >= settings.MAX_API_KEYS:
        raise TooManyKeys
    prefix = secrets.token_hex(4)
    secret = f"ord_{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        user=user, name=name, scope=scope, prefix=prefix, digest=_digest(secret), expires_at=expires_at
    )
    tell(user, "api_key_made", key=key)
    return NewKey(key, secret)


def active(user: User) -> QuerySet[ApiKey]:
    """The user's keys that can be used."""
    return user.api_keys.filter(_usable())


def usable() -> QuerySet[ApiKey]:
    """All keys that can be used."""
    return ApiKey.objects.filter(_usable())


@transaction.atomic
def revoke_key(*, user: User, key_id: int) -> None:
    """Make a key of the user's useless, for ever. A second revocation, or another user's key, changes nothing.

    It is saved and not just updated: orders/live/access_signals.py hears of it, and ends what the key has open.
    """
    for key in user.api_keys.select_for_update(no_key=True).filter(pk=key_id, revoked_at=None):
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])


@transaction.atomic
def revoke_all(*, user: User) -> None:
    """Make all keys of the user's useless, as they may wish with a new password."""
    for key_id in active(user).values_list("pk", flat=True):
        revoke_key(user=user, key_id=key_id)


def bearer(authorization: str) -> str | None:
    """What an Authorization header gives as a bearer's token; None when it is of another kind, or not there."""
    scheme, _space, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def find_key(secret: str) -> ApiKey | None:
    """The usable key with that secret, or None. Its `user` has no more rights than the key's scope gives."""
    form = FORM.fullmatch(secret)
    key = _of_active(form[1]) if form else None
    if key is None or not hmac.compare_digest(key.digest, _digest(secret)):
        return None
    key.user.only_looks = not Scope(key.scope).includes(Scope.MANAGE)
    _note_use(key)
    return key


def _of_active(prefix: str) -> ApiKey | None:
    """The usable key with that prefix, and its user, who is active, with the rights that staff have at this moment."""
    for key, (rights,) in find_with_more(ApiKey, "user", RIGHTS, FIND, [prefix, timezone.now()]):
        if rights is not None:
            # Where Django keeps what it has asked for itself.
            vars(key.user)["_perm_cache"] = set(rights)
        return key
    return None


def _usable() -> Q:
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=timezone.now()))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _note_use(key: ApiKey) -> None:
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at <= now - NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)

"""Tells open sockets at once when a user was signed out or switched off, got other rights, or lost a key.

It listens to the tables that say so, because several doors change them: ours, allauth's, and Django's admin. What no signal
tells of, such as a session that runs out, the hub of the sockets finds every LIVE_RECHECK seconds.
"""

from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db.models.signals import m2m_changed, post_delete, post_save

from accounts.models import ApiKey, User
from orders.events.hints import announce_access


def watch() -> None:
    """Begin to listen; once, when the app is ready."""
    post_save.connect(_user_saved, sender=User)
    for rights in (User.groups.through, User.user_permissions.through):
        m2m_changed.connect(_rights_changed, sender=rights)
    m2m_changed.connect(_group_changed, sender=Group.permissions.through)
    post_delete.connect(_group_gone, sender=Group)
    post_delete.connect(_session_ended, sender=Session)
    for happened in (post_save, post_delete):
        happened.connect(_key_changed, sender=ApiKey)
        happened.connect(_second_factor_changed, sender=Authenticator)


def _user_saved(
    instance: User, *, created: bool, update_fields: frozenset[str] | None = None, **_more: object
) -> None:
    # Signing in notes nothing but when.
    if not created and update_fields != frozenset({"last_login"}):
        announce_access(user_id=instance.pk)


def _rights_changed(instance: object, action: str, pk_set: set[int] | None = None, **_more: object) -> None:
    if not action.startswith("post_"):
        return
    if isinstance(instance, User):
        announce_access(user_id=instance.pk)
    else:
        # Told from the group's side: of these users, or of all that were in it.
        for user_id in pk_set or [None]:
            announce_access(user_id=user_id)


def _group_changed(action: str, **_more: object) -> None:
    """Its members are not told apart: each listener is checked."""
    if action.startswith("post_"):
        announce_access()


def _group_gone(**_more: object) -> None:
    announce_access()


def _second_factor_changed(instance: Authenticator, **_more: object) -> None:
    announce_access(user_id=instance.user_id)


def _session_ended(instance: Session, **_more: object) -> None:
    user_id = instance.get_decoded().get(SESSION_KEY, "")
    if user_id.isdecimal():
        announce_access(user_id=int(user_id))


def _key_changed(instance: ApiKey, *, created: bool = False, **_more: object) -> None:
    if not created:
        announce_access(user_id=instance.user_id)

"""Tells open sockets at once when somebody was signed out or switched off, got other rights, or lost a key.

It listens to the tables that say so, because several doors change them: ours, allauth's, and Django's admin. What no signal
tells of, such as a session that runs out, the sockets find every LIVE_RECHECK seconds.
"""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models.signals import m2m_changed, post_delete, post_save

from accounts.models import ApiKey, User
from orders.events.hints import announce_access


def watch() -> None:
    """Begin to listen; once, when the app is ready."""
    post_save.connect(_user_saved, sender=User)
    for rights in (User.groups.through, User.user_permissions.through):
        m2m_changed.connect(_rights_changed, sender=rights)
    post_delete.connect(_session_ended, sender=Session)
    for happened in (post_save, post_delete):
        happened.connect(_key_changed, sender=ApiKey)


def _user_saved(instance: User, *, created: bool, update_fields=None, **_more) -> None:
    # Signing in notes nothing but when.
    if not created and update_fields != frozenset({"last_login"}):
        announce_access(user_id=instance.pk)


def _rights_changed(instance: object, action: str, **_more) -> None:
    if isinstance(instance, User) and action.startswith("post_"):
        announce_access(user_id=instance.pk)


def _session_ended(instance: Session, **_more) -> None:
    user_id = instance.get_decoded().get(SESSION_KEY, "")
    if user_id.isdecimal():
        announce_access(user_id=int(user_id))


def _key_changed(instance: ApiKey, *, created: bool = False, **_more) -> None:
    if not created:
        announce_access(user_id=instance.user_id)

"""Who may go on listening: looked at for many sockets at once, in three statements, and one by one only where it changed."""

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import CharField, F, Func
from django.utils import timezone

from accounts.access.keys import usable
from orders.live.hearing import Hearing

# All that the answer to "may this user hear that?" hangs on besides the session or the key: one word that is another one
# as soon as any of it changes.
USERS = """
SELECT u.id, md5(row(
    u.password, u.is_active, u.is_staff, u.is_superuser, u.email, u.links_serial,
    ARRAY(SELECT type FROM mfa_authenticator WHERE user_id = u.id ORDER BY id),
    CASE WHEN u.is_staff THEN ARRAY(
        SELECT permission_id FROM accounts_user_user_permissions WHERE user_id = u.id
        UNION
        SELECT p.permission_id FROM accounts_user_groups g JOIN auth_group_permissions p USING (group_id)
        WHERE g.user_id = u.id
        ORDER BY 1
    ) END
)::text)
FROM accounts_user u WHERE u.id = ANY(%s)
"""


class Verdict(NamedTuple):
    """What a new look at a listener came to."""

    listener: Hearing
    # The code to close with, or None when they may go on.
    why: int | None
    version: tuple[object, ...]


def look(listeners: Collection[Hearing]) -> list[Verdict]:
    """Judge anew those about whom anything changed since they were judged last."""
    # Versions first: what changes between the two is seen the next time.
    versions = versions_of(listeners)
    changed = [one for one in listeners if one.version != versions[one]]
    return [Verdict(one, one.judge(), versions[one]) for one in changed]


def versions_of(listeners: Collection[Hearing]) -> dict[Hearing, tuple[object, ...]]:
    """For each listener what stands for all that they may listen by; None in it for what is gone."""
    users = _users({one.standing.user_id for one in listeners})
    sessions = _sessions({one.standing.session_key for one in listeners})
    keys = _keys({one.standing.api_key_id for one in listeners})
    return {
        one: (
            users[one.standing.user_id],
            sessions[one.standing.session_key],
            keys[one.standing.api_key_id],
            one.standing.until is None or one.standing.until > timezone.now(),
        )
        for one in listeners
    }


def _users(ids: set[int]) -> dict[int, str | None]:
    with connection.cursor() as cursor:
        cursor.execute(USERS, [list(ids)])
        return defaultdict(lambda: None, cursor.fetchall())


def _sessions(session_keys: set[str]) -> dict[str, str | None]:
    live = Session.objects.filter(session_key__in=session_keys - {""}, expire_date__gt=timezone.now())
    inside = Func(F("session_data"), function="md5", output_field=CharField())
    return defaultdict(lambda: None, live.values_list("session_key", inside))


def _keys(ids: set[int]) -> dict[int, str | None]:
    return defaultdict(lambda: None, usable().filter(pk__in=ids - {0}).values_list("pk", "scope"))

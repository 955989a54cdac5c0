"""Emails to send, taken for one attempt in one statement, with the first of an order where its answer is taken.

It does what `claim` of outbox/queue.py does, for this one table: it locks rows of it alone, skips what is locked, and is
committed before anything is sent.
"""

from collections.abc import Iterable
from typing import NamedTuple

from django.utils import timezone

from database.rows import returned_with_more
from orders.emails.together import ANSWERS, ANSWERS_GIVEN
from orders.models import Email, EmailKind
from outbox.queue import Policy


def _kinds(kinds: Iterable[EmailKind]) -> list[str]:
    return [kind.value for kind in kinds]


# What has expired is not sent: the sweep gives it up.
DUE = """
next_attempt_at <= %(now)s AND (expires_at IS NULL OR expires_at > %(now)s) AND NOT EXISTS (SELECT FROM outbox_quiet)
"""
FIRST_OF = "ORDER BY next_attempt_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED"
# Those about accounts first, since people wait for their links; then the longest due. Each is found by an index that has
# nothing but what waits.
NEXT = f"""
coalesce(
    (SELECT id FROM orders_mail WHERE kind = 'account' AND {DUE} {FIRST_OF}),
    (SELECT id FROM orders_mail WHERE {DUE} {FIRST_OF})
)
"""  # noqa: S608 constants of ours
THIS = f"(SELECT id FROM orders_mail WHERE id = %(email)s AND {DUE} {FIRST_OF})"  # noqa: S608 likewise
# With an email that answers an order's first one that, if it waits and is in no hands (orders/emails/together.py). Whether
# there are more is asked by the same index: where many wait a plan without an order reads all those that were sent first.
CLAIM = f"""
WITH picked AS MATERIALIZED (SELECT {{which}} AS id),
answered AS MATERIALIZED (
    SELECT m.order_id FROM picked JOIN orders_mail m ON m.id = picked.id JOIN orders_order o ON o.id = m.order_id
    WHERE m.kind = ANY(CASE WHEN o.total_amount = 0 OR (o.is_exchange AND NOT o.is_supplement)
        THEN ARRAY{_kinds(ANSWERS_GIVEN)} ELSE ARRAY{_kinds(ANSWERS)} END)
), first AS MATERIALIZED (
    SELECT id FROM orders_mail WHERE order_id = (SELECT order_id FROM answered) AND kind = 'placed'
        AND next_attempt_at IS NOT NULL AND (leased_until IS NULL OR leased_until <= %(now)s)
    ORDER BY id DESC LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
), taken AS MATERIALIZED (SELECT id FROM picked UNION ALL SELECT id FROM first)
UPDATE orders_mail SET attempts = attempts + 1, next_attempt_at = %(until)s, leased_until = %(until)s
FROM taken WHERE orders_mail.id = taken.id
RETURNING {{{{columns}}}}, orders_mail.id IN (SELECT id FROM picked),
    (SELECT id FROM orders_mail WHERE {DUE} AND id NOT IN (SELECT id FROM taken)
        ORDER BY next_attempt_at LIMIT 1) IS NOT NULL
"""  # noqa: S608 likewise
CLAIM_NEXT, CLAIM_THIS = CLAIM.format(which=NEXT), CLAIM.format(which=THIS)


class Claimed(NamedTuple):
    """An email for one attempt, the first of its order that it says too, and whether there are more that are due."""

    email: Email
    first: Email | None
    are_more: bool


def claim_next(policy: Policy) -> Claimed | None:
    """The email that comes next and is in no other hands; None if there is none.

    It is committed when this returns, so it cannot be called inside a transaction. The attempt may be one more than the
    policy has: then the last one never came to an end, and the email is to be given up.
    """
    return _claim(CLAIM_NEXT, policy)


def claim_this(email_id: int, policy: Policy) -> Claimed | None:
    """The same with one email, if it is due."""
    return _claim(CLAIM_THIS, policy, email=email_id)


def _claim(statement: str, policy: Policy, **more: int) -> Claimed | None:
    now = timezone.now()
    given = {"now": now, "until": now + policy.lease, **more}
    found = returned_with_more(Email, statement, given, durable=True)
    emails = {is_picked: email for email, (is_picked, _are_more) in found}
    if True not in emails:
        return None
    return Claimed(emails[True], emails.get(False), any(are_more for _email, (_is_picked, are_more) in found))

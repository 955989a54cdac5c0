"""The next email to send, taken for one attempt in one statement.

It does what `claim` of outbox/queue.py does, for this one table: it locks the row alone, skips what is locked, and is
committed before anything is sent.
"""

from django.utils import timezone

from database.rows import returned
from orders.models import Email
from outbox.queue import Policy

# Those about accounts first, since people wait for their links; then the longest due. Each is found by an index that has
# nothing but what waits. What has expired is not sent: the sweep gives it up.
CLAIM = """
WITH picked AS MATERIALIZED (
    SELECT coalesce(
        (SELECT id FROM orders_mail
         WHERE kind = 'account' AND next_attempt_at <= %(now)s AND (expires_at IS NULL OR expires_at > %(now)s)
           AND NOT EXISTS (SELECT FROM outbox_quiet)
         ORDER BY next_attempt_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED),
        (SELECT id FROM orders_mail
         WHERE next_attempt_at <= %(now)s AND (expires_at IS NULL OR expires_at > %(now)s)
           AND NOT EXISTS (SELECT FROM outbox_quiet)
         ORDER BY next_attempt_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
    ) AS id
)
UPDATE orders_mail SET attempts = attempts + 1, next_attempt_at = %(until)s, leased_until = %(until)s
FROM picked WHERE orders_mail.id = picked.id
RETURNING {columns}
"""


def claim_next(policy: Policy) -> Email | None:
    """The email that comes next and is in no other hands; None if there is none.

    It is committed when this returns, so it cannot be called inside a transaction. The attempt may be one more than the
    policy has: then the last one never came to an end, and the email is to be given up.
    """
    now = timezone.now()
    given = {"now": now, "until": now + policy.lease}
    return next(iter(returned(Email, CLAIM, given, durable=True)), None)

"""The first two emails of an order as one, where the second is owed before the first has left.

An order is mostly confirmed within a second. "We have received it" waits RECEIVED_EMAIL_AFTER for that, and then the
email that answers it says both. Each stays a row of its own, and owed until it is sent, by itself or with its answer,
which is claimed with it (orders/emails/claiming.py).
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from database.rows import find_one, returned
from orders.models import Email, EmailKind, Order
from outbox.queue import Policy, note_done, note_failure, postpone

# What an order that was just placed hears next, and what one of which nothing is to be paid.
ANSWERS = (EmailKind.PAY_REQUIRED, EmailKind.NOT_CONFIRMED)
ANSWERS_GIVEN = (EmailKind.PAID,)
# Of an order's emails of some kinds the newest that waits and is in no hands.
FREE = """
WHERE order_id = %(order)s AND kind = ANY(%(kinds)s::text[]) AND next_attempt_at IS NOT NULL
    AND (leased_until IS NULL OR leased_until <= %(now)s)
ORDER BY id DESC LIMIT 1
"""
# Both in the order in which whoever locks several emails does.
SENT = """
WITH claimed AS MATERIALIZED (
    SELECT id FROM orders_mail WHERE id = ANY(%(emails)s::bigint[]) AND leased_until = %(until)s
    ORDER BY id FOR NO KEY UPDATE
)
UPDATE orders_mail SET sent_at = %(now)s, next_attempt_at = NULL, leased_until = NULL, failure = ''
FROM claimed WHERE orders_mail.id = claimed.id
RETURNING {columns}
"""
# Its attempt comes just after its answer's, for the case that this never takes it along.
AFTER_THE_ANSWER = timedelta(seconds=1)


def first_attempt(kind: EmailKind) -> datetime:
    """When an email that is owed from now on is due."""
    waits = settings.RECEIVED_EMAIL_AFTER if kind == EmailKind.PLACED else 0
    return timezone.now() + timedelta(seconds=waits)


def answers(order: Order) -> tuple[EmailKind, ...]:
    """The kinds of email that say what the first one says, too; orders/emails/claiming.py asks the same of the row."""
    return ANSWERS_GIVEN if order.is_given else ANSWERS


def left_to_answer(email: Email) -> bool:
    """Whether this claimed email is the first of an order whose answer waits too: then it is left to that.

    An answer that a worker has in hand at this moment found the first one in ours: each goes by itself.
    """
    if email.kind != EmailKind.PLACED or email.order is None:
        return False
    answer = find_one(Email, FREE, _free(email.order, *answers(email.order)))
    if answer is None or answer.next_attempt_at is None:
        return False
    postpone(email, until=max(answer.next_attempt_at, timezone.now()) + AFTER_THE_ANSWER)
    return True


def _free(order: Order | None, *kinds: EmailKind) -> dict[str, Any]:
    return {"order": order and order.pk, "kinds": [kind.value for kind in kinds], "now": timezone.now()}


def note_not_sent(email: Email, first: Email | None, policy: Policy, error: Exception) -> None:
    """Both are tried again; the first is left to its answer then."""
    for one in filter(None, (email, first)):
        note_failure(one, policy, error)


def note_sent(email: Email, first: Email | None) -> None:
    """Both at once: no crash can leave the first to be sent after its answer."""
    now = timezone.now()
    if first is None:
        note_done(email, sent_at=now, **email.without_secrets)
    else:
        returned(Email, SENT, {"emails": [first.pk, email.pk], "until": email.leased_until, "now": now})

"""What is noted of a session at a provider, beside its payment: until when it is open, and where its page is."""

import json
import time
from typing import TypedDict

from orders.models import IN_PROGRESS, Payment
from orders.payments.providers.base import SessionRefused


class Noted(TypedDict, total=False):
    """`deadline` is Unix time; the page's address comes once the session is there."""

    deadline: int
    url: str


def open_page(payment: Payment) -> str:
    """The address of the session that was begun, as long as it is open."""
    noted = _noted(payment)
    return noted.get("url", "") if noted.get("deadline", 0) > time.time() else ""


def agreed_deadline(payment: Payment, wished: int, *, anew: bool = False) -> int:
    """When the payment's session ends (Unix time): one answer for all clicks, of which the first decides."""
    if anew or _noted(payment).get("deadline", 0) <= time.time():
        before = Payment.objects.filter(pk=payment.pk, extra_data=payment.extra_data)
        before.update(extra_data=json.dumps({"deadline": wished}))
        payment.refresh_from_db(fields=["extra_data"])
    return _noted(payment)["deadline"]


def note_session(payment: Payment, session_id: str, deadline: int, url: str) -> None:
    """Note the session, unless the payment was given up meanwhile: then the page's address is not given out.

    Raises SessionRefused.
    """
    payment.transaction_id = session_id
    payment.extra_data = json.dumps({"deadline": deadline, "url": url})
    in_progress = Payment.objects.filter(pk=payment.pk, status__in=IN_PROGRESS)
    if not in_progress.update(transaction_id=session_id, extra_data=payment.extra_data):
        raise SessionRefused("the payment ended while its session was begun")


def _noted(payment: Payment) -> Noted:
    noted: Noted = json.loads(payment.extra_data or "{}")
    return noted

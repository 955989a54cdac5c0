"""What of emails is kept, and for how long."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.emails import reports
from orders.emails.queue import give_up_expired
from orders.errors import OrderError
from orders.models import Email
from outbox.queue import BATCH_SIZE

# What is left in the emails of a customer who has left.
FORGOTTEN: dict[str, str | None] = {
    "to": "",
    "subject": "",
    "text": "",
    "html": "",
    "failure": "",
    "next_attempt_at": None,
    "leased_until": None,
    "given_up_at": None,
}
# How long emails that are about no order are listed.
RETENTION_DAYS = 30


class EmailOnItsWay(OrderError):
    """A worker has an email to the customer in hand: it can neither be called back nor be waited for."""

    code = "mail_on_its_way"
    status = 409
    title = _("An email is on its way")
    advice = _(
        "The account can be closed as soon as the email that is being sent has left: try again in a few minutes."
    )
    message = _("An email to you is being sent at this moment. Please try again in a few minutes.")


def forget_recipient(*, customer_id: int) -> None:
    """In the caller's transaction: a customer's emails keep what they were about, not whom they went to.

    What still waits is never sent. Raises EmailOnItsWay while a worker has one in hand, so that none leaves for a customer
    who has left, and closing waits for no mail server.
    """
    for own in (Email.objects.filter(order__customer=customer_id), Email.objects.filter(user=customer_id)):
        locked = own.select_for_update(no_key=True, of=("self",)).order_by("pk")
        leases = list(locked.values_list("leased_until", flat=True))
        if any(until and until > timezone.now() for until in leases):
            raise EmailOnItsWay
        reports.forget(own)
        own.update(**FORGOTTEN)


def forget_old() -> None:
    """Delete what was over for RETENTION_DAYS and is about no order; an email about an order is never deleted.

    And give up what has expired.
    """
    give_up_expired()
    before = timezone.now() - timedelta(days=RETENTION_DAYS)
    over = Email.objects.filter(order=None, next_attempt_at=None, created_at__lt=before)
    Email.objects.filter(pk__in=list(over.values_list("pk", flat=True)[:BATCH_SIZE])).delete()

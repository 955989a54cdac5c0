"""The door for a mail service: look whose word it is, read it, note it, answer."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from orders.emails import reports
from orders.emails.reports import Word
from orders.models import EmailReport
from rest.forged import Forgeries

log = logging.getLogger(__name__)
# Anymail's words for what a service tells; of others, as that an email was opened, nothing is kept.
KINDS = {
    "bounced": EmailReport.Kind.BOUNCED,
    "rejected": EmailReport.Kind.REFUSED,
    "failed": EmailReport.Kind.REFUSED,
    "complained": EmailReport.Kind.COMPLAINED,
    "delivered": None,
}
FINAL = ("invalid", "bounced")
# What services call a failure that may pass: anymail has one word for both.
PASSING = ("soft", "transient", "temporary")
# SparkPost's numbers of those that don't.
FINAL_CLASSES = ("10", "30", "90")
# What reading something else than what was expected ends in.
MISREAD = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
# The name under which an email's own name goes with it, and comes back.
OURS = "email"


class Unreadable(Exception):
    """It is well signed, and not what the service is known to send."""


class Forged(Exception):
    """It is not the service's."""


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def told(request: HttpRequest) -> HttpResponse:
    """200 for all that is the service's, known to us or not; 400 for what is not, and 429 after many of those.

    404 where no service is set, or no secret by which it is known.
    """
    if not settings.EMAIL_REPORTS_VIEW:
        raise Http404
    if request.method == "HEAD":
        # Some services look whether there is such an address.
        return HttpResponse()
    forged = Forgeries("forged-reports", request)
    if forged.are_too_many:
        return _said("too many bad signatures", 429)
    try:
        words = [word for event in _events(request) if (word := _word(event))]
    except Forged:
        forged.count()
        return _said("bad signature", 400)
    except Unreadable as error:
        log.warning("the mail service's word can't be read: %r", error.__cause__)
        return _said("not readable", 400)
    reports.note(words)
    return _said("noted")


def _said(words: str, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain")


def _events(request: HttpRequest) -> list[Any]:
    """In anymail's words. Raises Forged and Unreadable."""
    with _refusals():
        view = import_string(settings.EMAIL_REPORTS_VIEW)()
        view.setup(request)
        view.run_validators(request)
        return list(view.parse_events(request))


@contextmanager
def _refusals() -> Iterator[None]:
    from anymail.exceptions import (  # type: ignore[import-untyped]  # noqa: PLC0415 only who has such a service needs it
        AnymailConfigurationError,
        AnymailError,
        AnymailWebhookValidationFailure,
    )

    try:
        yield
    except AnymailWebhookValidationFailure as error:
        raise Forged from error
    except (AnymailError, AnymailConfigurationError, *MISREAD) as error:
        raise Unreadable from error


def _word(event: Any) -> Word | None:
    """None of what is not kept."""
    if event.event_type not in KINDS:
        return None
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    name = str(metadata.get(OURS, ""))
    return Word(
        message_id=f"<{name}>" if name else "",
        service_id=str(event.message_id or ""),
        kind=KINDS[event.event_type],
        is_final=event.reject_reason in FINAL and not _may_pass(event.esp_event),
        at=_moment(event.timestamp),
        reason=str(event.mta_response or event.description or event.reject_reason or ""),
    )


def _moment(given: datetime | None) -> datetime:
    """Without a zone it is in that of UTC."""
    if given is None:
        return timezone.now()
    return given if timezone.is_aware(given) else given.replace(tzinfo=UTC)


def _may_pass(told: Any) -> bool:
    """Whether the service itself calls it a failure of the moment."""
    if not isinstance(told, dict):
        return False
    bounce = told.get("bounce")
    named = [told.get(name) for name in ("Type", "type", "event", "severity")]
    named += [bounce.get("bounceType")] if isinstance(bounce, dict) else []
    if any(word in str(name).lower() for name in named for word in PASSING):
        return True
    of_sparkpost = str(told.get("bounce_class", "")) or FINAL_CLASSES[0]
    return told.get("hard_bounce") is False or of_sparkpost not in FINAL_CLASSES

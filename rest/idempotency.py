"""Idempotency-Key: a change that is sent again is not made again, but answered as the first time.

The claim to a key is a row that is committed before anything is done, so of two at once the second is refused (409). It
is leased: when its process dies, the key is free again after IDEMPOTENCY_LEASE seconds. What then happens is up to
`Retry`: nothing may be done twice, whenever the process died.

It is no row of the outbox: it is born claimed, by the request that inserts it, and no worker tries it again, but the client.
"""

import hashlib
import logging
import re
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from functools import partial, wraps
from typing import Any

from django.conf import settings
from django.db import Error, transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from refusals import Refusal
from rest.models import KeptAnswer
from rest.outages import in_one_line

log = logging.getLogger(__name__)
HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
# Visible ASCII letters; in double quotes, as the draft has it (a string of RFC 9651), or without.
WORD = r"[!#-\[\]-~]{1,255}"
PATTERN = rf'^("{WORD}"|{WORD})$'
# Those of the first answer's headers that say something about the answer itself.
TOLD = ("Location",)
# Nothing was done, and later it may be: a conflict with another request, too many of them, or a fault of ours.
NEVER_STORED = (409, 429)


class Retry(Enum):
    """What keeps a change from being made twice when its process died before the answer was kept."""

    # The change and its answer are committed together. For calls that ask no other service while they hold locks.
    TOGETHER = "together"
    # The domain call itself does nothing twice; for those that ask a payment provider, which no transaction may wait for.
    AFTERWARDS = "afterwards"
    # The request names what it makes, so that the key adds nothing and is not looked at.
    BY_ID = "by id"


class RequestInProgress(Refusal):
    code = "request_in_progress"
    status = 409
    title = _("Being worked on")
    message = _("A request with this key is being worked on. Please try again in a moment.")
    advice = _("The first request with this `Idempotency-Key` has no answer yet. Send it again in a moment.")


class KeyReused(Refusal):
    code = "idempotency_key_reused"
    status = 422
    title = _("Key used before")
    message = _("This key was used for another request.")
    advice = _(
        "Another request had this `Idempotency-Key` in the last 24 hours. Make a new key for each new request."
    )


def once(handler: Callable[..., Response], retry: Retry) -> Callable[..., HttpResponse]:
    """The view's method, which with an Idempotency-Key is done once."""

    @wraps(handler)
    def answer(view: Any, request: Request, *args: object, **kwargs: object) -> HttpResponse:
        key = key_of(request)
        if key is None or request.user.pk is None:
            return handler(view, request, *args, **kwargs)
        kept = claim(user_id=request.user.pk, key=key, fingerprint=fingerprint_of(request))
        if kept.status is not None:
            return again(kept)
        try:
            return _do(kept, partial(handler, view, request, *args, **kwargs), retry)
        except Exception as error:  # noqa: BLE001 a door
            # A door: any error becomes an answer, and what was begun is rolled back by now.
            response: Response = view.handle_exception(error)
        _keep_if_possible(kept, response)
        return response

    return answer


def key_of(request: Request) -> str | None:
    """The request's key, without its quotes. Raises ValidationError for what is none."""
    given = request.headers.get(HEADER)
    if given is None:
        return None
    if not re.fullmatch(PATTERN, given, re.ASCII):
        raise ValidationError(
            {HEADER: [_("Give 1 to 255 visible ASCII letters, in double quotes or without.")]}
        )
    return given.strip('"')


def fingerprint_of(request: Request) -> str:
    """What makes two requests the same: method, path, query and body, letter by letter."""
    words = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(words + request._request.body).hexdigest()


def claim(*, user_id: int, key: str, fingerprint: str) -> KeptAnswer:
    """The answer that is kept for the key, or an empty one, which is the caller's to fill (`status` is None).

    Raises KeyReused, or RequestInProgress while another request's claim to it holds.
    """
    now = timezone.now()
    until = now + timedelta(seconds=settings.IDEMPOTENCY_LEASE)
    kept, is_new = KeptAnswer.objects.get_or_create(
        user_id=user_id, key=key, defaults={"fingerprint": fingerprint, "leased_until": until}
    )
    if kept.fingerprint != fingerprint:
        raise KeyReused
    if is_new or kept.status is not None:
        return kept
    if kept.leased_until > now or not _ours(kept).update(leased_until=until):
        raise RequestInProgress
    kept.leased_until = until
    return kept


def again(kept: KeptAnswer) -> HttpResponse:
    """The same answer once more."""
    answer = HttpResponse(kept.body, status=kept.status, headers={**kept.headers, REPLAYED: "true"})
    if not kept.body:
        del answer["Content-Type"]
    return answer


def forget_old() -> None:
    """Delete what was kept for its time."""
    before = timezone.now() - timedelta(seconds=settings.IDEMPOTENCY_KEPT)
    KeptAnswer.objects.filter(created_at__lt=before).delete()


def _do(kept: KeptAnswer, act: Callable[[], Response], retry: Retry) -> Response:
    if retry is not Retry.TOGETHER:
        response = act()
        _keep_if_possible(kept, response)
        return response
    with transaction.atomic():
        _hold(kept)
        response = act()
        _keep(kept, response)
    return response


def _hold(kept: KeptAnswer) -> None:
    """Lock the claim until the commit, so that one who takes it over waits, and finds the answer."""
    if not _ours(kept).select_for_update(no_key=True).exists():
        raise RequestInProgress


def _keep_if_possible(kept: KeptAnswer, response: Response) -> None:
    """Keep the answer to what is done, or refused. Without it the claim ends with its lease, and is tried anew then."""
    try:
        _keep(kept, response)
    except Error as error:
        log.warning("an answer was not kept: %s", in_one_line(error))


def _keep(kept: KeptAnswer, response: Response) -> None:
    """Write the answer down, or let go of the key when it is none that should be given again."""
    if response.status_code >= 500 or response.status_code in NEVER_STORED:
        _ours(kept).delete()
        return
    body = "" if response.data is None else JSONRenderer().render(response.data).decode()
    headers = {name: response[name] for name in TOLD if response.has_header(name)}
    kind = {"Content-Type": response.content_type or JSONRenderer.media_type} if body else {}
    language = {"Content-Language": translation.get_language()}
    _ours(kept).update(status=response.status_code, body=body, headers=headers | kind | language)


def _ours(kept: KeptAnswer) -> QuerySet[KeptAnswer]:
    """The row, as long as it is empty and the claim to it is ours."""
    return KeptAnswer.objects.filter(pk=kept.pk, status=None, leased_until=kept.leased_until)

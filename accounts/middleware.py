"""When a signed-in session was last seen, for the list of one's sessions."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.access.devices import note_seen

log = logging.getLogger(__name__)


class LastSeenMiddleware:
    """Notes it after the answer is made, only where the session was read anyway, and not while a server is down."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        session = request.session
        if response.status_code < 500 and session.accessed and session.session_key:
            try:
                note_seen(request)
            except Exception:
                # What the request was for is done: a note that can't be written is no reason to say otherwise.
                log.exception("it was not noted when a session was seen")
        return response

"""The door to the feed: everything that happened to the orders one may see, from any point on."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from accounts.requests import ApiRequest as Request
from orders.events import cursors, feed, payloads
from rest.answers import Answer, answers
from rest.fields import Moment
from rest.views import ApiView

NOW = "now"


# What cursors.cursor_of writes, and nothing else.
CURSOR = r"^(now|[A-Za-f][A-Za-z0-9_-]{9}[AEIMQUYcgkosw048])$"


@extend_schema_field({"type": "string", "pattern": CURSOR})
class Cursor(serializers.CharField):
    """A place in the feed."""


class FeedQuery(serializers.Serializer[Any]):
    """Where to go on from, and how many at once."""

    after = Cursor(
        max_length=64, required=False, help_text="A cursor; `now` for the cursor of this moment alone."
    )
    limit = serializers.IntegerField(min_value=1, max_value=feed.MAX_PAGE_SIZE, required=False)


class EventOutput(serializers.Serializer[Any]):
    """One event, as the WebSocket and webhooks send it too."""

    type = serializers.ChoiceField(choices=[(name, name) for name in payloads.TYPES])
    cursor = serializers.CharField(help_text="Go on after this event with it.")
    timestamp = Moment()
    data = serializers.DictField(  # type: ignore[assignment]  # DRF takes fields off the class before `data` is one
        help_text="Which order, and what happened to it: see the events' document."
    )


class FeedOutput(serializers.Serializer[Any]):
    """The next events, oldest first."""

    results = EventOutput(many=True)
    cursor = serializers.CharField(help_text="The `after` of the next request.")
    has_more = serializers.BooleanField(help_text="Whether there may be more events right now.")


@answers(get=Answer("read_events", "Read events", (cursors.CursorAhead,), {200: FeedOutput}))
class EventsView(ApiView):
    filter_class = FeedQuery

    @property
    def is_list(self) -> bool:
        return True

    def query_names(self) -> set[str]:
        return set(FeedQuery().fields)

    def get(self, request: Request) -> Response:
        """The events after a cursor, oldest first; without one, from the beginning."""
        after, limit = self.filters.get("after", ""), self.filters.get("limit", feed.MAX_PAGE_SIZE)
        if after == NOW:
            return Response({"results": [], "cursor": feed.present(), "has_more": False})
        entries = feed.read(user=request.user, after=after, limit=limit)
        events = [payloads.event(entry) for entry in entries]
        cursor = events[-1]["cursor"] if events else after or cursors.cursor_of(0)
        return Response({"results": events, "cursor": cursor, "has_more": len(events) == limit})

"""The door to the feed: everything that happened to the orders one may see, from any point on."""

from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import ApiRequest as Request
from orders import feed

NOW = "now"


class FeedQuery(serializers.Serializer):
    after = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    limit = serializers.IntegerField(min_value=1, max_value=feed.MOST, default=feed.MOST)


class EventsView(APIView):
    def get(self, request: Request) -> Response:
        """The events after a cursor, oldest first; `after=now` gives none, and the cursor of this moment."""
        query = FeedQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        after, limit = query.validated_data["after"], query.validated_data["limit"]
        if after == NOW:
            return Response({"results": [], "cursor": feed.present(), "has_more": False})
        entries = feed.read(user=request.user, after=after, limit=limit)
        events = [feed.event(entry) for entry in entries]
        cursor = events[-1]["cursor"] if events else after or feed.cursor_of(0)
        return Response({"results": events, "cursor": cursor, "has_more": len(events) == limit})

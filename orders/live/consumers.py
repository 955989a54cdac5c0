"""WebSocket doors: what happens to orders, to those who watch them.

Each sends every row after the last one it sent, once and in order: first those that it reads for itself, then those that
the hub hands over.
"""

import json
from functools import cached_property
from urllib.parse import parse_qs
from uuid import UUID

from accounts.models import User
from orders.actions.steps import find_order
from orders.errors import InvalidInput
from orders.events import cursors, feed, payloads
from orders.lifecycle.locking import OrderNotFound
from orders.live import news
from orders.live.authentication import linked
from orders.live.codes import BAD_CURSOR, CURSOR_AHEAD
from orders.live.hearing import Standing
from orders.live.news import News
from orders.live.sockets import Listener
from orders.models import StatusChange


class OrderStatusConsumer(Listener):
    """One order: the present status, then every change. What it counts is the order's own sequence."""

    @cached_property
    def order_id(self) -> UUID:
        order_id: UUID = self.scope["url_route"]["kwargs"]["order_id"]
        return order_id

    def may_hear(self, user: User) -> bool:
        try:
            find_order(order_id=self.order_id, user=user)
        except OrderNotFound:
            return False
        return True

    def visitor(self) -> Standing | None:
        """Who came by the link in an email about this order."""
        found = linked(self.scope, self.order_id)
        if found is None:
            return None
        return Standing(found.customer_id, found.by.session_key or "", 0, sees_all=False, until=found.until)

    def topics(self) -> set[str]:
        return {news.order(self.order_id)}

    def hear(self, told: News) -> None:
        if told.change:
            self.put(told.change.sequence, told.status(self.language))

    async def catch_up(self) -> None:
        for change in await self.ask(self._unsent):
            await self.tell(change.sequence, news.status_text(change, self.language))

    def _unsent(self) -> list[StatusChange]:
        """The rows after the last one sent; to begin with, the latest alone."""
        history = StatusChange.objects.filter(order_id=self.order_id)
        if not self.last:
            return list(history.order_by("-sequence")[:1])
        return list(history.filter(sequence__gt=self.last).order_by("sequence"))


class OrdersConsumer(Listener):
    """All orders that one may see: the feed from the cursor `after` on, or from now on. What it counts is positions.

    The first message tells the cursor that the feed goes on from.
    """

    async def begin(self) -> int | None:
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        try:
            self.last = await self.ask(feed.beginning, query.get("after", [""])[0])
        except InvalidInput:
            return BAD_CURSOR
        except cursors.CursorAhead:
            return CURSOR_AHEAD
        await self.say(json.dumps({"type": "ready", "cursor": cursors.cursor_of(self.last)}))
        return None

    def may_hear(self, user: User) -> bool:
        return True

    def topics(self) -> set[str]:
        return {news.ALL if self.standing.sees_all else news.customer(self.standing.user_id)}

    def hear(self, told: News) -> None:
        self.put(told.position, told.event)

    async def catch_up(self) -> None:
        while page := await self.ask(self._unsent):
            for position, event in page:
                await self.tell(position, event)
            if len(page) < feed.MAX_PAGE_SIZE:
                return

    def _unsent(self) -> list[tuple[int, str]]:
        of = None if self.standing.sees_all else self.standing.user_id
        page = feed.read_on(self.last, customer_id=of, limit=feed.MAX_PAGE_SIZE)
        return [(entry.position or 0, json.dumps(payloads.event(entry))) for entry in page]

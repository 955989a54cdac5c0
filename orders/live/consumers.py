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
from orders.live.news import News, Told
from orders.live.sockets import Listener, Scope
from orders.models import StatusChange


class OrderStatusConsumer(Listener):
    """One order: the present status, then each change of it; from a cursor `after` on all else that happens, too.

    A change of status is told as one, with its label, and else the event as the feed has it.
    """

    kind = "order"
    # The number in the history of the last status that was told.
    sequence = 0
    after: int | None = None

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

    async def begin(self) -> int | None:
        cursor = _cursor(self.scope)
        try:
            self.after = cursors.position_of(cursor) if cursor else None
        except InvalidInput:
            return BAD_CURSOR
        return None

    def topics(self) -> set[str]:
        return {news.order(self.order_id)}

    def hear(self, told: News) -> None:
        if told.change or self.after is not None:
            self.put(told.of_order(self.language))

    def is_told(self, told: Told) -> bool:
        return super().is_told(told) or 0 < told.sequence <= self.sequence

    async def tell(self, told: Told) -> None:
        if told.sequence or self.after is not None:
            await super().tell(told)
        self.last, self.sequence = max(self.last, told.position), max(self.sequence, told.sequence)

    async def catch_up(self) -> None:
        if not self.sequence:
            present, position = await self.ask(self._present)
            await self._begin_with(present, position)
            if self.last == position:
                return  # nothing came since; what comes from now on is handed over
        while page := await self.ask(self._unsent):
            for told in page:
                await self.tell(told)
            if len(page) < feed.MAX_PAGE_SIZE:
                return

    async def _begin_with(self, present: StatusChange, position: int) -> None:
        """Say where the order is. A cursor that is ahead of the feed, as after a backup was restored, counts as none."""
        await self.say(news.status_text(present, self.language))
        self.sequence = present.sequence
        self.last = position if self.after is None else min(self.after, position)

    def _present(self) -> tuple[StatusChange, int]:
        """The present status, and how far the feed was when it was read."""
        return feed.present_of(self.order_id)

    def _unsent(self) -> list[Told]:
        return [News(entry).of_order(self.language) for entry in feed.read_on_of(self.order_id, self.last)]


class OrdersConsumer(Listener):
    """All orders that one may see: the feed from the cursor `after` on, or from now on. What it counts is positions.

    The first message tells the cursor that the feed goes on from.
    """

    kind = "orders"

    async def begin(self) -> int | None:
        try:
            self.last = await self.ask(feed.beginning, _cursor(self.scope))
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
        self.put(Told(told.position, told.event))

    async def catch_up(self) -> None:
        while page := await self.ask(self._unsent):
            for told in page:
                await self.tell(told)
            if len(page) < feed.MAX_PAGE_SIZE:
                return

    def _unsent(self) -> list[Told]:
        of = None if self.standing.sees_all else self.standing.user_id
        page = feed.read_on(self.last, customer_id=of, limit=feed.MAX_PAGE_SIZE)
        return [Told(entry.position or 0, json.dumps(payloads.event(entry))) for entry in page]


def _cursor(scope: Scope) -> str:
    """What the client says it has heard up to; empty without."""
    query: bytes = scope["query_string"]
    return parse_qs(query.decode("latin-1")).get("after", [""])[0]

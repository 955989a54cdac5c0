"""WebSocket doors: what happens to orders, to those who watch them.

A message from the channel layer is only a hint. On each hint, and every LIVE_RECHECK seconds without one, a consumer
sends the rows after the last one it sent: each once, in order, whatever the channel layer lost or doubled.
"""

import asyncio
from functools import cached_property
from urllib.parse import parse_qs
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.utils import translation

from accounts.models import User
from accounts.second_factor import is_missing
from orders.actions.steps import find_order
from orders.errors import InvalidInput
from orders.events import feed
from orders.events.hints import ALL_ORDERS, group_of, group_of_customer, group_of_listener
from orders.lifecycle.transitions import OrderNotFound
from orders.live.authentication import language_of, signed_in
from orders.models import StatusChange
from orders.rights import OrderRights
from staff.rights import may

BAD_CURSOR = 4400
NOT_SIGNED_IN = 4401
NO_SECOND_FACTOR = 4403
NOT_FOUND = 4404


class Listener(AsyncJsonWebsocketConsumer):
    """Sends what is new to whoever may hear it: at once, on each hint, and every LIVE_RECHECK seconds."""

    user: User

    async def connect(self) -> None:
        # Accept first: a close before that reaches the client as a bare 403, without the code.
        await self.accept()
        self.language = language_of(self.scope)
        self.groups_joined: list[str] = []
        self.sending = asyncio.Lock()
        self.is_closed = False
        self.rechecking: asyncio.Task | None = None
        if not await self.is_allowed():
            return
        # Subscribe before reading: a change in between is then sent rather than missed.
        self.groups_joined = [group_of_listener(self.user.pk), *await self.groups_to_join()]
        for group in self.groups_joined:
            await self.channel_layer.group_add(group, self.channel_name)
        # And look again after it: what was taken away in between told nobody.
        if await self.is_allowed() and await self.begin():
            await self.send_new()
            self.rechecking = asyncio.create_task(self.recheck())

    async def disconnect(self, code: int) -> None:
        if self.rechecking:
            self.rechecking.cancel()
        for group in self.groups_joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None, **kwargs) -> None:
        """Clients have nothing to say here; what they send is not even read."""

    async def order_changed(self, event) -> None:
        await self.send_new()

    async def access_changed(self, event) -> None:
        await self.is_allowed()

    async def recheck(self) -> None:
        while True:
            await asyncio.sleep(settings.LIVE_RECHECK)
            if not await self.is_allowed():
                return
            await self.send_new()

    async def send_new(self) -> None:
        async with self.sending:
            while not self.is_closed and (messages := await self.unsent()):
                for message in messages:
                    await self.send_json(message)
                    self.note_sent(message)

    async def is_allowed(self) -> bool:
        """Look anew who listens and what they may hear; if they may not, close the socket with a code that says why."""
        async with self.sending:
            why = None if self.is_closed else await self.refusal()
            if why:
                self.is_closed = True
                await self.close(why)
            return not self.is_closed

    @database_sync_to_async
    def refusal(self) -> int | None:
        """Why this socket is to be closed now, as the code of the closing; None when it may go on."""
        found = signed_in(self.scope)
        if found is None:
            return NOT_SIGNED_IN
        if is_missing(*found):
            return NO_SECOND_FACTOR
        # Read anew: a user keeps the rights that were asked about once.
        self.user = found.user
        return None if self.may_hear() else NOT_FOUND

    async def begin(self) -> bool:
        """Get ready to send; False after closing the socket."""
        return True

    async def groups_to_join(self) -> list[str]:
        """The channel groups whose hints tell that there may be something new."""
        raise NotImplementedError

    def may_hear(self) -> bool:
        """Whether the user may hear this."""
        raise NotImplementedError

    async def unsent(self) -> list[dict]:
        """The next messages, in order; none when all were sent."""
        raise NotImplementedError

    def note_sent(self, message: dict) -> None:
        """Remember how far one got."""
        raise NotImplementedError


class OrderStatusConsumer(Listener):
    """One order: the present status, then every change."""

    last_sent = 0

    @cached_property
    def order_id(self) -> UUID:
        return self.scope["url_route"]["kwargs"]["order_id"]

    async def groups_to_join(self) -> list[str]:
        return [group_of(self.order_id)]

    def may_hear(self) -> bool:
        try:
            find_order(order_id=self.order_id, user=self.user)
        except OrderNotFound:
            return False
        return True

    def note_sent(self, message: dict) -> None:
        self.last_sent = message["sequence"]

    @database_sync_to_async
    def unsent(self) -> list[dict]:
        """The rows after the last one sent; to begin with, the latest alone."""
        history = StatusChange.objects.filter(order_id=self.order_id)
        if not self.last_sent:
            rows = history.order_by("-sequence")[:1]
        else:
            rows = history.filter(sequence__gt=self.last_sent).order_by("sequence")
        with translation.override(self.language):
            return [message(row) for row in rows]


class OrdersConsumer(Listener):
    """All orders that one may see: the feed from the cursor `after` on, or from now on.

    The first message tells the cursor that the feed goes on from.
    """

    async def begin(self) -> bool:
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        try:
            self.after = await self.starting_from(query.get("after", [""])[0])
        except InvalidInput:
            self.is_closed = True
            await self.close(BAD_CURSOR)
            return False
        await self.send_json({"type": "ready", "cursor": self.after})
        return True

    @database_sync_to_async
    def groups_to_join(self) -> list[str]:
        sees_all = may(self.user, OrderRights.VIEW)
        return [ALL_ORDERS if sees_all else group_of_customer(self.user.pk)]

    def may_hear(self) -> bool:
        return True

    def note_sent(self, message: dict) -> None:
        self.after = message["cursor"]

    @database_sync_to_async
    def starting_from(self, after: str) -> str:
        feed.position_of(after)
        return after or feed.present()

    @database_sync_to_async
    def unsent(self) -> list[dict]:
        return [feed.event(entry) for entry in feed.read(user=self.user, after=self.after)]


def message(change: StatusChange) -> dict:
    """A status change as it goes over the wire."""
    return {
        "type": "status",
        "order": str(change.order_id),
        "status": change.to_status,
        "label": change.get_to_status_display(),
        "sequence": change.sequence,
        "at": feed.written(change.at),
    }

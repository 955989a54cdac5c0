"""WebSocket doors: an order's status to those who watch it.

A message from the channel layer is only a hint. On each hint, and every LIVE_RECHECK seconds without one, the consumer
sends the StatusChange rows after the last one it sent: each once, in order, whatever the channel layer lost or doubled.
"""

import asyncio
from datetime import UTC
from urllib.parse import urlsplit
from uuid import UUID

from allauth.headless.internal.sessionkit import authenticate_by_x_session_token
from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from orders.announcements import group_of
from orders.lifecycle import OrderNotFound
from orders.models import StatusChange
from orders.steps import find_order

NOT_SIGNED_IN = 4401
NOT_FOUND = 4404


class OrderStatusConsumer(AsyncJsonWebsocketConsumer):
    """Sends the present status, then every change."""

    async def connect(self) -> None:
        # Accept first: a close before that reaches the client as a bare 403, without the code.
        await self.accept()
        self.order_id: UUID = self.scope["url_route"]["kwargs"]["order_id"]
        self.language = language_of(self.scope)
        self.last_sent = 0
        self.sending = asyncio.Lock()
        self.rechecking: asyncio.Task | None = None
        self.user = await user_of(self.scope)
        if self.user is None or not await self.may_listen():
            await self.close(NOT_FOUND if self.user else NOT_SIGNED_IN)
            return
        # Subscribe before reading: a change in between is then sent rather than missed.
        await self.channel_layer.group_add(group_of(self.order_id), self.channel_name)
        await self.send_changes()
        self.rechecking = asyncio.create_task(self.recheck())

    async def disconnect(self, code: int) -> None:
        if self.rechecking:
            self.rechecking.cancel()
        await self.channel_layer.group_discard(group_of(self.order_id), self.channel_name)

    async def receive(self, text_data=None, bytes_data=None, **kwargs) -> None:
        """Clients have nothing to say here; what they send is not even read."""

    async def status_changed(self, event) -> None:
        await self.send_changes()

    async def recheck(self) -> None:
        while True:
            await asyncio.sleep(settings.LIVE_RECHECK)
            if not await self.may_listen():
                await self.close(NOT_FOUND)
                return
            await self.send_changes()

    async def send_changes(self) -> None:
        async with self.sending:
            for change in await self.unsent():
                await self.send_json(change)
                self.last_sent = change["sequence"]

    @database_sync_to_async
    def may_listen(self) -> bool:
        try:
            self.user.refresh_from_db(fields=["is_active", "is_staff"])
            find_order(order_id=self.order_id, user=self.user)
        except (OrderNotFound, type(self.user).DoesNotExist):
            return False
        return self.user.is_active

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


def message(change: StatusChange) -> dict:
    """A status change as it goes over the wire."""
    return {
        "type": "status",
        "order": str(change.order_id),
        "status": change.to_status,
        "label": change.get_to_status_display(),
        "sequence": change.sequence,
        "at": change.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }


async def user_of(scope):
    """Who listens: the owner of the X-Session-Token header, or of the session cookie sent from a page of ours."""
    token = header(scope, b"x-session-token")
    if token:
        found = await database_sync_to_async(authenticate_by_x_session_token)(token)
        return found[0] if found else None
    if not _origin_is_ours(scope):
        return None
    user = await get_user(scope)
    return user if user.is_authenticated else None


def language_of(scope) -> str:
    """The listener's language: by cookie, then by Accept-Language."""
    request = HttpRequest()
    request.COOKIES = scope.get("cookies", {})
    request.META["HTTP_ACCEPT_LANGUAGE"] = header(scope, b"accept-language")
    return translation.get_language_from_request(request)


def _origin_is_ours(scope) -> bool:
    origin = header(scope, b"origin")
    return urlsplit(origin).netloc == header(scope, b"host") != "" or origin in settings.CSRF_TRUSTED_ORIGINS


def header(scope, name: bytes) -> str:
    """The header's value, or an empty string."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")

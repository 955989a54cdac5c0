"""WebSocket doors."""

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.sessions import SessionMiddlewareStack as SessionUser

__all__ = ["OrderStatusConsumer", "SessionUser"]


class OrderStatusConsumer(AsyncJsonWebsocketConsumer):
    pass

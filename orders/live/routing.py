"""Addresses of the WebSockets."""

from typing import Any

from django.urls import path

from orders.live import consumers

# Channels has applications where Django, and its types, have views.
_orders: Any = consumers.OrdersConsumer.as_asgi()
_order: Any = consumers.OrderStatusConsumer.as_asgi()
websocket_urlpatterns: list[Any] = [
    path("ws/orders/", _orders),
    path("ws/orders/<uuid:order_id>/", _order),
]

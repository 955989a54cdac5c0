"""Addresses of the WebSockets."""

from django.urls import path

from orders.live import consumers

websocket_urlpatterns = [
    path("ws/orders/", consumers.OrdersConsumer.as_asgi()),
    path("ws/orders/<uuid:order_id>/", consumers.OrderStatusConsumer.as_asgi()),
]

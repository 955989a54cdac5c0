"""Addresses of the WebSockets."""

from django.urls import path

from orders import consumers

websocket_urlpatterns = [
    path("ws/orders/<uuid:order_id>/", consumers.OrderStatusConsumer.as_asgi()),
]

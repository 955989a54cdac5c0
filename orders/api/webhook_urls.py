"""Addresses below /api/webhooks/."""

from uuid import UUID

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from orders.api import webhooks


class MessageId(StringConverter):
    """The id of a delivery as receivers know it."""

    regex = "msg_[0-9a-f]{32}"

    def to_python(self, value: str) -> UUID:  # type: ignore[override]  # what the view gets is no text
        return UUID(value.removeprefix("msg_"))

    def to_url(self, value: UUID | str) -> str:
        return value if isinstance(value, str) else f"msg_{value.hex}"


register_converter(MessageId, "message_id")

urlpatterns = [
    path("", webhooks.EndpointsView.as_view(), name="api-webhooks"),
    path("<uuid:endpoint_id>/", webhooks.EndpointView.as_view(), name="api-webhook"),
    path("<uuid:endpoint_id>/secret/", webhooks.SecretView.as_view(), name="api-webhook-secret"),
    path("<uuid:endpoint_id>/test-event/", webhooks.TestEventView.as_view(), name="api-webhook-test"),
    path("<uuid:endpoint_id>/deliveries/", webhooks.DeliveriesView.as_view(), name="api-webhook-deliveries"),
    path(
        "<uuid:endpoint_id>/deliveries/<message_id:message_id>/redelivery/",
        webhooks.RedeliveryView.as_view(),
        name="api-webhook-redelivery",
    ),
]

"""DRF doors of the endpoints of one's webhooks, and of the log of what was sent there."""

from uuid import UUID

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.access.verification import EmailNotVerified
from accounts.requests import ApiRequest as Request
from orders.events import payloads
from orders.models import WebhookDelivery, WebhookEndpoint
from orders.models.messages.webhook import Failure
from orders.webhooks import endpoints
from orders.webhooks.http import MAX_URL_LENGTH
from rest.answers import Answer, answers
from rest.changes import Change
from rest.fields import Text, Truth
from rest.preconditions import PreconditionFailed, expectation
from rest.views import ApiView


class EndpointInput(Change):
    url = Text(max_length=MAX_URL_LENGTH)
    types = serializers.ListField(
        child=serializers.ChoiceField(payloads.TYPES), required=False, max_length=100
    )


class EndpointChange(EndpointInput):
    url = Text(max_length=MAX_URL_LENGTH, required=False)
    is_active = Truth(required=False)


class EndpointOutput(serializers.ModelSerializer[WebhookEndpoint]):
    """`state` is on, off (by its owner), or failed (switched off after three days without an answer)."""

    is_active = serializers.BooleanField(source="is_on")

    class Meta:
        model = WebhookEndpoint
        fields = ["id", "url", "types", "is_active", "state", "state_at", "created_at", "failing_since"]


class EndpointWithSecret(EndpointOutput):
    """The secret is shown once: when it is made."""

    class Meta(EndpointOutput.Meta):
        fields = [*EndpointOutput.Meta.fields, "secret"]


def as_read(request: Request) -> endpoints.Expectation | None:
    """That the endpoint is what If-Match says that the client has read."""
    return expectation(request, lambda endpoint: EndpointOutput(endpoint).data)


class DeliveryOutput(serializers.ModelSerializer[WebhookDelivery]):
    """`failure`, `http_status`, `answer` and `duration_ms` are of the last attempt. `id` is the header webhook-id.

    `answer` is the beginning of what the receiver said, in the log of staff alone.
    """

    id = serializers.CharField(source="message_id")
    failure = serializers.ChoiceField(Failure.choices, allow_blank=True)
    http_status = serializers.IntegerField(source="status", allow_null=True)
    answer = serializers.CharField(source="answer_for_owner")

    class Meta:
        model = WebhookDelivery
        fields = [
            *(
                "id",
                "type",
                "order",
                "state",
                "created_at",
                "attempts",
                "attempted_at",
                "next_attempt_at",
                "done_at",
            ),
            *("failure", "http_status", "answer", "duration_ms"),
        ]


@answers(
    get=Answer("list_webhooks", "List one's webhooks", gives={200: EndpointOutput(many=True)}),
    post=Answer(
        "add_webhook",
        "Register a webhook",
        (endpoints.TooManyEndpoints, EmailNotVerified),
        {201: EndpointWithSecret},
        EndpointInput,
        delicate=True,
    ),
)
class EndpointsView(ApiView, GenericAPIView[WebhookEndpoint]):
    """One's own endpoints, the oldest first; a POST registers one, and shows its secret this once."""

    request: Request
    serializer_class = EndpointOutput
    ordering = ("created_at", "id")

    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(endpoints.of(request.user))
        return self.get_paginated_response(EndpointOutput(page, many=True).data)

    def post(self, request: Request) -> Response:
        body = EndpointInput(data=request.data)
        body.is_valid(raise_exception=True)
        endpoint = endpoints.register(owner=request.user, **body.validated_data)
        location = reverse("api-webhook", args=[endpoint.pk], request=request)
        return Response(EndpointWithSecret(endpoint).data, 201, headers={"Location": location})


@answers(
    get=Answer("read_webhook", "Read a webhook", gives={200: EndpointOutput}),
    patch=Answer(
        "change_webhook",
        "Change a webhook",
        (PreconditionFailed,),
        {200: EndpointOutput},
        EndpointChange,
        delicate=True,
    ),
    delete=Answer("remove_webhook", "Remove a webhook", (PreconditionFailed,), delicate=True),
)
class EndpointView(ApiView):
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        """Read an endpoint."""
        endpoint = endpoints.find(endpoint_id=endpoint_id, owner=request.user)
        return Response(EndpointOutput(endpoint).data)

    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        """Change its address or its types of events, switch it off or on."""
        body = EndpointChange(data=request.data)
        body.is_valid(raise_exception=True)
        endpoint = endpoints.edit(
            endpoint_id=endpoint_id, owner=request.user, expect=as_read(request), **body.validated_data
        )
        return Response(EndpointOutput(endpoint).data)

    def delete(self, request: Request, endpoint_id: UUID) -> Response:
        """Remove it; nothing is sent there any more."""
        endpoints.remove(endpoint_id=endpoint_id, owner=request.user, expect=as_read(request))
        return Response(status=204)


@answers(
    post=Answer("renew_webhook_secret", "Make a new secret", gives={201: EndpointWithSecret}, delicate=True)
)
class SecretView(ApiView):
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Make a new secret, which is shown this once; for a day the old one signs too."""
        endpoint = endpoints.rotate_secret(endpoint_id=endpoint_id, owner=request.user)
        return Response(EndpointWithSecret(endpoint).data, 201)


@answers(post=Answer("test_webhook", "Send a test event", (endpoints.TooManyTests,), {202: DeliveryOutput}))
class TestEventView(ApiView):
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Send an event that tells of nothing."""
        delivery = endpoints.send_test(endpoint_id=endpoint_id, owner=request.user)
        return Response(DeliveryOutput(delivery).data, 202)


@answers(get=Answer("list_deliveries", "List what was sent", gives={200: DeliveryOutput(many=True)}))
class DeliveriesView(ApiView, ListAPIView[WebhookDelivery]):
    """What was sent to an endpoint, or is to be, the newest first."""

    request: Request
    serializer_class = DeliveryOutput
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        return endpoints.log_of(endpoint_id=self.kwargs["endpoint_id"], owner=self.request.user)


@answers(post=Answer("redeliver", "Send an event again", gives={202: DeliveryOutput}))
class RedeliveryView(ApiView):
    def post(self, request: Request, endpoint_id: UUID, message_id: UUID) -> Response:
        """Send an event once more, under the same id."""
        delivery = endpoints.redeliver(endpoint_id=endpoint_id, key=message_id, owner=request.user)
        return Response(DeliveryOutput(delivery).data, 202)

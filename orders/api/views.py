"""DRF doors of the order flow: read the input, one domain call, answer."""

from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request as AnyRequest
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from accounts.requests import ApiRequest as Request
from orders.actions.cancellation import PaymentUnderWay
from orders.actions.money.payment import start_payment
from orders.actions.refund_requests import RefundNotOffered
from orders.actions.steps import find_order, find_order_with, list_orders, take_step
from orders.api.serializers import inputs, preview_output, serializers
from orders.api.shown import shown
from orders.api.shown.beside import Read, with_orders
from orders.api.shown.previews import of_preview
from orders.checkout import previews
from orders.checkout.begun import EventBegun
from orders.checkout.placement import placement, refusals, stock
from orders.documents.drawing.letters import LettersNotPrintable
from orders.lifecycle.parcels import PreorderAwaited
from orders.lifecycle.transitions import OrderDisputed, RefundRequested, StepNotAllowed
from orders.lifecycle.waiting import ChangeAwaited
from orders.models import Order, StatusChange
from orders.pricing.codes import TooManyCodes
from orders.pricing.payable import AmountNotPayable
from orders.pricing.uses import PromotionUsedUp
from orders.status import Step
from refusals import Refusal
from rest.answers import Answer, Body, answers
from rest.idempotency import Retry
from rest.scopes import Scope
from rest.views import ApiView
from staff.rights import PermissionDenied

# What placing can be refused for, in the order in which it is looked at.
PLACING = (
    refusals.NoPaymentProvider,
    previews.PreviewExpired,
    refusals.ShippingMethodNotFound,
    AmountNotPayable,
    refusals.UserNotFound,
    refusals.TooManyUnpaidOrders,
    LettersNotPrintable,
    stock.ProductNotFound,
    EventBegun,
    stock.InsufficientStock,
    PromotionUsedUp,
    refusals.OrderAlreadyPlaced,
)
PLACED = {200: serializers.OrderOutput, 201: serializers.OrderOutput}


def read(request: Request, input_class: type[Serializer[Any]]) -> dict[str, Any]:
    """The JSON body, as its serializer reads it. Raises ValidationError."""
    validated: dict[str, Any]
    try:
        validated = _reader(input_class).run_validation(request.data)
    except ValidationError:
        # What is wrong, by one that has this body: it has the names of what is wrong put right.
        body = input_class(data=request.data)
        body.is_valid(raise_exception=True)
        validated = body.validated_data
    return validated


@cache
def _reader(input_class: type[Serializer[Any]]) -> Serializer[Any]:
    """One for all bodies: it keeps nothing of them, while a new one copies each of its fields."""
    return input_class()


def show(request: Request, order: Order) -> Response:
    return Response(shown.of_order(request, order))


def place(request: Request, *, preview_id: UUID, price_table_id: int, note: str) -> Response:
    """Place a preview, and show the order that it is then and where it is; twice is the same order."""
    placed = placement.place_order(
        preview_id=preview_id, customer=request.user, price_table_id=price_table_id, note=note
    )
    if placed.preview is None:
        return show(request, placed.order)
    location = request.build_absolute_uri(reverse("api-order", args=[preview_id]))
    body = shown.of_placed(request, placed.order, placed.preview)
    return Response(body, 201, headers={"Location": location})


@answers(
    post=Answer(
        "make_preview",
        "Make a preview",
        (TooManyCodes, EventBegun, AmountNotPayable),
        gives={201: preview_output.PreviewOutput},
        takes=inputs.PreviewInput,
        # A VAT id may be looked up with its service; of two previews one just expires.
        retry=Retry.AFTERWARDS,
    )
)
class PreviewsView(ApiView):
    def post(self, request: Request) -> Response:
        """Make a preview."""
        body = read(request, inputs.PreviewInput)
        items = [(item["sku"], item["quantity"]) for item in body.pop("items")]
        preview = previews.create_preview(customer=request.user, items=items, **body)
        location = request.build_absolute_uri(reverse("api-preview", args=[preview.id]))
        return Response(of_preview(preview), 201, headers={"Location": location})


@answers(
    get=Answer(
        "read_preview", "Read a preview", (previews.PreviewExpired,), {200: preview_output.PreviewOutput}
    )
)
class PreviewView(ApiView):
    def get(self, request: Request, preview_id: UUID) -> Response:
        """Read a preview again until it expires."""
        preview = previews.get_preview(preview_id=preview_id, customer_id=request.user.pk)
        return Response(of_preview(preview))


@answers(
    get=Answer("read_order", "Read an order", gives={200: serializers.OrderOutput}),
    post=Answer(
        "place_preview", "Place a preview", PLACING, PLACED, inputs.PlacementInput, retry=Retry.BY_ID
    ),
)
class OrderView(ApiView):
    def get(self, request: Request, order_id: UUID) -> Response:
        """Read an order."""
        order, found = find_order_with(*with_orders([order_id]), order_id=order_id, user=request.user)
        return Response(shown.of_order(request, order, Read.of(found)))

    def post(self, request: Request, order_id: UUID) -> Response:
        """Place the preview with this id; twice is the same order."""
        return place(request, preview_id=order_id, **read(request, inputs.PlacementInput))


@answers(
    get=Answer("list_orders", "List orders", (PermissionDenied,)),
    post=Answer(
        "place_order",
        "Place a preview named in the body",
        PLACING,
        PLACED,
        inputs.PlacementByBodyInput,
        retry=Retry.BY_ID,
    ),
)
class OrdersView(ApiView, ListAPIView[Order]):
    """Orders, the newest first; a POST places a preview named in the body."""

    request: Request
    serializer_class = serializers.OrderOutput
    filter_class = inputs.OrderFilter
    ordering = ("-placed_at", "-id")

    def get_queryset(self) -> QuerySet[Order]:
        filters = {name: value for name, value in self.filters.items() if name != "scope"}
        everybody = self.filters.get("scope") == "all"
        orders = list_orders(user=self.request.user, everybody=everybody, **filters)
        return orders.select_related("courier")

    def list(self, request: AnyRequest, *args: object, **kwargs: object) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(shown.of_orders(request, page))

    def post(self, request: Request) -> Response:
        return place(request, **read(request, inputs.PlacementByBodyInput))


@answers(
    get=Answer(
        "read_history",
        "Read an order's history",
        gives={200: serializers.StatusChangeOutput(many=True)},
    )
)
class HistoryView(ApiView, GenericAPIView[StatusChange]):
    ordering = ("sequence",)

    def get(self, request: Request, order_id: UUID) -> Response:
        """Every status the order has been in, oldest first."""
        order = find_order(order_id=order_id, user=request.user)
        page = self.paginate_queryset(order.history.select_related("order"))
        return self.get_paginated_response(serializers.StatusChangeOutput(page, many=True).data)


@answers(
    post=Answer(
        "start_payment",
        "Start or resume the payment",
        (StepNotAllowed, PaymentUnderWay, refusals.NoPaymentProvider),
        {200: serializers.PaymentOutput, 201: serializers.PaymentOutput},
        # Twice is the same payment. An overdue one is closed at its provider first.
        retry=Retry.AFTERWARDS,
    )
)
class PaymentView(ApiView):
    def post(self, request: Request, order_id: UUID) -> Response:
        """Start the payment, or resume the one in progress; the answer says where to pay."""
        started = start_payment(order_id=order_id, actor=request.user)
        return Response(shown.of_payment(request, started.payment), 201 if started.is_new else 200)


class StepView(ApiView):
    """One step with an order: POST to its noun."""

    input_class: type[Serializer[Any]] = inputs.StepInput
    step: Step

    def post(self, request: Request, order_id: UUID) -> Response:
        body = read(request, self.input_class)
        order = take_step(order_id=order_id, step=self.step, actor=request.user, **body)
        return show(request, order)


def step_answers(
    name: str,
    summary: str,
    refusals: tuple[type[Refusal], ...],
    takes: Body = inputs.StepInput,
    **more: Any,
) -> Callable[[type[StepView]], type[StepView]]:
    return answers(post=Answer(name, summary, refusals, {200: serializers.OrderOutput}, takes, **more))


# A second one finds the order canceled; the first closes its payment at the provider.
@step_answers("cancel_order", "Cancel an order", (StepNotAllowed, PaymentUnderWay), retry=Retry.AFTERWARDS)
class CancellationView(StepView):
    step = Step.CANCEL


@step_answers("ask_refund", "Cancel a paid order, for its money back", (StepNotAllowed, RefundNotOffered))
class RefundView(StepView):
    """Where `refunds` of the order is `on_request`, staff are asked: it stays `paid`, with a `refund_request`.

    `refund_asks_because` says why: what was bought is sold so, its code was seen, or its parcel is packed.
    """

    step = Step.ASK_REFUND


@step_answers(
    "complete_order",
    "Mark an order as done",
    (StepNotAllowed, OrderDisputed, RefundRequested, ChangeAwaited, PreorderAwaited),
    inputs.CompletionInput,
    scope=Scope.MANAGE,
)
class CompletionView(StepView):
    input_class = inputs.CompletionInput
    step = Step.COMPLETE

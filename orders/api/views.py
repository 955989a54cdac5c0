"""DRF doors of the order flow: read the input, one domain call, answer."""

from uuid import UUID

from django.urls import reverse
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import ApiRequest as Request
from orders import previews
from orders.api import serializers
from orders.models import Order
from orders.placement import place_order
from orders.status import Step
from orders.steps import find_order, start_payment, take_step


def whole(order_id: UUID) -> Order:
    """An order with everything that its representation shows, in a fixed number of statements."""
    return with_everything(Order.objects).get(pk=order_id)


def with_everything(orders):
    return orders.select_related("courier").prefetch_related(
        "lines__product__images", "lines__allocations__number"
    )


class Door(APIView):
    """Reads a JSON body through `input_class` and shows orders through OrderOutput."""

    request: Request
    input_class: type[serializers.serializers.Serializer]

    def read(self, request: Request) -> dict:
        body = self.input_class(data=request.data)
        body.is_valid(raise_exception=True)
        return body.validated_data

    def show(self, order_id: UUID, status: int = 200) -> Response:
        shown = serializers.OrderOutput(whole(order_id), context={"request": self.request})
        headers = {"Location": self.request.build_absolute_uri(reverse("api-order", args=[order_id]))}
        return Response(shown.data, status, headers=headers if status == 201 else None)


class PreviewsView(Door):
    input_class = serializers.PreviewInput

    def post(self, request: Request) -> Response:
        """Make a quote."""
        body = self.read(request)
        items = [(item["sku"], item["quantity"]) for item in body["items"]]
        preview = previews.create_preview(customer=request.user, items=items, address_id=body["address_id"])
        location = request.build_absolute_uri(reverse("api-preview", args=[preview.id]))
        return Response(serializers.PreviewOutput(preview).data, 201, headers={"Location": location})


class PreviewView(APIView):
    def get(self, request: Request, preview_id: UUID) -> Response:
        """Read a quote again until it expires."""
        preview = previews.get_preview(preview_id=preview_id, customer_id=request.user.pk)
        return Response(serializers.PreviewOutput(preview).data)


class OrderView(Door):
    input_class = serializers.PlacementInput

    def get(self, request: Request, order_id: UUID) -> Response:
        """Read an order."""
        return self.show(find_order(order_id=order_id, user=request.user).pk)

    def post(self, request: Request, order_id: UUID) -> Response:
        """Place the preview with this id; twice is the same order."""
        return self.place(order_id, self.read(request))

    def place(self, preview_id: UUID, body: dict) -> Response:
        placed = place_order(
            preview_id=preview_id,
            customer=self.request.user,
            price_table_id=body["price_table_id"],
            note=body["note"],
        )
        return self.show(placed.order.pk, 201 if placed.is_new else 200)


class OrdersView(ListAPIView):
    """One's own orders, the newest first; a POST places a preview named in the body."""

    request: Request
    serializer_class = serializers.OrderOutput
    ordering = ("-placed_at", "-id")

    def get_queryset(self):
        query = serializers.StatusFilter(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        return with_everything(Order.objects.filter(customer=self.request.user, **query.validated_data))

    def post(self, request: Request) -> Response:
        body = serializers.PlacementByBodyInput(data=request.data)
        body.is_valid(raise_exception=True)
        door = OrderView(request=request)
        return door.place(body.validated_data["preview_id"], body.validated_data)


class HistoryView(GenericAPIView):
    ordering = ("sequence",)

    def get(self, request: Request, order_id: UUID) -> Response:
        """Every status the order has been in, oldest first."""
        order = find_order(order_id=order_id, user=request.user)
        page = self.paginate_queryset(order.history.select_related("order"))
        return self.get_paginated_response(serializers.StatusChangeOutput(page, many=True).data)


class PaymentView(APIView):
    def post(self, request: Request, order_id: UUID) -> Response:
        """Start the payment, or resume the one in progress; the answer says where to pay."""
        started = start_payment(order_id=order_id, actor=request.user)
        shown = serializers.PaymentOutput(started.payment.order, context={"request": request})
        return Response(shown.data, 201 if started.is_new else 200)


class StepView(Door):
    """One step with an order: POST to its noun."""

    input_class = serializers.StepInput
    step: Step

    def post(self, request: Request, order_id: UUID) -> Response:
        order = take_step(order_id=order_id, step=self.step, actor=request.user, **self.read(request))
        return self.show(order.pk)


class CancellationView(StepView):
    step = Step.CANCEL


class RefundView(StepView):
    step = Step.ASK_REFUND


class CompletionView(StepView):
    input_class = serializers.CompletionInput
    step = Step.COMPLETE

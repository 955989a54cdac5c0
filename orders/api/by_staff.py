"""DRF doors for staff after an order is placed: parcels, pickup, money by hand, and answers to what customers asked for."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from accounts.requests import ApiRequest as Request
from orders.actions import parcels, tracking
from orders.actions.changes import change_requests, changes
from orders.actions.changes.accepting import Terms
from orders.actions.changes.waiting import MAY_NOT_WAIT
from orders.actions.steps import find_order
from orders.api.changes.requests import RequestedLineInput
from orders.api.serializers.afterwards import ShipmentOutput
from orders.api.serializers.parts import money
from orders.api.serializers.serializers import OrderOutput
from orders.api.shown import shown
from orders.api.shown.after import shipments_of
from orders.api.views import read, show
from orders.checkout.begun import EventBegun
from orders.checkout.elsewhere import OtherCurrency, TaxWouldDiffer
from orders.checkout.items import MAX_ITEMS
from orders.checkout.placement.stock import InsufficientStock
from orders.lifecycle.parcels import Parcel, PreorderAwaited
from orders.lifecycle.transitions import OrderDisputed, RefundRequested, StepNotAllowed
from orders.lifecycle.waiting import ChangeAwaited
from orders.models import BY_HAND
from orders.payments import by_hand
from rest.answers import Answer, answers
from rest.changes import Change
from rest.fields import Text, Whole
from rest.scopes import Scope
from rest.views import ApiView

MAX_CODE = 200


class ParcelInput(Change):
    lines: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=RequestedLineInput(), min_length=1, max_length=MAX_ITEMS
    )
    courier_id = Whole(
        min_value=1,
        max_value=2**31 - 1,
        required=False,
        help_text="Who carries it; else the order's courier.",
    )
    tracking_code = Text(max_length=MAX_CODE, required=False, allow_blank=True, default="")
    weight_g = Whole(min_value=1, max_value=parcels.MAX_WEIGHT_G, required=False)
    early = Text(
        max_length=parcels.MAX_REASON,
        required=False,
        allow_blank=True,
        default="",
        help_text="Why a pre-order leaves before its `available_from`; by staff who may send it early.",
    )
    note = Text(max_length=changes.MAX_NOTE, required=False, allow_blank=True, default="")


class TrackingCodeInput(Change):
    tracking_code = Text(max_length=MAX_CODE, allow_blank=True, help_text="Empty takes it away.")


class ReceiptInput(Change):
    variant = serializers.ChoiceField(choices=BY_HAND, help_text="How the money came.")
    amount = money(min_value=Decimal("0.01"), help_text="In the order's currency.")
    reference = Text(
        max_length=by_hand.MAX_REFERENCE,
        required=False,
        allow_blank=True,
        default="",
        help_text="The bank's name of it. The same again changes nothing.",
    )
    note = Text(max_length=changes.MAX_NOTE, required=False, allow_blank=True, default="")


class AcceptanceInput(Change):
    id = serializers.UUIDField(help_text="Of the change that is made: any new one.")
    based_on = Whole(min_value=0, max_value=2**31 - 1, help_text="How many `changes` the order has had.")
    restocked = serializers.ListField(
        child=Text(max_length=64),
        required=False,
        default=list,
        max_length=MAX_ITEMS,
        help_text="SKUs of the pieces that are for sale again.",
    )
    shipping = money(
        required=False, default=Decimal(0), min_value=Decimal(0), help_text="How much of it goes back too."
    )
    note = Text(max_length=changes.MAX_NOTE, required=False, allow_blank=True, default="")
    waive = serializers.BooleanField(
        required=False,
        default=False,
        help_text="The shop pays what a wished variant costs more; else the customer does before it is exchanged.",
    )
    plain = serializers.BooleanField(
        required=False, default=False, help_text="Nothing is exchanged: the money goes back for all pieces."
    )


class RefusalInput(Change):
    note = Text(max_length=changes.MAX_NOTE, help_text="Why; the customer is told.")


@answers(
    get=Answer("list_parcels", "List an order's parcels", gives={200: ShipmentOutput(many=True)}),
    post=Answer(
        "send_parcel",
        "Send a parcel, or hand over what is fetched",
        (
            parcels.MoreThanLeft,
            PreorderAwaited,
            StepNotAllowed,
            OrderDisputed,
            RefundRequested,
            ChangeAwaited,
        ),
        {200: OrderOutput},
        ParcelInput,
        scope=Scope.MANAGE,
    ),
)
class ParcelsView(ApiView):
    def get(self, request: Request, order_id: UUID) -> Response:
        """The parcels that left, the first one first."""
        order = find_order(order_id=order_id, user=request.user)
        return Response(shipments_of([order.pk]).read().get(order.pk, []))

    def post(self, request: Request, order_id: UUID) -> Response:
        """Send these pieces in one parcel, or hand them over at pickup; with the last of them the order is done."""
        body = read(request, ParcelInput)
        order = find_order(order_id=order_id, user=request.user)
        wanted = {line["sku"]: line["quantity"] for line in body.pop("lines")}
        note = body.pop("note")
        parcel = Parcel(change_requests.quantities_of(order, wanted), **body)
        return show(
            request, parcels.send_parcel(order_id=order_id, actor=request.user, parcel=parcel, note=note)
        )


@answers(
    post=Answer(
        "tell_ready",
        "Tell that an order is ready for pickup",
        (
            parcels.AlreadyReady,
            PreorderAwaited,
            StepNotAllowed,
            OrderDisputed,
            RefundRequested,
            ChangeAwaited,
        ),
        {200: OrderOutput},
        scope=Scope.MANAGE,
    )
)
class ReadyView(ApiView):
    def post(self, request: Request, order_id: UUID) -> Response:
        """Tell the customer that the order is packed and can be picked up."""
        order = find_order(order_id=order_id, user=request.user)
        return show(request, parcels.tell_ready(order_id=order.pk, actor=request.user))


@answers(
    post=Answer(
        "correct_tracking_code",
        "Correct the tracking code",
        (StepNotAllowed,),
        {200: OrderOutput},
        TrackingCodeInput,
        scope=Scope.MANAGE,
    )
)
class TrackingCodeView(ApiView):
    def post(self, request: Request, order_id: UUID) -> Response:
        """Put another code in the place of a done order's, which is its last parcel's; the customer gets an email."""
        code = read(request, TrackingCodeInput)["tracking_code"]
        order = find_order(order_id=order_id, user=request.user)
        return show(request, tracking.correct_tracking_code(order_id=order.pk, actor=request.user, code=code))


@answers(
    post=Answer(
        "note_money",
        "Note money that came by transfer or in cash",
        (by_hand.PaidTooLittle,),
        {200: OrderOutput},
        ReceiptInput,
        scope=Scope.MANAGE,
    )
)
class ReceiptsView(ApiView):
    def post(self, request: Request, order_id: UUID) -> Response:
        """Note that an order's money came; it is paid then. What is too much, late, or came twice goes back."""
        body = read(request, ReceiptInput)
        order = find_order(order_id=order_id, user=request.user)
        return show(request, by_hand.note_received(order_id=order.pk, actor=request.user, **body))


@answers(
    post=Answer(
        "accept_request",
        "Accept what a customer asked for",
        (
            change_requests.RequestAnswered,
            changes.ChangeNotPossible,
            changes.OrderMovedOn,
            TaxWouldDiffer,
            OtherCurrency,
            InsufficientStock,
            EventBegun,
            *MAY_NOT_WAIT,
        ),
        {200: OrderOutput},
        AcceptanceInput,
        scope=Scope.MANAGE,
    )
)
class AcceptanceView(ApiView):
    def post(self, request: Request, order_id: UUID) -> Response:
        """Make the change that the order's open request is about: all of it, or nothing.

        `change-previews/` and `exchange-previews/` show before what it does. Pieces for which the customer wishes another
        variant (`exchange_for`) are exchanged; `plain` gives back the money instead.
        """
        body = read(request, AcceptanceInput)
        change_requests.accept(
            request_id=change_requests.open_one(order_id=order_id, actor=request.user),
            actor=request.user,
            change_id=body.pop("id"),
            based_on=body.pop("based_on"),
            terms=Terms(**body),
        )
        return Response(shown.of_order(request, find_order(order_id=order_id, user=request.user)))


@answers(
    post=Answer(
        "decline_request",
        "Decline what a customer asked for",
        (change_requests.RequestAnswered,),
        {200: OrderOutput},
        RefusalInput,
        scope=Scope.MANAGE,
    )
)
class RefusalView(ApiView):
    def post(self, request: Request, order_id: UUID) -> Response:
        """Say no to the order's open request, and why, which the customer is told by email."""
        note = read(request, RefusalInput)["note"]
        asked = change_requests.open_one(order_id=order_id, actor=request.user)
        change_requests.decline(request_id=asked, actor=request.user, note=note)
        return Response(shown.of_order(request, find_order(order_id=order_id, user=request.user)))

"""DRF doors of what customers ask for after paying: what they may ask for, and asking."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from accounts.requests import ApiRequest as Request
from orders.actions.changes import change_requests
from orders.actions.changes.offers import Offer, offers_of
from orders.actions.steps import find_order
from orders.api.serializers.parts import money, time
from orders.api.serializers.serializers import OrderOutput
from orders.api.shown import amounts, shown
from orders.api.views import read
from orders.checkout.items import MAX_ITEMS, MAX_QUANTITY
from orders.checkout.placement.stock import InsufficientStock
from orders.events.payloads import written
from orders.models import ChangeRequest
from orders.pricing.left import LineLeft
from rest.answers import Answer, answers
from rest.changes import Change
from rest.fields import Text, Whole
from rest.views import ApiView


class RequestedLineInput(Change):
    sku = Text(max_length=64)
    quantity = Whole(min_value=0, max_value=MAX_QUANTITY)


class WishedLineInput(RequestedLineInput):
    exchange_for = Text(
        max_length=64,
        required=False,
        allow_blank=True,
        default="",
        help_text="The SKU of another variant of the same product, in the place of money: one of the line's `variants`.",
    )


class ChangeRequestInput(Change):
    kind = serializers.ChoiceField(
        choices=ChangeRequest.Kind.choices,
        help_text="`cancel` a part of a paid order; `return` or `withdraw` once it is done, the latter for some days.",
    )
    lines: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=WishedLineInput(), min_length=1, max_length=MAX_ITEMS
    )
    note = Text(max_length=change_requests.MAX_NOTE, required=False, allow_blank=True, default="")


class VariantOutput(serializers.Serializer[Any]):
    """Another variant that can be had for a piece, as of now: nothing of it is kept for the customer."""

    sku = serializers.CharField()
    name = serializers.CharField()
    price = money(help_text="Of a piece, at the order's place, with the tax in it.")
    difference = money(
        help_text="What a piece costs more than the old one gives; below zero what goes back besides."
    )
    available = serializers.IntegerField()


class RequestableLineOutput(serializers.Serializer[Any]):
    sku = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.IntegerField(help_text="So many may be asked for.")
    variants = VariantOutput(many=True)


class RequestableOutput(serializers.Serializer[Any]):
    """What the order's customer may ask for now."""

    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=ChangeRequest.Kind.choices),
        help_text="None while a request is open.",
    )
    withdraw_until = time(allow_null=True)
    lines = RequestableLineOutput(many=True)


def of_line(one: LineLeft, offers: list[Offer]) -> dict[str, Any]:
    return {
        "sku": one.line.sku,
        "name": one.line.name,
        "quantity": one.quantity,
        "variants": [
            {
                "sku": offer.product.sku,
                "name": offer.product.local_name,
                "price": amounts.money(offer.price),
                "difference": amounts.money(offer.more()),
                "available": offer.available,
            }
            for offer in offers
        ],
    }


@answers(
    get=Answer(
        "read_requestable",
        "See what may be asked for of an order",
        gives={200: RequestableOutput},
    ),
    post=Answer(
        "request_change",
        "Ask to cancel a part, to return, to exchange or to withdraw",
        (change_requests.RequestNotPossible, InsufficientStock),
        {200: OrderOutput},
        ChangeRequestInput,
    ),
)
class ChangeRequestsView(ApiView):
    def get(self, request: Request, order_id: UUID) -> Response:
        """The kinds of request that are possible now, and pieces of which line, with what they may be exchanged for."""
        order = find_order(order_id=order_id, user=request.user)
        kinds = change_requests.kinds_for(order)
        until = change_requests.withdraw_until(order)
        offers = offers_of(order) if kinds else {}
        lines = change_requests.requestable(order) if kinds else []
        return Response(
            {
                "kinds": [str(kind) for kind in kinds],
                "withdraw_until": until and written(until),
                "lines": [of_line(one, offers.get(one.line.pk, [])) for one in lines],
            }
        )

    def post(self, request: Request, order_id: UUID) -> Response:
        """Ask for it; staff accept or decline, and an email confirms it with date and time.

        Where a line says `exchange_for`, its pieces are exchanged for that variant, if staff accept: what it costs more is
        paid before, what it costs less goes back. Nothing of it is kept for the customer until then.

        To withdraw takes no reason. An order has one open request at most: see `change_requests` of the order.
        """
        body = read(request, ChangeRequestInput)
        order = find_order(order_id=order_id, user=request.user)
        wanted = {line["sku"]: line["quantity"] for line in body["lines"]}
        quantities = change_requests.quantities_of(order, wanted)
        lines = dict(zip(wanted, quantities, strict=True))
        change_requests.ask(
            order_id=order_id,
            actor=request.user,
            kind=ChangeRequest.Kind(body["kind"]),
            quantities=quantities,
            note=body["note"],
            wished={lines[line["sku"]]: line["exchange_for"] for line in body["lines"]},
        )
        return Response(shown.of_order(request, order))

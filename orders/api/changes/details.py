"""DRF doors of the address and the note of an order that has not left: what a change would do, and making it."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from accounts.requests import ApiRequest as Request
from orders.actions.changes import details
from orders.actions.changes.changes import OrderMovedOn
from orders.actions.changes.waiting import MAY_NOT_WAIT
from orders.api.serializers.parts import AddressOutput, money
from orders.api.serializers.serializers import OrderOutput
from orders.api.shown import amounts, shown
from orders.api.views import read
from orders.checkout.elsewhere import NotSentThere, OtherCurrency, TaxWouldDiffer
from orders.documents.drawing.letters import LettersNotPrintable
from rest.answers import Answer, answers
from rest.changes import Change
from rest.fields import Text, Whole
from rest.views import ApiView

REFUSED = (
    details.DetailsNotPossible,
    details.AlreadyPacked,
    details.ShippingDiffers,
    TaxWouldDiffer,
    OtherCurrency,
    NotSentThere,
    LettersNotPrintable,
    *MAY_NOT_WAIT,
)


class NewAddressInput(Change):
    """Held against the rules of its country, as an address of `addresses/`."""

    full_name = Text(max_length=150)
    phone = Text(max_length=50)
    line1 = Text(max_length=200)
    line2 = Text(max_length=200, required=False, allow_blank=True, default="")
    city = Text(max_length=100, required=False, allow_blank=True, default="")
    region = Text(max_length=100, required=False, allow_blank=True, default="")
    postal_code = Text(max_length=20, required=False, allow_blank=True, default="")
    country = Text(max_length=2)


class DetailsPreviewInput(Change):
    address = NewAddressInput(required=False, help_text="Where the parcel goes from now on.")
    note = Text(max_length=details.MAX_NOTE, required=False, allow_blank=True, help_text="The customer's.")
    although_packed = serializers.BooleanField(
        required=False, default=False, help_text="Staff print the packing papers anew."
    )
    waive = serializers.BooleanField(
        required=False, default=False, help_text="By staff: the shop pays what sending there costs more."
    )
    pay = serializers.BooleanField(
        required=False,
        default=False,
        help_text="What sending there costs more is paid before the change is made, by an order of its own.",
    )
    why = Text(max_length=details.MAX_WHY, required=False, allow_blank=True, default="")


class DetailsInput(DetailsPreviewInput):
    id = serializers.UUIDField(help_text="The preview's. The same again is the same change.")
    based_on = Whole(min_value=0, max_value=2**31 - 1, help_text="The preview's.")


class DetailsPreviewOutput(serializers.Serializer[Any]):
    """What the change would do."""

    id = serializers.UUIDField()
    based_on = serializers.IntegerField(help_text="How many changes the order has had.")
    address = AddressOutput(allow_null=True, help_text="The new one as it is written; null: it stays.")
    note = serializers.CharField(allow_null=True, help_text="Null: it stays.")
    amount = money(help_text="What of the shipping goes back to the customer.")
    waived = money(help_text="What sending there costs more, and the shop pays.")
    due = money(help_text="What sending there costs more, and the customer pays before the change is made.")


def wish_of(body: dict[str, Any]) -> details.Details:
    return details.Details(
        address=body.get("address"),
        note=body.get("note"),
        although_packed=body["although_packed"],
        waive=body["waive"],
        pay=body["pay"],
        why=body["why"],
    )


def of_preview(preview: details.DetailsPreview) -> dict[str, Any]:
    return {
        "id": str(preview.id),
        "based_on": preview.based_on,
        "address": preview.address,
        "note": preview.note,
        "amount": amounts.money(preview.back.amount),
        "waived": amounts.money(preview.waived),
        "due": amounts.money(preview.due),
    }


@answers(
    post=Answer(
        "preview_details",
        "See what another address or note would do",
        REFUSED,
        {200: DetailsPreviewOutput},
        DetailsPreviewInput,
    )
)
class DetailsPreviewsView(ApiView):
    def post(self, request: Request, order_id: UUID) -> Response:
        """See what another address or note of an order that has not left would do. Changes nothing.

        The customer may ask until the parcel is packed, staff until all of it has left.
        """
        wish = wish_of(read(request, DetailsPreviewInput))
        return Response(of_preview(details.preview_details(order_id=order_id, actor=request.user, wish=wish)))


@answers(
    post=Answer(
        "change_details",
        "Change the address or the note of an order",
        (*REFUSED, OrderMovedOn),
        {200: OrderOutput},
        DetailsInput,
    )
)
class DetailsView(ApiView):
    def post(self, request: Request, order_id: UUID) -> Response:
        """Make a change that was previewed: the same body, with the preview's `id` and `based_on`.

        Twice is the same change. What sending there costs less goes back; what it costs more staff may waive. With `pay` the
        change waits until that is paid: the order's `waiting` names the order that it is paid with.
        """
        body = read(request, DetailsInput)
        made = details.change_details(
            order_id=order_id,
            actor=request.user,
            change_id=body.pop("id"),
            based_on=body.pop("based_on"),
            wish=wish_of(body),
        )
        return Response(shown.of_order(request, made.order))

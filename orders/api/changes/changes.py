"""DRF doors of changes of an order, for staff: what one would do, and making it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from accounts.requests import ApiRequest as Request
from orders.actions.changes import changes
from orders.api.serializers.parts import money
from orders.api.serializers.serializers import OrderOutput
from orders.api.shown import amounts, shown
from orders.api.views import read
from orders.checkout.items import MAX_ITEMS, MAX_QUANTITY
from orders.models import OrderChange
from rest.answers import Answer, answers
from rest.changes import Change
from rest.fields import Text, Whole
from rest.scopes import Scope
from rest.views import ApiView

KINDS = [(kind.value, kind.label) for kind in changes.RIGHTS]


class ChangedLineInput(Change):
    sku = Text(max_length=64)
    quantity = Whole(min_value=0, max_value=MAX_QUANTITY)
    restocked = serializers.BooleanField(
        required=False, default=False, help_text="Of a `return`: the pieces are for sale again."
    )


class ChangePreviewInput(Change):
    kind = serializers.ChoiceField(
        choices=KINDS,
        help_text="`cancel` pieces of a paid order, take pieces of a done one back (`return`), or `refund` without goods.",
    )
    lines: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=ChangedLineInput(), required=False, max_length=MAX_ITEMS
    )
    amount = money(required=False, min_value=Decimal(0), help_text="Of a `refund`.")
    shipping = money(
        required=False, min_value=Decimal(0), help_text="How much of the shipping goes back too."
    )
    note = Text(max_length=changes.MAX_NOTE, help_text="Why; the customer is told.")
    to_credit = serializers.BooleanField(
        required=False, default=False, help_text="What a provider has becomes the customer's store credit."
    )


class ChangeInput(ChangePreviewInput):
    id = serializers.UUIDField(help_text="The preview's. The same again is the same change.")
    based_on = Whole(min_value=0, max_value=2**31 - 1, help_text="The preview's.")


class ChangedLineOutput(serializers.Serializer[Any]):
    sku = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    amount = money()
    restocked = serializers.BooleanField()


class ChangePreviewOutput(serializers.Serializer[Any]):
    """What a change would do."""

    id = serializers.UUIDField()
    based_on = serializers.IntegerField(help_text="How many changes the order has had.")
    kind = serializers.ChoiceField(choices=KINDS)
    amount = money(help_text="What goes back to the customer.")
    shipping = money(help_text="What of it is shipping.")
    lines = ChangedLineOutput(many=True)
    ends = serializers.BooleanField(
        help_text="Nothing would be left of the order: it is refunded and canceled."
    )
    amount_left = money(help_text="What would be left of the order's money.")


def wish_of(body: dict[str, Any]) -> changes.Wish:
    lines = body.get("lines") or []
    return changes.Wish(
        kind=OrderChange.Kind(body["kind"]),
        quantities={line["sku"]: line["quantity"] for line in lines},
        restocked={line["sku"] for line in lines if line["restocked"]},
        amount=body.get("amount") or Decimal(0),
        shipping=body.get("shipping") or Decimal(0),
        note=body["note"],
        to_credit=body["to_credit"],
    )


def of_preview(preview: changes.Preview) -> dict[str, Any]:
    effect = preview.effect
    return {
        "id": str(preview.id),
        "based_on": preview.based_on,
        "kind": effect.kind,
        "amount": amounts.money(effect.amount),
        "shipping": amounts.money(effect.shipping.amount),
        "lines": [
            {
                "sku": one.line.sku,
                "name": one.line.name,
                "quantity": one.quantity,
                "amount": amounts.money(one.part.amount),
                "restocked": one.restocked,
            }
            for one in effect.lines
        ],
        "ends": preview.ends,
        "amount_left": amounts.money(preview.left.amount - effect.amount),
    }


@answers(
    post=Answer(
        "preview_change",
        "See what a change of an order would do",
        (changes.ChangeNotPossible,),
        {200: ChangePreviewOutput},
        ChangePreviewInput,
        scope=Scope.MANAGE,
    )
)
class ChangePreviewsView(ApiView):
    def post(self, request: Request, order_id: UUID) -> Response:
        """See what a change of a paid or done order would do, computed from what is left of it. Changes nothing."""
        wish = wish_of(read(request, ChangePreviewInput))
        preview = changes.preview_change(order_id=order_id, actor=request.user, wish=wish)
        return Response(of_preview(preview))


@answers(
    post=Answer(
        "change_order",
        "Change an order",
        (changes.ChangeNotPossible, changes.OrderMovedOn),
        {200: OrderOutput},
        ChangeInput,
        scope=Scope.MANAGE,
    )
)
class ChangesView(ApiView):
    def post(self, request: Request, order_id: UUID) -> Response:
        """Make a change that was previewed: the same body, with the preview's `id` and `based_on`.

        Twice is the same change. An order that was changed in between is not changed: preview anew.
        """
        body = read(request, ChangeInput)
        made = changes.apply_change(
            order_id=order_id,
            actor=request.user,
            change_id=body.pop("id"),
            based_on=body.pop("based_on"),
            wish=wish_of(body),
        )
        return Response(shown.of_order(request, made.order))

"""DRF door of ordering again."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from accounts.requests import ApiRequest as Request
from orders.actions.again import Missing, order_again
from orders.checkout.begun import EventBegun
from orders.checkout.placement.stock import InsufficientStock, ProductNotFound
from rest.answers import Answer, answers
from rest.views import ApiView

WHY = [(kind.code, kind.title) for kind in (ProductNotFound, EventBegun, InsufficientStock)]


class AgainItemOutput(serializers.Serializer[Any]):
    sku = serializers.CharField()
    quantity = serializers.IntegerField()


class MissingOutput(AgainItemOutput):
    """Pieces that can't be had any more, or not now."""

    name = serializers.CharField()
    code = serializers.ChoiceField(
        choices=WHY, help_text="What a preview or an order of it would be refused for."
    )
    detail = serializers.CharField(help_text="The same in words.")


class AgainOutput(serializers.Serializer[Any]):
    """What was in an order, as far as it can be ordered now."""

    items = AgainItemOutput(many=True, help_text="As a preview takes them.")
    missing = MissingOutput(many=True)


@answers(get=Answer("order_again", "See what of an order can be ordered again", gives={200: AgainOutput}))
class AgainView(ApiView):
    def get(self, request: Request, order_id: UUID) -> Response:
        """What was in an order as far as it can be had now, for a new preview, and what of it can't. Holds nothing."""
        found = order_again(order_id=order_id, user=request.user)
        return Response(
            {
                "items": [{"sku": sku, "quantity": quantity} for sku, quantity in found.items],
                "missing": [_missing(one) for one in found.missing],
            }
        )


def _missing(one: Missing) -> dict[str, Any]:
    return {
        "sku": one.line.sku,
        "quantity": one.quantity,
        "name": one.line.name,
        "code": one.refusal.code,
        "detail": str(one.refusal),
    }

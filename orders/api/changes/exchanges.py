"""DRF doors of exchanges, for staff: what one would do, and making it."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from accounts.requests import ApiRequest as Request
from orders.actions.changes import exchange_preview, exchanges
from orders.actions.changes.changes import MAX_NOTE, ChangeNotPossible, OrderMovedOn
from orders.actions.changes.waiting import MAY_NOT_WAIT
from orders.api.serializers.parts import money
from orders.api.serializers.serializers import OrderOutput
from orders.api.shown import amounts, shown
from orders.api.views import read
from orders.checkout.elsewhere import OtherCurrency, TaxWouldDiffer
from orders.checkout.items import MAX_QUANTITY
from orders.checkout.placement.stock import InsufficientStock
from orders.models import Order, WaitingChange
from rest.answers import Answer, answers
from rest.changes import Change
from rest.fields import Text, Whole
from rest.scopes import Scope
from rest.views import ApiView

REFUSED = (ChangeNotPossible, exchange_preview.CostsMore, TaxWouldDiffer, OtherCurrency, *MAY_NOT_WAIT)


class ExchangePreviewInput(Change):
    sku = Text(max_length=64, help_text="Of the order's line.")
    to = Text(max_length=64, help_text="Another variant of the same product.")
    quantity = Whole(min_value=1, max_value=MAX_QUANTITY)
    restocked = serializers.BooleanField(
        required=False, default=False, help_text="Of pieces that were sent: they are for sale again."
    )
    waive = serializers.BooleanField(
        required=False, default=False, help_text="The shop pays what the new pieces cost more."
    )
    pay = serializers.BooleanField(
        required=False,
        default=False,
        help_text="The customer pays what the new pieces cost more before the exchange is made.",
    )
    note = Text(max_length=MAX_NOTE, help_text="Why; the customer is told.")


class ExchangeInput(ExchangePreviewInput):
    id = serializers.UUIDField(help_text="The preview's. The same again is the same exchange.")
    based_on = Whole(min_value=0, max_value=2**31 - 1, help_text="The preview's.")


class ExchangePreviewOutput(serializers.Serializer[Any]):
    """What an exchange would do."""

    id = serializers.UUIDField()
    based_on = serializers.IntegerField(help_text="How many changes the order has had.")
    price = money(help_text="What of the old pieces' money pays the new ones.")
    amount = money(help_text="What goes back to the customer.")
    waived = money(help_text="What the new pieces cost more, and the shop pays.")
    due = money(help_text="What they cost more, and the customer pays before the exchange is made.")


def of_preview(preview: exchange_preview.ExchangePreview) -> dict[str, Any]:
    return {
        "id": str(preview.id),
        "based_on": preview.based_on,
        "price": amounts.money(preview.paid),
        "amount": amounts.money(preview.back),
        "waived": amounts.money(preview.waived),
        "due": amounts.money(preview.due),
    }


@answers(
    post=Answer(
        "preview_exchange",
        "See what an exchange would do",
        REFUSED,
        {200: ExchangePreviewOutput},
        ExchangePreviewInput,
        scope=Scope.MANAGE,
    )
)
class ExchangePreviewsView(ApiView):
    def post(self, request: Request, order_id: UUID) -> Response:
        """See what it would do to exchange pieces of a paid or done order for another variant. Changes nothing."""
        swap = exchange_preview.Swap(**read(request, ExchangePreviewInput))
        return Response(
            of_preview(exchange_preview.preview_exchange(order_id=order_id, actor=request.user, swap=swap))
        )


@answers(
    post=Answer(
        "make_exchange",
        "Exchange pieces for another variant",
        (*REFUSED, OrderMovedOn, InsufficientStock),
        {200: OrderOutput},
        ExchangeInput,
        scope=Scope.MANAGE,
    )
)
class ExchangesView(ApiView):
    def post(self, request: Request, order_id: UUID) -> Response:
        """Make an exchange that was previewed: the same body, with the preview's `id` and `based_on`.

        The answer is the order of the new pieces, which the old ones have paid: its `exchange_of` is this one. Where the
        customer pays what they cost more (`pay`), it is `pay_required`, and the exchange is made once that is captured.
        """
        body = read(request, ExchangeInput)
        made = exchanges.make_exchange(
            order_id=order_id,
            actor=request.user,
            change_id=body.pop("id"),
            based_on=body.pop("based_on"),
            swap=exchange_preview.Swap(**body),
        )
        new = made.pk if isinstance(made, WaitingChange) else made.order_id
        return Response(shown.of_order(request, Order.objects.get(pk=new)))

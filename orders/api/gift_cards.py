"""DRF doors of paying with gift cards and store credit."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from accounts.requests import ApiRequest as Request
from orders.actions.cancellation import PaymentUnderWay
from orders.actions.money import gift_cards
from orders.actions.steps import find_order
from orders.api.serializers.parts import money
from orders.api.serializers.serializers import OrderGiftCardOutput, OrderOutput
from orders.api.shown import shown
from orders.api.shown.amounts import money as amount
from orders.api.shown.beside import card_uses_of
from orders.api.views import read
from orders.gift_cards.spending import GiftCardNotUsable
from orders.lifecycle.transitions import StepNotAllowed
from orders.models import Order
from orders.pricing.codes import TooManyCodes
from rest.answers import Answer, answers
from rest.changes import Change
from rest.fields import Text
from rest.idempotency import Retry
from rest.views import ApiView

# Letters of a code as it may be typed.
MAX_TYPED = 60


class GiftCardInput(Change):
    code = Text(
        max_length=MAX_TYPED,
        required=False,
        allow_blank=True,
        default="",
        help_text="As it is typed: capitals, spaces and `-` make no difference.",
    )
    store_credit = serializers.BooleanField(
        required=False, default=False, help_text="Use the customer's store credit; `code` is left out then."
    )


class PayableOutput(serializers.Serializer[Any]):
    """What is left to pay, and with what."""

    amount_due = money()
    store_credit = money(help_text="What of the customer's store credit the order could take.")
    gift_cards = OrderGiftCardOutput(many=True)


def payable(order: Order) -> dict[str, Any]:
    credit = gift_cards.spendable_credit(order)
    return {
        "amount_due": amount(order.amount_due),
        "store_credit": amount(credit.amount if credit else order.amount_due * 0),
        "gift_cards": card_uses_of([order]).read().get(order.pk, []),
    }


@answers(
    get=Answer("read_gift_cards", "Read what gift cards pay of an order", gives={200: PayableOutput}),
    post=Answer(
        "redeem_gift_card",
        "Pay with a gift card or store credit",
        (StepNotAllowed, GiftCardNotUsable, TooManyCodes, PaymentUnderWay),
        {200: OrderOutput},
        GiftCardInput,
        # Twice is the same card. A session at a provider is closed first.
        retry=Retry.AFTERWARDS,
    ),
)
class GiftCardsView(ApiView):
    def get(self, request: Request, order_id: UUID) -> Response:
        """Read what is left to pay, what gift cards pay of it, and how much store credit there is for the rest."""
        return Response(payable(find_order(order_id=order_id, user=request.user)))

    def post(self, request: Request, order_id: UUID) -> Response:
        """Take what is on a card for an order in `pay_required`, or what the order still costs of it.

        The order is `paid` once nothing is left to pay; else pay the rest, `amount_due`, at the provider. What was taken
        goes back to the card if the order is canceled. Several cards are redeemed one after the other.
        """
        body = read(request, GiftCardInput)
        order = gift_cards.redeem(order_id=order_id, actor=request.user, **body)
        return Response(shown.of_order(request, order))


@answers(
    delete=Answer(
        "put_back_gift_card",
        "Put a gift card back",
        (StepNotAllowed, PaymentUnderWay),
        {200: OrderOutput},
        retry=Retry.AFTERWARDS,
    )
)
class GiftCardView(ApiView):
    def delete(self, request: Request, order_id: UUID, use_id: int) -> Response:
        """Give back to a card what the order holds of it, as long as it is not paid; twice is once."""
        order = gift_cards.put_back(order_id=order_id, actor=request.user, use_id=use_id)
        return Response(shown.of_order(request, order))

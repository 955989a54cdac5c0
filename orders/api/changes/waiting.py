"""DRF door of a change that waits until its difference is paid, for staff who can't wait for it."""

from uuid import UUID

from rest_framework.response import Response

from accounts.requests import ApiRequest as Request
from orders.actions.cancellation import PaymentUnderWay
from orders.actions.changes import waiting
from orders.api.serializers.inputs import StepInput
from orders.api.serializers.serializers import OrderOutput
from orders.api.shown import shown
from orders.api.views import read
from rest.answers import Answer, answers
from rest.idempotency import Retry
from rest.scopes import Scope
from rest.views import ApiView


@answers(
    post=Answer(
        "end_waiting_change",
        "End a change that waits to be paid",
        (waiting.NothingWaits, PaymentUnderWay),
        {200: OrderOutput},
        StepInput,
        scope=Scope.MANAGE,
        # A second one finds nothing that waits; the first closes the payment at its provider.
        retry=Retry.AFTERWARDS,
    )
)
class WaitingEndView(ApiView):
    def post(self, request: Request, order_id: UUID) -> Response:
        """End it, so that the order can be sent as it is: the order that pays the difference is canceled.

        Money that is on its way all the same goes back by itself. `payment_under_way` says that it is just being paid.
        """
        note = read(request, StepInput)["note"]
        return Response(
            shown.of_order(request, waiting.end(order_id=order_id, actor=request.user, note=note))
        )

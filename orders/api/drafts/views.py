"""DRF doors of orders that staff take: a draft is made, changed, priced, placed, or thrown away."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request as AnyRequest
from rest_framework.response import Response

from accounts.requests import ApiRequest as Request
from orders.actions.drafts import editing, placing, prices
from orders.actions.drafts.editing import DraftMovedOn, DraftOver, DraftPlaced
from orders.actions.drafts.wishes import Wish
from orders.actions.steps import find_order
from orders.api.drafts.inputs import DraftInput, DraftPlacementInput, changed
from orders.api.drafts.shown import DraftOutput, DraftPreviewOutput, State, of_draft, of_listed, of_priced
from orders.api.shown import shown
from orders.api.views import PLACED, PLACING, read, show
from orders.checkout.begun import EventBegun
from orders.models import OrderDraft
from orders.pricing.codes import TooManyCodes
from orders.pricing.payable import AmountNotPayable
from rest.answers import Answer, answers
from rest.idempotency import Retry
from rest.preconditions import Expectation, PreconditionFailed, expectation
from rest.scopes import Scope
from rest.views import ApiView
from staff.rights import PermissionDenied

OVER = (PermissionDenied, DraftOver, DraftPlaced)


class DraftFilter(serializers.Serializer[Any]):
    """What a list of drafts can be narrowed to."""

    state = serializers.ChoiceField(choices=State.choices, required=False)
    email = serializers.CharField(required=False, max_length=254, help_text="The customer's.")


def as_read(request: Request) -> Expectation[OrderDraft] | None:
    """That the draft is what If-Match says that the client has read."""
    return expectation(request, of_draft)


@answers(
    get=Answer(
        "list_drafts",
        "List the orders that staff are taking",
        (PermissionDenied,),
        {200: DraftOutput(many=True)},
        scope=Scope.MANAGE,
    ),
    post=Answer(
        "make_draft",
        "Begin to take an order",
        (PermissionDenied,),
        {201: DraftOutput},
        DraftInput,
        scope=Scope.MANAGE,
    ),
)
class DraftsView(ApiView, ListAPIView[OrderDraft]):
    """Orders that staff are taking, the newest first, for staff who may take orders."""

    request: Request
    serializer_class = DraftOutput
    filter_class = DraftFilter
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[OrderDraft]:
        drafts = editing.drafts_shown(actor=self.request.user)
        if state := self.filters.get("state"):
            drafts = drafts.filter(order__isnull=state == State.OPEN)
        if email := self.filters.get("email"):
            drafts = drafts.filter(Q(email=email.lower()) | Q(customer__email=email.lower()))
        return drafts

    def list(self, request: AnyRequest, *args: object, **kwargs: object) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response([of_listed(one) for one in page])

    def post(self, request: Request) -> Response:
        """Keep what a customer wants, as far as it is said; nothing of it is priced or held yet."""
        wish = changed(Wish(), read(request, DraftInput))
        draft = editing.save_draft(actor=request.user, wish=wish)
        location = request.build_absolute_uri(reverse("api-draft", args=[draft.pk]))
        return Response(of_draft(draft), 201, headers={"Location": location})


@answers(
    get=Answer(
        "read_draft", "Read a draft", (PermissionDenied, DraftOver), {200: DraftOutput}, scope=Scope.MANAGE
    ),
    patch=Answer(
        "change_draft",
        "Change a draft",
        (*OVER, DraftMovedOn, PreconditionFailed),
        {200: DraftOutput},
        DraftInput,
        scope=Scope.MANAGE,
    ),
    delete=Answer("discard_draft", "Throw a draft away", (*OVER, PreconditionFailed), scope=Scope.MANAGE),
)
class DraftView(ApiView):
    def get(self, request: Request, draft_id: int) -> Response:
        """Read a draft; a placed one, until it is forgotten, names its `order`."""
        draft = editing.drafts_shown(actor=request.user).filter(pk=draft_id).first()
        if draft is None:
            raise DraftOver
        return Response(of_draft(draft))

    def patch(self, request: Request, draft_id: int) -> Response:
        """Replace the members that are given, `items` as a whole; its time begins again.

        Prices by your word need a reason, and the right to override prices; who lacks it may take them out.
        """
        body = read(request, DraftInput)
        draft = editing.edit_draft(
            draft_id=draft_id,
            actor=request.user,
            change=lambda wish: changed(wish, body),
            expect=as_read(request),
        )
        return Response(of_draft(draft))

    def delete(self, request: Request, draft_id: int) -> Response:
        """Throw a draft away."""
        editing.discard_draft(draft_id=draft_id, actor=request.user, expect=as_read(request))
        return Response(status=204)


@answers(
    post=Answer(
        "preview_draft",
        "See what a draft costs",
        (*OVER, TooManyCodes, EventBegun, AmountNotPayable),
        {200: DraftPreviewOutput},
        # A VAT id may be looked up with its service; of two previews one just expires.
        retry=Retry.AFTERWARDS,
        scope=Scope.MANAGE,
    )
)
class DraftPreviewsView(ApiView):
    def post(self, request: Request, draft_id: int) -> Response:
        """Make a preview of a draft as it is now, by the shop's prices and promotions and those of staff.

        What is wrong with it is told by field, as `items.0.sku` or `address.phone`. `different` says what costs another
        price than when it was first previewed.
        """
        return Response(of_priced(prices.work_out(draft_id=draft_id, actor=request.user)))


@answers(
    post=Answer(
        "place_draft",
        "Place a draft",
        (PermissionDenied, DraftOver, DraftMovedOn, *PLACING),
        PLACED,
        DraftPlacementInput,
        # Twice is the same order; the preview is kept outside of the database.
        retry=Retry.AFTERWARDS,
        scope=Scope.MANAGE,
    )
)
class DraftPlacementView(ApiView):
    def post(self, request: Request, draft_id: int) -> Response:
        """Turn a draft into its customer's order, by one of its previews; again it is the same order.

        Once the order is confirmed its customer gets an email with a link that pays it without signing in. Money that
        comes by transfer or in cash is noted with `…/receipts/` of the order.
        """
        placed = placing.place_draft(
            draft_id=draft_id, actor=request.user, **read(request, DraftPlacementInput)
        )
        if not placed.is_new:
            return show(request, find_order(order_id=placed.order.pk, user=request.user))
        location = request.build_absolute_uri(reverse("api-order", args=[placed.order.pk]))
        return Response(shown.of_order(request, placed.order), 201, headers={"Location": location})

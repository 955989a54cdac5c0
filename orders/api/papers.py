"""DRF door of invoices and credit notes: those of one's own orders, or of everybody's for staff."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request as AnyRequest
from rest_framework.response import Response

from accounts.requests import ApiRequest as Request
from orders.api.serializers.parts import money as amount
from orders.api.serializers.parts import time
from orders.api.shown.amounts import money
from orders.events.payloads import written
from orders.models import Invoice, InvoiceKind, Order
from orders.rights import OrderRights
from rest.answers import Answer, answers
from rest.views import ApiView
from staff.rights import PermissionDenied, require


class PaperFilter(serializers.Serializer[Any]):
    """What a list of papers can be narrowed to."""

    kind = serializers.ChoiceField(choices=InvoiceKind.choices, required=False)
    order = serializers.UUIDField(required=False, help_text="Of this order.")
    scope = serializers.ChoiceField(
        choices=["own", "all"], required=False, help_text="`all` is everybody's, for staff."
    )


class PaperOutput(serializers.Serializer[Any]):
    """An invoice or a credit note. What a credit note takes back is below zero."""

    kind = serializers.ChoiceField(choices=InvoiceKind.choices)
    number = serializers.CharField(help_text="As it is written, within its kind.")
    order = serializers.UUIDField()
    issued_at = time()
    currency = serializers.CharField()
    total = amount()
    tax = amount(help_text="The tax in that.")
    url = serializers.CharField(help_text="The page where its customer, signed in, gets it as PDF.")


@answers(get=Answer("list_papers", "List invoices and credit notes", (PermissionDenied,)))
class PapersView(ApiView, ListAPIView[Invoice]):
    """Invoices and credit notes, the newest first."""

    request: Request
    serializer_class = PaperOutput
    filter_class = PaperFilter
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[Invoice]:
        asked = dict(self.filters)
        papers = Invoice.objects.all()
        if asked.get("scope") == "all":
            require(actor=self.request.user, right=OrderRights.VIEW)
        else:
            papers = papers.filter(order__in=Order.objects.filter(customer=self.request.user))
        if kind := asked.get("kind"):
            papers = papers.filter(kind=kind)
        if order := asked.get("order"):
            papers = papers.filter(order=order)
        return papers

    def list(self, request: AnyRequest, *args: object, **kwargs: object) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response([_paper(request, one) for one in page])


def _paper(request: AnyRequest, paper: Invoice) -> dict[str, Any]:
    says = paper.snapshot
    return {
        "kind": paper.kind,
        "number": paper.code,
        "order": str(paper.order_id),
        "issued_at": written(paper.issued_at),
        "currency": says["currency"],
        "total": money(paper.total),
        "tax": money(Decimal(says["tax"])),
        "url": request.build_absolute_uri(paper.get_absolute_url()),
    }

"""DRF doors of invoices and credit notes: those of one's own orders, or of everybody's for staff; and their files."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request as AnyRequest
from rest_framework.response import Response

from accounts.requests import ApiRequest as Request
from orders.actions import papers
from orders.api.serializers.parts import TaxOutput, time
from orders.api.serializers.parts import money as amount
from orders.api.shown.amounts import money
from orders.documents.drawing.letters import LettersNotPrintable
from orders.documents.invoices import has_einvoice, pdf
from orders.events.payloads import written
from orders.models import Invoice, InvoiceKind, Order
from orders.rights import OrderRights
from rest.answers import Answer, answers
from rest.files import FileView, Pdf, Xml
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

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=InvoiceKind.choices)
    number = serializers.CharField(help_text="As it is written, within its kind.")
    order = serializers.UUIDField()
    issued_at = time()
    currency = serializers.CharField()
    total = amount()
    tax = amount(help_text="The tax in that.")
    taxes = TaxOutput(
        many=True, help_text="The same by rate, the highest first; none of papers from before it was kept."
    )
    pdf_url = serializers.URLField(help_text="Where it is as PDF, for who may see its order.")
    einvoice_url = serializers.URLField(
        allow_null=True, help_text="Where it is for programs (EN 16931); null where the shop makes none."
    )
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


@answers(get=Answer("list_order_papers", "List an order's papers", gives={200: PaperOutput(many=True)}))
class OrderPapersView(ApiView):
    def get(self, request: Request, order_id: UUID) -> Response:
        """The invoice and the credit notes of an order, in the order in which they were issued."""
        found = papers.papers_of(order_id=order_id, user=request.user)
        return Response([_paper(request, one) for one in found])


@answers(
    get=Answer(
        "read_paper_pdf",
        "Get an invoice or credit note as PDF",
        (LettersNotPrintable,),
        {200: OpenApiTypes.BINARY},
    )
)
class PaperPdfView(FileView):
    renderer_classes = [Pdf]

    def get(self, request: Request, paper_id: int) -> Response:
        """The paper as it was issued; with the e-invoice inside, where the shop makes them."""
        paper = papers.find_paper(paper_id=paper_id, user=request.user)
        return self.attached(pdf(paper), filename=paper.filename)


@answers(
    get=Answer(
        "read_paper_einvoice", "Get an invoice or credit note as e-invoice", gives={200: OpenApiTypes.BINARY}
    )
)
class PaperEInvoiceView(FileView):
    renderer_classes = [Xml]

    def get(self, request: Request, paper_id: int) -> Response:
        """The paper for programs (EN 16931); not found where the shop makes none of it."""
        paper, made = papers.find_einvoice(paper_id=paper_id, user=request.user)
        return self.attached(made, filename=paper.xml_filename)


def _paper(request: AnyRequest, paper: Invoice) -> dict[str, Any]:
    says = paper.snapshot

    def at(name: str) -> str:
        return request.build_absolute_uri(reverse(name, args=[paper.pk]))

    return {
        "id": paper.pk,
        "kind": paper.kind,
        "number": paper.code,
        "order": str(paper.order_id),
        "issued_at": written(paper.issued_at),
        "currency": says["currency"],
        "total": money(paper.total),
        "tax": money(Decimal(says["tax"])),
        "taxes": [_tax(one) for one in says.get("taxes", ())],
        "pdf_url": at("api-paper-pdf"),
        "einvoice_url": at("api-paper-einvoice") if has_einvoice(paper) else None,
        "url": request.build_absolute_uri(paper.get_absolute_url()),
    }


def _tax(says: Mapping[str, str]) -> dict[str, str]:
    amounts = {name: money(Decimal(says[name])) for name in ("net", "tax", "gross")}
    return {"rate": says["rate"], **amounts}

"""Invoices and credit notes over the API: what is listed of them, and who gets their files."""

from io import BytesIO

import pytest
from pypdf import PdfReader
from rest_framework.test import APIClient

from accounts.access.keys import make_key
from orders.documents import invoices
from orders.models import InvoiceKind
from orders.status import OrderStatus
from rest.scopes import Scope
from tests.answers import api_of, refused
from tests.factories import Buyer, add_rate, make_product, make_user, staff_of, standard_class
from tests.orders.paper import refunded

pytestmark = pytest.mark.django_db


@pytest.fixture
def germany(settings):
    """A shop that makes e-invoices."""
    settings.E_INVOICE, settings.SHOP_COUNTRY, settings.CURRENCY = True, "DE", "EUR"
    settings.SHOP_TAX_ID, settings.SHOP_ADDRESS = "DE136695976", "Hauptstraße 1\n10115 Berlin"
    add_rate(standard_class(), "20")


def path_of(paper, noun: str = "pdf") -> str:
    return f"/api/invoices/{paper.pk}/{noun}/"


def words_of(answer) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)


def test_an_order_s_papers_are_listed_with_their_totals_by_rate_and_where_they_are(api, buyer):
    add_rate(standard_class(), "10")
    order = refunded(buyer)
    invoice, credit = order.invoices.order_by("pk")

    listed = api.get(f"/api/orders/{order.pk}/invoices/").json()

    assert [(row["id"], row["kind"], row["number"]) for row in listed] == [
        (invoice.pk, InvoiceKind.INVOICE, invoice.code),
        (credit.pk, InvoiceKind.CREDIT_NOTE, credit.code),
    ]
    (rate,), (taken_back,) = (row["taxes"] for row in listed)
    assert (rate["rate"], rate["gross"], rate["tax"]) == ("10", listed[0]["total"], listed[0]["tax"])
    assert taken_back["gross"] == f"-{rate['gross']}" == listed[1]["total"]
    assert [row["einvoice_url"] for row in listed] == [None, None]
    assert api.get("/api/invoices/").json()["results"] == listed[::-1]
    for row, paper in zip(listed, (invoice, credit), strict=True):
        assert row["pdf_url"].endswith(path_of(paper))
        assert paper.code in words_of(api.get(row["pdf_url"]))


def test_a_paper_is_the_one_of_the_page_and_is_asked_for_anew_each_time(api, buyer):
    paper = buyer.order_in(OrderStatus.PAID).invoices.get()
    answer = api.get(path_of(paper))

    assert answer.content == invoices.pdf(paper)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="{paper.filename}"'
    assert set(answer["Cache-Control"].split(", ")) == {"no-cache", "private"}
    assert "Authorization" in answer["Vary"]
    assert api.get(path_of(paper), headers={"if-none-match": answer["ETag"]}).status_code == 304


@pytest.mark.parametrize("accept", ["application/json", "application/pdf", "*/*", "image/png"])
def test_it_is_a_pdf_whatever_is_accepted_and_a_refusal_is_a_problem(api, buyer, accept):
    paper = buyer.order_in(OrderStatus.PAID).invoices.get()
    assert api.get(path_of(paper), headers={"accept": accept})["Content-Type"] == "application/pdf"

    missing = api.get("/api/invoices/0/pdf/", headers={"accept": accept})
    assert missing["Content-Type"] == "application/problem+json"
    refused(missing, 404, "not_found")


def test_it_is_read_with_a_key_by_its_customer_and_by_staff_who_see_orders_alone(buyer):
    order = buyer.order_in(OrderStatus.PAID)
    paths = [path_of(order.invoices.get()), f"/api/orders/{order.pk}/invoices/"]

    def asked(user, path: str, scope: Scope = Scope.READ):
        key = make_key(user=user, name=path[-20:], scope=scope)
        return APIClient(headers={"Authorization": f"Bearer {key.secret}"}).get(path)

    for path in paths:
        assert asked(buyer.user, path).status_code == 200
        assert asked(staff_of("support"), path).status_code == 200
        for other in (make_user(), staff_of(), Buyer().user):
            refused(asked(other, path), 404, "not_found")
        refused(APIClient().get(path), 401, "not_authenticated")


@pytest.mark.usefixtures("germany")
class TestEInvoice:
    def test_it_is_what_the_page_gives(self, api, buyer):
        paper = buyer.order_in(OrderStatus.PAID, (make_product(stock=3), 1)).invoices.get()
        (row,) = api.get("/api/invoices/").json()["results"]
        answer = api.get(row["einvoice_url"])

        assert answer.content == invoices.einvoice(paper)
        assert answer["Content-Type"] == "application/xml"
        assert answer["Content-Disposition"] == f'attachment; filename="{paper.xml_filename}"'
        assert PdfReader(BytesIO(api.get(row["pdf_url"]).content)).attachments

    def test_it_is_other_people_s_no_more_than_the_paper(self, buyer):
        paper = buyer.order_in(OrderStatus.PAID, (make_product(stock=3), 1)).invoices.get()
        refused(api_of(make_user()).get(path_of(paper, "einvoice")), 404, "not_found")

    def test_a_shop_that_makes_none_has_none(self, api, buyer, settings):
        paper = buyer.order_in(OrderStatus.PAID, (make_product(stock=3), 1)).invoices.get()
        settings.E_INVOICE = False
        (row,) = api.get("/api/invoices/").json()["results"]
        assert row["einvoice_url"] is None
        said = refused(api.get(path_of(paper, "einvoice")), 404, "not_found")
        assert said["detail"] == "There is no e-invoice of it."

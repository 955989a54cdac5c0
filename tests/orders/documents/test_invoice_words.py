"""What invoices and credit notes say, and that they say it for ever."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace

import hypothesis
import pgtrigger
import pytest
from django.utils import translation
from pypdf import PdfReader

from orders.documents import invoices
from orders.documents.drawing.faces import unprintable
from orders.documents.drawing.letters import LettersNotPrintable
from orders.models import Invoice, InvoiceKind, Order, PriceTable
from orders.pricing.breakdown import tax_in
from orders.shipping.rates import without_parcel
from orders.status import OrderStatus
from tests.factories import (
    Buyer,
    add_rate,
    ask_refund,
    change,
    make_product,
    make_tax_class,
    pay,
    return_money,
    standard_class,
)
from tests.orders.audited import damage, run
from tests.orders.paper import refunded, text

pytestmark = pytest.mark.django_db
S = OrderStatus
INVOICE, CREDIT_NOTE = InvoiceKind.INVOICE, InvoiceKind.CREDIT_NOTE


def test_an_invoice_says_who_what_and_how_much(buyer, settings):
    settings.SHOP_NAME = "Cửa hàng Sen"
    settings.SHOP_ADDRESS = "5 Phố Huế\nHà Nội"
    settings.SHOP_TAX_ID = "0101234567"
    settings.TAX_RATE = Decimal(10)
    order = buyer.order_in(S.PAID, (make_product(name="Ấm trà Bát Tràng", stock=3), 2))
    invoice = order.invoices.get()
    said = text(invoice)

    for words_of_it in (
        "Cửa hàng Sen",
        "5 Phố Huế Hà Nội",
        "Tax ID: 0101234567",
        "Nguyễn Thị Hoa",
        "12 Lê Lợi Huế 530000 Vietnam",
        "Invoice no. 000001",
        f"{invoice.issued_at:%B} {invoice.issued_at.day}, {invoice.issued_at.year}",
        f"Order {order.number}",
        # 12.50 / 1.1 = 11.3636…
        "Ấm trà Bát Tràng ($11.36 each without tax) 2 $12.50 $25.00",
        "Items $25.00",
        "Shipping $4.00",
        "Total $29.00",
        "Total without tax $26.36",
        # 29.00 - 29.00 / 1.1 = 2.6363…
        "Tax included (10%) $2.64",
        order.shipping_method,
        "Page 1 of 1",
    ):
        assert words_of_it in said, said


def test_a_credit_note_takes_back_what_the_invoice_said(buyer, settings):
    settings.TAX_RATE = Decimal("8.25")
    order = refunded(Buyer(), (make_product(stock=3), 1))  # so that both kinds don't have the same number
    order = buyer.order_in(S.PAID, (make_product(name="Đèn lồng", stock=3), 2))
    buyer.order_in(S.PAID)
    settings.TAX_RATE = Decimal(20)
    settings.SHOP_NAME = "Another name"
    ask_refund(order)
    return_money(order)
    said = text(order.invoices.get(kind=CREDIT_NOTE))

    for words_of_it in (
        "Credit note no. 000002",
        "For invoice no. 000002",
        "Đèn lồng (-$11.55 each without tax) 2 -$12.50 -$25.00",
        "Items -$25.00",
        "Shipping -$4.00",
        "Total -$29.00",
        "Total without tax -$26.79",
        "Tax included (8.25%) -$2.21",
        "Orderly",
    ):
        assert words_of_it in said, said
    assert "Another name" not in said


@pytest.mark.usefixtures("in_the_tests_transaction")
def test_each_rate_is_by_itself_and_a_credit_note_turns_it_round(buyer):
    add_rate(standard_class(), "20")
    food = make_tax_class("5")
    order = buyer.order_in(
        S.PAID,
        (make_product(name="Rice", price=Decimal(7), stock=3, tax_class=food), 3),
        (make_product(name="Cup", stock=3), 1),
    )
    food.rates.update(percent=50)
    ask_refund(order)
    return_money(order)
    invoice, credit = order.invoices.get(kind=INVOICE), order.invoices.get(kind=CREDIT_NOTE)

    assert invoice.snapshot["taxes"] == [
        {"rate": "20", "gross": "16.50", "net": "13.75", "tax": "2.75"},
        {"rate": "5", "gross": "21.00", "net": "20.00", "tax": "1.00"},
    ]
    assert [(line["tax_rate"], line["tax"]) for line in credit.snapshot["lines"]] == [
        ("5", "-1.00"),
        ("20", "-2.08"),
    ]
    for words_of_it in (
        "Rice ($6.67 each without tax) 3 $7.00 $21.00",
        "Total without tax $33.75",
        "Tax included (20%) in $16.50: $13.75 without it $2.75",
        "Tax included (5%) in $21.00: $20.00 without it $1.00",
    ):
        assert words_of_it in text(invoice), text(invoice)
    assert "Tax included (5%) in -$21.00: -$20.00 without it -$1.00" in text(credit)
    assert run() == []

    damage(
        "UPDATE orders_invoice SET snapshot = jsonb_set(snapshot, '{taxes,1,tax}', '\"2.00\"')",
        SimpleNamespace(cups=None, keys=None),
    )
    assert len([line for line in run() if "its taxes (rate, net, tax, gross) are" in line]) == 2


def test_what_is_left_of_two_rates_is_printed_with_the_one_that_it_has(buyer):
    """First all goods at one rate go back, then the rest: its paper names no rate but that of its tax."""
    add_rate(standard_class(), "20")
    rice = make_product(price=Decimal(7), stock=3, tax_class=make_tax_class("5"))
    order = buyer.order_in(S.PAID, (rice, 3), (make_product(stock=3), 1))
    change(order, "cancel", {rice.sku: 3})
    ask_refund(order)
    return_money(order)

    part, rest = order.invoices.filter(kind=CREDIT_NOTE).order_by("snapshot__change")
    assert "Tax included (5%) -$1.00" in text(part)
    assert [one["rate"] for one in rest.snapshot["taxes"]] == ["20"]
    assert "Tax included (20%) -$2.75" in text(rest)


def test_an_order_from_before_tax_was_kept_has_the_settings_rate(buyer, settings):
    settings.TAX_RATE = Decimal(10)
    order = buyer.order_in(S.PAY_REQUIRED)
    with pgtrigger.ignore():
        order.lines.update(tax_rate=None, tax_amount=None)
        Order.objects.update(tax_total=None, shipping_tax=None, shipping_tax_rate=None)
    pay(order)
    said = order.invoices.get().snapshot

    assert "taxes" not in said
    assert (said["tax_rate"], said["net"], said["tax"]) == ("10", "15.00", "1.50")


@pytest.mark.parametrize("is_sent", [True, False])
def test_it_says_when_it_was_supplied(buyer, is_sent):
    """What is delivered online with the payment; what is sent is paid in advance on the day of the invoice."""
    if not is_sent:
        buyer.table = PriceTable.objects.get(pk=without_parcel().price_table_id)
    order = buyer.order_in(S.PAID, (make_product(stock=3, needs_parcel=is_sent), 1))
    paper = order.invoices.get()
    said = text(paper)
    assert paper.snapshot.get("to_follow" if is_sent else "supplied") == paper.snapshot["date"]
    assert ("Date of supply" in said) is not is_sent
    assert (
        "Paid in advance on the date of the invoice. The goods are handed over after it." in said
    ) is is_sent


def test_no_tax_is_not_mentioned(buyer):
    assert "Tax" not in text(buyer.order_in(S.PAID).invoices.get())


@pytest.mark.usefixtures("vnd")
def test_an_invoice_in_dong_and_vietnamese_has_no_decimals(buyer, settings):
    settings.TAX_RATE = Decimal(8)
    order = buyer.order_in(S.PAID, (make_product(name="Tượng Phật ngọc", price=987654321, stock=5), 3))
    with translation.override("en"):  # the reader's language is not the order's
        said = text(order.invoices.get())

    assert order.total_amount == 3 * 987654321 + 4
    for words_of_it in (
        "Hóa đơn",
        "Nguyễn Thị Hoa",
        "Huế 530000 Việt Nam",
        # 987,654,321 / 1.08 = 914,494,741.6…
        "914.494.742 ₫",
        "3 987.654.321 ₫ 2.962.962.963 ₫",
        "2.962.962.967 ₫",
        # 2,962,962,967 - 2,962,962,967 / 1.08 = 219,478,738.2…
        "(8%) 219.478.738 ₫",
    ):
        assert words_of_it in said, said


def test_names_typed_letter_by_accent_are_the_same_on_paper(buyer):
    apart = "Nguyê\u0303n"
    order = buyer.order_in(S.PAID, (make_product(name=apart, stock=1), 1))

    assert "Nguyễn 1 $12.50" in text(order.invoices.get())


def test_a_long_order_goes_over_pages_and_loses_nothing(buyer):
    products = [make_product(name=f"Thing {n:02} " + "with a long name " * 5, stock=1) for n in range(60)]
    invoice = buyer.order_in(S.PAID, *[(product, 1) for product in products]).invoices.get()
    said = text(invoice)

    assert all(f"Thing {n:02} " in said for n in range(60))
    pages = len(PdfReader(BytesIO(invoices.pdf(invoice))).pages)
    assert pages > 2 and f"Page {pages} of {pages}" in said
    assert said.count("Unit price") >= pages - 1


@pytest.mark.parametrize(
    ("gross", "percent", "currency", "tax"),
    [
        ("110.00", "10", "USD", "10.00"),
        ("100.00", "0", "USD", "0.00"),
        ("0.10", "10", "USD", "0.01"),
        ("0.00", "20", "USD", "0.00"),
        ("999999999", "8", "VND", "74074074"),
        ("123456789.99", "8.25", "USD", "9408947.04"),
    ],
)
def test_tax_is_worked_out_of_the_gross(gross, percent, currency, tax):
    assert tax_in(Decimal(gross), percent=Decimal(percent), currency=currency) == Decimal(tax)


def said_by(typed: str) -> dict:
    """What an invoice says to a customer, and of a product, with such a name."""
    customer = dict.fromkeys(("full_name", "line1", "line2", "city", "region", "postal_code"), typed)
    line = {
        "sku": "X",
        "name": typed,
        "quantity": 999,
        "unit_price": "9999999999.99",
        "total": "9989999999990.01",
    }
    return {
        "shop": {"name": typed, "address": [typed], "tax_id": typed},
        "customer": customer | {"country": "VN", "email": "hoa@example.com"},
        "order": 1,
        "currency": "USD",
        "lines": [line],
        "items_total": line["total"],
        "shipping_method": typed,
        "shipping_fee": "0.00",
        "total": line["total"],
        "tax_rate": "8.25",
        "tax": "761362586696.54",
        "date": "2026-11-22",
    }


@hypothesis.settings(max_examples=20, deadline=None)
@hypothesis.example("W" * 200)
@hypothesis.example("日本 مرحبا \x01\t\n\u00ad\u202e")
@hypothesis.example("\u00ad\ud7a4")
@hypothesis.example("\u115f\u1160 \u3164\uffa0\u1161")
@hypothesis.given(hypothesis.strategies.text(max_size=200))
def test_every_name_is_printed_or_its_letters_are_named(typed):
    at = datetime(2026, 11, 22, tzinfo=UTC)
    invoice = Invoice(kind=INVOICE, number=1, issued_at=at, language="vi", snapshot=said_by(typed))

    missing = unprintable(typed)
    if missing:
        with pytest.raises(LettersNotPrintable) as refused:
            text(invoice)
        assert refused.value.members == {"letters": missing}
    else:
        assert "9.989.999.999.990,01" in text(invoice)


def test_a_second_print_is_the_same_to_the_byte(buyer):
    invoice = buyer.order_in(S.PAID).invoices.get()

    first = invoices.pdf(invoice)

    assert first.startswith(b"%PDF-")
    assert invoices.pdf(Invoice.objects.get(pk=invoice.pk)) == first


def test_nothing_that_changes_later_changes_the_paper(buyer, settings):
    product = make_product(stock=3)
    order = buyer.order_in(S.PAID, (product, 1))
    invoice = order.invoices.get()
    before = invoices.pdf(invoice)

    type(product).objects.filter(pk=product.pk).update(name="Other", price=99)
    buyer.address.delete()
    buyer.user.email = "other@example.com"
    buyer.user.save()
    settings.SHOP_NAME = settings.SHOP_ADDRESS = settings.SHOP_TAX_ID = "Other"
    settings.TAX_RATE, settings.CURRENCY, settings.TIME_ZONE = Decimal(50), "VND", "Pacific/Kiritimati"
    with translation.override("vi"):
        assert invoices.pdf(Invoice.objects.get(pk=invoice.pk)) == before


def test_the_papers_date_is_the_shops(buyer, settings):
    """Late in the evening in London it is tomorrow in Hanoi."""
    settings.TIME_ZONE = "Asia/Ho_Chi_Minh"
    invoice = buyer.order_in(S.PAID).invoices.get()

    assert invoice.snapshot["date"] == (invoice.issued_at + timedelta(hours=7)).date().isoformat()

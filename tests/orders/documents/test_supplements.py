"""Papers of what pays a difference: an invoice for shipping alone, that of dearer pieces, and what takes them back."""

from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from orders.actions.changes import waiting
from orders.documents import invoices
from orders.models import Invoice, Order
from orders.payments import differences
from orders.payments.refunds import settle_by_hand
from orders.status import OrderStatus
from tests.factories import (
    add_rate,
    ask_refund,
    change,
    make_gift_card,
    make_product,
    make_staff,
    pay,
    redeem,
    return_money,
    shirts,
    standard_class,
)
from tests.orders.audited import run
from tests.orders.differing import dear_shirt, exchange_dearly, far_away, redirect_dearly
from tests.orders.documents.test_einvoice import amounts, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
S = OrderStatus


@pytest.fixture(autouse=True)
def shop(settings):
    settings.E_INVOICE, settings.SHOP_COUNTRY, settings.CURRENCY = True, "DE", "EUR"
    settings.SHOP_TAX_ID, settings.SHOP_ADDRESS = "DE136695976", "Hauptstraße 1\n10115 Berlin"
    add_rate(standard_class(), "20")


@pytest.fixture
def old(buyer) -> Order:
    dear_shirt()
    return buyer.order_in(S.PAID, (shirts()[0], 3), (make_product(stock=5, sku="CUP"), 1))


def words(paper: Invoice) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(invoices.pdf(paper))).pages)


def papers(order: Order) -> list[dict]:
    """Each is what the norm asks for, and can be printed."""
    every = list(order.invoices.order_by("pk"))
    assert all(paper.code in words(paper) for paper in every)
    return [read(paper) for paper in every]


def total(said: dict) -> Decimal:
    return amounts(said, "BT-112")[0]


def fee_of(old: Order) -> Order:
    return redirect_dearly(old, old.customer, far_away()).supplement


def test_the_invoice_of_another_address_has_shipping_as_its_line(old):
    fee = fee_of(old)
    pay(fee)
    (invoice,) = papers(fee)
    (line,) = invoice["BG-25"]
    assert line["BT-153"] == "Shipping"
    assert amounts(line, "BT-129") == [1]
    assert total(invoice) == Decimal("5.50")
    text = words(fee.invoices.get())
    assert "Shipping" in text and "5.50" in text
    assert run() == []


def test_in_the_customers_language(old, buyer):
    Order.objects.filter(pk=old.pk).update(language="vi")
    fee = fee_of(Order.objects.get(pk=old.pk))
    pay(fee)
    (invoice,) = papers(fee)
    assert invoice["BG-25"][0]["BT-153"] == "Phí vận chuyển"


def test_a_part_of_it_and_then_the_rest_go_back(old):
    fee = fee_of(old)
    pay(fee)
    change(Order.objects.get(pk=fee.pk), "refund", amount=2)
    return_money(fee)
    ask_refund(old)
    differences.return_fee(order_id=fee.pk)
    return_money(fee)
    said = papers(fee)
    assert [str(total(one)) for one in said] == ["5.50", "2.00", "3.50"]
    assert all(one["BG-25"] for one in said)
    return_money(old)
    papers(old)
    assert run() == []


def test_a_card_pays_it(old):
    fee = fee_of(old)
    redeem(fee, make_gift_card("50"))
    (invoice,) = papers(fee)
    assert total(invoice) == Decimal("5.50")
    assert run() == []


def test_the_papers_of_a_dearer_size_say_together_what_was_kept(old):
    new = exchange_dearly(old, make_staff(), 2).supplement
    pay(new)
    (invoice,) = papers(new)
    _first, credit = papers(old)
    assert (total(invoice), total(credit)) == (Decimal("24.68"), 20)
    change(Order.objects.get(pk=new.pk), "cancel", {"SHIRT-XL": 1})
    return_money(new)
    for refund in new.payments.get(variant="exchange").refunds.all():
        settle(refund)
    papers(new)
    assert [line for line in run() if "by hand" not in line] == []


def settle(refund) -> None:
    settle_by_hand(refund_id=refund.pk, actor=make_staff(), note="by transfer")


def test_one_that_is_not_paid_has_none(old):
    fee = fee_of(old)
    waiting.end(order_id=old.pk, actor=make_staff())
    assert not fee.invoices.exists()

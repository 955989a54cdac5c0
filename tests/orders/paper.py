"""Invoices and credit notes as tests make and read them."""

from io import BytesIO

from pypdf import PdfReader

from orders.documents import invoices
from orders.models import Invoice, Order
from orders.status import OrderStatus
from tests.factories import Buyer, return_money

S = OrderStatus


def refunded(buyer: Buyer, *items) -> Order:
    order = buyer.order_in(S.REFUND, *items)
    return_money(order)
    return order


def text(invoice: Invoice) -> str:
    """What a reader finds on the paper, with each kind of blank as one."""
    pages = PdfReader(BytesIO(invoices.pdf(invoice))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())

"""Where people get invoices and credit notes: their addresses, links to them, and emails."""

import pytest
from django.test import Client
from django.utils import translation

from orders.emails.queue import send_email
from orders.models import InvoiceKind, Order
from orders.status import OrderStatus
from tests.factories import Buyer, make_staff, return_money
from tests.orders.paper import refunded, text
from tests.shop.conftest import words

pytestmark = pytest.mark.django_db
S = OrderStatus
INVOICE, CREDIT_NOTE = InvoiceKind.INVOICE, InvoiceKind.CREDIT_NOTE


def doors(order: Order) -> list[str]:
    return [f"/orders/{order.pk}/invoice/", f"/orders/{order.pk}/credit-note/"]


def test_owner_and_staff_open_both_papers(customer, buyer, client):
    order = refunded(buyer)
    client.force_login(make_staff(), backend="django.contrib.auth.backends.ModelBackend")

    for browser in (customer, client):
        for path, filename in zip(
            doors(order), ("invoice-000001.pdf", "credit-note-000001.pdf"), strict=True
        ):
            answer = browser.get(path)
            assert answer.status_code == 200
            assert answer["Content-Type"] == "application/pdf"
            assert answer["Content-Disposition"] == f'inline; filename="{filename}"'
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert "private" in answer["Cache-Control"]
            assert answer.content.startswith(b"%PDF-")


def test_papers_that_are_not_there_are_not_found(customer, buyer):
    paid, unpaid = buyer.order_in(S.PAID), buyer.order_in(S.PAY_REQUIRED)

    assert [customer.get(path).status_code for path in doors(paid)] == [200, 404]
    assert [customer.get(path).status_code for path in doors(unpaid)] == [404, 404]


def test_strangers_find_no_papers(buyer, client):
    order = refunded(Buyer())
    client.force_login(buyer.user, backend="django.contrib.auth.backends.ModelBackend")

    assert [client.get(path).status_code for path in doors(order)] == [404, 404]
    for path in doors(order):
        assert Client().get(path).url == f"/accounts/login/?next={path}"


def test_the_order_page_links_what_there_is(customer, buyer):
    unpaid, paid, returned = buyer.order_in(S.PAY_REQUIRED), buyer.order_in(S.PAID), refunded(buyer)

    for order, linked in [(unpaid, []), (paid, doors(paid)[:1]), (returned, doors(returned))]:
        page = words(customer.get(f"/orders/{order.pk}/"))
        live = words(customer.get(f"/orders/{order.pk}/live/"))
        for path in doors(order):
            assert (f'href="{path}"' in page) == (f'href="{path}"' in live) == (path in linked)


def test_staff_find_the_papers_on_the_orders_page(buyer, client):
    client.force_login(make_staff(), backend="django.contrib.auth.backends.ModelBackend")
    order = refunded(buyer)
    page = words(client.get(f"/admin/orders/order/{order.pk}/change/"))

    assert all(f'href="{path}"' in page for path in doors(order))
    assert "Credit note 000001" in page and "-$16.50" in page


@pytest.mark.parametrize(
    ("status", "kind", "filename"),
    [
        ("paid", "paid", "invoice-000001.pdf"),
        ("canceled", "refunded", "credit-note-000001.pdf"),
        ("pay_required", "pay_required", None),
    ],
)
def test_the_email_about_the_money_carries_the_paper(buyer, mailoutbox, status, kind, filename):
    order = buyer.order_in(OrderStatus.REFUND if kind == "refunded" else status)
    if kind == "refunded":
        return_money(order)

    send_email(email_id=order.emails.get(kind=kind).pk)

    attached = [(name, content[:5]) for name, content, _type in mailoutbox[-1].attachments]
    assert attached == ([(filename, b"%PDF-")] if filename else [])


def test_a_credit_note_has_one_vietnamese_name_on_page_and_paper(customer, buyer):
    """Not "giấy báo có", which is what banks send."""
    customer.defaults["HTTP_ACCEPT_LANGUAGE"] = "vi"
    with translation.override("vi"):
        order = refunded(buyer)

    page = words(customer.get(f"/orders/{order.pk}/"))
    said = text(order.invoices.get(kind=InvoiceKind.CREDIT_NOTE))

    assert "Hóa đơn điều chỉnh giảm" in page and "Hóa đơn điều chỉnh giảm" in said
    assert "giấy báo có" not in (page + said).lower()

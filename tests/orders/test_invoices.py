"""Invoices and credit notes: one of each at most, numbered without a gap, and the same on paper for ever."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO

import hypothesis
import hypothesis.strategies
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from django.utils import translation
from pypdf import PdfReader

from catalog.money import rounded, written
from orders import invoices, payments
from orders.errors import OrderError
from orders.mails import send_mail
from orders.models import Invoice, InvoiceCounter, InvoiceKind, Order
from orders.status import OrderStatus
from tests.factories import Buyer, ask_refund, capture, make_numbered, make_product, make_staff, return_money
from tests.parallel import at_once
from tests.shop.conftest import Visitor, words

pytestmark = pytest.mark.django_db
S = OrderStatus
INVOICE, CREDIT_NOTE = InvoiceKind.INVOICE, InvoiceKind.CREDIT_NOTE


def kinds(order: Order) -> list[str]:
    return list(order.invoices.values_list("kind", flat=True))


def refunded(buyer: Buyer, *items) -> Order:
    order = buyer.order_in(S.REFUND, *items)
    return_money(order)
    return order


def text(invoice: Invoice) -> str:
    """What a reader finds on the paper, with each kind of blank as one."""
    pages = PdfReader(BytesIO(invoices.pdf(invoice))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.fixture
def customer(buyer) -> Visitor:
    browser = Visitor()
    browser.force_login(buyer.user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


@pytest.fixture
def vnd(settings):
    settings.CURRENCY = "VND"
    with translation.override("vi"):
        yield


# --- when they are issued ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "issued"),
    [
        (S.PENDING, []),
        (S.PAY_REQUIRED, []),
        (S.PAID, [INVOICE]),
        (S.DONE, [INVOICE]),
        (S.REFUND, [INVOICE]),
        (S.CANCELED, []),
    ],
)
def test_an_order_has_an_invoice_once_it_is_paid(buyer, status, issued):
    assert kinds(buyer.order_in(status)) == issued


def test_an_order_that_is_refused_has_none(buyer):
    assert kinds(buyer.order_in(S.NOT_CONFIRMED, (make_numbered(numbers=0), 1))) == []


def test_an_order_whose_money_is_back_has_a_credit_note(buyer):
    order = refunded(buyer)
    return_money(order)

    assert kinds(order) == [INVOICE, CREDIT_NOTE]


def test_an_order_paid_before_there_were_invoices_gets_no_credit_note(buyer, monkeypatch):
    with monkeypatch.context() as past:
        past.setattr(invoices, "issue", lambda **given: None)
        order = buyer.order_in(S.PAID)
    ask_refund(order)
    return_money(order)

    assert Order.objects.get(pk=order.pk).status == S.CANCELED
    assert kinds(order) == []
    assert not InvoiceCounter.objects.exists()


# --- their numbers -------------------------------------------------------------------------------------------------


class Abandoned(OrderError):
    """Somebody's transaction that comes to nothing."""


def settling(order: Order, *, then_roll_back: bool = False):
    started = payments.start_payment(order_id=order.pk).payment

    def settle() -> None:
        with transaction.atomic():
            capture(started)
            if then_roll_back:
                raise Abandoned

    return settle


@pytest.mark.flow
@pytest.mark.django_db(transaction=True)
def test_twenty_orders_paid_at_once_get_the_numbers_one_to_twenty():
    product = make_product(stock=40)
    orders = [Buyer().order_in(S.PAY_REQUIRED, (product, 1)) for _ in range(20)]

    at_once([settling(order) for order in orders])

    assert sorted(Invoice.objects.values_list("number", flat=True)) == list(range(1, 21))


@pytest.mark.flow
@pytest.mark.django_db(transaction=True)
def test_transactions_that_roll_back_leave_no_gap():
    product = make_product(stock=40)
    orders = [Buyer().order_in(S.PAY_REQUIRED, (product, 1)) for _ in range(30)]
    # Every third one goes back, the first that takes a number among them or not.
    calls = [settling(order, then_roll_back=n % 3 == 0) for n, order in enumerate(orders)]

    results = at_once(calls)

    assert sum(isinstance(result, Abandoned) for result in results) == 10
    assert sorted(Invoice.objects.values_list("number", flat=True)) == list(range(1, 21))
    assert Invoice.objects.filter(order__in=orders[::3]).count() == 0
    at_once([settling(order) for order in orders[::3]])
    assert sorted(Invoice.objects.values_list("number", flat=True)) == list(range(1, 31))


@pytest.mark.flow
@pytest.mark.django_db(transaction=True)
def test_payments_and_refunds_at_once_count_apart_and_do_not_deadlock():
    rooms, pieces = make_numbered(numbers=20), make_product(stock=40)
    items = [(rooms, 1), (pieces, 1)]
    unpaid = [Buyer().order_in(S.PAY_REQUIRED, *items) for _ in range(8)]
    waiting = [Buyer().order_in(S.REFUND, *reversed(items)) for _ in range(8)]
    # Two at a time for each refund: the second finds nothing left to do.
    returning = [partial(return_money, order) for order in waiting * 2]

    at_once([*returning, *[settling(order) for order in unpaid]])

    numbers = Invoice.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers.filter(kind=INVOICE)) == list(range(1, 17))
    assert list(numbers.filter(kind=CREDIT_NOTE)) == list(range(1, 9))


# --- what the database refuses -------------------------------------------------------------------------------------


def test_an_invoice_is_neither_changed_nor_deleted(buyer):
    invoice = buyer.order_in(S.PAID).invoices.get()

    for change in (invoice.delete, partial(Invoice.objects.update, number=7), invoice.save):
        with pytest.raises(ProgrammingError, match="orders_invoice"), transaction.atomic():
            change()


def test_a_counter_counts_on_by_one_and_stays(buyer):
    buyer.order_in(S.PAID)
    counters = InvoiceCounter.objects.filter(kind=INVOICE)

    for change in (counters.delete, partial(counters.update, last=1), partial(counters.update, last=3)):
        with pytest.raises(ProgrammingError, match="orders_invoicecounter"), transaction.atomic():
            change()


def test_an_order_has_each_kind_once_and_a_number_is_given_once(buyer):
    invoice = buyer.order_in(S.PAID).invoices.get()
    other = buyer.order_in(S.PENDING)
    given = {"language": "en", "snapshot": {}}

    for promise, fields in [
        ("once_per_order", {"order": invoice.order, "kind": INVOICE, "number": 2}),
        ("orders_invoice_number", {"order": other, "kind": INVOICE, "number": invoice.number}),
        ("kind_and_number", {"order": other, "kind": "bill", "number": 1}),
        ("kind_and_number", {"order": other, "kind": INVOICE, "number": 0}),
    ]:
        with pytest.raises(IntegrityError, match=promise), transaction.atomic():
            Invoice.objects.create(**fields, **given)


# --- what they say -------------------------------------------------------------------------------------------------


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
        "12 Lê Lợi 530000 Huế Vietnam",
        "Invoice no. 000001",
        f"{invoice.issued_at:%B} {invoice.issued_at.day}, {invoice.issued_at.year}",
        f"Order {order.number}",
        "Ấm trà Bát Tràng 2 $12.50 $25.00",
        "Items $25.00",
        "Shipping $4.00",
        "Total $29.00",
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
        "Đèn lồng 2 -$12.50 -$25.00",
        "Items -$25.00",
        "Shipping -$4.00",
        "Total -$29.00",
        "Tax included (8.25%) -$2.21",
        "Orderly",
    ):
        assert words_of_it in said, said
    assert "Another name" not in said


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
        "Huế Việt Nam",
        "Tượng Phật ngọc 3 987.654.321 ₫ 2.962.962.963 ₫",
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
    assert invoices.tax_in(Decimal(gross), percent=Decimal(percent), currency=currency) == Decimal(tax)


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
@hypothesis.given(hypothesis.strategies.text(max_size=200))
def test_no_name_keeps_an_invoice_from_being_printed(typed):
    at = datetime(2026, 11, 22, tzinfo=UTC)
    invoice = Invoice(kind=INVOICE, number=1, issued_at=at, language="vi", snapshot=said_by(typed))

    assert "9.989.999.999.990,01" in text(invoice)


# --- once issued, always the same ----------------------------------------------------------------------------------


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


# --- money everywhere ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "currency", "result"),
    [
        ("12.505", "USD", "12.51"),
        ("12.5", "VND", "13"),
        ("-12.5", "VND", "-13"),
        ("0.5", "JPY", "1"),
        ("1.5", "KWD", "1.500"),
    ],
)
def test_amounts_are_rounded_to_what_the_currency_has(amount, currency, result):
    assert str(rounded(Decimal(amount), currency)) == result


@pytest.mark.parametrize(
    ("language", "currency", "result"),
    [
        ("en", "USD", "$1,234,567.50"),
        ("vi", "USD", "1.234.567,50\xa0US$"),
        ("en", "VND", "₫1,234,568"),
        ("vi", "VND", "1.234.568\xa0₫"),
    ],
)
def test_amounts_are_written_as_the_reader_does(language, currency, result):
    with translation.override(language):
        assert written(Decimal("1234567.5"), currency) == result


@pytest.mark.usefixtures("vnd")
def test_what_is_shown_in_dong_is_what_is_charged(customer, buyer):
    product = make_product(stock=9, price=Decimal("123456789.50"))
    buyer.table.bands.update(fee=Decimal("25000.50"))
    customer.defaults["HTTP_ACCEPT_LANGUAGE"] = "vi"
    preview = buyer.preview((product, 2))
    order = buyer.place_preview(preview)

    # The piece is rounded before it is counted: two of them cost twice what one does.
    assert "123.456.790\xa0₫" in customer.get(product.get_absolute_url()).content.decode()
    customer.put(product, 2)
    assert "246.913.580\xa0₫" in customer.get("/cart/").content.decode()
    assert (order.items_total, order.shipping_fee) == (246913580, 25001)
    assert order.total_amount == 246938581
    assert "246.938.581\xa0₫" in customer.get(f"/orders/{order.pk}/").content.decode()


def test_staff_read_amounts_in_their_language(buyer):
    desk = Visitor(headers={"accept-language": "vi"})
    desk.force_login(make_staff(), backend="django.contrib.auth.backends.ModelBackend")
    order = buyer.order_in(S.REFUND)

    for path in (
        "orders/ledgerentry/",
        "orders/refund/",
        "orders/order/",
        f"orders/order/{order.pk}/change/",
        "orders/payment/",
        f"orders/payment/{order.payments.get().pk}/change/",
    ):
        assert "16,50\xa0US$" in desk.get(f"/admin/{path}").content.decode(), path
    assert "12,50\xa0US$" in desk.get("/admin/catalog/product/").content.decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CURRENCY", "usd"),
        ("CURRENCY", "EURO"),
        ("TAX_RATE", "8%"),
        ("TAX_RATE", "-1"),
        ("TAX_RATE", "101"),
        ("TAX_RATE", "NaN"),
        ("TAX_RATE", "1e1"),
    ],
)
def test_a_malformed_money_setting_is_one_clear_line(name, value):
    from django.core.exceptions import ImproperlyConfigured

    from config import money

    check = {"CURRENCY": money.currency, "TAX_RATE": money.tax_rate}[name]
    with pytest.raises(ImproperlyConfigured) as refused:
        check(value)
    said = str(refused.value)
    assert said.startswith(f"{name} must be ") and repr(value) in said and "\n" not in said


def test_money_settings_come_from_the_environment():
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            "from config import settings as s; print([s.CURRENCY, s.TAX_RATE, s.SHOP_ADDRESS, s.SHOP_TAX_ID])",
        ],
        env=os.environ
        | {"CURRENCY": "VND", "TAX_RATE": "8.25", "SHOP_ADDRESS": "5 Phố Huế\\nHà Nội", "SHOP_TAX_ID": "01"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == "['VND', Decimal('8.25'), '5 Phố Huế\\nHà Nội', '01']"


# --- the doors -----------------------------------------------------------------------------------------------------


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


def test_a_number_is_taken_after_every_other_lock(buyer):
    """The counter is everybody's: who holds it waits for nobody."""
    order = buyer.order_in(S.REFUND, (make_product(stock=1), 1), (make_numbered(numbers=1), 1))
    recorder = Recorder()
    with connection.execute_wrapper(recorder):
        return_money(order)

    taken = next(n for n, sql in enumerate(recorder.said) if "orders_invoicecounter" in sql)
    after = [sql for sql in recorder.said[taken + 1 :] if sql.startswith(("UPDATE", "DELETE", "SELECT"))]
    assert after == []


class Recorder:
    def __init__(self):
        self.said: list[str] = []

    def __call__(self, execute, sql, params, many, context):
        self.said.append(sql.strip())
        return execute(sql, params, many, context)


def test_the_papers_date_is_the_shops(buyer, settings):
    """Late in the evening in London it is tomorrow in Hanoi."""
    settings.TIME_ZONE = "Asia/Ho_Chi_Minh"
    invoice = buyer.order_in(S.PAID).invoices.get()

    assert invoice.snapshot["date"] == (invoice.issued_at + timedelta(hours=7)).date().isoformat()


@pytest.mark.parametrize(
    ("status", "kind", "filename"),
    [
        ("paid", "paid", "invoice-000001.pdf"),
        ("canceled", "refunded", "credit-note-000001.pdf"),
        ("pay_required", "pay_required", None),
    ],
)
def test_the_mail_about_the_money_carries_the_paper(buyer, mailoutbox, status, kind, filename):
    order = buyer.order_in(OrderStatus.REFUND if kind == "refunded" else status)
    if kind == "refunded":
        return_money(order)

    send_mail(mail_id=order.mails.get(kind=kind).pk)

    attached = [(name, content[:5]) for name, content, _type in mailoutbox[-1].attachments]
    assert attached == ([(filename, b"%PDF-")] if filename else [])

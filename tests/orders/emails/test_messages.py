"""What the emails of an order say: in its language, what happened, how much money moved, and where to go."""

import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.utils import timezone, translation
from django.utils.formats import date_format

from orders.actions import cancellation
from orders.actions.money import payment_window
from orders.emails.messages import message_of
from orders.emails.queue import send_email
from orders.models import Email, EmailKind, Order
from orders.payments import refunds
from orders.status import OrderStatus, Reason
from tests.factories import (
    Buyer,
    ask_refund,
    cancel,
    make_numbered,
    make_product,
    make_staff,
    pay,
    pay_late,
    pay_too_little,
    pay_twice,
    refuse_refund,
    return_money,
)
from tests.orders.post import OF_ORDERS, confirm, email_of, html_of, message_for, order_with, sent

pytestmark = pytest.mark.django_db

S = OrderStatus
K = EmailKind


SUBJECTS = {
    K.PLACED: ("Order {}: we have received it", "Đơn hàng {}: chúng tôi đã nhận được"),
    K.PAY_REQUIRED: ("Order {}: please pay", "Đơn hàng {}: vui lòng thanh toán"),
    K.PAID: ("Order {}: your payment has arrived", "Đơn hàng {}: đã nhận được thanh toán"),
    K.DONE: ("Order {}: all done", "Đơn hàng {}: đã hoàn tất"),
    K.NOT_CONFIRMED: ("Order {} could not be confirmed", "Không thể xác nhận đơn hàng {}"),
    K.CANCELED: ("Order {} was canceled", "Đơn hàng {} đã bị hủy"),
    K.REFUND: ("Order {}: your refund is on its way", "Đơn hàng {}: đang hoàn tiền cho bạn"),
    K.REFUNDED: ("Order {}: your money was returned", "Đơn hàng {}: đã hoàn tiền cho bạn"),
    K.LATE_MONEY_RETURNED: (
        "Order {}: a payment was returned",
        "Đơn hàng {}: đã trả lại một khoản thanh toán",
    ),
    K.TRACKING: ("Order {}: tracking code", "Đơn hàng {}: mã vận đơn"),
    K.REFUND_FAILED: ("Order {}: your refund did not reach you", "Đơn hàng {}: tiền hoàn chưa đến được bạn"),
    K.REFUNDED_LATER: ("Order {}: your money was returned", "Đơn hàng {}: đã hoàn tiền cho bạn"),
    K.REFUND_DECLINED: ("Order {}: we can't refund it", "Đơn hàng {}: chúng tôi không hoàn tiền được"),
    K.CHANGED: ("Order {} was changed", "Đơn hàng {} đã được thay đổi"),
    K.CHANGE_REFUNDED: ("Order {}: $1.00 returned", "Đơn hàng {}: đã hoàn 1,00\xa0US$"),
    K.REQUEST_RECEIVED: (
        "Order {}: we have received your request (Return)",
        "Đơn hàng {}: chúng tôi đã nhận yêu cầu của bạn (Trả hàng)",
    ),
    K.REQUEST_EXPECTED: ("Order {}: please send it back", "Đơn hàng {}: xin gửi hàng trả lại"),
    K.REQUEST_DECLINED: ("Order {}: about your request", "Đơn hàng {}: về yêu cầu của bạn"),
    K.PAY_BY_HAND: ("Order {}: how to pay", "Đơn hàng {}: cách thanh toán"),
    K.SHIPPED: ("Order {}: a parcel is on its way", "Đơn hàng {}: một kiện hàng đang trên đường"),
    K.READY: ("Order {}: ready for pickup", "Đơn hàng {}: sẵn sàng để lấy"),
}
STATUS = {
    K.PLACED: S.PENDING,
    K.PAY_REQUIRED: S.PAY_REQUIRED,
    K.PAID: S.PAID,
    K.DONE: S.DONE,
    K.NOT_CONFIRMED: S.NOT_CONFIRMED,
    K.CANCELED: S.CANCELED,
    K.REFUND: S.REFUND,
    K.REFUNDED: S.CANCELED,
    K.LATE_MONEY_RETURNED: S.CANCELED,
    K.TRACKING: S.DONE,
    K.REFUND_FAILED: S.CANCELED,
    K.REFUNDED_LATER: S.CANCELED,
    K.REFUND_DECLINED: S.PAID,
    K.CHANGED: S.PAID,
    K.CHANGE_REFUNDED: S.PAID,
    K.REQUEST_RECEIVED: S.DONE,
    K.REQUEST_EXPECTED: S.DONE,
    K.REQUEST_DECLINED: S.DONE,
    K.PAY_BY_HAND: S.PAY_REQUIRED,
    K.SHIPPED: S.PAID,
    K.READY: S.PAID,
}


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("kind", OF_ORDERS)
def test_an_email_says_in_the_orders_language_what_happened_and_where_to_go(settings, kind, language):
    settings.PUBLIC_URL = "https://shop.example"
    order = order_with(kind, language)
    line = order.lines.get()

    with translation.override("en" if language == "vi" else "vi"):
        message = message_for(order, kind)

    assert message.subject == SUBJECTS[kind][language == "vi"].format(order.number)
    assert message.from_email == settings.DEFAULT_FROM_EMAIL
    total = "29,00\xa0US$" if language == "vi" else "$29.00"
    with translation.override(language):
        status = str(S(STATUS[kind]).label)
    for text in (message.body, html_of(message)):
        assert str(order.number) in text and status in text and total in text
        assert f"2 × {line.name}" in text
        assert f"https://shop.example/orders/link/{order.pk.hex}." in text
        assert "{{" not in text and "{%" not in text
    assert f'<html lang="{language}">' in html_of(message)
    assert "&" not in message.body


def test_an_email_arrives_whole_at_a_real_backend(buyer, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    settings.PUBLIC_URL = "https://shop.example:8443"
    order = buyer.order_in(S.PENDING)
    row = email_of(order, K.PLACED)
    send_email(email_id=row.pk)

    (file,) = Path(tmp_path).glob("*.log")
    arrived = message_from_bytes(file.read_bytes().split(b"-" * 79)[0], policy=policy.default)

    assert arrived["Message-ID"] == row.message_id
    assert re.fullmatch(r"<[0-9a-f-]{36}@shop\.example>", row.message_id)
    assert arrived["To"] == buyer.user.email
    assert [part.get_content_type() for part in arrived.iter_parts()] == ["text/plain", "text/html"]
    assert f"Order {order.number}" in arrived.get_body(("plain",)).get_content()


def test_what_customers_and_shops_are_called_stays_text(buyer, settings):
    settings.SHOP_NAME = "Tea & <Co>"
    product = make_product(stock=1, name="<script>alert(1)</script> & more")
    message = message_for(buyer.order_in(S.PENDING, (product, 1)), K.PLACED)
    assert "<script>" not in html_of(message) and "&lt;script&gt;" in html_of(message)
    assert "<script>alert(1)</script> & more" in message.body and "Tea & <Co>" in message.body


def test_an_email_to_be_paid_says_until_when(buyer):
    order = buyer.order_in(S.PAY_REQUIRED)
    by = date_format(timezone.localtime(order.pay_by), "DATETIME_FORMAT")
    assert by in message_for(order, K.PAY_REQUIRED).body
    assert "(UTC)" in sent()[-1].body


@pytest.mark.parametrize("kind", OF_ORDERS)
def test_numbers_are_in_the_emails_of_paid_and_done_orders_alone(kind):
    order = order_with(kind)
    sku = order.lines.get().sku
    message = message_for(order, kind)
    for text in (message.body, html_of(message)):
        assert [number in text for number in (f"{sku}/001", f"{sku}/002")] == [kind in (K.PAID, K.DONE)] * 2


def test_an_email_to_be_paid_leads_to_paying_while_there_is_something_to_pay(buyer):
    order = buyer.order_in(S.PAY_REQUIRED)
    leads = re.compile(r"/orders/link/[^/\s]+/pay/")
    message = message_for(order, K.PAY_REQUIRED)
    assert leads.search(message.body) and leads.search(html_of(message))
    cancel(order)
    late = Email.objects.get(order=order, kind=K.PAY_REQUIRED)
    assert not leads.search(message_of(late).body)


@pytest.mark.parametrize("kind", OF_ORDERS)
def test_every_email_says_where_it_goes_and_whom_to_ask(kind, settings):
    settings.SHOP_EMAIL = "help@shop.example"
    message = message_for(order_with(kind), kind)
    for text in (message.body, html_of(message)):
        where = ("1 Main Street", "Mon to Fri") if kind == K.READY else ("12 Lê Lợi", "028 3822 0000")
        assert all(words in text for words in where)
        assert "help@shop.example" in text


def test_a_paid_email_that_is_late_no_longer_tells_numbers_that_went_back(buyer):
    rooms = make_numbered(numbers=1)
    order = buyer.order_in(S.REFUND, (rooms, 1))
    message = message_for(order, K.PAID)
    assert rooms.sku + "/" not in message.body
    assert "Status: Paid" in message.body


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (cancel, "Reason: Requested by the customer"),
        (
            lambda order: cancellation.cancel_order(
                order_id=order.pk, actor=None, reason=Reason.STAFF_DECISION, note="the <warehouse> burnt"
            ),
            "Reason: Decision of the shop: the <warehouse> burnt",
        ),
        (
            lambda order: (
                Order.objects.filter(pk=order.pk).update(pay_by=timezone.now()),
                payment_window.cancel_unpaid(order_id=order.pk),
            ),
            "Reason: Not paid in time",
        ),
    ],
)
def test_a_canceled_order_says_why(buyer, end, why):
    order = buyer.order_in(S.PAY_REQUIRED)
    end(order)
    message = message_for(order, K.CANCELED)
    assert why in message.body
    assert why.split(": ", 1)[1].replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;") in html_of(
        message
    )


def test_a_refused_order_says_why_in_the_orders_language():
    message = message_for(order_with(K.NOT_CONFIRMED, "vi"), K.NOT_CONFIRMED)
    assert "Lý do: " in message.body and "Reason" not in message.body


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind in OF_ORDERS
        if kind not in (K.CANCELED, K.NOT_CONFIRMED, K.REFUND_DECLINED, K.CHANGED, K.REQUEST_RECEIVED)
    ],
)
def test_other_emails_give_no_reason(kind):
    assert "Reason" not in message_for(order_with(kind), kind).body


# --- the money that moved --------------------------------------------------------------------------------------------


def pay_twice_and_refuse_the_second_back(order) -> None:
    """Both payments go back with the order then, twice its total."""
    pay_twice(order)
    refuse_refund(order)


# The email, what happens before it, and what it says in both languages: the money of the ledger, not the order's total.
MOVED = [
    (
        K.REFUND,
        [confirm, pay, ask_refund],
        "We are refunding your order: $29.00",
        "hoàn tiền cho đơn hàng: 29,00\xa0US$",
    ),
    (
        K.REFUND,
        [confirm, pay, pay_twice_and_refuse_the_second_back, ask_refund],
        "We are refunding your order: $58.00",
        "hoàn tiền cho đơn hàng: 58,00\xa0US$",
    ),
    (
        K.REFUNDED,
        [confirm, pay, pay_twice_and_refuse_the_second_back, ask_refund, return_money],
        "We have returned $58.00 the way you paid.",
        "đã hoàn 58,00\xa0US$ theo cách",
    ),
    (
        K.REFUNDED,
        [confirm, pay, pay_twice, ask_refund, return_money],
        "We have returned $29.00 the way you paid.",
        "đã hoàn 29,00\xa0US$ theo cách",
    ),
    (
        K.LATE_MONEY_RETURNED,
        [confirm, cancel, pay_late, return_money],
        "We have returned a payment of $29.00 the way you paid. It arrived after your order had been canceled.",
        "đã trả lại khoản thanh toán 29,00\xa0US$ theo cách bạn đã thanh toán. Khoản này đến sau khi",
    ),
    (
        K.LATE_MONEY_RETURNED,
        [confirm, pay, pay_twice, return_money],
        "a payment of $29.00 the way you paid. Your order was paid already",
        "khoản thanh toán 29,00\xa0US$ theo cách bạn đã thanh toán. Đơn hàng của bạn đã được thanh toán trước đó",
    ),
    (
        K.LATE_MONEY_RETURNED,
        [confirm, pay_too_little, return_money],
        "a payment of $0.01 the way you paid. It was not the amount of your order, which is $29.00.",
        "khoản thanh toán 0,01\xa0US$ theo cách bạn đã thanh toán. Khoản này không đúng với số tiền của đơn hàng là 29,00",
    ),
]


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize(("kind", "acts", "english", "vietnamese"), MOVED)
def test_an_email_about_money_names_the_amount_that_moved_and_why(kind, acts, english, vietnamese, language):
    with translation.override(language):
        order = Buyer().place((make_numbered(numbers=2), 2))
    for act in acts:
        act(order)

    message = message_for(order, kind)

    for text in (message.body, html_of(message)):
        assert (vietnamese if language == "vi" else english) in text


def test_a_refund_that_takes_two_attempts_is_one_amount(buyer):
    order = buyer.order_in(S.REFUND, (make_numbered(numbers=2), 2))
    refunds.retry(refund_id=refuse_refund(order).pk, actor=make_staff())
    return_money(order)

    assert "We are refunding your order: $29.00" in message_for(order, K.REFUND).body
    assert "We have returned $29.00 the way" in message_for(order, K.REFUNDED).body


def test_a_customer_who_paid_too_little_reads_how_to_go_on(buyer):
    order = buyer.order_in(S.PAY_REQUIRED)
    pay_too_little(order)
    return_money(order)

    assert (
        "If you still want your order, please pay it on its page."
        in message_for(order, K.LATE_MONEY_RETURNED).body
    )

"""Mail servers that do what mail servers do, and a customer's emails as tests look at them."""

import threading
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

from django.core import mail as django_mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone, translation

from orders import tasks
from orders.actions.tracking import correct_tracking_code
from orders.emails.queue import send_email
from orders.lifecycle.confirmation import confirm_order
from orders.models import FINISHED, Email, EmailKind, Order
from orders.status import OrderStatus
from tests.factories import (
    Buyer,
    ask_for_a_return,
    ask_refund,
    cancel,
    change,
    complete,
    decline_a_return,
    decline_refund,
    expect_a_return,
    fail_refund,
    make_numbered,
    make_pickup,
    make_staff,
    pay,
    pay_late,
    return_after_all,
    return_money,
    ship_a_piece,
    tell_it_is_ready,
    transfer,
)

S = OrderStatus
K = EmailKind
OF_ORDERS = [kind for kind in K if kind not in FINISHED]


class Away(EmailBackend):
    """A mail server that can't be reached."""

    def send_messages(self, messages):
        raise ConnectionRefusedError("nobody listens on port 25")


class Choosy(EmailBackend):
    """A mail server that is there, and has no mailbox of that name."""

    def send_messages(self, messages):
        if messages[0].to == ["refused@example.com"]:
            raise SMTPRecipientsRefused({messages[0].to[0]: (550, b"no such mailbox")})
        return super().send_messages(messages)


class CrashesAfter(EmailBackend):
    """The email is delivered, and then the worker's process ends."""

    def send_messages(self, messages):
        super().send_messages(messages)
        raise SystemExit


class Slow(EmailBackend):
    """A mail server that answers when `answer` is set; `asked` says that an email is with it."""

    asked, answer = threading.Event(), threading.Event()

    def send_messages(self, messages):
        self.asked.set()
        assert self.answer.wait(10)
        return super().send_messages(messages)


def sent():
    return django_mail.outbox


def delivered():
    """All that was sent, after the workers have sent what is due."""
    tasks.send_emails()
    return sent()


def html_of(message) -> str:
    (html,) = [content for content, kind in message.alternatives if kind == "text/html"]
    return html


def email_of(order, kind) -> Email:
    return Email.objects.get(order=order, kind=kind)


def message_for(order, kind):
    """The email of that kind, sent now."""
    row = email_of(order, kind)
    assert send_email(email_id=row.pk)
    return sent()[-1]


def make_due(row: Email, **fields) -> None:
    Email.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now() - timedelta(seconds=1), **fields)


def confirm(order) -> Order:
    return confirm_order(order_id=order.pk)


def track(order) -> Order:
    return correct_tracking_code(order_id=order.pk, actor=make_staff(), code="VN1")


def give_a_part_back(order) -> None:
    change(order, "refund", amount=1, note="Bị vỡ.")


def order_with(kind, language="en") -> Order:
    """An order that owes its customer an email of that kind."""
    buyer = Buyer()
    if kind == K.READY:
        buyer.table = make_pickup(fee="4.00")
    with translation.override(language):
        order = buyer.place((make_numbered(numbers=0 if kind == K.NOT_CONFIRMED else 2), 2))
    acts = {
        K.PLACED: [],
        K.PAY_REQUIRED: [confirm],
        K.NOT_CONFIRMED: [confirm],
        K.PAID: [confirm, pay],
        K.DONE: [confirm, pay, complete],
        K.CANCELED: [confirm, cancel],
        K.LATE_MONEY_RETURNED: [confirm, cancel, pay_late, return_money],
        K.REFUND: [confirm, pay, ask_refund],
        K.REFUNDED: [confirm, pay, ask_refund, return_money],
        K.TRACKING: [confirm, pay, complete, track],
        K.REFUND_FAILED: [confirm, pay, ask_refund, fail_refund],
        K.REFUNDED_LATER: [confirm, pay, ask_refund, return_after_all],
        K.REFUND_DECLINED: [confirm, pay, decline_refund],
        K.CHANGED: [confirm, pay, give_a_part_back],
        K.CHANGE_REFUNDED: [confirm, pay, give_a_part_back, return_money],
        K.REQUEST_RECEIVED: [confirm, pay, complete, ask_for_a_return],
        K.REQUEST_EXPECTED: [confirm, pay, complete, expect_a_return],
        K.REQUEST_DECLINED: [confirm, pay, complete, decline_a_return],
        K.PAY_BY_HAND: [confirm, transfer],
        K.SHIPPED: [confirm, pay, ship_a_piece],
        K.READY: [confirm, pay, tell_it_is_ready],
    }
    for act in acts[kind]:
        act(order)
    return Order.objects.get(pk=order.pk)

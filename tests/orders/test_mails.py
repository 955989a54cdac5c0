"""The mails of an order: one for each status, after commit, in the order's language, and none is ever lost."""

import re
import threading
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from celery import current_app
from django.contrib.auth.models import Permission
from django.core import mail as django_mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from orders import mails, payments, tasks
from orders.confirmation import confirm_order
from orders.mails import MAIL_AFTER, send_mail, write_mail
from orders.models import Mail, MailKind, Order
from orders.status import OrderStatus, Reason, Step
from tests.factories import (
    Buyer,
    ask_refund,
    cancel,
    complete,
    make_numbered,
    make_product,
    make_staff,
    make_user,
    pay,
    return_money,
)
from tests.parallel import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.flow]

S = OrderStatus
K = MailKind
HERE = "tests.orders.test_mails"


# --- mail servers that do what mail servers do -------------------------------------------------------------------------


class Away(EmailBackend):
    """A mail server that can't be reached."""

    def send_messages(self, messages):
        raise ConnectionRefusedError("nobody listens on port 25")


class CrashesAfter(EmailBackend):
    """The mail is delivered, and then the worker's process ends."""

    def send_messages(self, messages):
        super().send_messages(messages)
        raise SystemExit


class Slow(EmailBackend):
    """A mail server that answers when `answer` is set; `asked` says that a mail is with it."""

    asked, answer = threading.Event(), threading.Event()

    def send_messages(self, messages):
        self.asked.set()
        assert self.answer.wait(10)
        return super().send_messages(messages)


@pytest.fixture
def slow_server(settings):
    settings.EMAIL_BACKEND = f"{HERE}.Slow"
    Slow.asked.clear()
    Slow.answer.clear()
    yield Slow
    Slow.answer.set()


@pytest.fixture
def server_away(settings):
    """Calling it brings the server back."""
    real, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{HERE}.Away"

    def back():
        settings.EMAIL_BACKEND = real

    return back


class Hints(list):
    """Names and arguments of tasks."""

    def __init__(self):
        super().__init__()
        self.gone = threading.Semaphore(0)

    def note(self, name, args, **options):
        self.append((name, *args))
        self.gone.release()

    def wait(self, count: int) -> None:
        assert all(self.gone.acquire(timeout=5) for _ in range(count))


@pytest.fixture
def hints(monkeypatch) -> Hints:
    """What workers were asked for, as it left for the broker; nothing arrives."""
    asked = Hints()
    monkeypatch.setattr(current_app, "send_task", asked.note)
    return asked


def sent():
    return django_mail.outbox


def html_of(message) -> str:
    (html,) = [content for content, kind in message.alternatives if kind == "text/html"]
    return html


def mail_of(order, kind) -> Mail:
    return Mail.objects.get(order=order, kind=kind)


def message_for(order, kind):
    """The mail of that kind, sent now."""
    row = mail_of(order, kind)
    assert send_mail(mail_id=row.pk)
    return sent()[-1]


def make_due(row: Mail, **fields) -> None:
    Mail.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now() - timedelta(seconds=1), **fields)


def confirm(order) -> Order:
    return confirm_order(order_id=order.pk)


# --- which mail ----------------------------------------------------------------------------------------------------

LIVES = {
    "waits": ([], [K.PLACED]),
    "refused": ([confirm], [K.PLACED, K.NOT_CONFIRMED]),
    "to be paid": ([confirm], [K.PLACED, K.PAY_REQUIRED]),
    "canceled": ([confirm, cancel], [K.PLACED, K.PAY_REQUIRED, K.CANCELED]),
    "done": ([confirm, pay, complete], [K.PLACED, K.PAY_REQUIRED, K.PAID, K.DONE]),
    "refunded": (
        [confirm, pay, ask_refund, return_money],
        [K.PLACED, K.PAY_REQUIRED, K.PAID, K.REFUND, K.REFUNDED],
    ),
}


@pytest.mark.parametrize("life", LIVES)
def test_each_status_sends_its_mail_and_no_other(buyer, life):
    acts, kinds = LIVES[life]
    order = buyer.place((make_numbered(numbers=0 if life == "refused" else 1), 1))
    for act in acts:
        act(order)

    written = Mail.objects.filter(order=order).order_by("sequence")

    assert [row.kind for row in written] == kinds
    assert [row.sequence for row in written] == list(order.history.values_list("sequence", flat=True))
    assert {row.to for row in written} == {buyer.user.email}
    tasks.sweep()
    assert [message.extra_headers["Message-ID"] for message in sent()] == [row.message_id for row in written]


def test_every_step_has_a_mail_and_no_kind_is_left_over():
    assert set(MAIL_AFTER) == set(Step)
    assert {*MAIL_AFTER.values(), K.PLACED, K.LATE_MONEY_RETURNED} == set(K)


def test_a_status_change_has_one_mail_at_most(buyer):
    order = buyer.order_in(S.PAID)
    with pytest.raises(IntegrityError), transaction.atomic():
        write_mail(order=order, kind=K.PAID, sequence=3)
    write_mail(order=order, kind=K.LATE_MONEY_RETURNED, sequence=1)
    write_mail(order=order, kind=K.LATE_MONEY_RETURNED, sequence=2)
    assert order.mails.filter(kind=K.LATE_MONEY_RETURNED).count() == 2


def test_a_mail_that_is_owed_is_never_deleted(buyer):
    order = buyer.order_in(S.PENDING)
    with pytest.raises(DatabaseError), transaction.atomic():
        Mail.objects.filter(order=order).delete()


def test_writing_a_mail_takes_one_statement_and_sending_it_a_fixed_number(buyer):
    counts = []
    for lines in (1, 3):
        order = buyer.order_in(S.PAID, *[(make_numbered(numbers=2), 2) for _ in range(lines)])
        with CaptureQueriesContext(connection) as captured:
            message_for(order, K.PAID)
        counts.append(len(captured))
    # Find, lock, and the timeout; order; history, lines, allocations, numbers; note; two savepoints, begun and ended.
    assert counts[0] == counts[1] <= 14
    order.customer = buyer.user
    with CaptureQueriesContext(connection) as captured:
        write_mail(order=order, kind=K.LATE_MONEY_RETURNED, sequence=1)
    assert [query["sql"].split(" ")[0] for query in captured] == ["INSERT"]


# --- after commit, or not at all -----------------------------------------------------------------------------------


def test_a_worker_is_asked_after_commit_alone(buyer, hints, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as after_commit:
        order = buyer.place((make_product(stock=1), 1))
    assert hints == [] and sent() == []

    for callback in after_commit:
        callback()
    hints.wait(2)

    row = mail_of(order, K.PLACED)
    assert ("orders.send_mail", str(row.pk)) in hints
    tasks.send_mail(str(row.pk))
    assert len(sent()) == 1


def test_a_change_that_is_rolled_back_sends_nothing(buyer, hints, django_capture_on_commit_callbacks):
    order = buyer.order_in(S.PENDING)
    with django_capture_on_commit_callbacks() as after_commit, transaction.atomic():
        confirm(order)
        assert order.mails.count() == 2
        transaction.set_rollback(True)
    assert after_commit == []
    assert [row.kind for row in order.mails.all()] == [K.PLACED]


def test_a_mail_whose_hint_was_lost_is_sent_by_the_sweep(buyer):
    order = buyer.order_in(S.PENDING)
    assert sent() == []

    tasks.sweep()

    assert [message.to for message in sent()] == [[buyer.user.email]]
    assert mail_of(order, K.PLACED).sent_at is not None
    tasks.sweep()
    assert len(sent()) == 1


# --- what it says --------------------------------------------------------------------------------------------------

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
        "Order {}: a late payment was returned",
        "Đơn hàng {}: đã trả lại khoản thanh toán đến muộn",
    ),
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
}


def order_with(kind, language="en") -> Order:
    """An order that owes its customer a mail of that kind."""
    buyer = Buyer()
    with translation.override(language):
        order = buyer.place((make_numbered(numbers=0 if kind == K.NOT_CONFIRMED else 2), 2))
    acts = {
        K.PLACED: [],
        K.PAY_REQUIRED: [confirm],
        K.NOT_CONFIRMED: [confirm],
        K.PAID: [confirm, pay],
        K.DONE: [confirm, pay, complete],
        K.CANCELED: [confirm, cancel],
        K.LATE_MONEY_RETURNED: [confirm, cancel],
        K.REFUND: [confirm, pay, ask_refund],
        K.REFUNDED: [confirm, pay, ask_refund, return_money],
    }
    for act in acts[kind]:
        act(order)
    if kind == K.LATE_MONEY_RETURNED:
        write_mail(order=order, kind=kind, sequence=1)
    return Order.objects.get(pk=order.pk)


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("kind", K)
def test_a_mail_says_in_the_orders_language_what_happened_and_where_to_go(settings, kind, language):
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
        assert f"https://shop.example/orders/{order.pk}/" in text
        assert "{{" not in text and "{%" not in text
    assert f'<html lang="{language}">' in html_of(message)
    assert "&" not in message.body


def test_a_mail_arrives_whole_at_a_real_backend(buyer, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    settings.PUBLIC_URL = "https://shop.example:8443"
    order = buyer.order_in(S.PENDING)
    row = mail_of(order, K.PLACED)
    send_mail(mail_id=row.pk)

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


def test_a_mail_to_be_paid_says_until_when(buyer):
    order = buyer.order_in(S.PAY_REQUIRED)
    by = order.pay_by
    hour = by.strftime("%I").lstrip("0")
    assert f"{by:%Y}, {hour}" in message_for(order, K.PAY_REQUIRED).body
    assert "(UTC)" in sent()[-1].body


@pytest.mark.parametrize("kind", K)
def test_numbers_are_in_the_paid_mail_alone(kind):
    order = order_with(kind)
    sku = order.lines.get().sku
    message = message_for(order, kind)
    for text in (message.body, html_of(message)):
        assert [number in text for number in (f"{sku}/001", f"{sku}/002")] == [kind == K.PAID] * 2


def test_a_paid_mail_that_is_late_no_longer_tells_numbers_that_went_back(buyer):
    rooms = make_numbered(numbers=1)
    order = buyer.order_in(S.REFUND, (rooms, 1))
    message = message_for(order, K.PAID)
    assert rooms.sku + "/" not in message.body
    assert "Status: Paid" in message.body


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (lambda order: cancel(order), "Reason: At the customer's wish"),
        (
            lambda order: payments.cancel_order(
                order_id=order.pk, actor=None, reason=Reason.STAFF_DECISION, note="the <warehouse> burnt"
            ),
            "Reason: Decided by the shop: the <warehouse> burnt",
        ),
        (
            lambda order: (
                Order.objects.filter(pk=order.pk).update(pay_by=timezone.now()),
                payments.cancel_unpaid(order_id=order.pk),
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
    assert why.split(": ", 1)[1].replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#x27;") in html_of(
        message
    )


def test_a_refused_order_says_why_in_the_orders_language():
    message = message_for(order_with(K.NOT_CONFIRMED, "vi"), K.NOT_CONFIRMED)
    assert "Lý do: " in message.body and "Reason" not in message.body


@pytest.mark.parametrize("kind", [kind for kind in K if kind not in (K.CANCELED, K.NOT_CONFIRMED)])
def test_other_mails_give_no_reason(kind):
    assert "Reason" not in message_for(order_with(kind), kind).body


# --- twice, never --------------------------------------------------------------------------------------------------


def test_a_mail_is_sent_once_however_often_it_is_asked_for(buyer):
    row = mail_of(buyer.order_in(S.PENDING), K.PLACED)
    for _ in range(3):
        tasks.send_mail(str(row.pk))
    assert len(sent()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_mail(slow_server):
    row = mail_of(Buyer().order_in(S.PENDING), K.PLACED)

    def work() -> bool:
        done = send_mail(mail_id=row.pk)
        # Whoever finds the mail taken comes here at once, while the other still waits for the mail server.
        slow_server.answer.set()
        return done

    assert at_once([work, work]) == [True, True]
    assert len(sent()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_slow_holds_up_no_order(slow_server):
    order = Buyer().order_in(S.PENDING)
    row = mail_of(order, K.PLACED)

    def work() -> None:
        try:
            send_mail(mail_id=row.pk)
        finally:
            connections.close_all()

    sending = threading.Thread(target=work)
    sending.start()
    assert slow_server.asked.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    try:
        assert confirm(order).status == S.PAY_REQUIRED
        assert mails.send_again(mail_ids=[row.pk], actor=make_staff()) == 0
    finally:
        connection.close()
        slow_server.answer.set()
        sending.join(10)
    assert len(sent()) == 1


# --- when it fails -------------------------------------------------------------------------------------------------


def test_a_failure_is_noted_and_the_sweep_sends_the_mail_later(buyer, server_away):
    order = buyer.order_in(S.PENDING)
    row = mail_of(order, K.PLACED)
    tasks.sweep()

    row.refresh_from_db()
    assert (row.sent_at, row.attempts) == (None, 1)
    assert row.failure == "ConnectionRefusedError: nobody listens on port 25"
    assert timedelta(seconds=50) < row.next_attempt_at - timezone.now() <= timedelta(minutes=1)

    server_away()
    tasks.sweep()
    assert sent() == []
    make_due(row)
    tasks.sweep()

    row.refresh_from_db()
    assert row.sent_at and row.failure == ""
    assert [message.extra_headers["Message-ID"] for message in sent()] == [row.message_id]


def test_attempts_go_on_for_three_days_and_then_staff_find_the_mail_given_up(buyer, server_away):
    row = mail_of(buyer.order_in(S.PENDING), K.PLACED)
    pauses = []
    while row.next_attempt_at is not None:
        make_due(row)
        assert not send_mail(mail_id=row.pk)
        row.refresh_from_db()
        if row.next_attempt_at:
            pauses.append(round((row.next_attempt_at - timezone.now()) / timedelta(minutes=1)))

    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses == sorted(pauses) and pauses[-1] == 360
    assert timedelta(days=3) <= timedelta(minutes=sum(pauses)) < timedelta(days=3.5)
    assert row.failure and not row.sent_at
    server_away()
    tasks.sweep()
    assert sent() == []


def test_a_mail_that_cannot_be_written_is_noted_and_keeps_no_other_back(buyer, monkeypatch):
    first, second = (mail_of(buyer.order_in(S.PENDING), K.PLACED) for _ in range(2))
    real = mails.message_of

    def broken(row):
        if row.pk == first.pk:
            with connection.cursor() as cursor:
                cursor.execute("SELECT no_such_column FROM orders_mail")
        return real(row)

    monkeypatch.setattr(mails, "message_of", broken)
    tasks.sweep()
    tasks.sweep()

    first.refresh_from_db()
    second.refresh_from_db()
    assert "no_such_column" in first.failure and first.attempts == 1
    assert second.sent_at
    assert len(sent()) == 1


def test_a_mail_server_that_is_away_is_asked_once_in_each_sweep(buyer, server_away):
    for _ in range(3):
        buyer.order_in(S.PENDING)
    tasks.sweep()
    assert Mail.objects.filter(attempts=1).count() == 1
    server_away()
    tasks.sweep()
    assert len(sent()) == 2


@pytest.mark.django_db(transaction=True)
def test_a_crash_after_handing_over_repeats_the_mail_with_the_same_message_id(settings):
    row = mail_of(Buyer().order_in(S.PENDING), K.PLACED)
    real, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{HERE}.CrashesAfter"
    with pytest.raises(SystemExit):
        send_mail(mail_id=row.pk)
    row.refresh_from_db()
    assert (row.sent_at, row.attempts) == (None, 0)

    settings.EMAIL_BACKEND = real
    tasks.sweep()

    row.refresh_from_db()
    assert row.sent_at
    assert [message.message()["Message-ID"] for message in sent()] == [row.message_id] * 2


# --- on the staff desk ---------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


LIST = "admin:orders_mail_changelist"


def send_again(desk, *rows):
    chosen = [str(row.pk) for row in rows]
    return desk.post(reverse(LIST), {"action": "send_again", "_selected_action": chosen}, follow=True)


def test_staff_have_a_mail_that_was_given_up_sent_again(desk, buyer):
    row = mail_of(buyer.order_in(S.PENDING), K.PLACED)
    Mail.objects.filter(pk=row.pk).update(next_attempt_at=None, attempts=21, failure="away")

    assert "1 mail is sent again." in send_again(desk, row).content.decode()

    tasks.sweep()
    row.refresh_from_db()
    assert row.sent_at and row.attempts == 0
    assert len(sent()) == 1


def test_staff_have_a_sent_mail_sent_again_as_the_same_mail(desk, buyer):
    row = mail_of(buyer.order_in(S.PENDING), K.PLACED)
    send_mail(mail_id=row.pk)
    send_again(desk, row)
    tasks.sweep()
    assert [message.extra_headers["Message-ID"] for message in sent()] == [row.message_id] * 2


def test_staff_who_may_only_look_send_nothing_again(client, buyer):
    looker = make_user(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_mail"))
    client.force_login(looker)
    row = mail_of(buyer.order_in(S.PENDING), K.PLACED)
    send_mail(mail_id=row.pk)
    assert client.get(reverse(LIST)).status_code == 200
    send_again(client, row)
    row.refresh_from_db()
    assert row.sent_at


def test_mail_list_is_filtered_by_state_and_kind(desk, buyer):
    order = buyer.order_in(S.PAID)
    gone, failing, lost = (mail_of(order, kind) for kind in (K.PLACED, K.PAY_REQUIRED, K.PAID))
    send_mail(mail_id=gone.pk)
    Mail.objects.filter(pk=failing.pk).update(attempts=2, failure="away")
    Mail.objects.filter(pk=lost.pk).update(attempts=21, failure="away", next_attempt_at=None)
    expected = {
        "state=sent": {gone},
        "state=unsent": {failing, lost},
        "state=failing": {failing, lost},
        "state=given_up": {lost},
        "kind__exact=paid": {lost},
    }
    found = {query: set(desk.get(f"{reverse(LIST)}?{query}").context["cl"].result_list) for query in expected}
    assert found == expected


def test_mail_list_takes_the_same_statements_for_one_row_and_three(desk, buyer):
    desk.get(reverse(LIST))
    counts = []
    for status in (S.PENDING, S.PAID):
        buyer.order_in(status)
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(reverse(LIST)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 8


def test_mails_are_looked_at_and_never_added_changed_or_deleted(desk, buyer):
    row = mail_of(buyer.order_in(S.PENDING), K.PLACED)
    page = reverse("admin:orders_mail_change", args=[row.pk])
    assert row.message_id.strip("<>") in desk.get(page).content.decode()
    assert desk.post(page, {"to": "else@example.com"}).status_code == 403
    assert desk.get(reverse("admin:orders_mail_add")).status_code == 403
    assert desk.post(reverse("admin:orders_mail_delete", args=[row.pk])).status_code == 403


def test_the_orders_page_shows_its_mails(desk, buyer, server_away):
    order = buyer.order_in(S.PAY_REQUIRED)
    send_mail(mail_id=mail_of(order, K.PLACED).pk)
    page = desk.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert "Order placed" in page and "nobody listens on port 25" in page and "not yet; next attempt" in page

"""Emails when things go wrong: crashes, slow and dead mail servers. None is lost, and none is sent twice without need."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from config.runtime import worker
from orders import tasks
from orders.emails import queue
from orders.emails.claiming import claim_next
from orders.emails.queue import send_email
from orders.models import Email, EmailKind
from orders.status import OrderStatus
from tests.factories import Buyer, make_staff
from tests.orders.post import confirm, email_of, make_due, sent
from tests.parallel import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.flow]

S = OrderStatus
K = EmailKind


def test_an_email_is_sent_once_however_often_it_is_asked_for(buyer):
    row = email_of(buyer.order_in(S.PENDING), K.PLACED)
    for _ in range(3):
        tasks.send_email(str(row.pk))
    assert len(sent()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_email(slow_server):
    row = email_of(Buyer().order_in(S.PENDING), K.PLACED)

    def work() -> bool:
        done = send_email(email_id=row.pk)
        # Whoever finds the email taken comes here at once, while the other still waits for the mail server.
        slow_server.answer.set()
        return done

    assert at_once([work, work]) == [True, True]
    assert len(sent()) == 1


@pytest.mark.django_db(transaction=True)
def test_no_more_than_the_senders_wait_for_the_mail_server_at_once(slow_server):
    rows = [email_of(Buyer().order_in(S.PENDING), K.PLACED) for _ in range(2 * queue.SENDERS)]
    turned_away = threading.Barrier(queue.SENDERS, timeout=10)

    def work() -> None:
        tasks.send_emails()
        # Half of the calls find every sender busy and meet here; only then does the mail server answer.
        if not slow_server.answer.is_set():
            turned_away.wait()
            slow_server.answer.set()

    at_once([work] * len(rows))

    # The senders sent them all, once they were free.
    assert sorted(message.to[0] for message in sent()) == sorted(row.to for row in rows)


def test_the_worker_has_threads_left_when_every_sender_waits():
    assert worker.THREADS > queue.SENDERS


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_slow_holds_up_no_order(slow_server):
    order = Buyer().order_in(S.PENDING)
    row = email_of(order, K.PLACED)

    def work() -> None:
        try:
            send_email(email_id=row.pk)
        finally:
            connections.close_all()

    sending = threading.Thread(target=work)
    sending.start()
    assert slow_server.asked.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    try:
        assert confirm(order).status == S.PAY_REQUIRED
        assert queue.send_again(email_ids=[row.pk], actor=make_staff()) == 0
    finally:
        connection.close()
        slow_server.answer.set()
        sending.join(10)
    assert len(sent()) == 1


def test_a_failure_is_noted_and_the_next_round_sends_the_email_later(buyer, server_away):
    order = buyer.order_in(S.PENDING)
    row = email_of(order, K.PLACED)
    tasks.send_emails()

    row.refresh_from_db()
    assert (row.sent_at, row.attempts) == (None, 1)
    assert row.failure == "ConnectionRefusedError: nobody listens on port 25"
    assert timedelta(seconds=40) < row.next_attempt_at - timezone.now() <= timedelta(seconds=72)

    server_away()
    tasks.send_emails()
    assert sent() == []
    make_due(row)
    tasks.send_emails()

    row.refresh_from_db()
    assert row.sent_at and row.failure == ""
    assert [message.extra_headers["Message-ID"] for message in sent()] == [row.message_id]


def test_attempts_go_on_for_three_days_and_then_staff_find_the_email_given_up(buyer, server_away):
    row = email_of(buyer.order_in(S.PENDING), K.PLACED)
    pauses = []
    while row.next_attempt_at is not None:
        make_due(row)
        assert not send_email(email_id=row.pk)
        row.refresh_from_db()
        if row.next_attempt_at:
            pauses.append((row.next_attempt_at - timezone.now()) / timedelta(minutes=1))

    assert (len(pauses), row.attempts) == (20, 21)
    assert timedelta(days=2.5) < timedelta(minutes=sum(pauses)) < timedelta(days=3.7)
    assert row.failure and row.given_up_at and not row.sent_at
    server_away()
    tasks.send_emails()
    assert sent() == []


@pytest.mark.django_db(transaction=True)
def test_an_email_that_cannot_be_written_is_noted_and_keeps_no_other_back(buyer, monkeypatch):
    first, second = (email_of(buyer.order_in(S.PENDING), K.PLACED) for _ in range(2))
    real = queue.message_of

    def broken(row, **options):
        if row.pk == first.pk:
            with connection.cursor() as cursor:
                cursor.execute("SELECT no_such_column FROM orders_mail")
        return real(row, **options)

    monkeypatch.setattr(queue, "message_of", broken)
    tasks.send_emails()
    tasks.send_emails()

    first.refresh_from_db()
    second.refresh_from_db()
    assert "no_such_column" in first.failure and first.attempts == 1
    assert second.sent_at
    assert len(sent()) == 1


def test_a_mail_server_that_is_away_is_asked_once_in_each_round(buyer, server_away):
    for _ in range(3):
        buyer.order_in(S.PENDING)
    tasks.send_emails()
    assert Email.objects.filter(attempts=1).count() == 1
    server_away()
    tasks.send_emails()
    assert len(sent()) == 2


@pytest.mark.django_db(transaction=True)
def test_a_crash_after_handing_over_repeats_the_email_with_the_same_message_id(settings):
    row = email_of(Buyer().order_in(S.PENDING), K.PLACED)
    real, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.orders.post.CrashesAfter"
    with pytest.raises(SystemExit):
        send_email(email_id=row.pk)
    settings.EMAIL_BACKEND = real
    tasks.send_emails()
    row.refresh_from_db()
    assert (row.sent_at, row.attempts, len(sent())) == (None, 1, 1), (
        "until its lease is over it is in other hands"
    )

    make_due(row)
    tasks.send_emails()

    row.refresh_from_db()
    assert row.sent_at
    assert [message.message()["Message-ID"] for message in sent()] == [row.message_id] * 2


@pytest.mark.django_db(transaction=True)
def test_of_many_rounds_at_once_each_claims_what_no_other_has_and_those_of_accounts_first():
    orders = [Buyer().order_in(S.PENDING) for _ in range(6)]
    queue.write_account_email(user=None, to="new@example.com", words=queue.Words("Hello", "Your link"))
    assert Email.objects.count() == len(orders) + 1

    account = claim_next(queue.policy())
    assert account.email.to == "new@example.com" and account.email.attempts == 1
    assert account.first is None and account.are_more
    claimed = at_once([partial(claim_next, queue.policy())] * 8)

    assert sorted(one.email.to for one in claimed if one) == sorted(order.customer.email for order in orders)
    assert Email.objects.filter(leased_until__gt=timezone.now(), attempts=1).count() == len(orders) + 1


@pytest.mark.django_db(transaction=True)
def test_an_email_whose_last_attempt_never_ended_is_given_up_and_not_sent():
    row = email_of(Buyer().order_in(S.PENDING), K.PLACED)
    Email.objects.update(
        attempts=queue.MAX_ATTEMPTS, leased_until=timezone.now(), next_attempt_at=timezone.now()
    )

    tasks.send_emails()

    row.refresh_from_db()
    assert row.given_up_at and row.next_attempt_at is None and row.leased_until is None
    assert (row.attempts, row.sent_at, sent()) == (queue.MAX_ATTEMPTS, None, [])


@pytest.mark.django_db(transaction=True)
def test_an_email_can_not_be_claimed_inside_of_a_transaction():
    with transaction.atomic(), pytest.raises(RuntimeError):
        claim_next(queue.policy())

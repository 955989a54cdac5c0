"""The emails of an order: one for each status, after commit, in the order's language, and none is ever lost."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from orders import tasks
from orders.emails.queue import EMAIL_AFTER, write_email
from orders.models import FINISHED, Email, EmailKind
from orders.status import OrderStatus, Step
from tests.factories import ask_refund, cancel, complete, make_numbered, make_product, pay, return_money
from tests.orders.post import confirm, email_of, message_for, sent

pytestmark = [pytest.mark.django_db, pytest.mark.flow]

S = OrderStatus
K = EmailKind


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
def test_each_status_sends_its_email_and_no_other(buyer, life):
    acts, kinds = LIVES[life]
    order = buyer.place((make_numbered(numbers=0 if life == "refused" else 1), 1))
    for act in acts:
        act(order)

    written = Email.objects.filter(order=order).order_by("sequence")

    assert [row.kind for row in written] == kinds
    assert [row.sequence for row in written] == list(order.history.values_list("sequence", flat=True))
    assert {row.to for row in written} == {buyer.user.email}
    tasks.send_emails()
    # The answer to the first takes it along (test_together.py).
    told = written[:1] if life == "waits" else written[1:]
    assert [message.extra_headers["Message-ID"] for message in sent()] == [row.message_id for row in told]
    assert not Email.objects.filter(order=order, sent_at=None).exists()


def test_every_step_has_an_email_and_no_kind_is_left_over():
    assert set(EMAIL_AFTER) == set(Step)
    of_no_step = {K.LATE_MONEY_RETURNED, K.REFUND_FAILED, K.REFUNDED_LATER, K.REFUND_DECLINED}
    of_no_step |= {
        K.CHANGED,
        K.CHANGE_REFUNDED,
        K.REQUEST_RECEIVED,
        K.REQUEST_EXPECTED,
        K.REQUEST_DECLINED,
        K.PAY_BY_HAND,
        K.SHIPPED,
        K.READY,
    }
    assert {*EMAIL_AFTER.values(), K.PLACED, K.TRACKING, *of_no_step, *FINISHED} == set(K)


def test_a_status_change_has_one_email_at_most(buyer):
    order = buyer.order_in(S.PAID)
    with pytest.raises(IntegrityError), transaction.atomic():
        write_email(order=order, kind=K.PAID, sequence=3)
    write_email(order=order, kind=K.LATE_MONEY_RETURNED, sequence=1)
    write_email(order=order, kind=K.LATE_MONEY_RETURNED, sequence=2)
    assert order.emails.filter(kind=K.LATE_MONEY_RETURNED).count() == 2


def test_an_email_that_is_owed_is_never_deleted(buyer):
    order = buyer.order_in(S.PENDING)
    with pytest.raises(DatabaseError), transaction.atomic():
        Email.objects.filter(order=order).delete()


def test_writing_an_email_takes_one_statement_and_sending_it_a_fixed_number(buyer):
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
        write_email(order=order, kind=K.LATE_MONEY_RETURNED, sequence=1)
    assert [query["sql"].split(" ")[0] for query in captured] == ["INSERT"]


# --- after commit, or not at all -----------------------------------------------------------------------------------


def test_a_worker_is_asked_after_commit_alone(buyer, hints, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as after_commit:
        order = buyer.place((make_product(stock=1), 1))
    assert hints == [] and sent() == []

    for callback in after_commit:
        callback()
    hints.left()

    row = email_of(order, K.PLACED)
    assert ("orders.send_mails",) in hints
    assert row.sent_at is None
    tasks.send_emails()
    assert len(sent()) == 1


def test_a_change_that_is_rolled_back_sends_nothing(buyer, hints, django_capture_on_commit_callbacks):
    order = buyer.order_in(S.PENDING)
    with django_capture_on_commit_callbacks() as after_commit, transaction.atomic():
        confirm(order)
        assert order.emails.count() == 2
        transaction.set_rollback(True)
    assert after_commit == []
    assert [row.kind for row in order.emails.all()] == [K.PLACED]


def test_an_email_whose_hint_was_lost_is_sent_by_the_next_round(buyer):
    order = buyer.order_in(S.PENDING)
    assert sent() == []

    tasks.send_emails()

    assert [message.to for message in sent()] == [[buyer.user.email]]
    assert email_of(order, K.PLACED).sent_at is not None
    tasks.send_emails()
    assert len(sent()) == 1

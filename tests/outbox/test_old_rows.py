"""Rows that waited when there were two sets of column names: the migrations take them along, and the workers go on."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from bulk import exports, imports
from bulk.models import ExportJob, ImportJob
from config.runtime.prepare import one_at_a_time
from database.migrating import keeping_classes
from orders import tasks
from orders.actions.money.payment import start_payment
from orders.emails.queue import send_due
from orders.events import feed
from orders.models import Email, EmailKind, Order, ProviderEvent, Refund, WebhookDelivery, WebhookEndpoint
from orders.payments import keeping
from orders.payments.providers.base import Notification, NotificationKind
from orders.reports import attention
from orders.status import OrderStatus
from orders.webhooks import endpoints, senders
from rest.idempotency import claim
from rest.models import KeptAnswer
from tests.factories import Buyer, make_product, make_staff
from tests.orders.hooks import endpoint_at
from tests.stand_ins.webhook_receiver import WebhookReceiver

pytestmark = pytest.mark.long
S = OrderStatus
BEFORE = (("orders", "0020"), ("bulk", "0001"))


@pytest.fixture
def receiver(to_receivers) -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as running:
        yield running


@pytest.fixture
def old_database(apart) -> Iterator[None]:
    """A database of its own, with today's tables."""
    with apart("old"):
        yield


def sql(statement: str, **parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def migrate(*to: str) -> None:
    """As a shop that starts does it: however long it thinks between two statements."""
    with one_at_a_time(), keeping_classes():
        call_command("migrate", *to, verbosity=0)


def go_back() -> None:
    """To the tables as they were, with their constraints."""
    for app, migration in BEFORE:
        migrate(app, migration)


def one_of_each(receiver: WebhookReceiver) -> dict[str, object]:
    """Something that waits in each queue, something that is done, and something that was given up."""
    buyer, staff = Buyer(), make_staff()
    well, dead = (endpoint_at(receiver.url, buyer.user) for _ in range(2))
    paid, refunded = buyer.order_in(S.PAY_REQUIRED), buyer.order_in(S.REFUND)
    payment = start_payment(order_id=paid.pk, actor=buyer.user).payment
    told = Notification(
        "evt-1", NotificationKind.CAPTURED, payment.token, payment.total, payment.currency, "ch_1"
    )
    event = keeping.keep(variant="demo", notification=told)
    feed.give_positions()
    sku = make_product().sku
    table = imports.check(actor=staff, kind="stock", file_name="", text=f"sku,received\n{sku},1\n")
    written = exports.ask(actor=staff, kind="stock")
    claim(user_id=buyer.user.pk, key="one", fingerprint="0")
    return {
        "paid": paid.pk,
        "refunded": refunded.pk,
        "event": event.pk,
        "well": well.pk,
        "dead": dead.pk,
        "import": table.pk,
        "export": written.pk,
    }


def as_it_was(at: dict[str, object]) -> None:
    """What the workers of then had left in the rows: tries, failures, a lease, an email given up, an owner to be told."""
    sql("UPDATE orders_refund SET tries = 2, next_try_at = now() - interval '1 minute'")
    sql("UPDATE orders_providerevent SET tries = 4, next_try_at = now() - interval '1 minute'")
    sql(
        "INSERT INTO orders_providerevent "
        "(variant, event_id, news, body, received_at, acted_at, tries, next_try_at, remark) "
        "VALUES ('demo', 'evt-done', '{}', '', now(), now(), 1, now() - interval '1 day', 'nothing to do')"
    )
    sql(
        "UPDATE orders_mail SET attempts = 3, failure = 'away', next_attempt_at = now() - interval '1 minute'"
    )
    given_up = "UPDATE orders_mail SET attempts = 21, next_attempt_at = NULL "
    sql(given_up + "WHERE order_id = %(refunded)s AND kind = 'paid'", **at)
    sent = "UPDATE orders_mail SET sent_at = now(), next_attempt_at = NULL "
    sql(sent + "WHERE order_id = %(refunded)s AND kind = 'placed'", **at)
    sql("UPDATE orders_webhookdelivery SET attempts = 1, next_attempt_at = now() - interval '1 second'")
    sql(
        "UPDATE orders_webhookendpoint SET state = 'failed', tell_at = now(), state_at = now(), "
        "failing_since = now() - interval '4 days' WHERE id = %(dead)s",
        **at,
    )
    sql("UPDATE bulk_importjob SET attempts = 2, next_attempt_at = now()")
    sql("UPDATE bulk_exportjob SET attempts = 2, next_attempt_at = now()")


def an_email_about_no_order() -> Order:
    """Beside one about an order, which is returned."""
    order = Buyer().order_in(S.PENDING)
    with transaction.atomic():
        sql(
            'INSERT INTO orders_mail (kind, sequence, language, "to", message_id, created_at, attempts, '
            "failure, subject, text, html, next_attempt_at) "
            "VALUES ('account', 0, 'en', 'a@example.com', '<1@x>', now(), 0, '', '', '', '', now())"
        )
    return order


def it_has_its_old_columns_and_no_email_about_no_order(order: Order) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(order_id) FROM orders_mail")
        assert len(set(cursor.fetchone())) == 1
        cursor.execute("SELECT count(*) FROM orders_mail WHERE order_id = %s", [order.pk])
        assert cursor.fetchone() == (1,)
        cursor.execute("SELECT tries, next_try_at FROM orders_refund")


def it_waits_with_its_attempts(at: dict[str, object]) -> Email:
    """What is over rests, what waits does so with its attempts, and what was given up says so; the owner's notice."""
    assert ProviderEvent.objects.get(event_id="evt-done").next_attempt_at is None
    waiting = ProviderEvent.objects.get(pk=at["event"]), Refund.objects.get(payment__order=at["refunded"])
    assert [row.attempts for row in waiting] == [4, 2]
    assert all(row.next_attempt_at < timezone.now() for row in waiting)
    assert [(email.kind, email.attempts) for email in attention.given_up_emails()] == [("paid", 21)]
    owed = WebhookDelivery.objects.filter(endpoint=at["dead"])
    assert set(attention.given_up_deliveries()) == set(owed) and owed
    notice = Email.objects.get(kind=EmailKind.WEBHOOK_OFF)
    assert WebhookEndpoint.objects.get(pk=at["dead"]).url in notice.text and notice.next_attempt_at
    return notice


def it_goes_on(at: dict[str, object], notice: Email, sent: list[str]) -> None:
    assert Order.objects.get(pk=at["paid"]).status == S.PAID
    assert Order.objects.get(pk=at["refunded"]).status == S.CANCELED
    assert not Email.objects.filter(next_attempt_at__isnull=False, created_at__lt=notice.created_at).exists()
    assert notice.message_id in sent
    assert {one.state for one in WebhookDelivery.objects.filter(endpoint=at["well"])} >= {"done"}
    assert ImportJob.objects.get(pk=at["import"]).state == ImportJob.State.CHECKED
    assert ExportJob.objects.get(pk=at["export"]).state == ExportJob.State.DONE
    endpoint = WebhookEndpoint.objects.get(pk=at["dead"])
    endpoints.switch_on(endpoint_id=endpoint.pk, owner=endpoint.owner)
    senders.send_due()
    assert not WebhookDelivery.objects.exclude(state="done").filter(created_at__lt=notice.created_at).exists()
    assert KeptAnswer.objects.get().leased_until - timezone.now() < timedelta(minutes=2)


# One test: to go back through a hundred migrations takes minutes.
def test_a_shop_goes_back_and_comes_again_and_what_waited_goes_on(old_database, receiver, mailoutbox):
    at = one_of_each(receiver)
    pending = an_email_about_no_order()
    own = Group.objects.create(name="Readers")
    go_back()
    it_has_its_old_columns_and_no_email_about_no_order(pending)
    as_it_was(at)
    migrate("orders", "0026")
    own.permissions.add(Permission.objects.get(codename="view_mail"))

    migrate()

    assert [right.codename for right in own.permissions.all()] == ["view_email"]
    assert Permission.objects.filter(codename__endswith="_mail").exists() is False
    notice = it_waits_with_its_attempts(at)

    tasks.sweep()
    send_due()
    senders.send_due()
    imports.work(job_id=at["import"])
    exports.work(job_id=at["export"])

    it_goes_on(at, notice, [message.extra_headers["Message-ID"] for message in mailoutbox])

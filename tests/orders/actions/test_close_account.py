"""Closing an account: refused while an order is open; then the person goes, and the orders and the books stay."""

from contextlib import nullcontext
from functools import partial

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.management import call_command
from django.core.serializers import serialize
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.access.keys import find_key, make_key
from accounts.models import ApiKey, User
from orders import audit
from orders.actions import cancellation
from orders.actions.close_account import OrdersStillOpen, StaffCannotLeave, close_account
from orders.actions.money.payment import start_payment
from orders.checkout.placement.placement import Placed, place_order
from orders.checkout.placement.refusals import UserNotFound
from orders.emails import queue as emails
from orders.emails.queue import send_again, send_due
from orders.emails.retention import EmailOnItsWay
from orders.events import feed
from orders.models import (
    Email,
    EmailKind,
    FeedEntry,
    LedgerEntry,
    Order,
    Payment,
    Refund,
    WebhookDelivery,
    WebhookEndpoint,
)
from orders.payments import refunds
from orders.status import LAST, OrderStatus
from orders.webhooks import endpoints
from outbox.queue import claim as claim_row
from outbox.queue import note_failure
from rest.idempotency import claim
from rest.models import KeptAnswer
from rest.scopes import Scope
from tests.confirmed import confirm as confirmed
from tests.factories import (
    PASSWORD,
    Buyer,
    capture,
    make_numbered,
    make_product,
    make_staff,
    return_money,
)
from tests.orders.hooks import endpoint_at, events_sent
from tests.parallel import at_once
from tests.second_factor import set_up
from tests.stand_ins.webhook_receiver import WebhookReceiver, ok

pytestmark = pytest.mark.django_db

GOODBYE = "Your account was closed"
OPEN = [status for status in OrderStatus if status not in LAST]


def order_in(buyer: Buyer, status: OrderStatus) -> Order:
    none_free = status == OrderStatus.NOT_CONFIRMED
    return buyer.order_in(status, (make_numbered(numbers=0 if none_free else 2), 1))


def late_money(buyer: Buyer) -> Refund:
    """The customer paid an order in the moment in which it was canceled; the money is on its way back."""
    order = order_in(buyer, OrderStatus.PAY_REQUIRED)
    payment = start_payment(order_id=order.pk, actor=order.customer).payment
    cancellation.cancel_order(order_id=order.pk, actor=buyer.user, reason="customer_wish")
    capture(payment)
    return Refund.objects.get(payment=payment)


@pytest.mark.parametrize("status", OPEN)
def test_account_with_an_open_order_is_not_closed_and_says_which(buyer, status):
    order_in(buyer, OrderStatus.CANCELED)
    order = order_in(buyer, status)
    before = serialize("json", [*User.objects.all(), *Order.objects.all(), *Email.objects.all()])
    with pytest.raises(OrdersStillOpen) as refusal:
        close_account(user_id=buyer.user.pk)
    assert refusal.value.members == {"orders": [order.number]}
    assert serialize("json", [*User.objects.all(), *Order.objects.all(), *Email.objects.all()]) == before
    assert User.objects.get(pk=buyer.user.pk).is_verified


def test_account_with_money_on_its_way_back_is_not_closed_until_it_is_there(buyer):
    refund = late_money(buyer)
    with pytest.raises(OrdersStillOpen) as refusal:
        close_account(user_id=buyer.user.pk)
    assert refusal.value.members == {"orders": [refund.payment.order.number]}
    refunds.note_refused(refund_id=refund.pk, why="card closed")
    with pytest.raises(OrdersStillOpen):
        close_account(user_id=buyer.user.pk)
    refunds.settle_by_hand(refund_id=refund.pk, actor=make_staff(), note="in cash")
    close_account(user_id=buyer.user.pk)
    assert User.objects.get(pk=buyer.user.pk).has_left


def test_staff_are_not_closed(staff):
    with pytest.raises(StaffCannotLeave):
        close_account(user_id=staff.pk)
    assert User.objects.get(pk=staff.pk).is_staff


def test_orders_stay_without_the_person(buyer):
    orders = [order_in(buyer, status) for status in LAST]
    other = order_in(Buyer(), OrderStatus.DONE)
    close_account(user_id=buyer.user.pk)
    for order in orders:
        after = Order.objects.get(pk=order.pk)
        assert (after.status, after.total_amount, after.customer_id) == (
            order.status,
            order.total_amount,
            buyer.user.pk,
        )
        assert after.address_snapshot == order.address_snapshot | dict.fromkeys(
            ("full_name", "phone", "line1", "line2"), ""
        )
        assert after.address_snapshot["city"] == "Huế"
        assert after.history.count() == order.history.count()
        assert not after.emails.exclude(to="").exists()
        assert not after.payments.exclude(billing_email="").exists()
    assert Order.objects.get(pk=other.pk).address_snapshot == other.address_snapshot
    assert other.emails.exclude(to="").count() == other.emails.count() > 0


def test_nothing_of_the_person_is_left_but_on_the_invoice(buyer):
    buyer.user.full_name, buyer.user.phone = "Phạm Thu Trang", "0901234567"
    buyer.user.save()
    set_up(buyer.user)
    order = order_in(buyer, OrderStatus.DONE)
    email = buyer.user.email
    said = order.invoices.get().snapshot
    assert said["customer"]["email"] == email
    close_account(user_id=buyer.user.pk)
    Email.objects.get(subject=GOODBYE, user=None)  # kept for some days, as a stranger's
    mails = Email.objects.exclude(subject=GOODBYE)
    rows = [*User.objects.all(), *Order.objects.all(), *mails, *Payment.objects.all()]
    left = serialize("json", rows, ensure_ascii=False)
    for person in (email, "Phạm Thu Trang", "0901234567", "Nguyễn Thị Hoa", "Lê Lợi", "+84 28 3822 0000"):
        assert person not in left
    assert order.invoices.get().snapshot == said
    for model in (EmailAddress, Authenticator, UserSession):
        assert not model.objects.filter(user=buyer.user).exists()
    assert not buyer.user.addresses.exists()


def test_keys_and_webhooks_go_with_all_that_was_sent(buyer):
    order_in(buyer, OrderStatus.DONE)
    key = make_key(user=buyer.user, name="The till", scope=Scope.ORDER)
    removed, in_use = (endpoint_at("https://93.184.216.34/hook", buyer.user) for _ in range(2))
    other = endpoint_at("https://93.184.216.34/hook", Buyer().user)
    endpoints.send_test(endpoint_id=removed.pk, owner=buyer.user)
    endpoints.remove(endpoint_id=removed.pk, owner=buyer.user)
    endpoints.send_test(endpoint_id=in_use.pk, owner=buyer.user)
    feed.give_positions()
    told = FeedEntry.objects.count()
    claim(user_id=buyer.user.pk, key="1", fingerprint="0")
    close_account(user_id=buyer.user.pk)

    assert find_key(key.secret) is None and not ApiKey.objects.exists()
    assert not KeptAnswer.objects.exists()
    assert list(WebhookEndpoint.objects.all()) == [other]
    assert not WebhookDelivery.objects.exists()
    assert FeedEntry.objects.count() == told > 0


@pytest.mark.django_db(transaction=True)
def test_a_webhook_that_is_being_sent_while_its_owner_leaves_harms_nothing(buyer, to_receivers, caplog):
    def leave(handler, nth):
        close_account(user_id=buyer.user.pk)
        connection.close()
        ok(handler, nth)

    with WebhookReceiver(answer=leave) as receiver:
        endpoint = endpoint_at(receiver.url, buyer.user)
        endpoints.send_test(endpoint_id=endpoint.pk, owner=buyer.user)
        events_sent()

    assert len(receiver.received) == 1
    assert not WebhookDelivery.objects.exists() and not WebhookEndpoint.objects.exists()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_two_who_left_are_two_and_a_second_closing_changes_nothing():
    users = [Buyer().user, Buyer().user]
    for user in users:
        close_account(user_id=user.pk)
    first = User.objects.get(pk=users[0].pk).email
    close_account(user_id=users[0].pk)
    assert User.objects.get(pk=users[0].pk).email == first != User.objects.get(pk=users[1].pk).email


def test_whoever_left_is_signed_out_everywhere_and_can_come_back_as_somebody_new(buyer):
    sent = {"login": buyer.user.email, "password": PASSWORD}
    browser, other, api = Client(), Client(), APIClient()
    browser.post("/accounts/login/", sent)
    other.force_login(buyer.user, backend="django.contrib.auth.backends.ModelBackend")
    by_program = {"email": buyer.user.email, "password": PASSWORD}
    answer = api.post("/api/auth/app/v1/auth/login", by_program, format="json").json()
    signed = {"X-Session-Token": answer["meta"]["session_token"]}
    assert api.get("/api/addresses/", headers=signed).status_code == 200
    close_account(user_id=buyer.user.pk)
    assert api.get("/api/addresses/", headers=signed).status_code == 401
    assert browser.get("/accounts/").status_code == other.get("/accounts/").status_code == 302
    assert Client().post("/accounts/login/", sent).status_code == 200
    again = {"email": buyer.user.email, "password1": PASSWORD, "password2": PASSWORD}
    assert Client().post("/accounts/signup/", again).status_code == 302
    assert User.objects.get(email=buyer.user.email).orders.count() == 0


def test_emails_that_wait_are_sent_to_nobody_and_later_ones_are_not_sent(buyer):
    order = order_in(buyer, OrderStatus.PAY_REQUIRED)
    payment = start_payment(order_id=order.pk, actor=order.customer).payment
    cancellation.cancel_order(order_id=order.pk, actor=buyer.user, reason="customer_wish")
    close_account(user_id=buyer.user.pk)
    capture(payment)
    return_money(order)
    assert order.emails.filter(kind=EmailKind.LATE_MONEY_RETURNED).exists()
    assert send_again(email_ids=order.emails.values_list("pk", flat=True), actor=make_staff()) == 0
    send_due()
    assert [one.subject for one in mail.outbox] == [GOODBYE]
    assert {one.kind for one in LedgerEntry.objects.filter(order=order)} >= {"captured", "refunded"}


@pytest.fixture
def ended(buyer) -> Order:
    """The buyer's only order; its emails are still to be sent."""
    return order_in(buyer, OrderStatus.CANCELED)


def test_an_account_is_not_closed_while_a_worker_has_an_email_to_it_in_hand(buyer, ended):
    claimed = claim_row(Email.objects.filter(order=ended), emails.policy())
    before = serialize("json", [*User.objects.all(), *Order.objects.all(), *Email.objects.all()])
    with pytest.raises(EmailOnItsWay):
        close_account(user_id=buyer.user.pk)
    assert serialize("json", [*User.objects.all(), *Order.objects.all(), *Email.objects.all()]) == before

    note_failure(claimed, emails.policy(), "away")
    close_account(user_id=buyer.user.pk)
    assert User.objects.get(pk=buyer.user.pk).has_left


def test_an_email_whose_worker_died_keeps_nobody_from_leaving_for_ever(buyer, ended):
    row = claim_row(Email.objects.filter(order=ended), emails.policy())
    Email.objects.filter(pk=row.pk).update(leased_until=timezone.now(), next_attempt_at=timezone.now())
    close_account(user_id=buyer.user.pk)
    send_due()
    assert [one.subject for one in mail.outbox] == [GOODBYE]


@pytest.mark.django_db(transaction=True)
def test_of_sending_and_closing_at_once_no_email_leaves_for_a_customer_who_has_left(slow_server):
    """The mail server has the email and does not answer: closing is refused at once, and the email is noted as sent."""
    buyer = Buyer()
    row = Email.objects.filter(order=order_in(buyer, OrderStatus.CANCELED)).first()

    def close() -> object:
        assert slow_server.asked.wait(20)
        try:
            return close_account(user_id=buyer.user.pk)
        finally:
            slow_server.answer.set()

    _sent, refusal = at_once([partial(emails.send_email, email_id=row.pk), close])

    assert isinstance(refusal, EmailOnItsWay)
    row.refresh_from_db()
    assert row.sent_at and row.to == buyer.user.email
    assert [one.to for one in mail.outbox] == [[buyer.user.email]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(6))
def test_an_email_claimed_at_the_moment_of_closing_is_either_sent_before_or_never(round_):
    buyer = Buyer()
    row = Email.objects.filter(order=order_in(buyer, OrderStatus.CANCELED)).first()
    claiming = partial(claim_row, Email.objects.filter(pk=row.pk), emails.policy())
    closing = partial(close_account, user_id=buyer.user.pk)
    calls = [claiming, closing] if round_ % 2 else [closing, claiming]
    results = at_once(calls)
    claimed, refused = results if round_ % 2 else results[::-1]
    assert (claimed is None) == (refused is None), "of both, one came first"
    assert User.objects.get(pk=buyer.user.pk).has_left == (refused is None)


def test_account_emails_that_wait_are_forgotten_with_their_words(buyer):
    words = emails.Words("Password reset", "here is the link", "<a>")
    emails.write_account_email(user=buyer.user, to="old@example.com", words=words)
    close_account(user_id=buyer.user.pk)
    row = Email.objects.exclude(subject=GOODBYE).get()
    assert (row.to, row.subject, row.text, row.html, row.next_attempt_at) == ("", "", "", "", None)
    emails.write_account_email(user=buyer.user, to="old@example.com", words=words)
    assert Email.objects.exclude(subject=GOODBYE).count() == 1, (
        "and none is written to a customer who has left"
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(4))
def test_an_account_email_asked_for_at_the_moment_of_closing_goes_to_nobody(round_):
    user = Buyer().user
    words = emails.Words("Password reset", "here is the link")
    asking = partial(emails.write_account_email, user=user, to=user.email, words=words)
    closing = partial(close_account, user_id=user.pk)
    at_once([asking, closing] if round_ % 2 else [closing, asking])
    (goodbye,) = Email.objects.exclude(to="")
    assert goodbye.subject == GOODBYE


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_one_moment_close_the_account_and_say_so_once():
    user = Buyer().user
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
        confirmed(browser, user)
    at_once([partial(browser.post, "/accounts/close/", {"sure": "on"}) for browser in browsers])
    assert User.objects.get(pk=user.pk).has_left
    (goodbye,) = Email.objects.filter(subject=GOODBYE)
    assert (goodbye.to, goodbye.user) == (user.email, None)


def test_closing_that_fails_says_nothing(buyer, monkeypatch):
    def refuse(_user: User) -> None:
        raise ValueError("the database is away")

    monkeypatch.setattr("orders.actions.close_account.empty_user", refuse)
    with pytest.raises(ValueError, match="away"):
        close_account(user_id=buyer.user.pk)
    assert not Email.objects.filter(subject=GOODBYE).exists()


def test_books_add_up_after_a_closing(buyer, monkeypatch):
    for status in LAST:
        order_in(buyer, status)
    close_account(user_id=buyer.user.pk)
    monkeypatch.setattr(audit, "snapshot", nullcontext)
    call_command("audit")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(6))
def test_order_placed_at_the_moment_of_closing_does_not_slip_through(round_):
    buyer = Buyer()
    preview = buyer.preview((make_product(stock=5), 1))
    placing = partial(
        place_order, preview_id=preview.id, customer=buyer.user, price_table_id=buyer.table.pk, note=""
    )
    closing = partial(close_account, user_id=buyer.user.pk)
    calls = [placing, closing] if round_ % 2 else [closing, placing]
    results = {type(one) for one in at_once(calls)}
    left = User.objects.get(pk=buyer.user.pk).has_left
    assert results == ({UserNotFound, type(None)} if left else {Placed, OrdersStillOpen})
    assert Order.objects.filter(customer=buyer.user).count() == (0 if left else 1)


@pytest.mark.django_db(transaction=True)
def test_order_finished_at_the_moment_of_closing_ends_both_well():
    buyer = Buyer()
    order = order_in(buyer, OrderStatus.PAY_REQUIRED)
    canceling = partial(
        cancellation.cancel_order, order_id=order.pk, actor=buyer.user, reason="customer_wish"
    )
    at_once([canceling, partial(close_account, user_id=buyer.user.pk)])
    order = Order.objects.get(pk=order.pk)
    left = User.objects.get(pk=buyer.user.pk).has_left
    assert order.status == OrderStatus.CANCELED
    assert (order.address_snapshot["full_name"] == "") == left
    assert order.emails.exclude(to="").exists() != left

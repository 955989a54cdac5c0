"""Emails about accounts: written in the request, sent by a worker, first in their round, erased when they are over."""

import re
from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings as shop_settings
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from orders import tasks
from orders.emails import queue
from orders.emails.messages import Words
from orders.models import Email, EmailKind
from orders.reports import attention
from orders.status import OrderStatus
from tests.factories import PASSWORD, make_user
from tests.orders.post import delivered, email_of, make_due, sent

pytestmark = [pytest.mark.django_db, pytest.mark.flow]

K = EmailKind
AUTH = "/api/auth/app/v1/auth/"
NEW = "hoa@example.com"


def sign_up(email: str = NEW):
    form = {"email": email, "password1": PASSWORD, "password2": PASSWORD}
    return Client().post("/accounts/signup/", form)


def sign_up_by_program(email: str = NEW):
    return APIClient().post(f"{AUTH}signup", {"email": email, "password": PASSWORD}, format="json")


def ask_for_password(email: str):
    return Client().post("/accounts/password/reset/", {"email": email})


def change_address(user: User, email: str = NEW):
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser.post("/accounts/email/", {"action_add": "", "email": email})


def account_email() -> Email:
    return Email.objects.get(kind=K.ACCOUNT)


def write(to: str = NEW, **more) -> Email:
    queue.write_account_email(user=None, to=to, words=Words("Your link", "https://secret", "<b>"), **more)
    return Email.objects.latest("pk")


@pytest.fixture
def server_gone(settings):
    """Nobody listens where the mail server should be: a real connection is refused."""
    real = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    def back() -> None:
        settings.EMAIL_BACKEND = real

    return back


# --- the mail server is away ---------------------------------------------------------------------------------------


WAYS = {
    "sign-up": sign_up,
    "sign-up by program": sign_up_by_program,
    "password": lambda: ask_for_password(make_user(email=NEW).email),
    "password of nobody": lambda: ask_for_password(NEW),
    "address": lambda: change_address(make_user()),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_mail_server_that_is_away_is_noticed_by_no_page_and_the_email_leaves_later(server_gone, way):
    answer = WAYS[way]()

    assert answer.status_code in (200, 302, 401), answer.content
    row = account_email()
    assert (row.to, row.order, row.sent_at) == (NEW, None, None)
    tasks.send_emails()
    row.refresh_from_db()
    assert "ConnectionRefusedError" in row.failure and row.text

    server_gone()
    make_due(row)
    (message,) = delivered()
    assert (message.to, message.extra_headers["Message-ID"]) == ([NEW], row.message_id)


@pytest.mark.parametrize("way", [sign_up, sign_up_by_program])
def test_who_signed_up_while_it_was_away_has_an_account_and_confirms_it_later(server_gone, way):
    way()
    server_gone()
    link = re.search(r"/accounts/confirm-email/[^/\s]+/", delivered()[0].body)[0]

    Client().post(link)

    assert User.objects.get().is_verified


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_says_nothing_makes_no_page_wait(slow_server):
    assert sign_up().status_code == 302

    assert not slow_server.asked.is_set()
    assert Email.objects.get().attempts == 0


def test_a_worker_is_asked_for_it_at_once(hints, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        sign_up()
    hints.left()

    assert account_email().sent_at is None
    tasks.send_emails()

    assert hints[0] == ("orders.send_mails",)
    assert [message.to for message in sent()] == [[NEW]]


def test_what_is_rolled_back_sends_nothing():
    with transaction.atomic():
        sign_up()
        transaction.set_rollback(True)
    assert delivered() == []


# --- what is kept --------------------------------------------------------------------------------------------------


def test_an_email_says_what_it_said_when_it_was_written_in_the_readers_language():
    Client(headers={"accept-language": "vi"}).post("/accounts/password/reset/", {"email": NEW})

    row = account_email()
    assert (row.language, row.subject) == ("vi", "Tài khoản không tồn tại")
    (message,) = delivered()
    assert (message.subject, message.body) == (row.subject, row.text)


def test_what_it_said_is_erased_when_it_is_sent_and_it_is_not_sent_again(staff):
    user = make_user()
    ask_for_password(user.email)
    assert "/accounts/password/reset/key/" in account_email().text

    delivered()

    row = account_email()
    assert row.sent_at and row.user == user
    assert (row.text, row.html, row.subject) == ("", "", "Choose a new password")
    assert queue.send_again(email_ids=[row.pk], actor=staff) == 0
    assert len(delivered()) == 1


def test_what_it_said_is_erased_when_it_is_given_up(server_gone):
    row = write()
    Email.objects.update(attempts=queue.MAX_ATTEMPTS - 1)
    tasks.send_emails()

    row.refresh_from_db()
    assert row.given_up_at and row.failure
    assert (row.text, row.html) == ("", "")
    assert not attention.given_up_emails(), "nobody can do anything about it: whoever waits for it asks anew"


@pytest.mark.parametrize(
    ("ask", "valid"),
    [
        (
            lambda: ask_for_password(make_user().email),
            timedelta(seconds=shop_settings.PASSWORD_RESET_TIMEOUT),
        ),
        (sign_up, timedelta(days=3)),
        (lambda: change_address(make_user()), timedelta(days=3)),
    ],
)
def test_a_link_that_is_no_longer_valid_is_given_up(server_gone, ask, valid):
    ask()
    row = account_email()
    assert abs(row.expires_at - timezone.now() - valid) < timedelta(minutes=5)
    tasks.send_emails()
    Email.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    server_gone()
    make_due(row)

    assert delivered() == []
    tasks.sweep()

    row.refresh_from_db()
    assert row.given_up_at and row.next_attempt_at is None and not row.sent_at
    assert (row.text, row.html) == ("", "")


def test_what_says_only_what_happened_does_not_expire():
    ask_for_password(NEW)
    assert account_email().expires_at is None


def test_links_that_people_wait_for_go_before_the_emails_of_orders(buyer):
    order = buyer.order_in(OrderStatus.PAID)
    Email.objects.filter(order=order).update(next_attempt_at=timezone.now() - timedelta(hours=1))
    write()

    # The first went with its answer.
    assert [message.to for message in delivered()] == [[NEW], *[[buyer.user.email]] * 2]


def test_one_that_is_refused_keeps_no_other_back(buyer, settings):
    settings.EMAIL_BACKEND = "tests.orders.post.Choosy"
    refused, well = write("refused@example.com"), buyer.order_in(OrderStatus.PENDING).emails.get()

    tasks.send_emails()

    refused.refresh_from_db()
    well.refresh_from_db()
    assert (refused.attempts, refused.sent_at, "no such mailbox" in refused.failure) == (1, None, True)
    assert well.sent_at


def test_an_email_about_no_order_is_forgotten_after_a_month_and_not_while_it_waits(buyer):
    old, waiting, young = write(), write(), write()
    queue.send_email(email_id=old.pk)
    queue.send_email(email_id=young.pk)
    order_email = email_of(buyer.order_in(OrderStatus.PENDING), K.PLACED)
    queue.send_email(email_id=order_email.pk)
    for row in (old, waiting, order_email):
        Email.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=31))

    tasks.sweep()

    assert set(Email.objects.all()) == {waiting, young, order_email}
    for row in (waiting, order_email):
        with pytest.raises(DatabaseError), transaction.atomic():
            Email.objects.filter(pk=row.pk).delete()


def test_the_books_add_up_with_emails_about_no_order(in_the_tests_transaction, capsys):
    write()
    call_command("audit")


# --- what staff see ------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def test_staff_see_that_it_left_and_not_what_it_said(desk):
    ask_for_password(make_user(email=NEW).email)
    row = account_email()
    (secret,) = set(re.findall(r"/reset/key/([^/\s]+)/", row.text))

    listed = desk.get(reverse("admin:orders_email_changelist"), {"q": NEW.upper()})
    page = desk.get(reverse("admin:orders_email_change", args=[row.pk])).content.decode()

    assert list(listed.context["cl"].result_list) == [row]
    assert "Choose a new password" in page and NEW in page
    assert secret not in page and secret not in listed.content.decode()


def test_an_owner_may_take_along_what_emails_there_were_and_no_secret(buyer):
    browser = Client()
    browser.force_login(buyer.user, backend="django.contrib.auth.backends.ModelBackend")
    ask_for_password(buyer.user.email)
    (secret,) = set(re.findall(r"/reset/key/([^/\s]+)/", account_email().text))
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})

    data = b"".join(browser.post("/accounts/data/download/").streaming_content).decode()

    assert "Choose a new password" in data and secret not in data


def test_an_email_is_about_an_order_or_carries_its_message(buyer):
    order = buyer.order_in(OrderStatus.PENDING)
    make = partial(Email.objects.create, language="en", to=NEW)
    for wrong in ({"order": order, "kind": K.ACCOUNT}, {"order": None, "kind": K.PAID}):
        with pytest.raises(DatabaseError, match="orders_mail_of_order_or_finished"), transaction.atomic():
            make(**wrong, message_id="<1@example.com>")

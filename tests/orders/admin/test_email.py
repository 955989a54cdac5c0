"""The emails of an order on the staff desk: looked at, and sent again."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders import tasks
from orders.emails.queue import send_email
from orders.models import Email, EmailKind
from orders.status import OrderStatus
from outbox.queue import give_up
from staff import asking
from tests.factories import make_user
from tests.orders.post import email_of, sent

pytestmark = pytest.mark.django_db

S = OrderStatus
K = EmailKind


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


LIST = "admin:orders_email_changelist"


def send_again(desk, *rows):
    chosen = [str(row.pk) for row in rows]
    sent = {"action": "send_again", "_selected_action": chosen, "confirmed": "yes"}
    return desk.post(reverse(LIST), sent, follow=True)


def test_staff_have_an_email_that_was_given_up_sent_again(desk, buyer):
    row = email_of(buyer.order_in(S.PENDING), K.PLACED)
    give_up(Email.objects.filter(pk=row.pk), attempts=21, failure="away")

    assert "1 email is sent again." in send_again(desk, row).content.decode()

    tasks.send_emails()
    row.refresh_from_db()
    assert row.sent_at and (row.attempts, row.given_up_at) == (1, None)
    assert len(sent()) == 1


def test_staff_have_a_sent_email_sent_again_as_the_same_email(desk, buyer):
    row = email_of(buyer.order_in(S.PENDING), K.PLACED)
    send_email(email_id=row.pk)
    send_again(desk, row)
    tasks.send_emails()
    assert [message.extra_headers["Message-ID"] for message in sent()] == [row.message_id] * 2


@pytest.mark.parametrize("language", ["en", "vi"])
def test_sending_again_says_first_what_goes_to_whom(desk, buyer, language):
    row = email_of(buyer.order_in(S.PENDING), K.PLACED)
    send_email(email_id=row.pk)
    chosen = {"action": "send_again", "_selected_action": [row.pk]}

    desk.cookies["django_language"] = language
    page = desk.post(reverse(LIST), chosen)

    row.refresh_from_db()
    assert row.sent_at
    said = {"en": "1 email is sent once more", "vi": "1 email được gửi thêm lần nữa"}[language]
    assert said in page.text and row.to in page.text and 'name="confirmed"' in page.text


def test_no_more_are_sent_again_at_once_than_somebody_has_looked_through(desk, buyer, monkeypatch):
    monkeypatch.setattr(asking, "MAX_CHOSEN", 1)
    first, second = (email_of(buyer.order_in(S.PENDING), K.PLACED) for _ in range(2))
    chosen = {"action": "send_again", "_selected_action": [first.pk, second.pk]}
    assert "At most 1 at once." in desk.post(reverse(LIST), chosen, follow=True).text


def test_staff_who_may_only_look_send_nothing_again(client, buyer):
    looker = make_user(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_email"))
    client.force_login(looker)
    row = email_of(buyer.order_in(S.PENDING), K.PLACED)
    send_email(email_id=row.pk)
    assert client.get(reverse(LIST)).status_code == 200
    send_again(client, row)
    row.refresh_from_db()
    assert row.sent_at


def test_email_list_is_filtered_by_state_and_kind(desk, buyer):
    order = buyer.order_in(S.PAID)
    failing, lost, gone = (email_of(order, kind) for kind in (K.PLACED, K.PAY_REQUIRED, K.PAID))
    send_email(email_id=gone.pk)
    Email.objects.filter(pk=failing.pk).update(attempts=2, failure="away")
    give_up(Email.objects.filter(pk=lost.pk), attempts=21, failure="away")
    expected = {
        "state=sent": {gone},
        "state=unsent": {failing, lost},
        "state=failing": {failing, lost},
        "state=given_up": {lost},
        "needs=given_up": {lost},
        "kind__exact=paid": {gone},
    }
    found = {query: set(desk.get(f"{reverse(LIST)}?{query}").context["cl"].result_list) for query in expected}
    assert found == expected


def test_email_list_takes_the_same_statements_for_one_row_and_three(desk, buyer):
    desk.get(reverse(LIST))
    counts = []
    for status in (S.PENDING, S.PAID):
        buyer.order_in(status)
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(reverse(LIST)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 8


def test_emails_are_looked_at_and_never_added_changed_or_deleted(desk, buyer):
    row = email_of(buyer.order_in(S.PENDING), K.PLACED)
    page = reverse("admin:orders_email_change", args=[row.pk])
    assert row.message_id.strip("<>") in desk.get(page).content.decode()
    assert desk.post(page, {"to": "else@example.com"}).status_code == 403
    assert desk.get(reverse("admin:orders_email_add")).status_code == 403
    assert desk.post(reverse("admin:orders_email_delete", args=[row.pk])).status_code == 403


def test_the_orders_page_shows_its_emails(desk, buyer, server_away):
    order = buyer.order_in(S.PENDING)
    send_email(email_id=email_of(order, K.PLACED).pk)
    page = desk.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert "Order placed" in page and "nobody listens on port 25" in page and "not yet; next attempt" in page


def test_links_to_where_emails_were_listed_before_lead_on(desk, buyer):
    order = buyer.order_in(S.PENDING)
    pk = order.emails.get().pk
    assert desk.get("/admin/orders/mail/", follow=True).redirect_chain == [("/admin/orders/email/", 301)]
    assert desk.get(f"/admin/orders/mail/{pk}/change/")["Location"] == f"/admin/orders/email/{pk}/change/"

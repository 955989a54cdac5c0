"""What a mail service tells of emails later: noted once, whenever and however often it is told; nothing that is forged."""

import json
import threading
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils import timezone

from catalog import inventory
from config import email_services
from orders import tasks
from orders.actions import back_in_stock
from orders.actions.close_account import close_account
from orders.emails import reports
from orders.emails.messages import Words
from orders.emails.queue import send_due, send_email, write_account_email, write_message
from orders.emails.retention import forget_old, forget_recipient
from orders.emails.views import _may_pass
from orders.models import Email, EmailKind, EmailReport, HandedOver
from orders.status import OrderStatus
from rest.forged import MAX_FORGED
from tests.factories import Buyer, make_product, make_staff, make_user
from tests.orders.post import confirm, email_of, make_due
from tests.parallel import at_once
from tests.stand_ins.postmark import SECRET, TOKEN, PostmarkStandIn, bounce, complaint, delivery, signed
from tests.waiting import SECONDS

pytestmark = pytest.mark.django_db
S, K, Kind = OrderStatus, EmailKind, EmailReport.Kind
HOOK = "/emails/webhook/"


@pytest.fixture
def service(settings):
    """The shop sends over a mail service, which tells what becomes of its emails."""
    with PostmarkStandIn() as service:
        made = email_services.settings_of(
            f"postmark://{TOKEN}@", secret=SECRET, api_base=service.url, seconds=5
        )
        for name, value in made.items():
            setattr(settings, name, value)
        cache.delete("forged-reports:127.0.0.1")
        yield service


@pytest.fixture
def sent(service, buyer):
    """An order's first email, as the service has it."""
    row = email_of(buyer.order_in(S.PENDING), K.PLACED)
    assert send_email(email_id=row.pk)
    return service.sent[-1]


def tell(event, headers=None, *, client: Client | None = None, **more):
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    given = signed() if headers is None else headers
    return (client or Client()).post(HOOK, body, content_type="application/json", headers=given, **more)


def row_of(sent) -> Email:
    return Email.objects.get(message_id=f"<{sent['Metadata']['email']}>")


# --- sending over it -------------------------------------------------------------------------------------------------


def test_an_email_goes_over_the_services_api_and_its_name_there_is_kept(sent):
    row = row_of(sent)
    assert row.sent_at and sent["To"] == row.to
    assert [one.service_id for one in row.handed_over.all()] == [sent["MessageID"]]
    assert {"Name": "Auto-Submitted", "Value": "auto-generated"} in sent["Headers"]


def test_one_that_the_service_will_not_have_keeps_no_other_from_being_sent(service):
    one, other = (email_of(Buyer().order_in(S.PENDING), K.PLACED) for _ in range(2))
    service.refuses = {one.to}
    send_due()
    one.refresh_from_db()
    other.refresh_from_db()
    assert other.sent_at and not one.sent_at
    assert one.next_attempt_at and "Error parsing" in one.failure


@pytest.mark.parametrize("how", ["500", "429", "dropped"])
def test_while_the_service_is_away_all_wait_and_then_each_is_sent_once(service, how):
    rows = [email_of(Buyer().order_in(S.PENDING), K.PLACED) for _ in range(2)]
    service.go_wrong(how)
    send_due()
    assert not service.sent
    for row in rows:
        make_due(row)
    send_due()
    assert sorted(one["To"] for one in service.sent) == sorted(row.to for row in rows)


# --- what is told ----------------------------------------------------------------------------------------------------


def test_what_came_back_is_noted_at_the_email_with_what_when_and_why(sent):
    assert tell(bounce(sent)).content == b"noted\n"
    (report,) = row_of(sent).reports.all()
    assert (report.kind, report.is_final, report.address) == (Kind.BOUNCED, True, sent["To"])
    assert "no such mailbox" in report.reason
    assert f"{report.at:%Y-%m-%dT%H:%M:%SZ}" == bounce(sent)["BouncedAt"]
    assert reports.is_unreachable(sent["To"].upper())


@pytest.mark.parametrize(
    ("event", "kind", "is_final"),
    [
        (lambda sent: bounce(sent, "SoftBounce"), Kind.BOUNCED, False),
        (lambda sent: bounce(sent, "BadEmailAddress"), Kind.REFUSED, True),
        (lambda sent: bounce(sent, "Blocked"), Kind.REFUSED, False),
        (complaint, Kind.COMPLAINED, False),
    ],
)
def test_each_kind_of_word_is_told_apart(sent, event, kind, is_final):
    tell(event(sent))
    (report,) = row_of(sent).reports.all()
    assert (report.kind, report.is_final) == (kind, is_final)
    assert reports.is_unreachable(sent["To"]) == is_final


@pytest.mark.parametrize("kind", ["Transient", "AutoResponder", "DnsError", "Subscribe"])
def test_what_needs_nobody_is_not_kept(sent, kind):
    assert tell(bounce(sent, kind)).status_code == 200
    assert not EmailReport.objects.exists()


def test_what_is_told_twice_is_noted_once_and_the_first_word_stands(sent):
    for why in ("smtp;550 no such mailbox", "another reason"):
        assert tell(bounce(sent, Details=why)).status_code == 200
    (report,) = row_of(sent).reports.all()
    assert "no such mailbox" in report.reason


@pytest.mark.django_db(transaction=True)
def test_what_is_told_by_many_at_one_moment_is_noted_once(sent):
    answers = at_once([lambda: tell(bounce(sent)).status_code] * 6)
    assert answers == [200] * 6
    assert EmailReport.objects.count() == 1


def test_a_word_finds_its_email_by_the_services_name_alone(sent):
    tell({**bounce(sent), "Metadata": {}})
    assert row_of(sent).reports.exists()


def test_a_word_that_comes_before_the_email_is_noted_as_sent_finds_it_too(sent):
    HandedOver.objects.all().delete()
    Email.objects.filter(pk=row_of(sent).pk).update(sent_at=None)
    tell(bounce(sent))
    assert row_of(sent).reports.exists()


def test_a_word_that_comes_weeks_later_is_noted(sent):
    Email.objects.filter(pk=row_of(sent).pk).update(sent_at=timezone.now() - timedelta(days=60))
    assert tell(bounce(sent)).status_code == 200
    assert row_of(sent).reports.exists()


def test_of_an_email_that_nobody_knows_the_service_hears_that_all_is_well(sent):
    unknown = {"MessageID": "of-another-shop", "To": "a@example.com", "Metadata": {"email": "x@y"}}
    assert tell(bounce(unknown)).content == b"noted\n"
    assert not EmailReport.objects.exists()


@pytest.mark.parametrize(
    "headers", [{}, signed("hook:another"), signed("another:a long secret"), {"Authorization": "Bearer x"}]
)
def test_what_is_forged_is_refused_and_changes_nothing(sent, headers):
    assert tell(bounce(sent), headers).status_code == 400
    assert not EmailReport.objects.exists()


def test_who_forges_many_is_not_looked_at_any_more_and_others_are(sent):
    forger = Client(REMOTE_ADDR="203.0.113.77")
    cache.delete("forged-reports:203.0.113.77")
    said = [tell(bounce(sent), {}, client=forger).status_code for _ in range(MAX_FORGED + 2)]
    assert said == [400] * MAX_FORGED + [429] * 2
    assert tell(bounce(sent)).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"1", b'"\xff"', b"[{}]", b"[" * 9000])
@pytest.mark.usefixtures("service")
def test_what_is_no_word_of_the_service_is_said_to_be_none(body):
    assert tell(body).status_code == 400
    assert not EmailReport.objects.exists()


def test_a_reason_is_kept_as_far_as_there_is_room_and_without_what_no_database_holds(sent):
    tell(bounce(sent, Details="a\0b" + "x" * 5000))
    (report,) = row_of(sent).reports.all()
    assert report.reason.startswith("abxxx") and len(report.reason) == reports.MAX_REASON


def test_a_moment_that_is_yet_to_come_counts_as_now(sent):
    tell(bounce(sent, BouncedAt="2999-01-01T00:00:00Z"))
    (report,) = row_of(sent).reports.all()
    assert report.at <= timezone.now()


def test_without_a_service_or_its_secret_there_is_no_such_address(client, settings):
    assert settings.EMAIL_SERVICE == ""
    assert client.post(HOOK).status_code == 404
    assert client.head(HOOK).status_code == 404


@pytest.mark.usefixtures("service")
def test_a_service_may_look_whether_the_address_is_there(client):
    assert client.head(HOOK).status_code == 200
    assert client.get(HOOK).status_code == 405


# --- what follows ----------------------------------------------------------------------------------------------------


@pytest.fixture
def customer(sent):
    return row_of(sent).order.customer


def page(user, path: str) -> str:
    browser = Client()
    browser.force_login(user)
    return browser.get(path).text


def test_the_customer_is_told_on_the_account_and_the_order_page(sent, customer):
    order = row_of(sent).order
    paths = ["/accounts/", order.get_absolute_url()]
    assert not any("data-unreachable" in page(customer, path) for path in paths)
    tell(bounce(sent))
    for path in paths:
        shown = page(customer, path)
        assert "data-unreachable" in shown and f"Our emails to {customer.email} come back" in shown
    assert "data-unreachable" not in page(make_user(), "/accounts/")
    # Staff who look at the order are not the customer.
    assert "data-unreachable" not in page(make_staff(), order.get_absolute_url())


def test_with_another_address_the_customer_is_told_nothing(sent, customer):
    tell(bounce(sent))
    type(customer).objects.filter(pk=customer.pk).update(email="another@example.com")
    customer.refresh_from_db()
    assert "data-unreachable" not in page(customer, "/accounts/")


def test_what_may_pass_and_what_is_a_complaint_is_not_told_as_if_the_address_were_wrong(sent, customer):
    tell(bounce(sent, "SoftBounce"))
    tell(complaint(sent))
    assert "data-unreachable" not in page(customer, "/accounts/")


def test_an_address_that_takes_emails_again_is_no_matter_any_more_and_a_complaint_stays_one(sent):
    tell(bounce(sent))
    tell(complaint(sent))
    tell(delivery(sent, "2026-11-19T00:00:00Z"))
    assert reports.is_unreachable(sent["To"]), "it was told of an earlier moment"
    tell(delivery(sent, "2026-11-21T00:00:00Z"))
    assert not reports.is_unreachable(sent["To"])
    assert EmailReport.objects.get(settled_at=None).kind == Kind.COMPLAINED


def test_who_has_complained_gets_no_emails_but_those_of_orders_and_of_the_account(sent, customer, service):
    product = make_product()
    other = make_user()
    for user in (customer, other):
        back_in_stock.wait_for(product_id=product.pk, user=user)
    tell(complaint(sent))
    inventory.receive(product_id=product.pk, quantity=1, actor=None)
    tasks.sweep()
    assert [row.to for row in Email.objects.filter(kind=K.BACK_IN_STOCK)] == [other.email]
    words = Words("A new password", "Here.")
    write_account_email(user=customer, to=customer.email, words=words)
    write_message(kind=K.GIVEN, user=customer, to=customer.email, words=words)
    assert Email.objects.filter(to=customer.email, kind__in=[K.ACCOUNT, K.GIVEN]).count() == 2
    confirm(row_of(sent).order)
    assert Email.objects.filter(to=customer.email, kind=K.PAY_REQUIRED).exists()


def test_of_emails_that_are_forgotten_it_stays_known_that_the_address_takes_none(service):
    write_account_email(user=None, to="lost@example.com", words=Words("Hello", "Hello."))
    row = Email.objects.get(to="lost@example.com")
    assert send_email(email_id=row.pk)
    tell(bounce(service.sent[-1]))
    Email.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=31))
    forget_old()
    assert not Email.objects.filter(pk=row.pk).exists()
    assert reports.is_unreachable("lost@example.com")


def test_who_leaves_takes_the_address_along_and_no_later_word_brings_it_back(service, buyer):
    order = buyer.order_in(S.CANCELED)
    send_due()
    last = service.sent[-1]
    tell(bounce(last))
    assert EmailReport.objects.get().address
    close_account(user_id=order.customer_id)
    tell(complaint(last))
    assert set(EmailReport.objects.values_list("address", "reason")) == {("", "")}


@pytest.mark.django_db(transaction=True)
def test_a_word_that_comes_while_a_customer_leaves_waits_and_brings_no_address_back(service):
    """Who leaves holds the emails; the word comes before that is committed."""
    order = Buyer().order_in(S.CANCELED)
    send_due()
    word = bounce(service.sent[-1])
    left, told = threading.Event(), threading.Event()

    def leave() -> None:
        with transaction.atomic():
            forget_recipient(customer_id=order.customer_id)
            left.set()
            # It does not come through while this goes on.
            assert not told.wait(0.5)

    def hear() -> None:
        assert left.wait(SECONDS)
        assert tell(word).status_code == 200
        told.set()

    at_once([leave, hear])
    assert set(EmailReport.objects.values_list("address", "reason")) == {("", "")}


@pytest.mark.parametrize(
    ("told", "may_pass"),
    [
        ({"event": "soft_bounce"}, True),
        ({"event": "hard_bounce"}, False),
        ({"type": "activity.soft_bounced"}, True),
        ({"event": "bounce", "hard_bounce": False}, True),
        ({"event": "bounce", "hard_bounce": True}, False),
        ({"eventType": "Bounce", "bounce": {"bounceType": "Transient"}}, True),
        ({"eventType": "Bounce", "bounce": {"bounceType": "Permanent"}}, False),
        ({"type": "bounce", "bounce_class": "20"}, True),
        ({"type": "bounce", "bounce_class": "10"}, False),
        (None, False),
    ],
)
def test_each_services_word_for_a_failure_of_the_moment_is_known(told, may_pass):
    assert _may_pass(told) == may_pass


# --- the desk --------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def test_staff_see_it_on_the_first_page_on_the_list_and_on_the_order_and_settle_it(sent, desk):
    tell(bounce(sent))
    row = row_of(sent)
    card = next(one for one in desk.get("/admin/").context["cards"] if "came back" in str(one.matter.title))
    assert card.count == 1
    assert set(desk.get(card.link).context["cl"].result_list) == {row}
    assert "no such mailbox" in desk.get(f"/admin/orders/email/{row.pk}/change/").text
    assert 'data-report="bounced"' in desk.get(f"/admin/orders/order/{row.order_id}/change/").text

    chosen = {"action": "settle_reports", "_selected_action": [row.pk]}
    assert "1 email is settled." in desk.post("/admin/orders/email/", chosen, follow=True).text
    assert not EmailReport.objects.filter(settled_at=None).exists()
    assert not reports.is_unreachable(row.to)
    assert reports.settle(email_ids=[row.pk], actor=make_staff()) == 0


def test_rows_of_before_are_as_they_were(buyer, desk):
    row = email_of(buyer.order_in(S.PENDING), K.PLACED)
    assert not row.reports.exists()
    assert desk.get(f"/admin/orders/email/{row.pk}/change/").status_code == 200
    tasks.send_emails()
    row.refresh_from_db()
    assert row.sent_at and not HandedOver.objects.exists()

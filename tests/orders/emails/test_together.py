"""Of an order that is confirmed at once the customer hears once, not twice in a second; and never not at all."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from orders import tasks
from orders.emails.queue import send_email
from orders.models import Email, EmailKind, Order
from outbox.queue import given_up
from tests.factories import make_numbered, make_product
from tests.orders.post import confirm, delivered, email_of, html_of, make_due, sent

pytestmark = [pytest.mark.django_db, pytest.mark.flow]
K = EmailKind
RECEIVED = "Thank you for your order: we have received it."


@pytest.fixture(autouse=True)
def waits(settings) -> None:
    """As in production."""
    settings.RECEIVED_EMAIL_AFTER = 5


@pytest.fixture
def order(buyer) -> Order:
    return buyer.place((make_product(stock=3), 1))


def subjects() -> list[str]:
    return [message.subject.partition(": ")[2] or message.subject for message in sent()]


def all_sent(order: Order) -> bool:
    return not Email.objects.filter(order=order, sent_at=None).exists()


class TestConfirmedAtOnce:
    def test_one_email_says_both(self, order):
        confirm(order)
        (message,) = delivered()
        assert subjects() == ["please pay"]
        assert RECEIVED in message.body and RECEIVED in html_of(message)
        assert message.extra_headers["Message-ID"] == email_of(order, K.PAY_REQUIRED).message_id
        assert [row.kind for row in order.emails.order_by("sequence")] == [K.PLACED, K.PAY_REQUIRED]
        assert all_sent(order)
        assert len(delivered()) == 1

    def test_by_the_hint_too(self, order):
        confirm(order)
        assert send_email(email_id=email_of(order, K.PAY_REQUIRED).pk)
        assert len(sent()) == 1 and all_sent(order)

    def test_one_that_could_not_be_confirmed_is_told_so(self, buyer):
        order = buyer.place((make_numbered(numbers=0), 1))
        confirm(order)
        (message,) = delivered()
        assert "could not be confirmed" in message.subject and RECEIVED in message.body
        assert all_sent(order)

    def test_one_that_costs_nothing_is_being_made_ready(self, buyer):
        buyer.table.bands.update(fee=0)
        order = buyer.place((make_product(stock=1, price=Decimal(0)), 1))
        confirm(order)
        (message,) = delivered()
        assert subjects() == ["we are getting it ready"] and RECEIVED in message.body
        assert all_sent(order)


class TestConfirmedLater:
    def test_the_first_waits_and_goes_by_itself(self, order, hints):
        row = email_of(order, K.PLACED)
        assert timedelta(seconds=3) < row.next_attempt_at - timezone.now() <= timedelta(seconds=5)
        assert ("orders.send_mail", str(row.pk)) not in hints
        assert delivered() == []
        make_due(row)
        assert len(delivered()) == 1 and subjects() == ["we have received it"]

        confirm(order)
        assert len(delivered()) == 2 and subjects()[1] == "please pay"
        assert RECEIVED not in sent()[1].body

    def test_a_first_that_is_due_is_left_to_its_answer(self, order):
        """The round finds both, the first one first."""
        confirm(order)
        row = email_of(order, K.PLACED)
        make_due(row)
        assert send_email(email_id=row.pk)
        row.refresh_from_db()
        assert (sent(), row.attempts, row.sent_at) == ([], 0, None)
        assert len(delivered()) == 1 and subjects() == ["please pay"] and all_sent(order)

    def test_an_answer_in_another_hand_does_not_take_it_along(self, order):
        """The other worker found the first one in our hands."""
        confirm(order)
        until = timezone.now() + timedelta(minutes=5)
        order.emails.filter(kind=K.PAY_REQUIRED).update(next_attempt_at=until, leased_until=until)
        row = email_of(order, K.PLACED)
        make_due(row)
        send_email(email_id=row.pk)
        assert subjects() == ["we have received it"]

    def test_a_first_in_another_hand_is_not_taken_along(self, order):
        confirm(order)
        until = timezone.now() + timedelta(minutes=5)
        order.emails.filter(kind=K.PLACED).update(next_attempt_at=until, leased_until=until)
        (message,) = delivered()
        assert RECEIVED not in message.body
        assert email_of(order, K.PLACED).sent_at is None


class TestTheMailServerIsAway:
    def test_both_are_owed_and_one_email_says_both_later(self, order, server_away):
        confirm(order)
        tasks.send_emails()
        rows = list(order.emails.all())
        assert all(row.failure and row.sent_at is None and row.leased_until is None for row in rows)
        server_away()
        for row in rows:
            make_due(row)
        assert len(delivered()) == 1 and RECEIVED in sent()[0].body and all_sent(order)

    def test_without_an_answer_the_first_goes_by_itself(self, order):
        confirm(order)
        gone = order.emails.filter(kind=K.PAY_REQUIRED)
        gone.update(next_attempt_at=None, given_up_at=timezone.now())
        assert given_up(gone)
        make_due(email_of(order, K.PLACED))
        assert len(delivered()) == 1 and subjects() == ["we have received it"]

"""Who was given store credit or a gift card by staff reads it in an email: how much, how it is spent, and a card's code."""

from decimal import Decimal

import pytest
from django.utils import translation

from accounts.models import User
from orders import audit, tasks
from orders.actions.close_account import close_account
from orders.actions.money.giving import give_credit, issue_card
from orders.emails import queue
from orders.errors import InvalidInput
from orders.models import Email, EmailKind, GiftCard, GiftCardEntry
from orders.reports import attention
from tests.factories import change, make_staff, make_user
from tests.orders.post import Away, delivered, html_of, message_for

pytestmark = pytest.mark.django_db

GIVEN = {"amount": Decimal("12.50"), "note": "The lamp was late"}


def speaks(language: str) -> User:
    user = make_user()
    User.objects.filter(pk=user.pk).update(language=language)
    return User.objects.get(pk=user.pk)


SAID = {
    "en": ("You have $12.50 to spend at {shop}", "$12.50 as store credit", "that makes $25.00", "Its code:"),
    "vi": (
        "Bạn có 12,50\xa0US$ để mua hàng tại {shop}",
        "12,50\xa0US$ vào số dư",
        "có 25,00\xa0US$",
        "Mã thẻ:",
    ),
}


@pytest.mark.parametrize("language", SAID)
class TestWhatIsRead:
    def test_store_credit_says_how_much_and_what_there_is_now(self, language, settings, staff):
        user = speaks(language)
        subject, given, together, _code = SAID[language]
        with translation.override("vi" if language == "en" else "en"):
            give_credit(email=user.email, actor=staff, **GIVEN)
            give_credit(email=user.email, actor=staff, **GIVEN)

        first, second = delivered()
        assert first.to == second.to == [user.email]
        assert first.subject == subject.format(shop=settings.SHOP_NAME)
        assert given in first.body and together not in first.body
        assert given in second.body and together in second.body
        assert GIVEN["note"] not in second.body, "what staff note is the shop's"
        assert f'<html lang="{language}">' in html_of(first)

    def test_a_gift_card_says_its_code_and_until_when(self, language, settings, staff):
        settings.GIFT_CARD_DAYS = 365
        user = speaks(language)
        issue_card(to=user.email, actor=staff, **GIVEN)

        (message,) = delivered()
        card = GiftCard.objects.get()
        assert SAID[language][3] in message.body and card.code_shown in message.body
        assert card.code_shown in html_of(message)
        assert str(card.expires_on.year) in message.body


def test_a_card_goes_to_an_address_that_the_shop_does_not_know_in_the_shops_language(staff):
    issue_card(to=" Friend@Example.com ", actor=staff, **GIVEN)

    (message,) = delivered()
    row = Email.objects.get(kind=EmailKind.GIVEN)
    assert message.to == ["friend@example.com"] and (row.user, row.language) == (None, "en")
    assert list(audit.findings()) == []


def test_what_is_passed_on_by_hand_sends_nothing(staff):
    issue_card(actor=staff, **GIVEN)
    assert not Email.objects.exists()


@pytest.mark.parametrize(
    "to", ["nobody", "a@b", "x" * 250 + "@example.com", "a@example.com\nBcc: b@example.com"]
)
def test_a_card_for_no_address_is_not_issued(staff, to):
    with pytest.raises(InvalidInput):
        issue_card(to=to, actor=staff, **GIVEN)
    assert not GiftCard.objects.exists() and not Email.objects.exists()


def test_the_code_is_erased_once_it_is_sent_and_not_sent_again(staff):
    issue_card(to="friend@example.com", actor=staff, **GIVEN)
    assert GiftCard.objects.get().code_shown in Email.objects.get().text

    delivered()

    row = Email.objects.get()
    assert row.sent_at and (row.text, row.html) == ("", "")
    assert queue.send_again(email_ids=[row.pk], actor=make_staff()) == 0


def test_one_that_was_given_up_keeps_its_code_and_is_sent_again(staff, settings):
    issue_card(to="friend@example.com", actor=staff, **GIVEN)
    Email.objects.update(attempts=queue.MAX_ATTEMPTS - 1)
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{Away.__module__}.{Away.__name__}"
    tasks.send_emails()
    row = Email.objects.get()
    assert row.given_up_at and row in attention.given_up_emails()
    settings.EMAIL_BACKEND = working

    assert queue.send_again(email_ids=[row.pk], actor=make_staff()) == 1

    (message,) = delivered()
    assert GiftCard.objects.get().code_shown in message.body


def test_who_closes_the_account_before_it_leaves_gets_none(buyer, staff):
    give_credit(email=buyer.user.email, actor=staff, **GIVEN)
    close_account(user_id=buyer.user.pk)
    assert not any("to spend" in message.subject for message in delivered())
    assert Email.objects.get(kind=EmailKind.GIVEN).text == ""


@pytest.mark.parametrize(
    ("give", "error"),
    [
        (lambda user, staff: give_credit(email="stranger@example.com", actor=staff, **GIVEN), InvalidInput),
        (
            lambda user, staff: give_credit(email=user.email, actor=staff, amount=Decimal(0), note="x"),
            InvalidInput,
        ),
    ],
)
def test_what_is_refused_tells_nobody(staff, give, error):
    with pytest.raises(error):
        give(make_user(), staff)
    assert not Email.objects.exists() and not GiftCardEntry.objects.exists()


# --- money of an order that becomes store credit -------------------------------------------------------------------

AS_CREDIT = {
    EmailKind.CHANGED: ("$5.00 are yours as store credit", "the way you paid"),
    EmailKind.CHANGE_REFUNDED: ("$5.00 are yours as store credit", "the way you paid"),
}


@pytest.mark.parametrize("kind", AS_CREDIT)
def test_a_part_that_becomes_store_credit_is_not_said_to_go_back_the_way_it_came(buyer, kind):
    order = buyer.order_in("paid")
    change(order, "refund", amount=5, to_credit=True)

    says, not_that = AS_CREDIT[kind]
    message = message_for(order, kind)
    assert says in message.body and not_that not in message.body


@pytest.mark.parametrize("kind", [EmailKind.CHANGED, EmailKind.REFUND, EmailKind.REFUNDED])
def test_a_whole_order_that_becomes_store_credit_says_so(buyer, kind):
    order = buyer.order_in("paid")
    change(order, "cancel", {line.sku: line.quantity for line in order.lines.all()}, to_credit=True)
    order.refresh_from_db()

    message = message_for(order, kind)
    assert "are yours as store credit" in message.body and "the way you paid" not in message.body

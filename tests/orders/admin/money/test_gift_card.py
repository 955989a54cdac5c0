"""Staff give store credit and gift cards at the desk: once, however often the form is sent."""

from decimal import Decimal
from functools import partial

import pytest
from django.urls import reverse

from orders.actions.money.giving import GivenBefore, give_credit
from orders.models import Email, GiftCard, GiftCardEntry
from tests.confirmed import sign_in
from tests.factories import make_staff, make_user
from tests.parallel import at_once


@pytest.mark.django_db
@pytest.mark.parametrize("is_card", [False, True])
def test_what_is_given_by_two_clicks_is_given_once(client, staff, is_card):
    sign_in(client, staff)
    page = reverse("admin:orders_giftcard_give")
    assert 'name="after" value="0"' in client.get(page).text
    said = {"email": "" if is_card else make_user().email, "amount": "20", "note": "sorry", "after": "0"}

    assert client.post(page, said).status_code == 302
    again = client.post(page, said)

    assert "You have given something since this page was opened" in again.text
    entry = GiftCardEntry.objects.get()
    assert entry.amount == 20
    # A second one, which somebody means.
    assert f'name="after" value="{entry.pk}"' in again.text
    assert client.post(page, said | {"after": str(entry.pk)}).status_code == 302
    assert GiftCardEntry.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_at_one_moment_one_gives():
    actor, customer = make_staff(), make_user()
    click = partial(give_credit, email=customer.email, amount=Decimal(20), note="sorry", actor=actor, after=0)
    results = at_once([click] * 4)
    assert sum(isinstance(one, GivenBefore) for one in results) == 3
    assert GiftCardEntry.objects.get().amount == 20


@pytest.mark.django_db
def test_a_card_for_an_address_is_sent_there_and_its_code_not_shown(client, staff):
    sign_in(client, staff)
    said = {"email": "friend@example.com", "as_card": "on", "amount": "20", "note": "sorry", "after": "0"}

    page = client.post(reverse("admin:orders_giftcard_give"), said, follow=True).text

    card = GiftCard.objects.get()
    assert "The gift card is on its way to friend@example.com." in page and card.code_shown not in page
    assert (card.balance, card.owner) == (20, None)
    assert Email.objects.get().to == "friend@example.com"

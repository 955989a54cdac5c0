"""Gift cards over the API: what is shown, and to whom."""

from decimal import Decimal

import pytest

from orders.models import GiftCard
from orders.status import OrderStatus
from tests.answers import api_of, refused
from tests.factories import Buyer, give_credit, make_gift_card, make_gift_product, make_product, make_staff

pytestmark = pytest.mark.django_db
S = OrderStatus


@pytest.fixture
def order(buyer):
    """16 and 4 for its parcel."""
    return buyer.order_in(S.PAY_REQUIRED, (make_product(stock=5, price=Decimal(16)), 1))


def at(order, more: str = "") -> str:
    return f"/api/orders/{order.pk}/{more}"


def test_a_code_pays_a_part_and_the_order_says_what_is_due(api, order):
    card = make_gift_card("5")

    answer = api.post(at(order, "gift-cards/"), {"code": card.code_shown.lower()}, format="json").json()

    assert (answer["status"], answer["total_amount"], answer["amount_due"]) == (
        "pay_required",
        "20.00",
        "15.00",
    )
    (use,) = answer["gift_cards"]
    assert (use["card"], use["amount"], use["state"]) == (card.masked, "5.00", "held")
    assert card.code not in str(answer)


def test_what_was_taken_is_put_back(api, order):
    card = make_gift_card("5")
    taken = api.post(at(order, "gift-cards/"), {"code": card.code}, format="json").json()

    answer = api.delete(at(order, f"gift-cards/{taken['gift_cards'][0]['id']}/")).json()

    assert (answer["amount_due"], answer["gift_cards"]) == ("20.00", [])
    assert GiftCard.objects.get().balance == 5


def test_store_credit_pays_what_is_left(api, order, buyer):
    give_credit(buyer.user, "50")
    shown = api.get(at(order, "gift-cards/")).json()
    assert shown == {"amount_due": "20.00", "store_credit": "20.00", "gift_cards": []}

    answer = api.post(at(order, "gift-cards/"), {"store_credit": True}, format="json").json()

    assert (answer["status"], answer["amount_due"]) == ("paid", "0.00")
    assert answer["gift_cards"][0]["is_credit"]


def test_a_wrong_code_is_refused(api, order):
    answer = api.post(at(order, "gift-cards/"), {"code": "0000-0000-0000-0000"}, format="json")

    refused(answer, 409, "gift_card_not_usable")


def test_codes_are_shown_to_their_customer_and_count_as_seen(api, buyer):
    items = ((make_gift_product("50"), 2), (make_product(stock=5), 1))
    order = buyer.order_in(S.PAID, *items)
    codes = [card.code_shown for card in GiftCard.objects.order_by("pk")]

    by_staff = api_of(make_staff()).get(at(order)).json()
    order.refresh_from_db(fields=["codes_seen_at"])
    assert order.codes_seen_at is None
    shown = api.get(at(order)).json()

    assert shown["lines"][0]["numbers"] == codes
    assert shown["refunds"] == "on_request"
    assert by_staff["lines"][0]["numbers"] == [card.masked for card in GiftCard.objects.order_by("pk")]
    order.refresh_from_db(fields=["codes_seen_at"])
    assert order.codes_seen_at is not None


def test_somebody_elses_order_is_not_there(order):
    stranger = api_of(Buyer().user)

    refused(
        stranger.post(at(order, "gift-cards/"), {"code": make_gift_card().code}, format="json"),
        404,
        "not_found",
    )

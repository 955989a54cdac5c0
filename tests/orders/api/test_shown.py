"""Whatever there is of an order is shown alike where it is read alone, in the list, and as the schema describes it."""

import json
from collections.abc import Callable
from functools import partial

import pytest
from django.test import Client
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIRequestFactory

from accounts.access.keys import make_key
from config.web.middleware import public_address
from orders.api.serializers.serializers import OrderOutput
from orders.models import Order
from orders.status import OrderStatus as S
from rest.scopes import Scope
from tests.answers import api_of
from tests.factories import (
    Buyer,
    change,
    decline_a_return,
    decline_refund,
    expect_a_return,
    give_credit,
    make_numbered,
    make_pickup,
    make_product,
    make_promotion,
    make_staff,
    pay,
    redeem,
    ship_a_piece,
    shirts,
    tell_it_is_ready,
)
from tests.orders.differing import dear_shirt, exchange_dearly
from tests.trips import counted

pytestmark = pytest.mark.django_db
ORDERS = "/api/orders/"


def paid(buyer: Buyer, *, pieces: int = 2) -> Order:
    return buyer.order_in(S.PAID, (make_product(stock=9), pieces), (make_product(stock=9), 1))


def after(act: Callable[[Order], object], status: S = S.PAID) -> Callable[[Buyer], Order]:
    def made(buyer: Buyer) -> Order:
        order = buyer.order_in(status, (make_product(stock=9), 2), (make_product(stock=9), 1))
        act(order)
        return order

    return made


def discounted(buyer: Buyer) -> Order:
    make_promotion("10")
    return buyer.order_in(S.PAY_REQUIRED)


def on_credit(buyer: Buyer) -> Order:
    order = buyer.order_in(S.PAY_REQUIRED)
    return redeem(order, give_credit(buyer.user, "1"))


def fetched(buyer: Buyer) -> Order:
    buyer.table = make_pickup()
    order = paid(buyer)
    tell_it_is_ready(order)
    return order


def changed_twice(buyer: Buyer) -> Order:
    order = paid(buyer)
    sku = order.lines.get(position=1).sku
    change(order, "cancel", {sku: 1})
    change(order, "refund", amount="0.50")
    return order


def bought_shirts(buyer: Buyer) -> Order:
    dear_shirt()
    return buyer.order_in(S.PAID, (shirts()[0], 3))


def waits_for_a_difference(buyer: Buyer) -> Order:
    return exchange_dearly(bought_shirts(buyer), make_staff()).order


def pays_a_difference(buyer: Buyer) -> Order:
    return exchange_dearly(bought_shirts(buyer), make_staff()).supplement


def was_exchanged(buyer: Buyer) -> Order:
    agreed = exchange_dearly(bought_shirts(buyer), make_staff())
    pay(agreed.supplement)
    return agreed.order


def refund_declined(buyer: Buyer) -> Order:
    order = buyer.order_in(S.PAID, (make_product(stock=9, refunds="on_request"), 1))
    decline_refund(order)
    return order


# Each with the members that only it has, by which it is seen that they are read.
KINDS: dict[str, tuple[Callable[[Buyer], Order], tuple[str, ...]]] = {
    "numbers": (lambda buyer: buyer.order_in(S.PAID, (make_numbered(numbers=3), 2)), ()),
    "credit": (on_credit, ("gift_cards",)),
    "discount": (discounted, ("discounts",)),
    "refund": (refund_declined, ("refund_request",)),
    "return": (after(decline_a_return, S.DONE), ("change_requests",)),
    "goods back": (after(expect_a_return, S.DONE), ("change_requests",)),
    "parcel": (after(ship_a_piece), ("shipments",)),
    "pickup": (fetched, ("ready_at",)),
    "changes": (changed_twice, ("changes",)),
    "waiting": (waits_for_a_difference, ("waiting",)),
    "supplement": (pays_a_difference, ("supplement_of", "exchange_of")),
    "exchanged": (was_exchanged, ("changes",)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_shown_alike_alone_in_a_list_and_by_the_schema(kind):
    make, members = KINDS[kind]
    buyer = Buyer()
    order = Order.objects.get(pk=make(buyer).pk)
    api = api_of(buyer.user)
    alone = api.get(f"{ORDERS}{order.pk}/").json()

    assert [one for one in api.get(ORDERS).json()["results"] if one["id"] == str(order.pk)] == [alone]
    described = json.loads(JSONRenderer().render(OrderOutput(order, context={"request": request()}).data))
    assert described == alone
    assert all(alone[name] for name in members), alone


def request():
    made = APIRequestFactory().get("/")
    made.build_absolute_uri = partial(public_address, made)
    return made


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("kind", "most"), [("discount", 3), ("numbers", 3), ("changes", 3), ("parcel", 3), ("plain", 2)]
)
def test_it_is_read_in_few_round_trips(kind, most, monkeypatch):
    buyer = Buyer()
    make = KINDS[kind][0] if kind in KINDS else paid
    order = make(buyer)
    key = make_key(user=buyer.user, name="reads", scope=Scope.READ)
    client = Client(headers={"Authorization": f"Bearer {key.secret}"})
    client.get(f"{ORDERS}{order.pk}/")
    with counted(monkeypatch) as found:
        assert client.get(f"{ORDERS}{order.pk}/").status_code == 200

    # The key; the order with its lines, pictures and what there is; and that, where there is some.
    assert found.count <= most

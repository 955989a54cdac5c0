"""Following all of one's orders over one WebSocket, and going on where one left off."""

import json
from contextlib import contextmanager

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from orders.events import cursors
from tests.factories import Buyer, make_product, make_staff
from tests.journeys.client import Client, place
from tests.waiting import SECONDS

pytestmark = pytest.mark.flow


@contextmanager
def following(client: Client, after: str | None = None):
    query = "" if after is None else f"?after={after}"
    address = f"{client.shop.ws_url}/ws/orders/{query}"
    with connect(address, additional_headers={"X-Session-Token": client.token}) as socket:
        yield lambda: json.loads(socket.recv(timeout=SECONDS))


def test_one_socket_follows_all_of_ones_orders_and_nobody_elses(shop, client, buyer):
    product, other = make_product(stock=5), Buyer()
    with following(client) as hear:
        assert hear()["type"] == "ready"
        place(Client(shop, other.user), other, product)
        ids = [place(client, buyer, product) for _order in range(2)]
        heard = [hear() for _event in range(4)]

    by_order = {order: [event["type"] for event in heard if event["data"]["order"] == order] for order in ids}
    assert by_order == {order: ["order.placed", "order.pay_required"] for order in ids}


def test_a_listener_goes_on_where_it_left_off(shop, client, buyer):
    product = make_product(stock=5)
    with following(client) as hear:
        start = hear()["cursor"]
        place(client, buyer, product)
        first = hear()
    second_order = place(client, buyer, product)
    events = client.get("/api/events/", after=first["cursor"]).json()["results"]

    with following(client, after=first["cursor"]) as hear:
        assert hear() == {"type": "ready", "cursor": first["cursor"]}
        heard = []
        while not heard or heard[-1]["data"]["order"] != second_order:
            heard.append(hear())

    assert start != first["cursor"]
    assert heard[0]["data"]["sequence"] == 2, "the step that came while nobody listened"
    assert [event for event in events if event in heard] == events[: len(heard)]


def test_staff_follow_every_order(shop, client, buyer):
    with following(Client(shop, make_staff())) as hear:
        hear()
        order_id = place(client, buyer, make_product(stock=1))
        assert hear()["data"]["order"] == order_id


def test_a_cursor_that_is_none_closes_the_socket_with_a_code(shop, client):
    with following(client, after="nonsense") as hear, pytest.raises(ConnectionClosed) as closed:
        hear()

    assert closed.value.rcvd.code == 4400


def test_a_cursor_ahead_of_the_feed_closes_the_socket_with_a_code_of_its_own(shop, client):
    with (
        following(client, after=cursors.cursor_of(2**62)) as hear,
        pytest.raises(ConnectionClosed) as closed,
    ):
        hear()

    assert closed.value.rcvd.code == 4410


def test_nobody_is_told_to_sign_in(shop):
    with connect(f"{shop.ws_url}/ws/orders/") as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=SECONDS)

    assert closed.value.rcvd.code == 4401

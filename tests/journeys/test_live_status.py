"""Who may listen to an order's status, and what they hear."""

import json

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from accounts.access.keys import make_key, revoke_key
from orders.models import Order
from rest.scopes import Scope
from tests.factories import Buyer, make_product, make_staff
from tests.journeys.client import Client, new_session
from tests.waiting import SECONDS

pytestmark = pytest.mark.flow


@pytest.fixture
def order_id(client, buyer) -> str:
    preview = client.preview({make_product(stock=5).sku: 1}, buyer.address.pk)
    order_id = client.place(preview).json()["id"]
    with client.listen(order_id) as socket:
        socket.until("pay_required")
    return order_id


def first_word(shop, order_id, headers) -> dict | int:
    """The first message, or the code the socket was closed with."""
    with connect(f"{shop.ws_url}/ws/orders/{order_id}/", additional_headers=headers) as socket:
        try:
            return json.loads(socket.recv(timeout=SECONDS))
        except ConnectionClosed as closed:
            return closed.rcvd.code


def test_the_owner_hears_the_present_status_first(shop, client, order_id):
    message = first_word(shop, order_id, {"X-Session-Token": client.token})

    assert message == {
        "type": "status",
        "order": order_id,
        "status": "pay_required",
        "label": "Payment required",
        "sequence": 2,
        "at": client.history(order_id)[-1]["at"],
    }


def test_the_label_is_in_the_listeners_language(shop, client, order_id):
    headers = {"X-Session-Token": client.token, "Accept-Language": "vi,en;q=0.5"}

    assert first_word(shop, order_id, headers)["label"] == "Chờ thanh toán"


def test_staff_may_listen(shop, order_id):
    staff = Client(shop, make_staff())

    assert first_word(shop, order_id, {"X-Session-Token": staff.token})["status"] == "pay_required"


def test_nobody_is_told_to_sign_in(shop, order_id):
    assert first_word(shop, order_id, {}) == 4401
    assert first_word(shop, order_id, {"X-Session-Token": "made-up"}) == 4401


def test_another_customer_finds_nothing(shop, order_id):
    other = Client(shop, Buyer().user)

    assert first_word(shop, order_id, {"X-Session-Token": other.token}) == 4404


def test_an_order_that_is_not_there_is_not_found(shop, client):
    nowhere = "0199c0de-0000-7000-8000-000000000000"

    assert first_word(shop, nowhere, {"X-Session-Token": client.token}) == 4404


def test_a_session_cookie_needs_an_origin_of_ours(shop, buyer, order_id):
    cookie = {"Cookie": f"sessionid={new_session(buyer.user)}"}

    assert first_word(shop, order_id, cookie | {"Origin": shop.url})["status"] == "pay_required"
    assert first_word(shop, order_id, cookie | {"Origin": "https://elsewhere.example"}) == 4401
    assert first_word(shop, order_id, cookie) == 4401


def test_two_listeners_hear_the_same(client, order_id):
    with client.listen(order_id) as one, client.listen(order_id) as two:
        one.next(), two.next()
        client.step(order_id, "cancellation")

        assert one.until("canceled") == two.until("canceled") == ["pay_required", "canceled"]
        assert one.heard == two.heard


def test_a_change_whose_hint_was_lost_is_heard_all_the_same(client, order_id):
    """The change is made by a process that sends its hint to nobody; the socket finds it by itself."""
    from orders.lifecycle import transitions
    from orders.status import Reason, Step

    with client.listen(order_id) as socket:
        socket.next()
        transitions.change_status(order_id=order_id, step=Step.CANCEL, reason=Reason.STAFF_DECISION)

        assert socket.until("canceled") == ["pay_required", "canceled"]
    assert Order.objects.get(pk=order_id).status == "canceled"


def test_who_says_more_than_a_few_kilobytes_is_sent_away(client, order_id):
    with client.listen(order_id) as socket:
        socket.next()
        socket.socket.send("x" * 4097)
        with pytest.raises(ConnectionClosed) as ended:
            socket.next()

    assert ended.value.rcvd.code == 1009


def test_what_a_client_says_is_passed_over(client, order_id):
    with client.listen(order_id) as socket:
        socket.next()
        for text in (b"\x00", "", "{", "[]", '{"type": "status.changed"}', "x" * 4096):
            socket.socket.send(text)
        client.step(order_id, "cancellation")

        assert socket.until("canceled") == ["pay_required", "canceled"]


def test_a_key_may_listen_until_it_is_revoked(shop, buyer, client, order_id):
    new = make_key(user=buyer.user, name="a till", scope=Scope.READ)
    headers = {"Authorization": f"Bearer {new.secret}"}

    with connect(f"{shop.ws_url}/ws/orders/{order_id}/", additional_headers=headers) as socket:
        assert json.loads(socket.recv(timeout=SECONDS))["status"] == "pay_required"
        revoke_key(user=buyer.user, key_id=new.key.pk)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=SECONDS)

    assert closed.value.rcvd.code == 4401, "found within LIVE_RECHECK, as nobody told the shop"
    assert first_word(shop, order_id, headers) == 4401

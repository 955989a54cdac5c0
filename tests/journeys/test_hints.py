"""What is fast because of hints alone: in this shop the sweep, and the sockets' own look, come once in ten minutes."""

import json
from contextlib import contextmanager

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from accounts.access.keys import make_key
from accounts.models import User
from orders.models import WebhookDelivery
from orders.webhooks import endpoints
from rest.scopes import Scope
from tests.factories import PASSWORD, make_product, make_staff
from tests.journeys.client import Client, hidden_token, place, status_of
from tests.processes import Shop
from tests.stand_ins.webhook_receiver import WebhookReceiver
from tests.waiting import SECONDS, wait_until

pytestmark = pytest.mark.flow
# Ten minutes: ten times as long as anything is waited for.
NEVER = "600"


@pytest.fixture(scope="module")
def shop(apart, tmp_path_factory):
    own = {"DATA_DIR": str(tmp_path_factory.mktemp("hints"))}
    own |= {"SWEEP_EVERY": NEVER, "LIVE_RECHECK": NEVER, "PENDING_SWEEP_AFTER": NEVER}
    with apart("hints") as environment, Shop(environment | own) as running:
        yield running


def browser_of(shop, client: Client) -> httpx.Client:
    """The pages, in the session that the client has."""
    return httpx.Client(base_url=shop.url, timeout=SECONDS, cookies={"sessionid": client.token})


def press(browser: httpx.Client, page: str, to: str, **form: str) -> None:
    """Press a button on a page."""
    token = hidden_token(browser.get(page).text)
    answer = browser.post(to, data={"csrfmiddlewaretoken": token, **form})
    assert answer.status_code in (200, 302, 303), answer.text


# --- webhooks ------------------------------------------------------------------------------------------------------


def test_a_webhook_leaves_at_once_though_nobody_reads_the_feed(shop, client, buyer, to_receivers):
    buyer.user.is_staff = True  # a running shop sends to private addresses for staff alone
    buyer.user.save()
    with WebhookReceiver() as receiver:
        endpoint = endpoints.register(owner=buyer.user, url=receiver.url)
        for order in range(5):
            place(client, buyer, make_product(stock=1))
            wait_until(lambda order=order: len(receiver.received) == 2 * order + 2, "placed and confirmed")
        events = receiver.events(endpoint.secret)

    assert [event["type"] for event in events] == ["order.placed", "order.pay_required"] * 5
    left = endpoint.deliveries.exclude(state=WebhookDelivery.State.DONE)
    wait_until(lambda: not left.exists(), "noted as delivered")


# --- sockets -------------------------------------------------------------------------------------------------------


@contextmanager
def listening(shop, headers: dict[str, str], path: str = "/ws/orders/"):
    """A socket that has begun; afterwards it must have been closed by the shop, with this code."""
    with connect(f"{shop.ws_url}{path}", additional_headers=headers) as socket:
        json.loads(socket.recv(timeout=SECONDS))
        yield socket
        assert how_it_ends(socket) == 4401


def how_it_ends(socket) -> int:
    """The code that the socket is closed with, after whatever is still said."""
    try:
        while True:
            socket.recv(timeout=SECONDS)
    except ConnectionClosed as closed:
        return closed.rcvd.code


def test_revoking_a_key_closes_what_it_has_open(shop, client, buyer):
    new = make_key(user=buyer.user, name="a till", scope=Scope.READ)
    order_id = place(client, buyer, make_product(stock=1))
    headers = {"Authorization": f"Bearer {new.secret}"}

    with (
        listening(shop, headers),
        listening(shop, headers, f"/ws/orders/{order_id}/"),
        browser_of(shop, client) as browser,
    ):
        press(browser, "/accounts/keys/", f"/accounts/keys/{new.key.pk}/revoke/")


def test_signing_out_over_the_api_closes_what_the_session_has_open(shop, client):
    with listening(shop, {"X-Session-Token": client.token}):
        client.http.delete("/api/auth/app/v1/auth/session")


def test_signing_out_on_the_page_closes_what_the_page_has_open(shop, client):
    cookie = {"Cookie": f"sessionid={client.token}", "Origin": shop.url}
    with listening(shop, cookie), browser_of(shop, client) as browser:
        press(browser, "/accounts/", "/accounts/logout/")


def test_signing_out_everywhere_else_closes_what_others_have_open_and_not_ones_own(shop, buyer):
    with signed_in_elsewhere(shop, buyer) as elsewhere:
        # Signing in may hash the password anew, which ends sessions from before.
        client = Client(shop, User.objects.get(pk=buyer.user.pk))
        with connect(
            f"{shop.ws_url}/ws/orders/", additional_headers={"X-Session-Token": client.token}
        ) as own:
            assert json.loads(own.recv(timeout=SECONDS))["type"] == "ready"
            with listening(shop, {"X-Session-Token": elsewhere}), browser_of(shop, client) as browser:
                press(browser, "/accounts/sessions/", "/accounts/sessions/")
            place(client, buyer, make_product(stock=1))
            assert json.loads(own.recv(timeout=SECONDS))["type"] == "order.placed"


@contextmanager
def signed_in_elsewhere(shop, buyer):
    """A session that was begun by a program, as the list of devices knows it."""
    with httpx.Client(base_url=shop.url, timeout=SECONDS) as program:
        sent = {"email": buyer.user.email, "password": PASSWORD}
        answer = program.post("/api/auth/app/v1/auth/login", json=sent)
        yield answer.json()["meta"]["session_token"]


def test_a_user_who_is_switched_off_hears_no_more(shop, client, buyer):
    owner = make_staff()
    owner.is_superuser = True
    owner.save()
    desk = Client(shop, owner)
    page = f"/admin/accounts/user/?q={buyer.user.email}"
    form = {"action": "deactivate", "_selected_action": str(buyer.user.pk)}
    with listening(shop, {"X-Session-Token": client.token}), browser_of(shop, desk) as browser:
        press(browser, page, page, **form)


def test_a_workers_log_names_the_request_that_its_task_came_from(shop, client, buyer):
    client.http.headers["X-Request-ID"] = "named-by-the-client"
    order_id = place(client, buyer, make_product(stock=1))

    wait_until(lambda: status_of(order_id) == "pay_required", "confirmed")
    wait_until(lambda: "[named-by-the-client " in shop.log_of("worker"), "its line in the worker's log")

"""Idempotency-Key: sent again, a change is not made again; of two at once one is refused; a dead process blocks nobody."""

import os
import subprocess
import sys
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import Address
from orders.actions.changes.change_requests import ask
from orders.lifecycle.locking import lock_order
from orders.models import ChangeRequest, Order, Payment
from orders.status import OrderStatus
from orders.tasks import sweep
from orders.webhooks import endpoints
from rest import idempotency
from rest.models import KeptAnswer
from staff.models import StaffAction
from tests import contract
from tests.answers import api_of, refused, wrong_fields
from tests.databases import address_of
from tests.factories import (
    Buyer,
    make_gift_card,
    make_pickup,
    make_product,
    make_staff,
    make_user,
    pay,
    redeem,
    shirts,
)
from tests.no_redis import no_redis
from tests.orders.actions.drafts import Desk
from tests.orders.differing import far_away, redirect_dearly
from tests.orders.hooks import endpoint_at
from tests.parallel import at_once
from tests.waiting import wait_until, waiting_for_locks

pytestmark = pytest.mark.django_db

BODY = {
    "full_name": "Trần Văn Lâm",
    "phone": "+84 90 123 4567",
    "line1": "5 Hàng Bạc",
    "city": "Hà Nội",
    "region": "Hà Nội",
    "country": "VN",
}
S = OrderStatus


def send(api, path: str, body: dict | None = None, key: str = "one", method: str = "post"):
    return getattr(api, method)(
        f"/api/{path}", body or {}, format="json", headers={"Idempotency-Key": key} if key else {}
    )


def add(api, key: str = "one", **changed):
    return send(api, "addresses/", BODY | changed, key)


def is_replay(answer) -> bool:
    return answer.headers.get("Idempotency-Replayed") == "true"


def assert_same(first, again) -> None:
    """The second is the first's answer, letter by letter."""
    assert (first.status_code, first.content) == (again.status_code, again.content)
    for name in ("Content-Type", "Location", "Content-Language"):
        assert first.headers.get(name) == again.headers.get(name), name
    assert not is_replay(first) and is_replay(again)


# --- the same again --------------------------------------------------------------------------------------------------
def made_preview(buyer) -> tuple[str, dict]:
    item = {"sku": make_product(stock=3).sku, "quantity": 1}
    return "orders/previews/", {"items": [item], "address_id": buyer.address.pk}


def order_path(noun: str, status: OrderStatus):
    return lambda buyer: (f"orders/{buyer.order_in(status).pk}/{noun}/", {})


def request_path(buyer) -> tuple[str, dict]:
    product = make_product(stock=3)
    order = buyer.order_in(S.PAID, (product, 2))
    lines = [{"sku": product.sku, "quantity": 1}]
    return f"orders/{order.pk}/change-requests/", {"kind": "cancel", "lines": lines}


def card_path(buyer) -> tuple[str, dict]:
    order = buyer.order_in(S.PAY_REQUIRED)
    return f"orders/{order.pk}/gift-cards/", {"code": make_gift_card("1").code_shown}


def card_use_path(buyer) -> tuple[str, dict]:
    order = buyer.order_in(S.PAY_REQUIRED)
    redeem(order, make_gift_card("1"))
    return f"orders/{order.pk}/gift-cards/{order.card_uses.get().pk}/", {}


def asked_path(noun: str, body: dict):
    def make(buyer) -> tuple[str, dict]:
        path, _wish = request_path(buyer)
        order = Order.objects.get(pk=path.split("/")[1])
        ask(
            order_id=order.pk,
            actor=buyer.user,
            kind=ChangeRequest.Kind.CANCEL,
            quantities={order.lines.get().pk: 1},
        )
        return f"{path}{noun}/", body

    return make


def parcel_path(buyer) -> tuple[str, dict]:
    product = make_product(stock=3)
    order = buyer.order_in(S.PAID, (product, 2))
    return f"orders/{order.pk}/parcels/", {"lines": [{"sku": product.sku, "quantity": 1}]}


def pickup_path(buyer) -> tuple[str, dict]:
    buyer.table = make_pickup()
    return f"orders/{buyer.order_in(S.PAID).pk}/readiness/", {}


def money_path(buyer) -> tuple[str, dict]:
    order = buyer.order_in(S.PAY_REQUIRED)
    money = {"variant": "transfer", "amount": str(order.total_amount), "reference": "B1"}
    return f"orders/{order.pk}/receipts/", money


def change_path(noun: str, more: dict):
    body = {"kind": "refund", "amount": "1.00", "note": "?"} | more
    return lambda buyer: (f"orders/{buyer.order_in(S.PAID).pk}/{noun}/", body)


def exchange_path(noun: str, more: dict):
    swap = {"sku": "SHIRT-M", "to": "SHIRT-L", "quantity": 1, "note": "?"}
    return lambda buyer: (f"orders/{buyer.order_in(S.PAID, (shirts()[0], 2)).pk}/{noun}/", swap | more)


def details_path(noun: str, more: dict):
    return lambda buyer: (f"orders/{buyer.order_in(S.PAID).pk}/{noun}/", {"note": "?"} | more)


def waiting_path(buyer) -> tuple[str, dict]:
    order = buyer.order_in(S.PAID)
    redirect_dearly(order, buyer.user, far_away())
    return f"orders/{order.pk}/waiting-change/cancellation/", {}


def draft_path(noun: str = "", body: dict | None = None):
    return lambda buyer: (f"orders/drafts/{Desk().save(email=buyer.user.email).pk}/{noun}", body or {})


def draft_placement(buyer) -> tuple[str, dict]:
    desk = Desk()
    draft = desk.save(email=buyer.user.email)
    wanted = {"preview_id": str(desk.price(draft).id), "price_table_id": desk.table.pk}
    return f"orders/drafts/{draft.pk}/placement/", wanted


# A public address, to which nothing is sent here.
ELSEWHERE = "https://93.184.216.34/orderly"


def webhook_path(noun: str = "", body: dict | None = None):
    return lambda buyer: (f"webhooks/{endpoint_at(ELSEWHERE, buyer.user).pk}/{noun}", body or {})


def redelivery_path(buyer) -> tuple[str, dict]:
    endpoint = endpoint_at(ELSEWHERE, buyer.user)
    sent = endpoints.send_test(endpoint_id=endpoint.pk, owner=buyer.user)
    return f"webhooks/{endpoint.pk}/deliveries/{sent.message_id}/redelivery/", {}


CHANGES = {
    "add_address": ("post", lambda buyer: ("addresses/", BODY)),
    "change_address": ("patch", lambda buyer: (f"addresses/{buyer.address.pk}/", {"city": "Huế"})),
    "delete_address": ("delete", lambda buyer: (f"addresses/{buyer.address.pk}/", {})),
    "make_preview": ("post", made_preview),
    "start_payment": ("post", order_path("payment", S.PAY_REQUIRED)),
    "cancel_order": ("post", order_path("cancellation", S.PAY_REQUIRED)),
    "ask_refund": ("post", order_path("refund", S.PAID)),
    "add_webhook": ("post", lambda buyer: ("webhooks/", {"url": ELSEWHERE})),
    "change_webhook": ("patch", webhook_path(body={"is_active": False})),
    "remove_webhook": ("delete", webhook_path()),
    "renew_webhook_secret": ("post", webhook_path("secret/")),
    "test_webhook": ("post", webhook_path("test-event/")),
    "redeliver": ("post", redelivery_path),
    "complete_order": ("post", order_path("completion", S.PAID)),
    "request_change": ("post", request_path),
    "redeem_gift_card": ("post", card_path),
    "put_back_gift_card": ("delete", card_use_path),
    "preview_change": ("post", change_path("change-previews", {})),
    "preview_exchange": ("post", exchange_path("exchange-previews", {})),
    "make_exchange": ("post", exchange_path("exchanges", {"id": str(uuid4()), "based_on": 0})),
    "preview_details": ("post", details_path("details-previews", {})),
    "change_details": ("post", details_path("details", {"id": str(uuid4()), "based_on": 0})),
    "end_waiting_change": ("post", waiting_path),
    "change_order": ("post", change_path("changes", {"id": str(uuid4()), "based_on": 0})),
    "send_parcel": ("post", parcel_path),
    "tell_ready": ("post", pickup_path),
    "correct_tracking_code": (
        "post",
        lambda buyer: (f"orders/{buyer.order_in(S.DONE).pk}/tracking-code/", {"tracking_code": "A1"}),
    ),
    "note_money": ("post", money_path),
    "accept_request": ("post", asked_path("acceptance", {"id": str(uuid4()), "based_on": 0})),
    "make_draft": ("post", lambda buyer: ("orders/drafts/", {"email": buyer.user.email, "note": "Twice"})),
    "change_draft": ("patch", draft_path(body={"note": "Twice"})),
    "discard_draft": ("delete", draft_path()),
    "preview_draft": ("post", draft_path("previews/")),
    "place_draft": ("post", draft_placement),
    "decline_request": ("post", asked_path("refusal", {"note": "It is on its way"})),
}
BY_STAFF = (
    *("complete_order", "preview_change", "change_order", "send_parcel", "tell_ready"),
    *("correct_tracking_code", "note_money", "accept_request", "decline_request"),
    *("preview_exchange", "make_exchange", "end_waiting_change"),
    *("make_draft", "change_draft", "discard_draft", "preview_draft", "place_draft"),
)


def test_every_change_but_placing_takes_a_key():
    with_key = {
        operation["operationId"]
        for _path, _method, operation in contract.operations()
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"])
    }
    changes = {
        operation["operationId"] for _path, method, operation in contract.operations() if method != "get"
    }

    assert with_key == changes - {"place_preview", "place_order"} == set(CHANGES)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_is_sent_again_gets_the_same_answer(buyer, staff, name):
    method, make = CHANGES[name]
    path, body = make(buyer)
    api = api_of(staff if name in BY_STAFF else buyer.user)

    first = send(api, path, body, method=method)
    again = send(api, path, body, method=method)

    assert first.status_code in (200, 201, 202, 204), first.content
    assert_same(first, again)


def test_a_change_that_is_sent_again_is_made_once(api, buyer, staff):
    order = buyer.order_in(S.PAID)
    for _time in range(3):
        add(api)
        send(api_of(staff), f"orders/{order.pk}/completion/", key="two")

    assert Address.objects.filter(user=buyer.user).count() == 2
    assert order.history.filter(to_status=S.DONE).count() == 1
    assert StaffAction.objects.count() == 1


def test_without_a_key_or_with_another_it_is_another_change(api, buyer):
    for key in ("", "", "one", "two"):
        assert not is_replay(add(api, key))

    assert Address.objects.filter(user=buyer.user).count() == 5


def test_another_body_or_address_or_method_with_the_same_key_is_refused(api, buyer):
    add(api)

    refused(add(api, city="Huế"), 422, "idempotency_key_reused")
    refused(send(api, "orders/previews/", BODY), 422, "idempotency_key_reused")
    path = f"addresses/{buyer.address.pk}/"
    refused(send(api, path, BODY, method="patch"), 422, "idempotency_key_reused")
    assert Address.objects.filter(user=buyer.user).count() == 2


def test_keys_are_ones_own(api):
    add(api)
    other = make_user()

    assert not is_replay(add(api_of(other), city="Huế"))
    assert other.addresses.get().city == "Huế"


def test_a_key_in_quotes_is_the_same_without(api):
    assert_same(
        add(api, '"8e03978e-40d5-43dd-bc93-6894a57f9324"'), add(api, "8e03978e-40d5-43dd-bc93-6894a57f9324")
    )


@pytest.mark.parametrize("key", [" ", '"', '""', '"a', 'a"', "a b", "ä", "a" * 256, "a\\b", "\x7f"])
def test_what_is_no_key_is_a_validation_error(api, buyer, key):
    assert wrong_fields(add(api, key)) == {"Idempotency-Key"}
    assert Address.objects.filter(user=buyer.user).count() == 1


def test_placing_needs_no_key_and_looks_at_none(api, buyer):
    preview = buyer.preview((make_product(stock=3), 1))
    for status in (201, 200):
        answer = send(api, f"orders/{preview.id}/", {"price_table_id": buyer.table.pk})
        assert (answer.status_code, is_replay(answer)) == (status, False)
    assert not KeptAnswer.objects.exists()


# --- what is kept ----------------------------------------------------------------------------------------------------
def test_a_refusal_for_what_was_sent_is_kept(api):
    first, again = add(api, country="Vietnam"), add(api, country="Vietnam")

    assert wrong_fields(first) == {"country"}
    assert_same(first, again)


def test_a_conflict_is_not_kept(buyer, staff):
    order = buyer.order_in(S.PAY_REQUIRED)
    path = f"orders/{order.pk}/completion/"
    refused(send(api_of(staff), path), 409, "step_not_allowed")
    pay(order)

    assert send(api_of(staff), path).status_code == 200


def test_what_is_done_is_answered_though_the_answer_cannot_be_kept(api, buyer, monkeypatch):
    """The database goes away in between. Sent again after the lease, it is found to be done."""
    order = buyer.order_in(S.PAY_REQUIRED)

    def away(*_given):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(idempotency, "_keep", away)
    assert send(api, f"orders/{order.pk}/cancellation/").status_code == 200
    assert Order.objects.get(pk=order.pk).status == S.CANCELED


def test_what_could_not_be_done_just_then_is_not_kept(api, buyer, settings):
    path, body = made_preview(buyer)
    with no_redis(settings):
        refused(send(api, path, body), 503, "service_unavailable")

    assert send(api, path, body).status_code == 201


def test_a_fault_of_ours_is_not_kept_and_leaves_nothing_behind(api, buyer, monkeypatch):
    def broken(*_args):
        raise RuntimeError("after the row was written")

    with monkeypatch.context() as patch:
        patch.setattr("accounts.api.AddressSerializer.to_representation", broken)
        refused(add(api), 500, "server_error")
    assert Address.objects.filter(user=buyer.user).count() == 1

    assert add(api).status_code == 201


def test_an_answer_is_kept_for_a_day(api, buyer):
    add(api)
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=23, minutes=59))
    sweep()
    assert is_replay(add(api))

    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=24, minutes=1))
    sweep()
    assert not is_replay(add(api))


# --- at once, and dead -----------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_is_done_and_the_others_are_refused_or_answered_alike():
    buyer = Buyer()

    answers = at_once([lambda: add(api_of(buyer.user)) for _ in range(8)])

    assert Address.objects.filter(user=buyer.user).count() == 2
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert [answer.status_code for answer in answers if not is_replay(answer)].count(201) == 1
    for answer in answers:
        if answer.status_code == 409:
            refused(answer, 409, "request_in_progress")


@pytest.fixture
def waiting():
    """A completion that waits for the order's row: `waiting(order, staff)` starts it, and its answer comes in the list."""
    threads = []

    def start(order: Order, staff, answers: list) -> threading.Thread:
        def run() -> None:
            answers.append(send(api_of(staff), f"orders/{order.pk}/completion/"))
            connection.close()

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        wait_until(lambda: waiting_for_locks() >= len(threads), "it waits for the order")
        return threads[-1]

    yield start
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_the_second_of_two_at_once_is_refused_until_the_first_is_answered(waiting):
    order, staff, answers = Buyer().order_in(S.PAID), make_staff(), []
    path = f"orders/{order.pk}/completion/"
    with transaction.atomic():
        lock_order(order.pk)
        first = waiting(order, staff, answers)
        refused(at_once([lambda: send(api_of(staff), path)])[0], 409, "request_in_progress")
    first.join()

    assert answers[0].status_code == 200
    assert_same(answers[0], send(api_of(staff), path))


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_slower_than_its_lease_does_not_make_it_two(waiting, settings):
    settings.IDEMPOTENCY_LEASE = 0
    order, staff, answers, later = Buyer().order_in(S.PAID), make_staff(), [], []
    with transaction.atomic():
        lock_order(order.pk)
        first, second = waiting(order, staff, answers), waiting(order, staff, later)
    first.join()
    second.join()

    refused(later[0], 409, "request_in_progress")
    assert answers[0].status_code == 200
    assert StaffAction.objects.count() == 1


@pytest.mark.parametrize(("seconds", "is_free"), [(-1, True), (30, False)])
def test_the_key_of_a_dead_process_is_free_after_its_lease(api, seconds, is_free):
    add(api)
    until = timezone.now() + timedelta(seconds=seconds)
    KeptAnswer.objects.update(status=None, body="", leased_until=until)

    answer = add(api)

    assert answer.status_code == (201 if is_free else 409)
    assert is_replay(add(api)) == is_free


DIES = """
import os
import django
django.setup()
from rest import idempotency
from rest_framework.test import APIClient
from accounts.models import User
from django.conf import settings
from django.db import connection
from tests.confirmed import confirmed_session
idempotency._keep = lambda *args: os._exit(9)
settings.ALLOWED_HOSTS = ["testserver"]
api = APIClient(headers={"Idempotency-Key": "one"})
user = User.objects.get(pk=%(user)s)
api.force_authenticate(user, confirmed_session(user))
api.post("/api/%(path)s", %(body)r, format="json")
"""


def die_before_keeping(user, path: str, body: dict) -> None:
    """The process is gone after the change and before its answer is kept, as by kill -9."""
    script = DIES % {"user": user.pk, "path": path, "body": body}
    database = {"DATABASE_URL": address_of(connection.settings_dict["NAME"])}
    environment = os.environ | database | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    assert subprocess.run([sys.executable, "-c", script], check=False, env=environment).returncode == 9


@pytest.mark.live
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["add_address", "start_payment", "cancel_order"])
def test_a_process_that_dies_before_the_answer_is_kept_does_not_make_it_two(name):
    buyer = Buyer()
    path, body = CHANGES[name][1](buyer)
    die_before_keeping(buyer.user, path, body)
    api = api_of(buyer.user)
    refused(send(api, path, body), 409, "request_in_progress")
    KeptAnswer.objects.update(leased_until=timezone.now())

    answer = send(api, path, body)

    if name == "cancel_order":
        assert refused(answer, 409, "step_not_allowed")["order_status"] == S.CANCELED
    else:
        assert answer.status_code in (200, 201)
    assert Address.objects.filter(user=buyer.user).count() == 1 + (name == "add_address")
    assert Payment.objects.count() == (name not in {"add_address", "cancel_order"})

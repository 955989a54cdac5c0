"""Every path through the status diagram, over the real API, with a real worker and a real WebSocket client."""

import pytest

from catalog.models import Number
from orders.models import Order
from tests.factories import make_numbered, make_product, make_staff
from tests.journeys.client import Client

pytestmark = pytest.mark.flow


def placed(client, buyer, **items) -> str:
    answer = client.place(client.preview(items, buyer.address.pk))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def payable(client, buyer, product) -> str:
    order_id = placed(client, buyer, **{product.sku: 1})
    with client.listen(order_id) as socket:
        socket.until("pay_required")
    return order_id


def paid(client, buyer, product) -> str:
    order_id = payable(client, buyer, product)
    url = client.step(order_id, "payment").json()["payment_url"]
    assert client.answer_payment(url, "approve").status_code == 200
    assert client.order(order_id)["status"] == "paid"
    return order_id


def path_of(client, order_id) -> list[tuple]:
    return [(change["from_status"], change["to_status"]) for change in client.history(order_id)]


def test_an_order_is_confirmed_paid_and_done(client, buyer):
    rooms, product = make_numbered(numbers=3), make_product(stock=3)
    order_id = placed(client, buyer, **{rooms.sku: 2, product.sku: 1})
    staff = Client(client.shop, make_staff())

    with client.listen(order_id) as socket:
        socket.until("pay_required")
        order = client.order(order_id)
        assert order["pay_by"]
        assert order["lines"][0]["numbers"] == []
        payment = client.step(order_id, "payment")
        again = client.step(order_id, "payment")
        assert (payment.status_code, again.status_code) == (201, 200)
        assert payment.json() == again.json()
        client.answer_payment(payment.json()["payment_url"], "approve")
        socket.until("paid")
        assert len(client.order(order_id)["lines"][0]["numbers"]) == 2
        assert staff.step(order_id, "completion").status_code == 200
        heard = socket.until("done")

    assert heard[-3:] == ["pay_required", "paid", "done"]
    sequences = [message["sequence"] for message in socket.heard]
    assert sequences == list(range(sequences[0], 5))
    assert path_of(client, order_id) == [
        (None, "pending"),
        ("pending", "pay_required"),
        ("pay_required", "paid"),
        ("paid", "done"),
    ]
    assert [change["actor"] for change in client.history(order_id)] == [
        "customer",
        "system",
        "customer",
        "staff",
    ]


def test_an_order_without_enough_free_numbers_is_not_confirmed(client, buyer):
    rooms, product = make_numbered(numbers=1), make_product(stock=5)
    order_id = placed(client, buyer, **{rooms.sku: 2, product.sku: 3})

    with client.listen(order_id) as socket:
        socket.until("not_confirmed")

    assert path_of(client, order_id) == [(None, "pending"), ("pending", "not_confirmed")]
    assert client.history(order_id)[-1]["reason"] == f"Sold out: {rooms.name}"
    product.refresh_from_db()
    assert product.stock_quantity == 5
    assert rooms.numbers.get().state == Number.State.FREE


def test_a_customer_cancels_before_paying(client, buyer):
    product = make_product(stock=5)
    order_id = payable(client, buyer, product)

    with client.listen(order_id) as socket:
        assert client.step(order_id, "cancellation").status_code == 200
        assert socket.until("canceled") == ["pay_required", "canceled"]

    product.refresh_from_db()
    assert product.stock_quantity == 5
    assert client.step(order_id, "cancellation").status_code == 409


def test_an_order_that_is_not_paid_in_time_is_canceled(client, buyer):
    rooms = make_numbered(numbers=1)
    order_id = payable(client, buyer, rooms)

    with client.listen(order_id) as socket:
        Order.objects.filter(pk=order_id).update(pay_by="2001-01-01T00:00Z")
        socket.until("canceled")

    assert client.history(order_id)[-1]["reason"] == "Not paid in time"
    assert rooms.numbers.get().state == Number.State.FREE


def test_a_paid_order_is_refunded_and_canceled(client, buyer):
    product = make_product(stock=5)
    order_id = paid(client, buyer, product)

    with client.listen(order_id) as socket:
        assert client.step(order_id, "refund").json()["status"] in {"refund", "canceled"}
        socket.until("canceled")

    assert path_of(client, order_id)[-2:] == [("paid", "refund"), ("refund", "canceled")]
    product.refresh_from_db()
    assert product.stock_quantity == 5


def test_a_declined_payment_leaves_the_order_payable(client, buyer):
    product = make_product(stock=5)
    order_id = payable(client, buyer, product)
    url = client.step(order_id, "payment").json()["payment_url"]

    client.answer_payment(url, "decline")
    assert client.order(order_id)["status"] == "pay_required"

    again = client.step(order_id, "payment")
    assert again.status_code == 201
    client.answer_payment(again.json()["payment_url"], "approve")
    assert client.order(order_id)["status"] == "paid"


@pytest.mark.parametrize("step", ["payment", "cancellation", "refund", "completion"])
def test_a_step_that_the_status_does_not_allow_names_the_status(client, buyer, step):
    rooms = make_numbered(numbers=0)
    order_id = placed(client, buyer, **{rooms.sku: 1})
    with client.listen(order_id) as socket:
        socket.until("not_confirmed")
    actor = Client(client.shop, make_staff()) if step == "completion" else client

    answer = actor.step(order_id, step)

    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["order_status"]) == ("step_not_allowed", "not_confirmed")

"""A change with a member that nobody knows is refused and names it; nothing that was asked for is passed over."""

from uuid import uuid4

import pytest

from accounts.models import Address
from orders.models import Order
from orders.status import OrderStatus
from tests import contract
from tests.answers import refused

pytestmark = pytest.mark.django_db
UNKNOWN = ["There is no such member."]


def test_a_refund_of_an_amount_is_refused_and_refunds_nothing(api, buyer):
    order = buyer.order_in(OrderStatus.PAID)
    answer = api.post(f"/api/orders/{order.pk}/refund/", {"amount": "1.00"}, format="json")

    assert refused(answer, 400, "validation_error")["errors"] == {"amount": UNKNOWN}
    assert Order.objects.get().status == OrderStatus.PAID


def test_a_refund_of_an_amount_in_the_query_is_refused_too(api, buyer):
    order = buyer.order_in(OrderStatus.PAID)
    answer = api.post(f"/api/orders/{order.pk}/refund/?amount=1.00", {}, format="json")

    assert refused(answer, 400, "validation_error")["errors"] == {"amount": ["There is no such parameter."]}
    assert Order.objects.get().status == OrderStatus.PAID


def test_a_method_that_is_not_there_is_no_change(api, buyer):
    refused(api.generic("TRACE", "/api/orders/?page_size=20"), 405, "method_not_allowed")


CHANGES = [
    ("post", "/api/addresses/"),
    ("patch", "/api/addresses/{address}/"),
    ("delete", "/api/addresses/{address}/"),
    ("post", "/api/orders/"),
    ("post", "/api/orders/previews/"),
    ("post", "/api/orders/{order}/"),
    ("post", "/api/orders/{order}/payment/"),
    ("post", "/api/orders/{order}/cancellation/"),
    ("post", "/api/orders/{order}/refund/"),
    ("post", "/api/orders/{order}/completion/"),
    ("post", "/api/orders/{order}/change-previews/"),
    ("post", "/api/orders/{order}/changes/"),
    ("post", "/api/orders/{order}/change-requests/"),
    ("post", "/api/orders/{order}/change-requests/acceptance/"),
    ("post", "/api/orders/{order}/change-requests/refusal/"),
    ("post", "/api/orders/{order}/details/"),
    ("post", "/api/orders/{order}/details-previews/"),
    ("post", "/api/orders/{order}/exchange-previews/"),
    ("post", "/api/orders/{order}/exchanges/"),
    ("post", "/api/orders/{order}/waiting-change/cancellation/"),
    ("post", "/api/orders/{order}/parcels/"),
    ("post", "/api/orders/{order}/readiness/"),
    ("post", "/api/orders/{order}/receipts/"),
    ("post", "/api/orders/{order}/tracking-code/"),
    ("post", "/api/orders/drafts/"),
    ("patch", "/api/orders/drafts/{card}/"),
    ("delete", "/api/orders/drafts/{card}/"),
    ("post", "/api/orders/drafts/{card}/previews/"),
    ("post", "/api/orders/drafts/{card}/placement/"),
    ("post", "/api/orders/{order}/gift-cards/"),
    ("delete", "/api/orders/{order}/gift-cards/{card}/"),
    ("post", "/api/webhooks/"),
    ("patch", "/api/webhooks/{endpoint}/"),
    ("delete", "/api/webhooks/{endpoint}/"),
    ("post", "/api/webhooks/{endpoint}/secret/"),
    ("post", "/api/webhooks/{endpoint}/test-event/"),
    ("post", "/api/webhooks/{endpoint}/deliveries/msg_{message}/redelivery/"),
]


def test_the_table_has_every_change_of_the_schema():
    described = [method for _path, method, _operation in contract.operations() if method != "get"]

    assert sorted(described) == sorted(method for method, _path in CHANGES)


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_every_change_names_what_it_does_not_know_whatever_else_is_wrong(api, buyer, method, path):
    at = path.format(address=buyer.address.pk, order=uuid4(), endpoint=uuid4(), message=uuid4().hex, card=7)
    answer = getattr(api, method)(at, {"dry_run": True, "paid": 7}, format="json")

    errors = refused(answer, 400, "validation_error")["errors"]
    assert (errors["dry_run"], errors["paid"]) == (UNKNOWN, UNKNOWN)
    assert Address.objects.filter(pk=buyer.address.pk).exists()


def test_within_an_object_it_is_named_by_its_path(api, buyer):
    body = {"items": [{"sku": "CUP", "quantity": 1, "price": "0.01"}], "address_id": buyer.address.pk}
    answer = api.post("/api/orders/previews/", body, format="json")

    assert refused(answer, 400, "validation_error")["errors"] == {"items.0.price": UNKNOWN}


def test_many_and_long_names_make_no_long_answer(api):
    body = {f"{nth}{'x' * 1000}": nth for nth in range(1000)}
    answer = api.post("/api/addresses/", body, format="json")

    assert len(refused(answer, 400, "validation_error")["errors"]) < 20
    assert len(answer.content) < 10_000


def test_what_takes_no_body_takes_an_empty_object(api):
    assert api.delete("/api/addresses/7/", {}, format="json").status_code == 404
    assert api.delete("/api/addresses/7/", [1], format="json").status_code == 400


def test_the_schema_says_so_of_every_body():
    bodies = [
        contract.resolved(media["schema"])
        for _path, _method, operation in contract.operations()
        for media in operation.get("requestBody", {}).get("content", {}).values()
    ]

    assert len(bodies) > 8
    assert all(body["additionalProperties"] is False for body in bodies)

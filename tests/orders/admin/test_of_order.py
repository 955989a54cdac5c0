"""The long lists beside the orders: found by whatever finds the order, or by a name of their own."""

import pytest

from orders.events.feed import give_positions
from orders.models import Email, LedgerEntry, Payment, Refund, WebhookDelivery, WebhookEndpoint
from orders.status import OrderStatus
from tests.factories import Buyer

pytestmark = pytest.mark.django_db
LISTS = ("email", "payment", "ledgerentry", "refund", "webhookdelivery")


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


@pytest.fixture
def orders(buyer):
    """Of two customers, each with all that belongs to an order whose money goes back."""
    for person in (buyer, other := Buyer()):
        WebhookEndpoint.objects.create(
            owner=person.user, url=f"https://{person.user.pk}.example/", language="en"
        )
    placed = [person.order_in(OrderStatus.REFUND) for person in (buyer, other)]
    give_positions()
    return placed


def found(desk, kind: str, text: str) -> list:
    return list(desk.get(f"/admin/orders/{kind}/", {"q": text}).context["cl"].result_list)


def order_of(row):
    return row.payment.order if isinstance(row, Refund) else row.order


@pytest.mark.parametrize("kind", LISTS)
def test_rows_are_found_by_what_finds_their_order(desk, orders, kind):
    wanted, _other = orders
    for text in (str(wanted.number), f" #{wanted.number} ", wanted.customer.email, wanted.lines.get().sku):
        rows = found(desk, kind, text)
        assert rows and {order_of(row) for row in rows} == {wanted}, text
    assert found(desk, kind, "nothing of the kind") == []


def test_rows_are_found_by_a_name_of_their_own(desk, orders):
    email, entry = Email.objects.first(), LedgerEntry.objects.first()
    payment, delivery = Payment.objects.first(), WebhookDelivery.objects.first()
    Payment.objects.filter(pk=payment.pk).update(transaction_id="ch_77")
    assert found(desk, "email", email.message_id) == [email]
    assert entry in found(desk, "ledgerentry", entry.reference)
    assert found(desk, "payment", "ch_77") == [payment]
    assert found(desk, "webhookdelivery", delivery.message_id) == [delivery]
    assert found(desk, "webhookdelivery", str(delivery.key)) == [delivery]
    by_address = found(desk, "webhookdelivery", f"{delivery.endpoint.owner_id}.example")
    assert {row.endpoint for row in by_address} == {delivery.endpoint}


def test_a_refund_has_a_page_and_a_history(desk, orders):
    refund = Refund.objects.first()
    for page in ("change", "history"):
        assert desk.get(f"/admin/orders/refund/{refund.pk}/{page}/").status_code == 200

"""The audit finds damage to what was told in notices, and names it."""

import pytest
from django.db import connection, transaction

from orders.actions.changes import change_requests, waiting
from orders.actions.tracking import correct_tracking_code
from orders.models import Notice, Order
from orders.status import OrderStatus
from tests.factories import Buyer, ask_for_a_return, complete, make_gift_card, make_staff, redeem
from tests.orders.audited import drop_guards, run
from tests.orders.differing import far_away, redirect_dearly

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
S = OrderStatus
OF = "order {order}, notice "
CHANGE = "UPDATE orders_notice SET {} WHERE order_id = %s AND kind = %s"
# The order, what is done to its notices of this kind, and what is said.
# fmt: off
DAMAGE = [
    ("asked", "request_answered", "about = '{{\"request\": \"return\", \"state\": \"accepted\"}}'",
        OF + "request_answered: tells of a request that there is not"),
    ("asked", "request_opened", "about = '{{\"request\": \"cancel\"}}'",
        OF + "request_opened: tells of a request that there is not"),
    ("asked", "request_opened", "kind = 'request_expected'",
        OF + "request_expected: tells of a request that there is not"),
    ("asked", "request_opened", "kind = 'nothing'", OF + "nothing: tells of nothing that there is"),
    ("asked", "request_opened", "at = at - interval '1 year'",
        OF + "request_opened: is from before the order was placed"),
    ("asked", "request_opened", "at = at + interval '1 year'", OF + "request_opened: is yet to come"),
    ("waited", "change_waits", "about = about || '{{\"kind\": \"return\"}}'",
        OF + "change_waits: tells of a change that does not wait, or that has not ended"),
    ("waits", "change_waits", "kind = 'change_dropped'",
        OF + "change_dropped: tells of a change that does not wait, or that has not ended"),
    ("sent", "tracking_changed", "about = '{{\"shipment\": 2}}'",
        OF + "tracking_changed: tells of a parcel that there is not"),
    ("held", "payment_changed", "about = '{{\"shipment\": 1}}'",
        OF + "payment_changed: says more than there is to say"),
    ("held", "payment_changed", "order_id = '{other}'",
        "order {other_number}, notice payment_changed: is in the feed of another order"),
]
# fmt: on


def told(order: Order) -> list[str]:
    return list(Notice.objects.filter(order=order).order_by("pk").values_list("kind", flat=True))


def world() -> dict[str, Order]:
    buyer, staff = Buyer(), make_staff()
    names = {"waits": S.PAID, "waited": S.PAID, "sent": S.PAID, "held": S.PAY_REQUIRED, "asked": S.DONE}
    orders = {name: buyer.order_in(status) for name, status in names.items()}
    for name in ("waits", "waited"):
        redirect_dearly(orders[name], buyer.user, far_away())
    waiting.end(order_id=orders["waited"].pk, actor=staff)
    complete(orders["sent"])
    correct_tracking_code(order_id=orders["sent"].pk, actor=staff, code="A1")
    redeem(orders["held"], make_gift_card("1"))
    request = ask_for_a_return(orders["asked"])
    change_requests.decline(request_id=request.pk, actor=staff, note="Worn")
    return orders


def test_damage_to_a_notice_is_found_and_named():
    orders = world()
    assert {name: told(order) for name, order in orders.items()} == {
        "waits": ["change_waits"],
        "waited": ["change_waits", "change_dropped"],
        "sent": ["tracking_changed"],
        "held": ["payment_changed"],
        "asked": ["request_opened", "request_answered"],
    }
    assert run() == []
    drop_guards()
    other = orders["waits"]
    for name, kind, damage, words in DAMAGE:
        said = {"order": orders[name].number, "other": other.pk, "other_number": other.number}
        undo = transaction.savepoint()
        with connection.cursor() as cursor:
            cursor.execute(CHANGE.format(damage.format(**said)), [orders[name].pk, kind])
        assert words.format(**said) in run(), words
        transaction.savepoint_rollback(undo)

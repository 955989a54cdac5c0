"""The audit finds damage to exchanges: what paid the order that was placed for pieces of another."""

import pytest
from django.db import connection

from orders.models import Order
from orders.status import OrderStatus
from tests.factories import Buyer, make_staff, make_user, pay, shirts
from tests.orders.audited import drop_guards, exchange, run
from tests.orders.differing import dear_shirt, exchange_dearly, far_away, redirect_dearly

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
LESS = (
    "UPDATE orders_ledgerentry SET amount = 9 WHERE kind = 'captured' AND order_id = "
    "(SELECT id FROM orders_order WHERE is_exchange)"
)
# fmt: off
DAMAGE = [
    ("link gone", "DELETE FROM orders_exchange", "order {new}: was placed in exchange, and for what is gone"),
    ("money in exchange for nothing", "DELETE FROM orders_exchange",
        "order {new}: was paid 10.00 in exchange for nothing"),
    ("placed as every other", "UPDATE orders_order SET is_exchange = false WHERE is_exchange",
        "order {old}: is in exchange for pieces, and was not placed so"),
    ("of another customer", "UPDATE orders_order SET customer_id = {other} WHERE is_exchange",
        "order {old}: was exchanged for order {new} of another customer"),
    ("of another kind", "UPDATE orders_orderchange SET kind = 'refund'",
        "order {old}: is in exchange for what was not given back"),
    ("money of another amount",
        LESS,
        "order {old}: gave 10.00 for order {new}, of which that has 9.00"),
    ("price of another amount", "UPDATE orders_order SET total_amount = 11 WHERE is_exchange",
        "order {old}: gave 10.00 for order {new}, which costs 11.00"),
]
# fmt: on


@pytest.mark.parametrize(("statement", "words"), [row[1:] for row in DAMAGE], ids=[row[0] for row in DAMAGE])
def test_damage_to_an_exchange_is_found_and_named(statement, words):
    medium, _large = shirts()
    old = Buyer().order_in(OrderStatus.PAID, (medium, 2))
    exchange(old)
    assert run() == []
    new = Order.objects.get(is_exchange=True)
    said = {"old": old.number, "new": new.number, "other": make_user().pk}

    drop_guards()
    with connection.cursor() as cursor:
        cursor.execute(statement.format(**said))

    assert words.format(**said) in run()


# --- what is paid by its customer ---------------------------------------------------------------------------------------

WAITING = "UPDATE orders_waitingchange SET {}"
NEW = "UPDATE orders_order SET {} WHERE is_supplement"
SAID = "order {new}, a supplement: "
OTHER = SAID + "its change is another than was agreed"
# Whether it is an exchange, and paid; what is done to it, and what is said.
# fmt: off
DIFFERENCES = [
    ("gone", True, True, "DELETE FROM orders_waitingchange", SAID + "is for what is gone"),
    ("supplement as every other", True, False, NEW.format("is_supplement = false"), SAID + "was not placed so"),
    ("of another customer", False, True, NEW.format("customer_id = {other}"), SAID + "is for an order of another customer"),
    ("for itself", True, True, WAITING.format("order_id = supplement_id"), SAID + "is for an order of another customer"),
    ("for another change", True, True, WAITING.format("change_id = gen_random_uuid()"),
        SAID + "was paid, and its change was not made"),
    ("of another kind", True, True, WAITING.format("kind = 'details'"),
        SAID + "is for a change of the kind details that there is not"),
    ("taken back where it was canceled", True, True, WAITING.format("kind = 'return'"), OTHER),
    ("another line", True, True, WAITING.format("line_id = (SELECT id FROM orders_orderline ORDER BY id DESC LIMIT 1)"),
        SAID + "is for a change of the kind cancel that there is not"),
    ("no line", True, True, WAITING.format("line_id = NULL"), SAID + "is for a change of the kind cancel that there is not"),
    ("restocked, and is shipping", False, True, WAITING.format("restocked = true"),
        SAID + "is for a change of the kind details that there is not"),
    ("of another turn", True, True, WAITING.format("based_on = 3"), OTHER),
    ("by another", False, True, WAITING.format("actor_id = {other}"), OTHER),
    ("for another reason", True, True, WAITING.format("note = 'x'"), OTHER),
    ("waits, and is paid", True, True, WAITING.format("ended_at = NULL"),
        SAID + "is paid, and what waits for it has not ended"),
    ("ended, and is to be paid", False, False, WAITING.format("ended_at = now()"),
        SAID + "is pay_required, and what waits for it has ended"),
    ("ended in days to come", True, True, WAITING.format("ended_at = now() + interval '9 days'"), SAID + "is yet to come"),
    ("agreed in days to come", True, False, WAITING.format("agreed_at = now() + interval '9 days'"),
        SAID + "is yet to come"),
    ("made without being paid", False, True,
        ("DELETE FROM orders_statuschange WHERE to_status = 'paid' AND order_id IN "
        "(SELECT supplement_id FROM orders_waitingchange)"),
        SAID + "was not paid, and its change was made"),
    ("exchange of another amount", True, True, NEW.format("exchange_amount = 9"),
        "order {old}: gave 10.00 for order {new}, which costs 12.34"),
    ("owed, and goes on", False, True, WAITING.format("is_owed = true"),
        SAID + "is owed to its customer, and its order goes on"),
    ("old pieces pay all", True, False, NEW.format("exchange_amount = 12.34"), SAID + "leaves nothing to be paid"),
    ("old pieces pay shipping", False, True, NEW.format("exchange_amount = 1"),
        "order {new}: is paid 1.00 of 5.50 by old pieces, and is no exchange"),
    ("tax of shipping alone", False, True, NEW.format("tax_total = 1"),
        "order {new}: tax 1.00 is not the sum of its shares, 0.00"),
    ("lines of shipping alone", False, True,
        "UPDATE orders_orderline SET order_id = (SELECT id FROM orders_order WHERE is_supplement)",
        "order {new}: has lines, and is for shipping"),
]
# fmt: on


@pytest.mark.parametrize(
    ("exchanged", "paid", "statement", "words"),
    [row[1:] for row in DIFFERENCES],
    ids=[row[0] for row in DIFFERENCES],
)
def test_damage_to_what_was_agreed_is_found_and_named(exchanged, paid, statement, words):
    dear_shirt()
    old, staff = Buyer().order_in(OrderStatus.PAID, (shirts()[0], 2)), make_staff()
    far = far_away()
    agreed = exchange_dearly(old, staff) if exchanged else redirect_dearly(old, staff, far)
    if paid:
        pay(agreed.supplement)
    assert run() == []
    said = {"old": old.number, "new": agreed.supplement.number, "other": make_user().pk}

    drop_guards()
    with connection.cursor() as cursor:
        cursor.execute(statement.format(**said))
        assert cursor.rowcount

    assert words.format(**said) in run()

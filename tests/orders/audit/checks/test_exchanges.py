"""The audit finds damage to exchanges: what paid the order that was placed for pieces of another."""

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from orders import audit
from orders.models import Order
from orders.status import OrderStatus
from tests.factories import Buyer, make_staff, make_user, pay, shirts
from tests.orders.audited import exchange, past_guards, rest, run
from tests.orders.differing import dear_shirt, exchange_dearly, far_away, redirect_dearly

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
# What the lines of the audit name: orders by their numbers, and another customer.
Names = dict[str, int]
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


@pytest.fixture(scope="class")
def exchanged(world) -> Iterator[Names]:
    """A shirt of an order was exchanged for one in another size."""
    with world(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "snapshot", nullcontext)
        medium, _large = shirts()
        old = Buyer().order_in(OrderStatus.PAID, (medium, 2))
        exchange(old)
        rest()
        assert run() == []
        yield names(old, Order.objects.get(is_exchange=True))


def names(old: Order, new: Order) -> Names:
    return {"old": old.number, "new": new.number, "other": make_user().pk}


class TestExchange:
    @pytest.mark.parametrize(
        ("statement", "words"), [row[1:] for row in DAMAGE], ids=[row[0] for row in DAMAGE]
    )
    def test_damage_is_found_and_named(self, exchanged, statement, words):
        past_guards(statement.format(**exchanged))

        assert words.format(**exchanged) in run()


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


# Those of one kind follow one another, and share what was agreed.
DIFFERENCES.sort(key=lambda row: row[1:3])


@pytest.fixture(scope="class")
def agreed(request, world) -> Iterator[Names]:
    """A change that its customer pays for: an exchange or another address; and whether it is paid."""
    is_exchange, is_paid = request.param
    with world(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "snapshot", nullcontext)
        dear_shirt()
        old, staff = Buyer().order_in(OrderStatus.PAID, (shirts()[0], 2)), make_staff()
        far = far_away()
        waits = exchange_dearly(old, staff) if is_exchange else redirect_dearly(old, staff, far)
        if is_paid:
            pay(waits.supplement)
        rest()
        assert run() == []
        yield names(old, waits.supplement)


class TestWhatWasAgreed:
    @pytest.mark.parametrize(
        ("agreed", "statement", "words"),
        [(row[1:3], *row[3:]) for row in DIFFERENCES],
        ids=[row[0] for row in DIFFERENCES],
        indirect=["agreed"],
        scope="class",
    )
    def test_damage_is_found_and_named(self, agreed, statement, words):
        assert past_guards(statement.format(**agreed))

        assert words.format(**agreed) in run()

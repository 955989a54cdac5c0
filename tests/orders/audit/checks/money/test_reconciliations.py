"""The audit finds damage to what comparing with the providers has left: runs, mismatches, statements."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from orders import audit
from orders.audit import doctor
from orders.models import MoneyMismatch, ProviderStatement, Reconciliation
from orders.payments.providers.movements import Movement, MovementKind, PaidOut
from orders.payments.reconciling import payouts
from orders.payments.reconciling.statements import Statement, keep
from orders.status import OrderStatus
from tests.factories import make_staff
from tests.orders.audited import past_guards, rest

pytestmark = pytest.mark.django_db

# The statement, and the end of the audit's line.
DAMAGE = [
    ("UPDATE orders_moneymismatch SET state = 'gone'", '"gone" is no state'),
    ("UPDATE orders_moneymismatch SET state = 'open'", "is open, and its end says otherwise"),
    ("UPDATE orders_moneymismatch SET closed_at = NULL", "is looked at, and its end says otherwise"),
    ("UPDATE orders_moneymismatch SET closed_by_id = NULL", "was closed by nobody"),
    ("UPDATE orders_moneymismatch SET note = ''", "was closed without a note"),
    (
        "UPDATE orders_moneymismatch SET closed_at = found_at - interval '1 day'",
        "was closed before it was found",
    ),
    ("UPDATE orders_moneymismatch SET state = 'mended'", "is mended, and the ledger does not have it"),
    ("UPDATE orders_moneymismatch SET found_in_id = 0", "was found by no comparison"),
    ("UPDATE orders_moneymismatch SET order_id = gen_random_uuid()", "its order is gone"),
    ("UPDATE orders_providerstatement SET fees = fees - 1", "is not the opening balance with all that moved"),
    (
        "UPDATE orders_providerstatement SET closing = 0",
        "closing 0.000 is not the opening balance with all that moved",
    ),
    ("UPDATE orders_providerstatement SET reconciliation_id = 0", "was made by no comparison that ran"),
    (
        "UPDATE orders_reconciliation SET ran_at = NULL WHERE ran_at IS NOT NULL",
        "waits for something that never comes due",
    ),
    (
        "UPDATE orders_reconciliation SET next_attempt_at = '2999-01-01' WHERE ran_at IS NULL",
        "does not come due before a week is over",
    ),
    (
        "UPDATE orders_reconciliation SET leased_until = '2999-01-01' WHERE ran_at IS NULL",
        "is in the hands of a worker for days",
    ),
    ("UPDATE orders_reconciliation SET until = since WHERE ran_at IS NOT NULL", "covered no time"),
    ("UPDATE orders_payoutline SET net = net - 1", "holds 19.000, and its rows come to 18.000"),
    ("UPDATE orders_payoutline SET fee = 0", "fees 1.000 are not those of its rows, 0.000"),
    ("DELETE FROM orders_payoutline", "holds 19.000, and its rows come to 0"),
    (
        "UPDATE orders_payout SET itemized = false, held = NULL WHERE itemized",
        "has rows that nobody told of",
    ),
    ("UPDATE orders_payoutline SET variant = 'paypal'", "has rows of another provider"),
    ("UPDATE orders_payout SET found_in_id = 0", "was found by no comparison"),
    ("DELETE FROM orders_payout", "has rows, and the payout is gone"),
    (
        "UPDATE orders_reconciliation SET day = (SELECT min(day) FROM orders_reconciliation)",
        "is there more than once",
    ),
]


@pytest.fixture
def compared(buyer) -> None:
    """A comparison that ran, with a mismatch that was looked at and a statement, and one that waits."""
    order, now = buyer.order_in(OrderStatus.PAID), timezone.now()
    day = timezone.localdate()
    run = Reconciliation.objects.create(
        variant="stripe",
        day=day,
        since=now - timedelta(days=1),
        until=now,
        ran_at=now,
        next_attempt_at=None,
    )
    Reconciliation.objects.create(variant="stripe", day=day + timedelta(days=1))
    told = {"kind": "captured", "reference": "pi_1", "amount": Decimal(29), "currency": "USD", "at": now}
    closed = {"state": "looked_at", "closed_at": now, "closed_by": make_staff(), "note": "seen"}
    MoneyMismatch.objects.create(
        found_in=run, order=order, variant="stripe", wrong="unknown_here", **told, **closed
    )
    keep(run, [Statement(day=day, currency="USD", opening=Decimal(5), captured=Decimal(29))])
    assert ProviderStatement.objects.get().closing == 34
    charge = Movement(MovementKind.CAPTURED, "pi_1", now, Decimal(20), "USD", Decimal(19), Decimal(1), "USD")
    payouts.keep(run, [PaidOut("po_1", now, Decimal(19), "USD", "paid", (charge,))])
    rest()
    assert list(audit.findings()) == []


@pytest.mark.parametrize(("statement", "words"), DAMAGE)
def test_damage_to_a_reconciliation_is_found_and_explained(compared, statement, words):
    assert past_guards(statement)
    lines = list(audit.findings())
    assert any(line.endswith(words) for line in lines), lines
    assert all(one.remedy != doctor.UNKNOWN for one in doctor.diagnose(lines))

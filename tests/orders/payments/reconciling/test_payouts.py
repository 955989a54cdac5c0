"""Payouts are kept as their provider tells them; each amount of the ledger is in one, or is listed as open."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from orders import audit
from orders.models import LedgerEntry, Payout, PayoutLine, Reconciliation
from orders.payments import refunds
from orders.payments.providers.movements import Movement, MovementKind, PaidOut
from orders.payments.reconciling import payouts
from orders.reports import attention
from orders.status import OrderStatus
from tests.factories import ask_refund, staff_of
from tests.orders.payments.reconciling.test_daily import compare, pay

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def days() -> dict[str, date]:
    today = timezone.localdate()
    return {"first": today - timedelta(days=3), "last": today + timedelta(days=1)}


def names() -> set[tuple[str, str]]:
    return {(one.kind, one.reference) for one in payouts.open_amounts(**days())}


def give_back(stand_in, order) -> str:
    """The order's money goes back at the provider; the reference of that."""
    ask_refund(order)
    refund = order.payments.get().refunds.get()
    refunds.work_on(refund_id=refund.pk)
    return LedgerEntry.objects.get(kind="refunded").reference


# --- Stripe, which says what a payout holds ------------------------------------------------------------------------


def test_what_is_captured_and_refunded_is_in_the_payout_that_says_so(stand_in, order, payment):
    charge = pay(stand_in, payment)
    compare()
    assert names() == set(), "where there was no payout yet, nothing is open"
    first = stand_in.pay_out_all()
    order.refresh_from_db()
    refund = give_back(stand_in, order)
    compare()
    (kept,) = Payout.objects.all()
    assert (kept.reference, kept.state, kept.itemized) == (first["id"], "paid", True)
    assert kept.held == kept.amount
    assert [(line.kind, line.reference) for line in kept.lines.all()] == [("captured", charge)]
    assert names() == {("refunded", refund)}
    stand_in.pay_out_all()
    compare()
    assert names() == set()
    assert list(audit.findings()) == []


def test_fees_are_those_of_what_it_holds(stand_in, order, payment):
    pay(stand_in, payment)
    stand_in.pay_out_all()
    compare()
    (kept,) = Payout.objects.all()
    assert kept.fees == sum(line.fee for line in kept.lines.all())
    assert kept.amount == payment.total - kept.fees


def test_a_payout_is_kept_once_and_only_its_state_moves_on(stand_in, order, payment):
    pay(stand_in, payment)
    told = stand_in.pay_out_all(status="in_transit")
    compare()
    assert Payout.objects.get().state == "under_way"
    told["status"] = "paid"
    compare()
    assert Payout.objects.get().state == "paid"
    assert PayoutLine.objects.count() == 1


def test_a_payout_that_holds_something_else_than_it_says_is_a_matter(stand_in, order, payment):
    pay(stand_in, payment)
    stand_in.pay_out_all(short=100)
    compare()
    (kept,) = attention.uneven_payouts()
    assert kept.held - kept.amount == 1
    assert list(audit.findings()) == []


def test_a_payout_that_adds_up_is_none(stand_in, order, payment):
    pay(stand_in, payment)
    stand_in.pay_out_all()
    compare()
    assert not attention.uneven_payouts().exists()


def test_a_key_that_may_not_read_payouts_keeps_nothing_else_from_being_compared(stand_in, order, payment):
    pay(stand_in, payment)
    stand_in.pay_out_all()
    stand_in.may_read_payouts = False
    row = compare()
    row.refresh_from_db()
    assert (row.explained, row.failure) == (1, "")
    assert not Payout.objects.get().itemized


def test_the_command_says_what_each_payout_holds_and_what_is_in_none(stand_in, order, payment):
    pay(stand_in, payment)
    stand_in.pay_out_all(short=100)
    today = timezone.localdate()
    with pytest.raises(CommandError, match="1 amounts do not match"):
        call_command("reconcile", f"--since={today}", "--provider=stripe", stdout=(out := StringIO()))
    assert "holds 1 rows" in out.getvalue()
    assert "what it holds is not what it says" in out.getvalue()
    compare()
    order.refresh_from_db()
    refund = give_back(stand_in, order)
    call_command("statement", "--open", f"--since={today}", stdout=(out := StringIO()))
    assert refund in out.getvalue()


# --- PayPal, which does not ----------------------------------------------------------------------------------------


def moved(kind: MovementKind, net: str, hours: int, reference: str) -> Movement:
    amount = Decimal(net)
    at = NOW + timedelta(hours=hours)
    return Movement(kind, reference, at, abs(amount), "USD", amount, Decimal(0), "USD")


def test_a_transfer_of_a_provider_that_says_no_more_holds_what_moved_before(buyer):
    order = buyer.order_in(OrderStatus.PAID)
    run = Reconciliation.objects.create(variant="demo", day=date(2026, 3, 1))
    out = moved(MovementKind.PAID_OUT, "-10.00", -1, "T-1")
    back = moved(MovementKind.PAID_OUT, "10.00", -1, "T-2")
    told = payouts.transfers([out, back, moved(MovementKind.CAPTURED, "14.00", -2, "C-1")])
    assert [one.reference for one in told] == ["T-1"]
    payouts.keep(run, told)
    (row,) = payouts.open_amounts(**days())
    assert (row.order, row.amount, row.days) == (order.number, order.total_amount, 0)
    payouts.keep(run, payouts.transfers([moved(MovementKind.PAID_OUT, "-4.00", 1, "T-3")]))
    assert payouts.open_amounts(**days()) == []


def test_a_payout_that_failed_holds_nothing(buyer):
    buyer.order_in(OrderStatus.PAID)
    run = Reconciliation.objects.create(variant="demo", day=date(2026, 3, 1))
    payouts.keep(run, [PaidOut("T-1", NOW + timedelta(hours=1), Decimal(4), "USD", Payout.State.FAILED)])
    assert len(payouts.open_amounts(**days())) == 1


# --- kept ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM orders_payout",
        "UPDATE orders_payout SET amount = amount + 1",
        "UPDATE orders_payoutline SET net = net + 1",
        "DELETE FROM orders_payoutline",
    ],
)
def test_what_was_told_stays(stand_in, order, payment, statement):
    pay(stand_in, payment)
    stand_in.pay_out_all()
    compare()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_what_is_open_is_found_by_indexes_in_one_statement(stand_in, order, payment):
    pay(stand_in, payment)
    stand_in.pay_out_all()
    compare()
    with CaptureQueriesContext(connection) as asked:
        payouts.open_amounts(**days())
    assert len(asked) == 1
    within = {"since": NOW - timedelta(days=1), "until": NOW, "most": 10}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {payouts.OPEN}", within)
        plan = "\n".join(row for (row,) in cursor.fetchall())
    assert "orders_payoutline_name" in plan
    assert "orders_ledger" in plan


# --- the desk ------------------------------------------------------------------------------------------------------


def test_finance_sees_payouts_what_they_hold_and_what_is_open(client, stand_in, order, payment):
    charge = pay(stand_in, payment)
    told = stand_in.pay_out_all()
    compare()
    order.refresh_from_db()
    refund = give_back(stand_in, order)
    client.force_login(staff_of("Finance"), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("admin:orders_payout_changelist")).text
    assert told["id"] in page
    held = client.get(
        reverse("admin:orders_payoutline_changelist"), {"payout__id__exact": Payout.objects.get().pk}
    )
    assert charge in held.text
    url = reverse("admin:orders_payout_open")
    assert refund in client.get(url).text
    rows = list(csv.reader(StringIO(client.get(url, {"as": "csv"}).text)))
    assert [row[6] for row in rows] == ["reference", refund]
    assert client.get(url, {"first": "never"}).status_code == 200


def test_support_may_not(client):
    client.force_login(staff_of("Support"), backend="django.contrib.auth.backends.ModelBackend")
    for name in ("changelist", "open"):
        assert client.get(reverse(f"admin:orders_payout_{name}")).status_code == 403

"""The daily statement: what was held, what moved and what was held then, to the cent, whatever moved."""

import csv
import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.models import ProviderStatement, Reconciliation
from orders.payments.providers.movements import Balance, Movement, MovementKind
from orders.payments.reconciling.statements import Statement, keep, statements
from orders.reports import money_days
from orders.status import OrderStatus
from tests.factories import staff_of

FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)
cents = st.integers(-10_000_00, 10_000_00).map(lambda many: Decimal(many).scaleb(-2))
movements = st.builds(
    lambda kind, hours, net, fee, currency: Movement(
        kind, "x", FIRST + timedelta(hours=hours), abs(net + fee), currency, net, fee, currency
    ),
    st.sampled_from(list(MovementKind)),
    st.integers(0, 24 * 9),
    cents,
    cents.map(abs),
    st.sampled_from(["USD", "EUR"]),
)


@settings(deadline=None, max_examples=100)
@given(moved=st.lists(movements, max_size=25), held=st.dictionaries(st.sampled_from(["USD", "EUR"]), cents))
def test_an_accounts_days_hold_to_the_cent(moved, held):
    """From day to day, and from the first opening balance to what is held now."""
    made = statements(sorted(moved, key=lambda one: one.at), moved, Balance(held))
    for currency in {day.currency for day in made}:
        days = [day for day in made if day.currency == currency]
        assert [one.day for one in days] == sorted({one.day for one in days})
        for before, after in itertools.pairwise(days):
            assert after.opening == before.closing
        assert days[-1].closing == held.get(currency, 0)
        net = sum((one.net for one in moved if one.account_currency == currency), Decimal(0))
        assert days[-1].closing - days[0].opening == net


@settings(deadline=None, max_examples=100)
@given(
    told=st.dictionaries(
        st.tuples(st.sampled_from(["stripe", "demo"]), st.sampled_from(["USD", "EUR"]), st.integers(0, 9)),
        st.tuples(cents.map(abs), cents),
        max_size=25,
    ),
    held=cents,
)
def test_the_books_days_hold_to_the_cent(told, held):
    moved = [
        money_days.Moved(variant, currency, held, date(2026, 3, 1) + timedelta(days=day), captured, refunded)
        for (variant, currency, day), (captured, refunded) in told.items()
    ]
    lines = money_days.books(moved, date(2026, 3, 31))
    for key in {(line.variant, line.currency) for line in lines}:
        days = [line.amounts for line in lines if (line.variant, line.currency) == key]
        assert all(day["closing"] == day["opening"] + day["captured"] + day["refunded"] for day in days)
        assert all(after["opening"] == before["closing"] for before, after in itertools.pairwise(days))
        assert days[-1]["closing"] == held


@pytest.mark.parametrize(("zone", "day"), [("UTC", date(2026, 3, 1)), ("Asia/Ho_Chi_Minh", date(2026, 3, 2))])
def test_days_are_the_shops(zone, day):
    at = datetime(2026, 3, 1, 20, tzinfo=UTC)
    late = Movement(MovementKind.CAPTURED, "x", at, Decimal(1), "USD", Decimal(1), Decimal(0), "USD")
    with timezone.override(zone):
        (statement,) = statements([late], [late], Balance({}))
    assert statement.day == day


def account(day: date, opening: int, captured: int, run: Reconciliation | None = None) -> Reconciliation:
    now = timezone.now()
    run = run or Reconciliation.objects.create(
        variant="stripe",
        source="file",
        day=day,
        since=now - timedelta(days=1),
        until=now,
        ran_at=now,
        next_attempt_at=None,
    )
    keep(run, [Statement(day=day, currency="USD", opening=Decimal(opening), captured=Decimal(captured))])
    return run


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.mark.django_db
def test_the_books_are_what_the_ledger_says(buyer, today):
    paid = [buyer.order_in(status) for status in (OrderStatus.PAID, OrderStatus.REFUND)]
    (line,) = money_days.days(first=today, last=today)
    assert (line.variant, line.source, line.amounts["opening"]) == ("demo", "books", 0)
    assert line.amounts["captured"] == sum(order.total_amount for order in paid)
    assert line.amounts["closing"] == line.amounts["captured"] + line.amounts["refunded"]
    assert money_days.days(first=today + timedelta(days=1), last=today + timedelta(days=2)) == []


@pytest.mark.django_db
def test_an_account_that_does_not_begin_where_it_ended_says_so(today):
    yesterday, before = (today - timedelta(days=back) for back in (1, 2))
    account(before, 0, 10)
    account(yesterday, 10, 5)
    account(today, 16, 0)
    lines = money_days.days(first=yesterday, last=today)
    assert [(line.day, line.unexplained) for line in lines] == [(yesterday, 0), (today, 1)]


@pytest.mark.django_db
def test_the_latest_comparison_of_a_day_counts(today):
    account(today, 0, 10)
    account(today, 0, 12)
    (line,) = money_days.days(first=today, last=today)
    assert line.amounts["captured"] == 12
    assert ProviderStatement.objects.count() == 2


@pytest.mark.django_db
def test_it_takes_three_statements_however_many_days(today):
    for back in range(5):
        account(today - timedelta(days=back), 0, 1)
    with CaptureQueriesContext(connection) as asked:
        assert len(money_days.days(first=today - timedelta(days=9), last=today)) == 5
    assert len(asked) == 3


@pytest.mark.django_db
def test_finance_reads_the_page_and_keeps_a_table(client, buyer, today):
    buyer.order_in(OrderStatus.PAID)
    account(today, 3, 10)
    client.force_login(staff_of("Finance"), backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("admin:orders_providerstatement_days")
    page = client.get(url).text
    assert "stripe, USD" in page and "demo, USD" in page and "$13.00" in page
    rows = list(csv.reader(StringIO(client.get(url, {"as": "csv"}).text)))
    assert tuple(rows[0]) == money_days.HEADER
    assert [f"{today}", "stripe", "USD", "provider", "3.00", "10.00"] == rows[2][:6]
    assert "From one day to" in client.get(url, {"first": "2000-01-01"}).text
    assert client.get(url, {"first": "never"}).status_code == 200


@pytest.mark.django_db
def test_support_may_not_read_it(client):
    client.force_login(staff_of("Support"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("admin:orders_providerstatement_days")).status_code == 403


@pytest.mark.django_db
def test_the_command_prints_the_same(today):
    account(today, 3, 10)
    call_command("statement", f"--since={today}", stdout=(out := StringIO()))
    assert (
        out.getvalue().splitlines()[1]
        == f"{today},stripe,USD,provider,3.00,10.00,0.00,0.00,0.00,0.00,0.00,13.00,0.00"
    )
    with pytest.raises(CommandError):
        call_command("statement", f"--since={today}", f"--until={today - timedelta(days=1)}")

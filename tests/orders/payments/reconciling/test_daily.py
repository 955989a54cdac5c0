"""Reconciliation by the clock: once a day for each provider, in rows that staff see, mend, or close with a note."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from orders import audit
from orders.actions.money import money_due
from orders.errors import InvalidInput
from orders.models import MoneyMismatch, Order, ProviderStatement, Reconciliation
from orders.payments import provider_events
from orders.payments.providers.line import patiently
from orders.payments.reconciling import daily, lists, mismatches
from orders.payments.reconciling.mismatches import MismatchClosed, MismatchNeedsPerson
from orders.reports import attention
from orders.status import OrderStatus
from staff.models import StaffAction
from tests.factories import make_staff
from tests.orders.payments.providers.stripe_steps import address_of
from tests.parallel import at_once

pytestmark = pytest.mark.django_db
S = OrderStatus


def pay(stand_in, payment, *, told: bool = True) -> str:
    address_of(payment)
    payment.refresh_from_db()
    event = stand_in.pay(payment.transaction_id)
    if told:
        body, headers = stand_in.signed(event)
        provider_events.act(event_id=provider_events.receive(variant="stripe", body=body, headers=headers).pk)
    return event["data"]["object"]["payment_intent"]


def compare(variant: str = "stripe") -> Reconciliation:
    """A comparison of today, as the one of tomorrow will be."""
    day = timezone.localdate() + timedelta(days=Reconciliation.objects.count())
    row = Reconciliation.objects.create(variant=variant, day=day)
    return daily.run(reconciliation_id=row.pk)


def the_mismatch() -> MoneyMismatch:
    return MoneyMismatch.objects.get()


@pytest.fixture
def untold(stand_in, order, payment) -> MoneyMismatch:
    """Paid at Stripe, and no event told of it."""
    pay(stand_in, payment, told=False)
    compare()
    return the_mismatch()


# --- the clock -----------------------------------------------------------------------------------------------------


def test_a_day_that_is_over_is_asked_for_once_of_each_provider_with_lists(stand_in, settings):
    stripe = settings.PAYMENT_VARIANTS["stripe"]
    demo = ("orders.payments.providers.demo.DemoProvider", {})
    settings.PAYMENT_VARIANTS = {"stripe": stripe, "second": stripe, "demo": demo}
    for _ in range(2):
        assert len(daily.due()) == 2
    days = {(row.variant, row.day) for row in Reconciliation.objects.all()}
    over = (timezone.localtime() - daily.AFTER).date() - timedelta(days=1)
    assert days == {("stripe", over), ("second", over)}


def test_without_a_provider_that_has_lists_nothing_is_asked(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert daily.due() == []
    assert not Reconciliation.objects.exists()


def test_days_on_which_no_worker_ran_are_made_up_for(stand_in):
    over = (timezone.localtime() - daily.AFTER).date() - timedelta(days=1)
    Reconciliation.objects.create(
        variant="stripe", day=over - timedelta(days=3), next_attempt_at=None, failure="done"
    )
    assert len(daily.due()) == 3


def test_the_row_says_when_it_ran_and_what_it_found(stand_in, order, payment):
    pay(stand_in, payment)
    stand_in.pay_out(1000, "usd")
    row = compare()
    row.refresh_from_db()
    assert (row.explained, row.mismatches, row.foreign, row.failure) == (1, 0, 0, "")
    assert row.ran_at and row.until - row.since == timedelta(days=1)
    (statement,) = ProviderStatement.objects.all()
    assert (statement.captured, statement.paid_out) == (payment.total, -10)
    assert list(audit.findings()) == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_compare_once(stand_in, order, payment):
    pay(stand_in, payment)
    row = Reconciliation.objects.create(variant="stripe", day=timezone.localdate())
    with patiently():
        at_once([lambda: daily.run(reconciliation_id=row.pk)] * 2)
    assert ProviderStatement.objects.count() == 1
    assert Reconciliation.objects.get().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_ask_once(stand_in):
    at_once([daily.due] * 2)
    assert Reconciliation.objects.count() == 1


def test_a_provider_that_does_not_answer_is_asked_again_after_growing_pauses(stand_in):
    stand_in.go_wrong(*["500"] * attention.MANY_ATTEMPTS)
    row = Reconciliation.objects.create(variant="stripe", day=timezone.localdate())
    pauses = []
    for _ in range(attention.MANY_ATTEMPTS):
        Reconciliation.objects.update(next_attempt_at=timezone.now())
        before = timezone.now()
        row = daily.run(reconciliation_id=row.pk)
        pauses.append(row.next_attempt_at - before)
    assert row.failure and row.ran_at is None
    assert pauses[0] * 1.2 < pauses[1] and pauses[1] * 1.2 < pauses[2]
    assert attention.hanging_reconciliations().get() == row
    Reconciliation.objects.update(next_attempt_at=timezone.now())
    assert daily.run(reconciliation_id=row.pk).ran_at
    assert not attention.hanging_reconciliations()


def test_it_has_threads_of_its_own():
    assert money_due.RECONCILIATIONS in money_due.KINDS
    assert money_due.RECONCILIATIONS._turns is not money_due.EVENTS._turns


def test_a_provider_that_was_taken_out_of_the_settings_is_not_asked_for_ever():
    row = Reconciliation.objects.create(variant="gone", day=timezone.localdate())
    row = daily.run(reconciliation_id=row.pk)
    assert (row.failure, row.next_attempt_at) == (daily.NAMELESS, None)


# --- what does not match -------------------------------------------------------------------------------------------


def test_what_is_open_is_found_once_and_vanishes_when_it_is_explained(stand_in, order, payment, untold):
    assert (untold.order, untold.wrong, untold.amount) == (order, "unknown_here", payment.total)
    assert attention.open_mismatches().count() == 1
    compare()
    assert the_mismatch().state == "open"
    provider_events.ask(payment_id=payment.pk)
    row = compare()
    assert row.since < untold.at < row.until, "what is open is looked at again, however old the day"
    assert the_mismatch().state == "explained"
    assert not attention.open_mismatches()


def test_one_click_mends_a_capture_as_its_event_would(order, untold, client, staff):
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("admin:orders_moneymismatch_change", args=[untold.pk])
    assert "Money that does not match a provider" in client.get(reverse("admin:index")).text
    assert "Mending reads it as that event" in client.get(page).text
    client.post(reverse("admin:orders_moneymismatch_close", args=[untold.pk, "mend"]))
    after = the_mismatch()
    assert (after.state, after.closed_by) == ("mended", staff)
    assert Order.objects.get(pk=order.pk).status == S.PAID
    assert StaffAction.objects.filter(action="orders.close_moneymismatch").count() == 1
    assert "mended" in client.get(page).text
    assert compare().mismatches == 0
    assert list(audit.findings()) == []


def test_a_refund_made_at_the_provider_is_recorded_by_one_click(stand_in, order, payment, staff):
    stand_in.refund_by_hand(pay(stand_in, payment))
    compare()
    assert mismatches.mend(mismatch_id=the_mismatch().pk, actor=staff).state == "mended"
    assert Order.objects.get(pk=order.pk).status == S.CANCELED
    assert order.ledger.filter(kind="refunded", note="made at the provider").exists()


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_mend_once(order, untold, staff):
    done = at_once([lambda: mismatches.mend(mismatch_id=untold.pk, actor=staff)] * 2)
    assert order.ledger.filter(kind="captured").count() == 1
    assert the_mismatch().state == "mended"
    assert any(isinstance(one, MoneyMismatch) for one in done)


def test_what_the_provider_does_not_have_is_closed_with_a_note_and_not_found_anew(
    stand_in, order, payment, staff, client
):
    pay(stand_in, payment)
    stand_in.transactions.clear()
    compare()
    pk = the_mismatch().pk
    assert the_mismatch().wrong == "unknown_there"
    with pytest.raises(MismatchNeedsPerson):
        mismatches.mend(mismatch_id=pk, actor=staff)
    with pytest.raises(InvalidInput):
        mismatches.look_at(mismatch_id=pk, actor=staff, note=" ")
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    close = reverse("admin:orders_moneymismatch_close", args=[pk, "look"])
    assert client.post(close, {"note": ""}).status_code == 200
    client.post(close, {"note": "the account was exchanged"})
    compare()
    after = the_mismatch()
    assert (after.state, after.note, after.closed_by) == ("looked_at", "the account was exchanged", staff)
    with pytest.raises(MismatchClosed):
        mismatches.look_at(mismatch_id=pk, actor=make_staff(), note="again")


def test_what_comes_back_after_it_was_explained_is_found_anew(stand_in, order, payment):
    pay(stand_in, payment)
    gone = list(stand_in.transactions)
    stand_in.transactions.clear()
    compare()
    stand_in.transactions.extend(gone)
    compare()
    stand_in.transactions.clear()
    now, run = timezone.now(), Reconciliation.objects.first()
    days = {"since": now - timedelta(days=1), "until": now + timedelta(days=1)}
    with transaction.atomic():
        mismatches.keep(run, lists.reconcile(variant="stripe", **days).mismatches, **days)
    assert sorted(MoneyMismatch.objects.values_list("state", flat=True)) == ["explained", "open"]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM orders_moneymismatch",
        "UPDATE orders_moneymismatch SET amount = 1",
        "UPDATE orders_moneymismatch SET state = 'open', closed_at = NULL",
        "DELETE FROM orders_reconciliation WHERE ran_at IS NOT NULL",
        "UPDATE orders_reconciliation SET mismatches = 0 WHERE ran_at IS NOT NULL",
        "UPDATE orders_providerstatement SET other = 1, closing = closing + 1",
        "DELETE FROM orders_providerstatement",
    ],
)
def test_what_was_found_is_history(untold, staff, statement):
    mismatches.look_at(mismatch_id=untold.pk, actor=staff, note="seen")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

"""Refunds: attempts with a key, asked until answered, none paid out twice, refusals for staff."""

import threading
from decimal import Decimal

import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone

from orders.lifecycle.locking import lock_order
from orders.models import LedgerEntry, Order, Payment, Refund
from orders.payments import refunds, returning
from orders.payments.providers.base import ProviderRefund, ProviderUnreachable, RefundRefused
from orders.payments.providers.demo import DemoProvider
from orders.payments.providers.registry import provider_named
from orders.status import OrderStatus
from tests import pauses
from tests.factories import make_product
from tests.parallel import at_once
from tests.waiting import wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.flow]


class Bank(DemoProvider):
    """A provider whose answers a test writes down beforehand; it remembers what it paid out, and to which key."""

    answers: list
    paid_out: dict[str, ProviderRefund]

    def list_refunds(self, payment):
        return list(self.paid_out.values())

    def ask_refund(self, payment, amount, key):
        answer = self.answers.pop(0) if self.answers else "done"
        if answer == "refused":
            raise RefundRefused("card closed")
        if answer == "unreachable":
            raise ProviderUnreachable("no route")
        refund = ProviderRefund(f"re-{len(self.paid_out)}", amount, key, is_done=answer != "pending")
        self.paid_out[key] = refund
        if answer == "silent":
            raise ProviderUnreachable("the answer was lost")
        return refund


@pytest.fixture
def bank(settings):
    settings.PAYMENT_VARIANTS = {"bank": ("tests.orders.payments.test_refunds.Bank", {})}
    settings.PAYMENT_VARIANT = "bank"
    bank = provider_named("bank")
    bank.answers, bank.paid_out = [], {}
    return bank


@pytest.fixture
def order(bank, buyer) -> Order:
    return buyer.order_in(OrderStatus.REFUND, (make_product(stock=5), 2))


def status_of(order) -> str:
    return Order.objects.get(pk=order.pk).status


def work(order, *, now: bool = True) -> Refund:
    """Work on the order's latest attempt; `now` as if its pause were over."""
    refund = Refund.objects.filter(payment__order=order).last()
    if now:
        pauses.pass_for(Refund.objects.filter(pk=refund.pk))
    return refunds.work_on(refund_id=refund.pk)


def kinds(order) -> list[str]:
    return [entry.kind for entry in order.ledger.all()]


def test_a_refund_that_is_done_ends_the_order_with_every_movement_written(order):
    work(order)

    assert (status_of(order), returning.balance(order)) == ("canceled", 0)
    assert kinds(order) == ["captured", "refund_asked", "refunded"]
    payment = Payment.objects.get(order=order)
    assert (payment.status, payment.captured_amount) == ("refunded", 0)


def test_an_unreachable_provider_is_asked_again_later_with_the_same_key(order, bank):
    bank.answers = ["unreachable", "done"]

    first = work(order)
    assert (first.state, status_of(order)) == ("asked", "refund")
    assert first.next_attempt_at > timezone.now()
    assert first.failure == "ProviderUnreachable: no route"

    second = work(order)
    assert (second.key, status_of(order)) == (first.key, "canceled")
    assert (second.attempts, second.next_attempt_at, second.failure) == (2, None, "")
    assert len(bank.paid_out) == 1


def test_a_try_during_the_pause_of_another_asks_nobody(order, bank):
    bank.answers = ["unreachable"]
    work(order)

    assert work(order, now=False).state == "asked"
    assert bank.paid_out == {}


def test_an_answer_that_was_lost_is_found_in_the_providers_list_not_paid_again(order, bank):
    bank.answers = ["silent"]
    work(order)
    assert (len(bank.paid_out), status_of(order)) == (1, "refund")

    work(order)

    assert (len(bank.paid_out), status_of(order)) == (1, "canceled")


@pytest.mark.django_db(transaction=True)
def test_a_refund_is_claimed_while_its_order_is_locked_and_noted_when_it_is_free(order, bank):
    """The lock order is the order, then the rest; a claim locks the refund alone and never waits for the order with it."""
    refund = Refund.objects.get(payment__order=order)
    locked = threading.Event()

    def hold_the_order() -> None:
        with transaction.atomic():
            lock_order(order.pk)
            locked.set()
            wait_until(lambda: bank.paid_out, "the provider was asked")
            # Under the order's lock the refund is free: its claim is committed.
            assert Refund.objects.select_for_update(nowait=True).get(pk=refund.pk).attempts == 1

    def ask() -> Refund:
        assert locked.wait(20)
        return refunds.work_on(refund_id=refund.pk)

    _held, asked = at_once([hold_the_order, ask])

    assert (asked.state, status_of(order)) == ("done", "canceled")


def test_money_on_its_way_leaves_the_order_in_refund_until_it_is_there(order, bank):
    bank.answers = ["pending"]
    asked = work(order)
    assert (asked.state, asked.failure) == ("asked", refunds.PENDING)
    assert status_of(order) == "refund"

    (key, refund) = next(iter(bank.paid_out.items()))
    bank.paid_out[key] = ProviderRefund(refund.reference, refund.amount, key)
    work(order)

    assert (len(bank.paid_out), status_of(order)) == (1, "canceled")


def test_a_refusal_stays_in_refund_with_its_reason_until_staff_try_anew(order, bank, staff):
    bank.answers = ["refused"]
    refused = work(order)
    assert (refused.state, refused.answer, status_of(order)) == ("refused", "card closed", "refund")
    assert work(order).state == "refused"

    anew = refunds.retry(refund_id=refused.pk, actor=staff)
    work(order)

    assert (anew.attempt, anew.key != refused.key) == (2, True)
    assert (status_of(order), len(bank.paid_out)) == ("canceled", 1)
    assert kinds(order) == ["captured", "refund_asked", "refused", "refund_asked", "refunded"]


def test_a_refusal_settled_by_hand_ends_the_order_with_the_note(order, bank, staff):
    bank.answers = ["refused"]
    refused = work(order)

    refunds.settle_by_hand(refund_id=refused.pk, actor=staff, note="paid back in cash")

    last = order.ledger.last()
    assert (status_of(order), returning.balance(order)) == ("canceled", 0)
    assert (last.kind, last.note, last.actor) == ("refunded", "paid back in cash", staff)
    assert bank.paid_out == {}


@pytest.mark.parametrize("state", ["asked", "done", "refused twice"])
def test_only_the_latest_refused_attempt_can_be_retried_or_settled(order, bank, staff, state):
    bank.answers = ["refused"] if state == "refused twice" else []
    refund = Refund.objects.get(payment__order=order) if state == "asked" else work(order)
    if state == "refused twice":
        refunds.retry(refund_id=refund.pk, actor=staff)

    with pytest.raises(refunds.RefundNotRefused):
        refunds.retry(refund_id=refund.pk, actor=staff)
    with pytest.raises(refunds.RefundNotRefused):
        refunds.settle_by_hand(refund_id=refund.pk, actor=staff, note="?")


def test_the_ledger_is_only_added_to(order):
    for change in (
        lambda rows: rows.update(amount=Decimal(1)),
        lambda rows: rows._raw_delete(using="default"),
    ):
        with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
            change(LedgerEntry.objects.filter(order=order))

"""Customers ask to cancel a part, to return or to withdraw; staff accept, or say why not."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from orders.actions.changes import accepting, change_requests
from orders.actions.changes.change_requests import RequestAnswered, RequestNotPossible, Terms
from orders.actions.changes.changes import preview_change
from orders.emails.messages import message_of
from orders.errors import InvalidInput
from orders.lifecycle.locking import OrderNotFound
from orders.lifecycle.transitions import RefundRequested
from orders.models import ChangeRequest, Email, Order, OrderChange, Refund
from orders.status import OrderStatus
from staff.rights import PermissionDenied
from tests.factories import ask_refund, complete, make_product, return_money, staff_of
from tests.orders.audited import run
from tests.parallel import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
S, K = OrderStatus, ChangeRequest.Kind


@pytest.fixture
def paid(buyer):
    cups = make_product(stock=9, sku="CUP", price=Decimal(10))
    sealed = make_product(stock=9, sku="SEALED", price=Decimal(1), refunds="none")
    return buyer.order_in(S.PAID, (cups, 3), (sealed, 1))


@pytest.fixture
def done(paid):
    complete(paid)
    return Order.objects.get(pk=paid.pk)


def pieces(order, sku="CUP", quantity=2) -> dict:
    return {order.lines.get(sku=sku).pk: quantity}


def ask(order, kind, note="", **chosen) -> ChangeRequest:
    return change_requests.ask(
        order_id=order.pk, actor=order.customer, kind=kind, quantities=pieces(order, **chosen), note=note
    )


def accept(asked, staff, **terms) -> ChangeRequest:
    terms = Terms(**terms)
    wish = accepting.wish_of(asked, terms)
    shown = preview_change(order_id=asked.order_id, actor=staff, wish=wish)
    return change_requests.accept(
        request_id=asked.pk, actor=staff, change_id=shown.id, based_on=shown.based_on, terms=terms
    )


def test_a_part_that_is_not_sent_is_canceled_when_staff_accept(paid, staff):
    asked = ask(paid, K.CANCEL, "Nhầm màu")
    with pytest.raises(RefundRequested):
        complete(paid)

    after = accept(asked, staff)
    return_money(paid)

    assert (after.state, after.change.kind, Refund.objects.get().amount) == ("accepted", "cancel", 20)
    complete(paid)
    assert run() == []


def test_pieces_come_back_when_staff_accept_a_return(done, staff):
    accept(ask(done, K.RETURN), staff, restocked=("CUP",), shipping=Decimal(4), note="Cảm ơn")
    return_money(done)

    change = OrderChange.objects.get()
    assert (change.kind, change.amount, change.note) == ("return", 24, "Cảm ơn")
    assert Order.objects.get(pk=done.pk).status == S.DONE
    assert run() == []


def test_to_withdraw_takes_no_reason_and_is_confirmed_with_date_and_time(done):
    asked = ask(done, K.WITHDRAW)

    email = Email.objects.get(order=done, kind="request_received")
    text = message_of(email).body
    assert "Withdraw from the contract" in text
    assert "2 × Product CUP" in text
    assert timezone.localtime(asked.asked_at).strftime("%Y") in text
    assert "UTC" in text


@pytest.mark.parametrize(("days", "offered"), [(0, False), (1, False), (14, True)])
def test_withdrawing_is_offered_for_some_days_after_the_delivery(done, settings, days, offered):
    settings.WITHDRAWAL_DAYS = days
    Order.objects.filter(pk=done.pk).update(status_since=timezone.now() - timedelta(days=2))
    done.refresh_from_db(fields=["status_since"])

    assert (K.WITHDRAW in change_requests.kinds_for(done)) == offered
    if not offered:
        with pytest.raises(RequestNotPossible):
            ask(done, K.WITHDRAW)
    assert K.RETURN in change_requests.kinds_for(done)


def test_staff_decline_with_a_reason_that_the_customer_is_told(done, staff):
    asked = ask(done, K.RETURN)
    with pytest.raises(InvalidInput):
        change_requests.decline(request_id=asked.pk, actor=staff, note=" ")
    change_requests.decline(request_id=asked.pk, actor=staff, note="Đã dùng rồi.")

    email = Email.objects.get(order=done, kind="request_declined")
    assert "Đã dùng rồi." in message_of(email).body
    with pytest.raises(RequestAnswered):
        accept(asked, staff)
    assert not OrderChange.objects.exists()
    # They may ask again.
    ask(done, K.RETURN)
    assert run() == []


@pytest.mark.parametrize(
    ("chosen", "field"),
    [({"quantity": 4}, "lines.CUP"), ({"quantity": 0}, "lines"), ({"quantity": -1}, "lines.CUP"),
     ({"sku": "SEALED", "quantity": 1}, "lines")],
)  # fmt: skip
def test_odd_requests_are_refused(done, chosen, field):
    with pytest.raises(InvalidInput) as refusal:
        ask(done, K.RETURN, **chosen)
    assert list(refusal.value.errors) == [field]
    with pytest.raises(InvalidInput):
        ask(done, K.RETURN, note="x" * 501)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (S.PAID, K.RETURN),
        (S.PAID, K.WITHDRAW),
        (S.DONE, K.CANCEL),
        (S.PAY_REQUIRED, K.CANCEL),
        (S.REFUND, K.CANCEL),
    ],
)
def test_a_request_that_does_not_fit_the_status_is_refused(buyer, status, kind):
    order = buyer.order_in(status, (make_product(stock=9, sku="CUP"), 3))
    with pytest.raises(RequestNotPossible):
        ask(order, kind)


def test_one_request_is_open_at_most(paid):
    ask(paid, K.CANCEL)
    with pytest.raises(RequestNotPossible):
        ask(paid, K.CANCEL)


def test_nobody_asks_for_the_order_of_another(paid, staff):
    with pytest.raises(OrderNotFound):
        change_requests.ask(order_id=paid.pk, actor=staff, kind=K.CANCEL, quantities=pieces(paid))


def test_a_full_refund_accepts_what_was_asked_for(paid, staff):
    asked = ask(paid, K.CANCEL)
    ask_refund(paid)
    return_money(paid)

    asked.refresh_from_db()
    assert (asked.state, asked.change) == ("accepted", None)
    assert run() == []


def test_the_last_pieces_end_the_order(buyer, staff):
    order = buyer.order_in(S.PAID, (make_product(stock=9, sku="CUP"), 2))
    after = accept(ask(order, K.CANCEL), staff)
    return_money(order)
    assert (after.state, Order.objects.get(pk=order.pk).status) == ("accepted", S.CANCELED)
    assert run() == []


def test_staff_without_the_right_answer_nothing(done):
    asked = ask(done, K.RETURN)
    support = staff_of("support")
    with pytest.raises(PermissionDenied):
        change_requests.decline(request_id=asked.pk, actor=support, note="?")
    with pytest.raises(PermissionDenied):
        change_requests.accept(request_id=asked.pk, actor=support, change_id=uuid4(), based_on=0)


@pytest.mark.django_db(transaction=True)
def test_two_staff_answer_and_one_is_too_late(buyer, staff):
    order = buyer.order_in(S.PAID, (make_product(stock=9, sku="CUP"), 3))
    asked = ask(order, K.CANCEL)
    shown = preview_change(order_id=order.pk, actor=staff, wish=accepting.wish_of(asked))
    results = at_once(
        [
            lambda: change_requests.accept(
                request_id=asked.pk, actor=staff, change_id=shown.id, based_on=shown.based_on
            ),
            lambda: change_requests.decline(request_id=asked.pk, actor=staff, note="?"),
        ]
    )
    assert sorted(type(result).__name__ for result in results) == ["ChangeRequest", "RequestAnswered"]
    asked.refresh_from_db()
    assert OrderChange.objects.exists() == (asked.state == "accepted")


@pytest.mark.django_db(transaction=True)
def test_asked_twice_at_once_is_one_request(buyer):
    order = buyer.order_in(S.PAID, (make_product(stock=9, sku="CUP"), 3))
    results = at_once([lambda: ask(order, K.CANCEL)] * 2)
    assert sorted(type(result).__name__ for result in results) == ["ChangeRequest", "RequestNotPossible"]

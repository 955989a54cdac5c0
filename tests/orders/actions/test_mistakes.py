"""What staff did by mistake is put right in ways that leave a trace, and never against the diagram."""

from decimal import Decimal
from functools import partial

import pytest
from django.urls import reverse

from orders.actions import notes, tracking
from orders.audit import findings, snapshot
from orders.emails.queue import deliver
from orders.models import Email, EmailKind, Order, OrderChange, Refund
from orders.payments import refunds
from orders.payments.by_hand import note_received
from orders.payments.refunds import MoneyHasGone
from orders.pricing.left import left_of_order
from orders.rights import OrderRights
from orders.status import OrderStatus
from staff.models import StaffAction
from tests.confirmed import sign_in
from tests.factories import Buyer, change, make_product, make_staff, return_money, staff_of, transfer
from tests.parallel import at_once

S = OrderStatus


@pytest.fixture
def paid_by_transfer(buyer) -> Order:
    """Its money goes back by hand."""
    order = buyer.order_in(S.PAY_REQUIRED, (make_product(stock=5), 2))
    transfer(order)
    return note_received(
        order_id=order.pk, actor=make_staff(), variant="transfer", amount=order.total_amount, reference="E1"
    )


@pytest.fixture
def buyer(db) -> Buyer:
    return Buyer()


def given_by_mistake(order: Order, amount: int = 5) -> Refund:
    change(order, "refund", amount=amount)
    return Refund.objects.get(payment__order=order)


@pytest.mark.django_db
@pytest.mark.usefixtures("in_the_tests_transaction")
class TestMoney:
    """Money that was to be given back, and has not left."""

    def test_it_is_kept_after_all_and_all_of_it_is_told(self, paid_by_transfer, mailoutbox):
        order, actor = paid_by_transfer, staff_of("finance")
        refund = given_by_mistake(order)
        assert left_of_order(order).amount == order.total_amount - 5

        refunds.take_back(refund_id=refund.pk, actor=actor, note="wrong order")

        refund.refresh_from_db()
        assert refund.state == Refund.State.WITHDRAWN
        assert left_of_order(order).amount == order.total_amount
        made, undone = order.changes.all()
        assert (made.kind, made.amount, undone.kind, undone.undoes) == ("refund", 5, "undone", made)
        assert (undone.actor, undone.note, undone.what) == (actor, "wrong order", "Not returned after all")
        row = StaffAction.objects.first()
        assert (row.actor, row.action) == (actor, OrderRights.REFUND_PART)
        assert not order.invoices.filter(kind="credit_note").exists()
        assert not list(findings())
        told = Email.objects.get(order=order, kind=EmailKind.CHANGED, sequence=undone.sequence)
        deliver(email_ids=[told.pk])
        assert "We said that we would return $5.00. That was a mistake" in mailoutbox[-1].body
        assert "wrong order" in mailoutbox[-1].body

    def test_all_of_it_can_be_given_back_again(self, paid_by_transfer):
        order = paid_by_transfer
        refund = given_by_mistake(order)
        refunds.take_back(refund_id=refund.pk, actor=make_staff(), note="wrong order")
        change(order, "refund", amount=7)
        assert left_of_order(order).amount == order.total_amount - 7
        later = Refund.objects.get(payment__order=order, state="asked")
        refunds.settle_by_hand(refund_id=later.pk, actor=make_staff(), note="in cash")
        assert order.invoices.filter(kind="credit_note").count() == 1
        assert not list(findings())

    def test_what_a_provider_refused_is_kept(self, buyer):
        order = buyer.order_in(S.PAID)
        refund = given_by_mistake(order)
        refunds.note_refused(refund_id=refund.pk, why="card closed")
        refunds.take_back(refund_id=refund.pk, actor=make_staff(), note="wrong order")
        assert left_of_order(order).amount == order.total_amount
        assert not list(findings())

    def test_what_has_left_is_not_kept(self, buyer):
        order = buyer.order_in(S.PAID)
        refund = given_by_mistake(order)
        return_money(order)
        with pytest.raises(MoneyHasGone):
            refunds.take_back(refund_id=refund.pk, actor=make_staff(), note="too late")
        assert order.changes.count() == 1

    def test_pieces_are_not_taken_back_with_it(self, paid_by_transfer):
        change(paid_by_transfer, "cancel", {paid_by_transfer.lines.get().sku: 1})
        refund = Refund.objects.get(payment__order=paid_by_transfer)
        with pytest.raises(MoneyHasGone):
            refunds.take_back(refund_id=refund.pk, actor=make_staff(), note="no")
        assert paid_by_transfer.changes.count() == 1

    def test_the_order_s_page_leads_there_and_shows_what_was_done(self, client, paid_by_transfer):
        order = paid_by_transfer
        refund = given_by_mistake(order)
        sign_in(client, staff_of("finance"))
        page = reverse("admin:orders_order_change", args=[order.pk])
        decide = reverse("admin:orders_refund_decide", args=[refund.pk, "take-back"])
        assert decide in client.get(page).content.decode()
        assert client.get(decide).status_code == 200

        assert client.post(decide, {"confirmed": "yes", "note": "wrong order"}).url == page

        shown = client.get(page).content.decode()
        assert "Not returned after all" in shown
        assert "wrong order" in shown
        assert decide not in shown

    def test_the_customer_s_page_says_so_too(self, client, paid_by_transfer):
        refund = given_by_mistake(paid_by_transfer)
        refunds.take_back(refund_id=refund.pk, actor=make_staff(), note="wrong order")
        client.force_login(paid_by_transfer.customer)
        shown = client.get(paid_by_transfer.get_absolute_url()).content.decode()
        assert "Not returned after all" in shown


@pytest.mark.django_db
@pytest.mark.usefixtures("in_the_tests_transaction")
class TestDone:
    """An order that was marked as done, and nothing of it had left."""

    def test_it_stays_done_and_its_goods_and_money_go_back_with_papers(self, buyer):
        product = make_product(stock=5)
        order = buyer.order_in(S.DONE, (product, 2))
        actor = staff_of("finance")
        notes.add_note(order_id=order.pk, actor=actor, text="was marked by mistake, lies here still")

        change(
            order,
            "return",
            {product.sku: 2},
            restocked={product.sku},
            shipping=order.shipping_fee,
            actor=actor,
        )
        return_money(order)

        order.refresh_from_db()
        product.refresh_from_db()
        assert (order.status, product.stock_quantity) == (S.DONE, 5)
        assert left_of_order(order).amount == 0
        assert order.changes.get().actor == actor
        assert order.invoices.filter(kind="credit_note").count() == 1
        assert not list(findings())

    def test_the_code_of_the_parcel_that_leaves_later_is_told(self, buyer):
        order = buyer.order_in(S.DONE)
        tracking.correct_tracking_code(order_id=order.pk, actor=staff_of("fulfilment"), code="LATER-1")
        assert Email.objects.filter(order=order, kind=EmailKind.TRACKING).exists()
        assert StaffAction.objects.first().details["after"] == "LATER-1"


@pytest.mark.django_db(transaction=True)
@pytest.mark.flow
def test_money_is_kept_or_given_back_whoever_is_first():
    order = Buyer().order_in(S.PAY_REQUIRED, (make_product(stock=5), 2))
    transfer(order)
    note_received(order_id=order.pk, actor=make_staff(), variant="transfer", amount=order.total_amount)
    refund, actor = given_by_mistake(order), make_staff()
    keep = partial(refunds.take_back, refund_id=refund.pk, actor=actor, note="wrong order")
    settle = partial(refunds.settle_by_hand, refund_id=refund.pk, actor=actor, note="in cash")

    at_once([keep, settle, keep, settle])

    refund.refresh_from_db()
    assert refund.state in (Refund.State.WITHDRAWN, Refund.State.DONE)
    is_kept = refund.state == Refund.State.WITHDRAWN
    assert OrderChange.objects.filter(kind="undone").count() == int(is_kept)
    assert order.ledger.filter(kind="refunded").count() == int(not is_kept)
    assert left_of_order(order).amount == order.total_amount - (Decimal(0) if is_kept else Decimal(5))
    with snapshot():
        assert not list(findings())

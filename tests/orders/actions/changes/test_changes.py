"""Changes of an order by staff: what they give back, what is left, and that nothing goes back twice."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from catalog.models import Number, StockMovement
from orders.actions.changes.changes import ChangeNotPossible, OrderMovedOn, Wish, apply_change, preview_change
from orders.errors import InvalidInput
from orders.models import ChangeLine, Invoice, Order, OrderChange, Refund
from orders.payments import refunds, returning
from orders.payments.made_at_provider import note_failed, note_made_at_provider
from orders.pricing.left import left_of_order
from orders.status import OrderStatus
from staff.rights import PermissionDenied
from tests import factories
from tests.factories import (
    ask_refund,
    complete,
    make_numbered,
    make_product,
    make_tax_class,
    pay_twice,
    return_money,
    staff_of,
)
from tests.orders.audited import run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
S, K = OrderStatus, OrderChange.Kind
CANCEL, RETURN, REFUND = K.CANCEL, K.RETURN, K.REFUND


def change(order, staff, kind, pieces=None, **wish) -> OrderChange:
    return factories.change(order, kind, pieces, actor=staff, **wish)


def now(order) -> Order:
    return Order.objects.get(pk=order.pk)


@pytest.fixture
def cups(db):
    return make_product(stock=20, sku="CUP", price=Decimal("3.33"))


@pytest.fixture
def paid(buyer, cups):
    """Three cups and two rooms, 4.00 shipping."""
    return buyer.order_in(S.PAID, (cups, 3), (make_numbered(numbers=5, sku="ROOM", price=Decimal(10)), 2))


def kept(order) -> Decimal:
    """What the invoice and all credit notes together say."""
    return sum((paper.total for paper in Invoice.objects.filter(order=order)), Decimal(0))


def test_money_goes_back_without_goods_and_the_order_stays_what_it_is(paid, staff):
    made = change(paid, staff, REFUND, amount="5.00")
    return_money(paid)

    assert now(paid).status == S.PAID
    assert (made.amount, left_of_order(paid).amount) == (Decimal(5), paid.total_amount - 5)
    assert returning.balance(paid) == paid.total_amount - 5 == kept(paid)
    assert sum(one.quantity for one in left_of_order(paid).lines) == 5
    assert run() == []


def test_canceled_pieces_are_for_sale_again_at_once(paid, staff, cups):
    change(paid, staff, CANCEL, {"CUP": 1, "ROOM": 1})

    cups.refresh_from_db()
    assert (cups.stock_quantity, cups.promised) == (18, 2)
    assert Number.objects.filter(state="free").count() == 4
    refund = Refund.objects.get()
    assert (refund.amount, refund.cause, refund.state) == (Decimal("13.33"), "change", "asked")
    assert run() == []
    return_money(paid)
    assert kept(paid) == paid.total_amount - Decimal("13.33")
    assert run() == []


def test_the_last_pieces_end_the_order_along_the_diagram_with_all_that_is_left(paid, staff, cups):
    change(paid, staff, CANCEL, {"CUP": 2})
    change(paid, staff, REFUND, amount="1.01")
    change(paid, staff, CANCEL, {"CUP": 1, "ROOM": 2})

    assert now(paid).status == S.REFUND
    return_money(paid)

    assert (now(paid).status, returning.balance(paid), kept(paid)) == (S.CANCELED, 0, 0)
    cups.refresh_from_db()
    assert (cups.stock_quantity, cups.promised) == (20, 0)
    assert not Number.objects.filter(state="taken").exists()
    assert left_of_order(paid).amount == 0
    assert run() == []


@pytest.mark.parametrize("restocked", [True, False])
def test_pieces_that_come_back_are_for_sale_again_only_if_staff_say_so(paid, staff, cups, restocked):
    complete(paid)
    change(
        paid,
        staff,
        RETURN,
        {"CUP": 2, "ROOM": 1},
        restocked=("CUP", "ROOM") if restocked else (),
        shipping="4.00",
    )
    return_money(paid)

    cups.refresh_from_db()
    assert (cups.stock_quantity, cups.promised) == (19 if restocked else 17, 0)
    assert Number.objects.filter(state="free" if restocked else "retired").count() == (4 if restocked else 1)
    assert now(paid).status == S.DONE
    assert kept(paid) == Decimal("13.33")
    assert run() == []


def test_a_done_order_of_which_all_came_back_stays_done(paid, staff):
    complete(paid)
    change(paid, staff, RETURN, {"CUP": 3, "ROOM": 2}, shipping="4.00")
    return_money(paid)

    assert (now(paid).status, returning.balance(paid), kept(paid)) == (S.DONE, 0, 0)
    with pytest.raises(InvalidInput):
        change(paid, staff, REFUND, amount="0.01")
    assert run() == []


@pytest.mark.parametrize("steps", [(1, 1, 1), (2, 1), (1, 2), (3,)])
def test_pieces_in_any_sequence_give_exactly_the_line_and_its_tax(buyer, staff, steps):
    taxed = make_product(stock=9, sku="TAXED", price=Decimal("0.05"), tax_class=make_tax_class("19"))
    other = make_product(stock=9, price=Decimal(1))
    order = buyer.order_in(S.PAID, (taxed, 3), (other, 1))
    line = order.lines.get(sku="TAXED")
    for quantity in steps:
        change(order, staff, CANCEL, {"TAXED": quantity})
        return_money(order)

    sums = ChangeLine.objects.filter(line=line).aggregate(Sum("amount"), Sum("tax"))
    assert tuple(sums.values()) == (line.line_total, line.tax_amount)
    assert run() == []


def test_the_same_preview_applied_twice_is_one_change(paid, staff):
    wish = Wish(kind=CANCEL, quantities={"CUP": 1}, note="?")
    shown = preview_change(order_id=paid.pk, actor=staff, wish=wish)
    same = {"order_id": paid.pk, "actor": staff, "change_id": shown.id, "based_on": 0, "wish": wish}

    assert apply_change(**same) == apply_change(**same)
    assert OrderChange.objects.count() == Refund.objects.count() == 1


def test_a_change_is_refused_once_the_order_moved_on(paid, staff):
    wish = Wish(kind=CANCEL, quantities={"CUP": 1}, note="?")
    change(paid, staff, REFUND, amount="1")

    with pytest.raises(OrderMovedOn) as refusal:
        apply_change(order_id=paid.pk, actor=staff, change_id=uuid4(), based_on=0, wish=wish)
    assert refusal.value.members == {"changes": 1}


def test_the_id_of_another_orders_change_is_refused(paid, staff, buyer):
    other = buyer.order_in(S.PAID)
    made = change(other, staff, REFUND, amount="1")
    with pytest.raises(OrderMovedOn):
        apply_change(
            order_id=paid.pk,
            actor=staff,
            change_id=made.pk,
            based_on=0,
            wish=Wish(kind=REFUND, amount=Decimal(1), note="?"),
        )


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"kind": CANCEL, "pieces": {"CUP": 4}}, "lines.CUP"),
        ({"kind": CANCEL, "pieces": {"CUP": -1}}, "lines.CUP"),
        ({"kind": CANCEL, "pieces": {"CUP": 0}}, "lines"),
        ({"kind": CANCEL, "pieces": {"HAT": 1}}, "lines"),
        ({"kind": CANCEL, "pieces": {"CUP": 1}, "shipping": "4.01"}, "shipping"),
        ({"kind": REFUND, "amount": "0"}, "amount"),
        ({"kind": REFUND, "amount": "-1"}, "amount"),
        ({"kind": REFUND, "amount": "NaN"}, "amount"),
        ({"kind": REFUND, "amount": "0.001"}, "amount"),
        ({"kind": REFUND, "amount": "33.99"}, "amount"),  # all of it: that is a refund of the order
        ({"kind": REFUND, "amount": "34.00"}, "amount"),
        ({"kind": REFUND, "amount": "1", "note": " "}, "note"),
        ({"kind": REFUND, "amount": "1", "note": "x" * 501}, "note"),
    ],
)
def test_odd_wishes_are_refused_field_by_field(paid, staff, wish, field):
    with pytest.raises(InvalidInput) as refusal:
        change(paid, staff, wish.pop("kind"), **wish)
    assert list(refusal.value.errors) == [field]
    assert not OrderChange.objects.exists()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(S.PAY_REQUIRED, REFUND), (S.PAY_REQUIRED, CANCEL), (S.PAID, RETURN), (S.DONE, CANCEL), (S.REFUND, REFUND),
     (S.CANCELED, REFUND)],
)  # fmt: skip
def test_a_change_that_does_not_fit_the_status_is_refused(buyer, staff, cups, status, kind):
    order = buyer.order_in(status, (cups, 2))
    with pytest.raises(ChangeNotPossible) as refusal:
        change(order, staff, kind, {"CUP": 1}, amount="1")
    assert refusal.value.members == {"order_status": status}


@pytest.mark.parametrize("kind", [CANCEL, REFUND])
def test_who_has_not_the_right_changes_nothing(paid, kind):
    with pytest.raises(PermissionDenied):
        change(paid, staff_of("support", "fulfilment"), kind, {"CUP": 1}, amount="1")
    change(paid, staff_of("finance"), CANCEL, {"CUP": 1})


# --- the money ------------------------------------------------------------------------------------------------------


def test_a_change_that_the_provider_refuses_is_tried_anew_or_settled_beside_another(paid, staff):
    first, second = (change(paid, staff, REFUND, amount=amount) for amount in ("2", "3"))
    refused = first.refunds.get()
    refunds.note_refused(refund_id=refused.pk, why="no")
    return_money(paid)
    assert kept(paid) == paid.total_amount - 3
    assert run() == []

    again = refunds.retry(refund_id=refused.pk, actor=staff)
    assert (again.amount, again.change) == (Decimal(2), first)
    refunds.note_refused(refund_id=again.pk, why="no")
    refunds.settle_by_hand(refund_id=again.pk, actor=staff, note="in cash")

    assert kept(paid) == returning.balance(paid) == paid.total_amount - 5
    assert second.refunds.get().state == "done"
    assert run() == []


def test_a_change_whose_refund_fails_later_has_its_own_credit_note_reversed(paid, staff):
    change(paid, staff, REFUND, amount="2")
    other = change(paid, staff, CANCEL, {"CUP": 1})
    return_money(paid)
    refund = other.refunds.get()

    note_failed(payment_id=refund.payment_id, reference=refund.answer, key=refund.key, why="closed")
    assert returning.balance(paid) == kept(paid) == paid.total_amount - 2
    assert run() == []

    refunds.retry(refund_id=refund.pk, actor=staff)
    return_money(paid)
    assert kept(paid) == returning.balance(paid) == paid.total_amount - 2 - other.amount
    assert run() == []


def test_a_full_refund_after_changes_returns_the_rest(paid, staff, cups):
    change(paid, staff, CANCEL, {"CUP": 1})
    return_money(paid)
    change(paid, staff, REFUND, amount="1")
    ask_refund(paid)
    return_money(paid)

    assert sorted(Refund.objects.values_list("amount", flat=True)) == [
        Decimal("1.00"),
        Decimal("3.33"),
        paid.total_amount - Decimal("4.33"),
    ]
    assert (now(paid).status, kept(paid)) == (S.CANCELED, 0)
    cups.refresh_from_db()
    assert cups.stock_quantity == 20
    assert StockMovement.objects.filter(kind__in=["canceled", "given_back"]).count() == 2
    assert run() == []


def returned_at_provider(order, amount, reference="re_hand") -> str:
    capture = order.ledger.filter(kind="captured").first()
    return note_made_at_provider(
        payment_id=capture.payment_id, charge=capture.reference, amount=Decimal(amount), reference=reference
    )


@pytest.mark.parametrize("status", [S.PAID, S.DONE])
def test_money_returned_at_the_provider_in_part_has_its_credit_note(paid, status):
    if status == S.DONE:
        complete(paid)
    returned_at_provider(paid, "6")
    returned_at_provider(paid, "6")  # told twice

    made = OrderChange.objects.get()
    assert (made.kind, made.amount, made.who, now(paid).status) == ("at_provider", 6, "system", status)
    assert kept(paid) == returning.balance(paid) == paid.total_amount - 6


def test_all_of_a_done_order_returned_at_the_provider_has_its_credit_note(paid):
    complete(paid)
    returned_at_provider(paid, paid.total_amount)
    assert (now(paid).status, kept(paid), left_of_order(paid).amount) == (S.DONE, 0, 0)


def test_a_return_at_the_provider_that_fails_counts_no_more(paid, staff):
    returned_at_provider(paid, "6")
    payment = paid.payments.get()
    note_failed(payment_id=payment.pk, reference="re_hand", key="", why="closed")

    assert kept(paid) == returning.balance(paid) == left_of_order(paid).amount == paid.total_amount
    change(paid, staff, REFUND, amount=str(paid.total_amount - Decimal("0.01")))
    return_money(paid)
    assert kept(paid) == Decimal("0.01")


def test_a_part_returned_at_the_provider_does_the_change_that_waits_for_as_much(paid, staff):
    made = change(paid, staff, REFUND, amount="6")
    returned_at_provider(paid, "6")

    assert made.refunds.get().state == "done"
    assert OrderChange.objects.count() == 1
    assert kept(paid) == paid.total_amount - 6


def test_a_second_charge_is_on_its_way_back_and_pays_for_no_change(paid, staff):
    pay_twice(paid)
    change(paid, staff, REFUND, amount="5")
    return_money(paid)

    assert returning.balance(paid) == paid.total_amount - 5 == kept(paid)
    assert now(paid).status == S.PAID
    assert run() == []


def test_a_failed_refund_of_a_canceled_order_still_goes_back_as_before(paid, staff):
    change(paid, staff, CANCEL, {"CUP": 1})
    return_money(paid)
    ask_refund(paid)
    return_money(paid)
    whole = Refund.objects.get(cause="order")
    note_failed(payment_id=whole.payment_id, reference=whole.answer, key=whole.key, why="closed")
    assert kept(paid) == returning.balance(paid) == paid.total_amount - Decimal("3.33")
    refunds.retry(refund_id=whole.pk, actor=staff)
    return_money(paid)
    assert (kept(paid), returning.balance(paid)) == (0, 0)
    assert run() == []


# --- what the database keeps ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"amount": "99.00"}, {}),
        ({"amount": "5.00", "shipping": "4.50"}, {}),
        ({"amount": "1.00"}, {"quantity": 4}),
        ({"amount": "1.00"}, {"amount": Decimal("9.99") + 1}),
    ],
)
def test_the_database_refuses_more_than_there_is(paid, fields, line):
    def write():
        made = OrderChange.objects.create(order=paid, sequence=1, kind=REFUND, **fields)
        ChangeLine.objects.create(change=made, line=paid.lines.get(sku="CUP"), **line)

    with pytest.raises(IntegrityError, match="left"), transaction.atomic():
        write()


def test_the_database_refuses_refunds_of_more_than_was_captured(paid, staff):
    change(paid, staff, REFUND, amount="5")
    first = Refund.objects.get()
    made = change(paid, staff, REFUND, amount="1")
    with pytest.raises(IntegrityError, match="captured"), transaction.atomic():
        Refund.objects.filter(change=made).update(amount=paid.total_amount - Decimal("4.99"))
    Refund.objects.filter(change=made).update(amount=paid.total_amount - 5)
    assert first.amount == 5


def test_changes_are_only_added_to(paid, staff):
    change(paid, staff, CANCEL, {"ROOM": 1})
    for rows in (OrderChange.objects.all(), ChangeLine.objects.all()):
        with pytest.raises(Exception, match="Cannot"), transaction.atomic():
            rows.update(amount=0)
        with pytest.raises(Exception, match="Cannot"), transaction.atomic():
            rows._raw_delete(using="default")

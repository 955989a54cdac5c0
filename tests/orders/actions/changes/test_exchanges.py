"""Pieces exchanged for another variant: before and after sending, what it costs, what pays the new order, and stock."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Number, Product
from orders.actions.changes import exchange_preview, exchanges
from orders.actions.changes.changes import ChangeNotPossible, OrderMovedOn
from orders.actions.changes.exchange_preview import CostsMore, Swap
from orders.checkout.elsewhere import TaxWouldDiffer
from orders.checkout.placement.stock import InsufficientStock
from orders.errors import InvalidInput
from orders.models import Exchange, Invoice, Order, OrderChange, Refund
from orders.payments import refunds, returning
from orders.pricing.left import left_of_order
from orders.status import OrderStatus
from staff.models import StaffAction
from staff.rights import PermissionDenied
from tests.factories import (
    ask_refund,
    change,
    complete,
    make_group,
    make_numbered,
    make_product,
    make_tax_class,
    make_variant,
    return_money,
    ship_a_piece,
    staff_of,
)
from tests.orders.audited import run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
S = OrderStatus


class Shirts:
    """A shirt in four sizes: M and L cost the same, S less, and XL more."""

    def __init__(self) -> None:
        self.tax = make_tax_class("19")
        sizes = ["M", "L", "S", "XL", "R", "ROOM", "SUITE"]
        self.group = make_group("Shirt", Size=sizes)
        self.m, self.l, self.s, self.xl = (
            make_variant(self.group, sku, stock=9, sku=sku, price=Decimal(price), tax_class=self.tax)
            for sku, price in (("M", "10.00"), ("L", "10.00"), ("S", "7.50"), ("XL", "12.00"))
        )

    def numbered(self, value: str, numbers: int) -> Product:
        """A variant of single things."""
        given = {"sku": value, "price": Decimal(10), "tax_class": self.tax, "group": self.group}
        return make_numbered(numbers=numbers, value_1=self.group.values.get(name=value), **given)

    def counted(self, value: str, stock: int) -> Product:
        given = {"sku": value, "price": Decimal(10), "tax_class": self.tax}
        return make_variant(self.group, value, stock=stock, **given)


@pytest.fixture
def shirts(db) -> Shirts:
    return Shirts()


@pytest.fixture
def paid(buyer, shirts):
    """Three shirts in M and a cup, 4.00 shipping."""
    return buyer.order_in(S.PAID, (shirts.m, 3), (make_product(stock=5, sku="CUP", price=Decimal(5)), 1))


def swap(order, staff, to="L", quantity=1, **wish) -> Exchange:
    wanted = Swap(sku="M", to=to, quantity=quantity, **{"note": "Too small"} | wish)
    shown = exchange_preview.preview_exchange(order_id=order.pk, actor=staff, swap=wanted)
    return exchanges.make_exchange(
        order_id=order.pk, actor=staff, change_id=shown.id, based_on=shown.based_on, swap=wanted
    )


def now(order) -> Order:
    return Order.objects.get(pk=order.pk)


def kept(*orders) -> Decimal:
    return sum((paper.total for paper in Invoice.objects.filter(order__in=orders)), Decimal(0))


def shelf(*products) -> list[tuple[int, int]]:
    for one in products:
        one.refresh_from_db()
    return [(one.stock_quantity, one.promised) for one in products]


def test_a_piece_that_was_not_sent_is_exchanged_for_one_of_the_same_price(paid, staff, shirts):
    made = swap(paid, staff)

    new = made.order
    assert (now(new).status, new.total_amount, new.shipping_fee, new.customer) == (
        S.PAID,
        10,
        0,
        paid.customer,
    )
    assert new.address_snapshot == paid.address_snapshot
    assert [(line.sku, line.quantity) for line in new.lines.all()] == [("L", 1)]
    assert shelf(shirts.m, shirts.l) == [(7, 2), (8, 1)]
    assert left_of_order(paid).amount == paid.total_amount - 10
    assert returning.balance(paid) == paid.total_amount - 10 == kept(paid)
    assert returning.balance(new) == 10 == kept(new)
    assert now(paid).status == S.PAID
    assert run() == []


def test_the_customer_hears_of_it_once_for_each_order_and_is_asked_for_no_money(paid, staff):
    new = swap(paid, staff).order
    assert list(new.emails.order_by("pk").values_list("kind", flat=True)) == ["placed", "paid"]
    kinds = paid.emails.order_by("pk").values_list("kind", flat=True)
    assert list(kinds)[-2:] == ["changed", "change_refunded"]


def test_what_the_new_one_costs_less_goes_back_with_a_credit_note_of_its_own(paid, staff):
    made = swap(paid, staff, "S", quantity=2)
    assert (made.change.amount, made.order.total_amount) == (15, 15)
    rest = OrderChange.objects.get(order=paid, kind="refund")
    assert rest.amount == 5
    assert run() == []
    return_money(paid)
    assert returning.balance(paid) == kept(paid) == paid.total_amount - 20
    assert returning.balance(made.order) == kept(made.order) == 15
    assert run() == []


def test_what_it_costs_more_staff_waive_or_nothing_happens(paid, staff, shirts):
    with pytest.raises(CostsMore) as refusal:
        swap(paid, staff, "XL", quantity=3)
    assert refusal.value.members == {"difference": "6.00"}
    assert not OrderChange.objects.exists()
    made = swap(paid, staff, "XL", quantity=3, waive=True)
    assert (made.waived, made.order.total_amount) == (6, 30)
    assert shelf(shirts.xl) == [(6, 3)]
    assert run() == []


def test_what_a_waived_price_leaves_over_of_a_part_goes_back(buyer, staff, shirts):
    order = buyer.order_in(S.PAID, (shirts.m, 3), (make_product(stock=1), 1))
    change(order, "refund", amount="0.02", actor=staff)
    made = swap(order, staff, "XL", quantity=3, waive=True)
    worth = made.change.amount + sum(
        one.amount for one in OrderChange.objects.filter(order=order, sequence__gt=made.change.sequence)
    )
    assert made.order.total_amount == 3 * made.order.lines.get().unit_price
    assert Decimal(0) < worth - made.order.total_amount < Decimal("0.03")
    return_money(order)
    assert run() == []


def test_a_piece_that_was_sent_comes_back_and_the_new_one_is_sent(paid, staff, shirts):
    complete(paid)
    made = swap(paid, staff, restocked=True)
    assert shelf(shirts.m, shirts.l) == [(7, 0), (8, 1)]
    complete(made.order)
    assert shelf(shirts.l) == [(8, 0)]
    assert (made.change.kind, now(paid).status, now(made.order).status) == ("return", S.DONE, S.DONE)
    swap(now(paid), staff)  # another, which is not for sale again
    assert shelf(shirts.m) == [(7, 0)]
    assert run() == []


def test_only_what_is_still_here_is_exchanged_before_the_rest_is_sent(paid, staff):
    ship_a_piece(paid)
    with pytest.raises(InvalidInput) as refusal:
        swap(paid, staff, quantity=3)
    assert list(refusal.value.errors) == ["quantity"]
    swap(paid, staff, quantity=2)
    assert run() == []


def test_an_order_of_which_all_was_exchanged_is_done_and_its_shipping_kept(buyer, staff, shirts):
    order = buyer.order_in(S.PAID, (shirts.m, 2))
    made = swap(order, staff, quantity=2)
    assert (now(order).status, now(made.order).status) == (S.DONE, S.PAID)
    assert returning.balance(order) == kept(order) == order.shipping_fee
    assert shelf(shirts.m, shirts.l) == [(9, 0), (7, 2)]
    assert run() == []


def test_numbers_are_exchanged_as_pieces_are(buyer, staff, shirts):
    room, suite = shirts.numbered("ROOM", 3), shirts.numbered("SUITE", 3)
    order = buyer.order_in(S.PAID, (room, 2))
    wanted = Swap(sku="ROOM", to="SUITE", quantity=1, note="?")
    made = exchanges.make_exchange(order_id=order.pk, actor=staff, change_id=uuid4(), based_on=0, swap=wanted)
    assert Number.objects.filter(allocation__line__order=made.order, product=suite).count() == 1
    assert Number.objects.filter(product=room, state="free").count() == 2
    assert run() == []


@pytest.mark.parametrize("numbered", [False, True])
def test_where_the_new_one_is_sold_out_nothing_happens(buyer, staff, shirts, numbered):
    make = shirts.numbered if numbered else shirts.counted
    make("R", 1)
    order = buyer.order_in(S.PAID, (shirts.m, 3))
    with pytest.raises(InsufficientStock) as refusal, transaction.atomic():
        swap(order, staff, "R", quantity=2)
    assert refusal.value.members == {"product": "R", "wanted": 2, "left": 1}
    assert (Order.objects.count(), OrderChange.objects.count(), Refund.objects.count()) == (1, 0, 0)
    assert shelf(shirts.m) == [(6, 3)]
    assert run() == []


# --- the new order goes on as every other ------------------------------------------------------------------------------


def test_money_of_an_exchange_goes_back_by_hand(paid, staff):
    new = swap(paid, staff).order
    ask_refund(now(new))
    return_money(new)
    assert now(new).status == S.REFUND
    refunds.settle_by_hand(refund_id=Refund.objects.get(payment__order=new).pk, actor=staff, note="in cash")
    assert (now(new).status, kept(new), returning.balance(new)) == (S.CANCELED, 0, 0)
    assert run() == []


def test_what_was_exchanged_can_be_exchanged_again_and_back(paid, staff, shirts):
    first = swap(paid, staff).order
    wanted = Swap(sku="L", to="M", quantity=1, note="Too large")
    second = exchanges.make_exchange(
        order_id=first.pk, actor=staff, change_id=uuid4(), based_on=0, swap=wanted
    ).order
    assert (now(first).status, second.total_amount) == (S.DONE, 10)
    assert shelf(shirts.m, shirts.l) == [(6, 3), (9, 0)]
    assert run() == []


# --- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"to": "M"}, "to"),
        ({"to": "CUP"}, "to"),
        ({"to": "NONE"}, "to"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 4}, "quantity"),
        ({"note": " "}, "note"),
    ],
)
def test_odd_wishes_are_refused_field_by_field(paid, staff, wish, field):
    with pytest.raises(InvalidInput) as refusal:
        swap(paid, staff, **wish)
    assert list(refusal.value.errors) == [field]


def test_another_tax_is_no_exchange(paid, staff, shirts):
    shirts.l.tax_class = make_tax_class("7")
    shirts.l.save()
    with pytest.raises(TaxWouldDiffer):
        swap(paid, staff)


@pytest.mark.parametrize("status", [S.PAY_REQUIRED, S.REFUND, S.CANCELED])
def test_an_order_that_is_not_paid_has_nothing_to_exchange(buyer, staff, shirts, status):
    order = buyer.order_in(status, (shirts.m, 1))
    with pytest.raises(ChangeNotPossible):
        swap(order, staff)
    assert exchange_preview.exchangeable(order) == {}


def test_who_has_not_the_right_exchanges_nothing(paid):
    with pytest.raises(PermissionDenied):
        swap(paid, staff_of("fulfilment"))
    swap(paid, staff_of("finance"))
    assert StaffAction.objects.get(action="orders.cancel_pieces").details["exchanged"] == {"M": 1}


def test_the_same_preview_is_one_exchange_and_an_old_one_is_refused(paid, staff):
    wish = Swap(sku="M", to="L", quantity=1, note="?")
    given = {"order_id": paid.pk, "actor": staff, "change_id": uuid4(), "based_on": 0, "swap": wish}
    assert exchanges.make_exchange(**given) == exchanges.make_exchange(**given)
    with pytest.raises(OrderMovedOn):
        exchanges.make_exchange(**given | {"change_id": uuid4()})
    assert Order.objects.count() == 2


def test_the_database_lets_nobody_link_what_is_no_exchange(paid, staff, buyer):
    made = swap(paid, staff)
    other = change(now(paid), "cancel", {"M": 1}, actor=staff)
    for order in (buyer.order_in(S.PAID), paid):
        with pytest.raises(IntegrityError), transaction.atomic():
            Exchange.objects.create(change=other, order=order)
    with pytest.raises(Exception, match="Cannot"), transaction.atomic():
        Exchange.objects.filter(pk=made.pk).update(waived=1)
    with pytest.raises(Exception, match="Cannot"), transaction.atomic():
        Order.objects.filter(pk=paid.pk).update(is_exchange=True)

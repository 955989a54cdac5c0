"""Customers ask for another variant in the place of money; staff accept it as that, or without, or say why not."""

from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Product
from orders.actions.changes import accepting, change_requests
from orders.actions.changes.accepting import Terms
from orders.actions.changes.change_requests import RequestAnswered
from orders.actions.changes.offers import offers_of
from orders.actions.changes.waiting import ChangeWaits
from orders.checkout.placement.stock import InsufficientStock
from orders.emails.messages import message_of
from orders.errors import InvalidInput
from orders.models import ChangeRequest, Email, Exchange, Order, OrderChange, RequestedLine, WaitingChange
from orders.status import OrderStatus
from tests.factories import (
    Buyer,
    change,
    complete,
    make_gift_card,
    make_product,
    make_staff,
    make_tax_class,
    pay,
    redeem,
    return_money,
    ship_a_piece,
    shirts,
)
from tests.orders.audited import run
from tests.orders.differing import dear_shirt
from tests.parallel import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
S, K = OrderStatus, ChangeRequest.Kind


@pytest.fixture
def order(buyer) -> Order:
    """Three shirts in M and two cups, sent; L costs the same, and XL 2.34 more."""
    return an_order(buyer, S.DONE)


def an_order(buyer: Buyer, status: OrderStatus) -> Order:
    medium, _large = shirts()
    dear_shirt()
    order = buyer.order_in(S.PAID, (medium, 3), (make_product(stock=9, sku="CUP", price=Decimal(5)), 2))
    if status == S.DONE:
        complete(order)
    return Order.objects.get(pk=order.pk)


def ask(order, wished="SHIRT-L", quantity=1, kind=K.RETURN, **more) -> ChangeRequest:
    """So many shirts in M for another variant, and more lines as money."""
    lines = dict(order.lines.values_list("sku", "pk"))
    pieces = {lines["SHIRT-M"]: quantity} | {lines[sku]: many for sku, many in more.items()}
    return change_requests.ask(
        order_id=order.pk,
        actor=order.customer,
        kind=kind,
        quantities=pieces,
        wished={lines["SHIRT-M"]: wished},
    )


def accept(asked, staff, **terms) -> ChangeRequest:
    shown = accepting.preview(asked, actor=staff, terms=Terms(**terms))
    return change_requests.accept(
        request_id=asked.pk, actor=staff, change_id=shown.id, based_on=shown.based_on, terms=Terms(**terms)
    )


def now(order) -> Order:
    return Order.objects.get(pk=order.pk)


def stock(sku) -> int:
    return Product.objects.get(sku=sku).stock_quantity


def offered(order) -> dict[str, list[tuple[str, Decimal]]]:
    return {
        some[0].line.line.sku: [(one.product.sku, one.more()) for one in some]
        for some in offers_of(order).values()
    }


# --- what is offered ---------------------------------------------------------------------------------------------------


def test_variants_that_can_be_had_are_offered_with_what_they_cost_more_now(order):
    assert offered(order) == {"SHIRT-M": [("SHIRT-L", 0), ("SHIRT-XL", Decimal("2.34"))]}
    Product.objects.filter(sku="SHIRT-L").update(price=Decimal("7.50"))
    assert offered(order)["SHIRT-M"][0] == ("SHIRT-L", Decimal("-2.50"))


@pytest.mark.parametrize(
    "gone", [{"stock_quantity": 0}, {"is_active": False}, {"starts_at": "2020-01-01T00:00Z"}]
)
def test_what_is_sold_out_off_sale_or_over_is_not_offered(order, gone):
    Product.objects.filter(sku="SHIRT-L").update(**gone)
    assert offered(order) == {"SHIRT-M": [("SHIRT-XL", Decimal("2.34"))]}


def test_what_another_tax_counts_for_is_not_offered(buyer):
    medium, large = shirts()
    Product.objects.filter(pk=medium.pk).update(tax_class=make_tax_class("19"))
    Product.objects.filter(pk=large.pk).update(tax_class=make_tax_class("7"))
    assert offered(buyer.order_in(S.DONE, (Product.objects.get(pk=medium.pk), 1))) == {}


def test_what_a_gift_card_paid_can_pay_no_other_order(buyer):
    order = buyer.order_in(S.PAY_REQUIRED, (shirts()[0], 1))
    redeem(order, make_gift_card("1000"))
    assert now(order).status == S.PAID
    assert offered(now(order)) == {}


def test_nothing_is_offered_for_an_order_that_is_not_paid(buyer):
    assert offered(buyer.order_in(S.PAY_REQUIRED, (shirts()[0], 1))) == {}


# --- asking ------------------------------------------------------------------------------------------------------------


def test_the_customer_is_told_what_was_asked_for_and_that_it_is_not_kept(order):
    asked = ask(order)

    text = message_of(Email.objects.get(order=order, kind="request_received")).body
    assert "you told us: Exchange." in text
    assert "1 × Shirt, M → Shirt, L" in text
    assert "We don't keep the new items for you" in text
    assert stock("SHIRT-L") == 9
    assert (asked.what, asked.lines.get().exchange_for.sku) == ("Exchange", "SHIRT-L")


@pytest.mark.parametrize(
    ("odd", "field"),
    [
        ({"wished": "SHIRT-M"}, "lines.SHIRT-M"),
        ({"wished": "CUP"}, "lines.SHIRT-M"),
        ({"wished": "NONE"}, "lines.SHIRT-M"),
        ({"kind": K.WITHDRAW}, "kind"),
    ],
)
def test_odd_wishes_are_refused_field_by_field(order, odd, field):
    with pytest.raises(InvalidInput) as refusal:
        ask(order, **odd)
    assert list(refusal.value.errors) == [field]
    assert not ChangeRequest.objects.exists()


def test_more_than_there_are_is_refused_when_it_is_asked_for(order):
    Product.objects.filter(sku="SHIRT-L").update(stock_quantity=1)
    with pytest.raises(InsufficientStock) as refusal:
        ask(order, quantity=2)
    assert refusal.value.members == {"product": "SHIRT-L", "wanted": 2, "left": 1}
    Product.objects.filter(sku="SHIRT-L").update(stock_quantity=0)
    with pytest.raises(InsufficientStock):
        ask(order)


def test_of_what_costs_more_one_variant_is_asked_for_at_once(buyer):
    medium, large = shirts()
    dear_shirt()
    order = buyer.order_in(S.DONE, (medium, 1), (large, 1))
    lines = list(order.lines.values_list("pk", flat=True))
    with pytest.raises(InvalidInput):
        change_requests.ask(
            order_id=order.pk,
            actor=order.customer,
            kind=K.RETURN,
            quantities=dict.fromkeys(lines, 1),
            wished=dict.fromkeys(lines, "SHIRT-XL"),
        )


def test_pieces_that_left_already_are_not_asked_for_before_all_have(buyer):
    order = an_order(buyer, S.PAID)
    ship_a_piece(order)
    asked = {one.line.sku: one.quantity for one in change_requests.requestable(order)}
    assert asked == {"SHIRT-M": 2, "CUP": 2}


@pytest.mark.parametrize(("kind", "sku"), [(K.RETURN, "CUP"), (K.RETURN, "SHIRT-M"), (K.WITHDRAW, "SHIRT-L")])
def test_the_database_lets_nobody_wish_for_what_is_no_variant_or_exchange_what_is_withdrawn(order, kind, sku):
    product, line = Product.objects.get(sku=sku), order.lines.get(sku="SHIRT-M")
    asked = ChangeRequest.objects.create(order=order, kind=kind, asked_by=order.customer)
    with pytest.raises(IntegrityError, match="is no exchange"), transaction.atomic():
        RequestedLine.objects.create(request=asked, line=line, quantity=1, exchange_for=product)


# --- the answer --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [S.PAID, S.DONE])
def test_accepted_it_is_an_exchange_like_those_that_staff_make(buyer, staff, status):
    order = an_order(buyer, status)
    before = stock("SHIRT-M")
    after = accept(ask(order, kind=K.CANCEL if status == S.PAID else K.RETURN), staff, restocked=["SHIRT-M"])

    made = Exchange.objects.get()
    assert (after.state, after.change, made.waived) == ("accepted", made.change, 0)
    assert (now(made.order).status, made.change.note) == (S.PAID, "Exchange")
    assert (stock("SHIRT-M"), stock("SHIRT-L")) == (before + 1, 8)
    assert run() == []


def test_what_costs_less_gives_back_and_the_other_lines_give_their_money(order, staff):
    Product.objects.filter(sku="SHIRT-L").update(price=Decimal("7.50"))
    accept(ask(order, quantity=2, CUP=1), staff, note="Gladly")
    return_money(order)

    kinds = [(one.kind, one.amount) for one in order.changes.order_by("sequence")]
    assert kinds == [("return", 5), ("return", 15), ("refund", 5)]
    assert ChangeRequest.objects.get().change.sequence == 1
    assert run() == []


def test_what_costs_more_its_customer_pays_before_it_is_exchanged(order, staff):
    after = accept(ask(order, "SHIRT-XL", CUP=1), staff)

    waiting = WaitingChange.objects.get()
    assert (after.state, after.change.kind, waiting.based_on) == ("accepted", "return", 1)
    assert (waiting.supplement.status, waiting.supplement.difference) == (S.PAY_REQUIRED, Decimal("2.34"))
    pay(waiting.supplement)
    assert Exchange.objects.get().order == waiting.supplement
    return_money(order)
    assert run() == []


def test_or_the_shop_pays_it(order, staff):
    accept(ask(order, "SHIRT-XL"), staff, waive=True)
    assert Exchange.objects.get().waived == Decimal("2.34")
    assert not WaitingChange.objects.exists()
    assert run() == []


def test_or_the_money_goes_back_instead(order, staff):
    after = accept(ask(order, "SHIRT-XL"), staff, plain=True, note="XL is too dear")
    return_money(order)
    assert (after.change.kind, after.change.amount) == ("return", 10)
    assert not Exchange.objects.exists()
    assert run() == []


def test_refused_the_customer_is_told_why(order, staff):
    change_requests.decline(request_id=ask(order).pk, actor=staff, note="Worn")
    text = message_of(Email.objects.get(order=order, kind="request_declined")).body
    assert "You asked: Exchange." in text
    assert "Worn" in text


def test_the_last_pieces_of_an_order_exchanged_leave_it_done(buyer, staff):
    order = buyer.order_in(S.PAID, (shirts()[0], 2))
    accept(ask(order, quantity=2, kind=K.CANCEL), staff)
    assert now(order).status == S.DONE
    assert run() == []


def test_sold_out_meanwhile_nothing_is_done_and_the_request_stays_open(order, staff):
    asked = ask(order, CUP=1)
    shown = accepting.preview(asked, actor=staff)
    Product.objects.filter(sku="SHIRT-L").update(stock_quantity=0)
    with pytest.raises(InsufficientStock) as refusal:
        change_requests.accept(request_id=asked.pk, actor=staff, change_id=shown.id, based_on=shown.based_on)
    assert refusal.value.code == "insufficient_stock"
    with pytest.raises(InsufficientStock):
        accepting.preview(asked, actor=staff)
    asked.refresh_from_db()
    assert asked.state == "open"
    assert (Order.objects.count(), OrderChange.objects.count()) == (1, 0)
    accept(asked, staff, plain=True)
    return_money(order)


def test_while_another_change_waits_one_that_costs_more_is_refused_as_a_whole(order, staff):
    accept(ask(order, "SHIRT-XL"), staff)
    asked = ask(order, "SHIRT-XL", CUP=1)
    with pytest.raises(ChangeWaits):
        accept(asked, staff)
    with pytest.raises(ChangeWaits), transaction.atomic():
        change_requests.accept(request_id=asked.pk, actor=staff, change_id=uuid4(), based_on=0)
    assert not OrderChange.objects.exists()
    asked.refresh_from_db()
    assert asked.state == "open"


def test_nothing_of_the_shipping_goes_back_with_an_exchange(order, staff):
    with pytest.raises(InvalidInput) as refusal, transaction.atomic():
        accept(ask(order), staff, shipping=Decimal(1))
    assert list(refusal.value.errors) == ["shipping"]


def test_an_order_that_was_changed_meanwhile_is_previewed_anew(order, staff):
    asked = ask(order)
    shown = accepting.preview(asked, actor=staff)
    change(order, "refund", amount="1", actor=staff)
    with pytest.raises(change_requests.changes.OrderMovedOn), transaction.atomic():
        change_requests.accept(request_id=asked.pk, actor=staff, change_id=shown.id, based_on=shown.based_on)


# --- at one moment -----------------------------------------------------------------------------------------------------


def accepting_of(asked, **terms):
    """A call of staff of their own, previewed before."""
    staff = make_staff()
    shown = accepting.preview(asked, actor=staff, terms=Terms(**terms))
    given = {"change_id": shown.id, "based_on": shown.based_on, "terms": Terms(**terms)}
    return partial(change_requests.accept, request_id=asked.pk, actor=staff, **given)


def leave_one() -> None:
    """All other shirts in L are sold."""
    Buyer().order_in(S.PAID, (shirts()[1], stock("SHIRT-L") - 1))


def codes(results) -> list[str]:
    return sorted(getattr(result, "code", "done") for result in results)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("wished", ["SHIRT-L", "SHIRT-XL"])
def test_accepted_twice_at_once_it_is_one_exchange(buyer, wished):
    order = an_order(buyer, S.DONE)
    asked = ask(order, wished, CUP=1)
    results = at_once([accepting_of(asked), accepting_of(asked, restocked=("CUP",))])
    assert codes(results) == ["done", RequestAnswered.code]
    assert Order.objects.filter(is_exchange=True).count() == 1
    return_money(order)
    assert run() == []


@pytest.mark.django_db(transaction=True)
def test_accepted_as_an_exchange_and_without_one_it_is_one_of_them(buyer):
    order = an_order(buyer, S.DONE)
    asked = ask(order)
    results = at_once([accepting_of(asked), accepting_of(asked, plain=True)])
    assert codes(results) == ["done", RequestAnswered.code]
    assert OrderChange.objects.get().amount == 10
    return_money(order)
    assert run() == []


@pytest.mark.django_db(transaction=True)
def test_the_last_piece_that_two_wish_for_is_exchanged_once_and_the_other_is_refused(buyer):
    orders = [an_order(buyer, S.DONE), Buyer().order_in(S.DONE, (shirts()[0], 2))]
    leave_one()
    asked = [ask(orders[0], CUP=1), ask(orders[1])]
    results = at_once([accepting_of(one) for one in asked])
    assert codes(results) == ["done", "insufficient_stock"]
    assert stock("SHIRT-L") == 0
    states = set(ChangeRequest.objects.values_list("state", flat=True))
    assert states == {"open", "accepted"}
    # Nothing of the refused one was done: neither its other line.
    refused = ChangeRequest.objects.get(state="open").order
    assert not refused.changes.exists()
    for one in orders:
        return_money(one)
    assert run() == []


@pytest.mark.django_db(transaction=True)
def test_a_purchase_of_the_last_piece_against_accepting_is_one_of_them(buyer):
    order = an_order(buyer, S.DONE)
    asked = ask(order)
    leave_one()
    other = Buyer()
    preview = other.preview((shirts()[1], 1))
    results = at_once([accepting_of(asked), partial(other.place_preview, preview)])
    assert codes(results) == ["done", "insufficient_stock"]
    assert stock("SHIRT-L") == 0
    return_money(order)
    assert run() == []


@pytest.mark.django_db(transaction=True)
def test_wishes_crosswise_accepted_at_once_wait_for_each_other_and_end(buyer):
    """Each takes what the other puts back, and locks both at once."""
    medium, large = shirts()
    first, second = buyer.order_in(S.DONE, (medium, 2)), Buyer().order_in(S.DONE, (large, 2))
    line = second.lines.get()
    back = change_requests.ask(
        order_id=second.pk,
        actor=second.customer,
        kind=K.RETURN,
        quantities={line.pk: 1},
        wished={line.pk: "SHIRT-M"},
    )
    results = at_once([accepting_of(ask(first)), accepting_of(back)])
    assert codes(results) == ["done", "done"]
    assert run() == []

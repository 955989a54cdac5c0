"""Another address or note before an order is sent: whose, until when, what it costs, and what papers say afterwards."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from orders.actions.changes import details
from orders.actions.changes.changes import OrderMovedOn
from orders.actions.changes.details import AlreadyPacked, Details, DetailsNotPossible, ShippingDiffers
from orders.checkout.elsewhere import NotSentThere, TaxWouldDiffer
from orders.documents.drawing.letters import LettersNotPrintable
from orders.documents.packing import address_labels
from orders.emails import queue
from orders.errors import InvalidInput
from orders.events import feed, payloads
from orders.models import (
    DetailsChange,
    Email,
    Invoice,
    Order,
    OrderChange,
    PriceBand,
    PriceTable,
    Zone,
    ZonePlace,
)
from orders.payments import returning
from orders.pricing.left import left_of_order
from orders.status import OrderStatus
from staff.models import StaffAction
from staff.rights import PermissionDenied
from tests.factories import (
    HUE,
    Buyer,
    add_rate,
    change,
    complete,
    confirm,
    make_numbered,
    make_product,
    make_tax_class,
    make_user,
    pay,
    return_money,
    ship_a_piece,
    staff_of,
)
from tests.orders.audited import run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
S = OrderStatus
THERE = {
    "full_name": "Trần Văn Nam",
    "phone": "+84 28 3822 1111",
    "line1": "7 Nguyễn Huệ",
    "line2": "",
    "city": "Đà Nẵng",
    "region": HUE,
    "postal_code": "550000",
    "country": "VN",
}


def elsewhere(country: str, fee: str, buyer: Buyer) -> dict:
    """An address in a country to which the buyer's way of sending costs so much."""
    zone = Zone.objects.create(name=country)
    ZonePlace.objects.create(zone=zone, country=country, region="")
    PriceBand.objects.create(price_table=buyer.table, zone=zone, up_to_g=10_000_000, fee=Decimal(fee))
    return THERE | {
        "country": country,
        "postal_code": "10115",
        "city": "Berlin",
        "region": "",
        "phone": "+49 30 901820",
    }


def redo(order, actor, address=None, **wish) -> OrderChange:
    wanted = Details(address=address, **wish)
    shown = details.preview_details(order_id=order.pk, actor=actor, wish=wanted)
    return details.change_details(
        order_id=order.pk, actor=actor, change_id=shown.id, based_on=shown.based_on, wish=wanted
    )


def now(order) -> Order:
    return Order.objects.get(pk=order.pk)


def kept(order) -> Decimal:
    return sum((paper.total for paper in Invoice.objects.filter(order=order)), Decimal(0))


@pytest.fixture
def cups(db):
    return make_product(stock=20, sku="CUP", price=Decimal("3.33"), tax_class=make_tax_class("10"))


@pytest.fixture
def paid(buyer, cups):
    return buyer.order_in(S.PAID, (cups, 3))


@pytest.mark.parametrize("status", [S.PAY_REQUIRED, S.PAID])
def test_a_customer_changes_address_and_note_before_anything_is_packed(buyer, cups, status):
    order = buyer.order_in(status, (cups, 3))
    before = order.address_snapshot
    made = redo(order, buyer.user, THERE, note="  Ring twice ")

    after = now(order)
    assert after.address_snapshot == THERE | {"id": None, "phone": "+842838221111"}
    assert (after.note, after.address_id, after.status) == ("Ring twice", None, status)
    kept_words = DetailsChange.objects.get()
    assert (kept_words.address_before, kept_words.note_before) == (before, "")
    assert (made.kind, made.amount, made.who, made.sequence) == ("details", 0, "customer", 1)
    assert run() == []


def test_the_customer_is_told_in_the_order_s_language_where_it_goes(paid, buyer):
    redo(paid, buyer.user, THERE, note="Ring twice")
    Email.objects.exclude(kind="changed").update(sent_at=None)
    sent = Email.objects.get(kind="changed")
    queue.send_email(email_id=sent.pk)
    text = mail.outbox[-1].body
    assert "From now on your order goes to the address that you find below." in text
    assert "Ring twice" in text
    assert "7 Nguyễn Huệ" in text
    assert "12 Lê Lợi" not in text


def test_the_feed_tells_who_changed_it(paid, buyer):
    redo(paid, buyer.user, THERE)
    feed.give_positions()
    events = [payloads.event(one) for one in feed.since(0, concerns=lambda *_who: True).entries]
    assert [(one["type"], one["data"]["kind"], one["data"]["actor"]) for one in events[-1:]] == [
        ("order.changed", "details", "customer")
    ]


def test_labels_say_the_new_address_and_the_invoice_what_it_said(paid, buyer, staff):
    redo(paid, buyer.user, THERE)
    assert address_labels(order_ids=[paid.pk], actor=staff)
    assert Invoice.objects.get().snapshot["customer"]["line1"] == "12 Lê Lợi"
    change(now(paid), "refund", amount="1", actor=staff)
    return_money(paid)
    assert run() == []


# --- until when, and who ---------------------------------------------------------------------------------------------


def test_once_it_is_packed_the_customer_has_to_ask_and_staff_say_that_they_know(paid, buyer, staff):
    address_labels(order_ids=[paid.pk], actor=staff)
    with pytest.raises(AlreadyPacked):
        redo(paid, buyer.user, THERE, although_packed=True)
    with pytest.raises(AlreadyPacked):
        redo(paid, staff, THERE)
    assert redo(paid, staff, THERE, although_packed=True, why="They called").who == "staff"
    assert StaffAction.objects.get(action="orders.redirect_order").details == {
        "address": True,
        "customers_note": False,
        "amount": "0",
        "waived": "0",
        "note": "They called",
    }
    assert run() == []


def test_what_is_still_here_of_an_order_that_was_sent_in_part_goes_to_the_new_address(paid, staff):
    ship_a_piece(paid)
    redo(paid, staff, THERE, although_packed=True)
    assert run() == []
    complete(paid)
    with pytest.raises(DetailsNotPossible):
        redo(paid, staff, THERE, although_packed=True)
    assert run() == []


@pytest.mark.parametrize("status", [S.NOT_CONFIRMED, S.DONE, S.REFUND, S.CANCELED])
def test_an_order_that_is_not_sent_any_more_keeps_its_address(buyer, staff, status):
    items = [(make_numbered(numbers=1), 2)] if status == S.NOT_CONFIRMED else []
    order = buyer.order_in(status, *items)
    with pytest.raises(DetailsNotPossible) as refusal:
        redo(order, staff, THERE, although_packed=True)
    assert refusal.value.members == {"order_status": status}


def test_others_and_staff_without_the_right_change_nothing(paid):
    with pytest.raises(Exception, match="order"):
        redo(paid, make_user(), THERE)
    with pytest.raises(PermissionDenied):
        redo(paid, staff_of("support"), THERE)
    redo(paid, staff_of("fulfilment"), THERE)


def test_where_nothing_is_sent_only_the_note_changes(buyer, staff):
    preview = buyer.preview((make_product(stock=3, needs_parcel=False), 1))
    buyer.table = PriceTable.objects.get(no_parcel=True)
    order = buyer.place_preview(preview)
    confirm(order)
    pay(order)
    with pytest.raises(DetailsNotPossible):
        redo(order, staff, THERE)
    redo(order, staff, note="Thanks")
    assert now(order).note == "Thanks"


# --- what it costs -----------------------------------------------------------------------------------------------------


def test_what_sending_there_costs_less_goes_back_with_a_credit_note(paid, buyer):
    there = elsewhere("DE", "1.50", buyer)
    made = redo(paid, buyer.user, there)
    assert (made.amount, made.shipping) == (Decimal("2.50"), Decimal("2.50"))
    return_money(paid)
    assert (
        returning.balance(paid)
        == kept(paid)
        == left_of_order(paid).amount
        == paid.total_amount - Decimal("2.50")
    )
    assert run() == []


def test_what_it_costs_more_staff_waive_and_the_customer_cannot(paid, buyer, staff):
    there = elsewhere("DE", "9.00", buyer)
    for actor, waive in ((buyer.user, True), (staff, False)):
        with pytest.raises(ShippingDiffers) as refusal:
            redo(paid, actor, there, waive=waive)
        assert refusal.value.members == {"difference": "5.00"}
    made = redo(paid, staff, there, waive=True)
    assert (made.amount, made.details.waived) == (0, 5)
    # Back again: what was never paid does not go back.
    with pytest.raises(InvalidInput):
        redo(now(paid), staff, there, waive=True)
    assert run() == []


def test_no_more_goes_back_than_is_left_of_the_shipping(paid, buyer, staff):
    there = elsewhere("DE", "1.50", buyer)
    change(paid, "cancel", {"CUP": 1}, shipping="3.00", actor=staff)
    assert redo(paid, buyer.user, there).amount == 1
    assert run() == []


def test_of_an_order_that_is_not_paid_nothing_can_go_back(buyer, cups):
    there = elsewhere("DE", "1.50", buyer)
    order = buyer.order_in(S.PAY_REQUIRED, (cups, 3))
    with pytest.raises(ShippingDiffers) as refusal:
        redo(order, buyer.user, there)
    assert refusal.value.members == {"difference": "-2.50"}


def test_where_another_tax_counts_the_order_has_to_be_placed_anew(paid, buyer, staff, cups):
    there = elsewhere("DE", "4.00", buyer)
    add_rate(cups.tax_class, "19", country="DE")
    with pytest.raises(TaxWouldDiffer):
        redo(paid, staff, there, waive=True)


def test_where_the_courier_does_not_go_the_address_is_refused(paid, buyer):
    with pytest.raises(NotSentThere):
        redo(
            paid,
            buyer.user,
            THERE | {"country": "FR", "region": "", "postal_code": "75001", "phone": "+33 1 42 76 40 40"},
        )


# --- what was typed ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"address": THERE | {"full_name": " "}}, "address.full_name"),
        ({"address": THERE | {"phone": "12"}}, "address.phone"),
        ({"address": THERE | {"country": "xx1"}}, "address.country"),
        ({"note": "x" * 1001}, "note"),
        ({"note": "ok", "why": "x" * 501}, "why"),
        ({}, "address"),
        ({"note": ""}, "address"),
    ],
)
def test_odd_words_are_refused_field_by_field(paid, buyer, wish, field):
    with pytest.raises(InvalidInput) as refusal:
        redo(paid, buyer.user, **wish)
    assert field in refusal.value.errors
    assert not OrderChange.objects.exists()


def test_the_same_address_is_no_change(paid, buyer):
    same = {name: value for name, value in paid.address_snapshot.items() if name != "id"}
    with pytest.raises(InvalidInput):
        redo(paid, buyer.user, same)


def test_letters_that_no_paper_could_have_are_refused(paid, buyer):
    with pytest.raises(LettersNotPrintable):
        redo(paid, buyer.user, THERE | {"full_name": "\U0001200b"})


def test_the_same_preview_is_one_change_and_an_old_one_is_refused(paid, buyer, staff):
    wish = Details(address=THERE)
    shown = details.preview_details(order_id=paid.pk, actor=buyer.user, wish=wish)
    given = {"order_id": paid.pk, "actor": buyer.user, "change_id": shown.id, "based_on": 0, "wish": wish}
    assert details.change_details(**given) == details.change_details(**given)
    with pytest.raises(OrderMovedOn):
        details.change_details(**given | {"change_id": uuid4()})


def test_the_database_keeps_what_was_waived_and_deletes_nothing(paid, staff):
    made = redo(paid, staff, THERE)
    rows = DetailsChange.objects.filter(change=made)
    with pytest.raises(Exception, match="Cannot"), transaction.atomic():
        rows.update(waived=1)
    with pytest.raises(Exception, match="Cannot"), transaction.atomic():
        rows._raw_delete(using="default")
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(address_after=None)

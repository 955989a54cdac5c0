"""Stock and numbers change through catalog/inventory/ alone; every change of stock is written down."""

import pytest
from django.db import transaction

from catalog import inventory
from catalog.models import Number, StockMovement
from staff.models import StaffAction
from tests.factories import make_numbered, make_product, make_staff

pytestmark = pytest.mark.django_db


def written(product) -> list[tuple[str, int, str]]:
    rows = StockMovement.objects.filter(product=product).order_by("id")
    assert sum(row.quantity for row in rows) == stock(product)
    return [(row.kind, row.quantity, row.reason) for row in rows]


def stock(product) -> int:
    product.refresh_from_db()
    return product.stock_quantity


def test_received_pieces_add_up_with_who_and_why():
    product, member = make_product(), make_staff()

    inventory.receive(product_id=product.pk, quantity=3, actor=None)
    after = inventory.receive(product_id=product.pk, quantity=4, actor=member, reason="lorry")

    assert after.stock_quantity == 7
    assert written(product) == [("received", 3, ""), ("received", 4, "lorry")]
    assert StockMovement.objects.get(reason="lorry").actor == member


@pytest.mark.parametrize(("counted", "change"), [(8, 3), (5, 0), (2, -3), (0, -5)])
def test_a_count_sets_the_stock_and_writes_the_difference(counted, change):
    product = make_product(stock=5)

    inventory.count(product_id=product.pk, quantity=counted, reason="by hand", actor=None)

    assert stock(product) == counted
    assert written(product) == [("received", 5, ""), ("counted", change, "by hand")]


@pytest.mark.parametrize(
    ("change", "quantity"), [(inventory.receive, 0), (inventory.receive, -1), (inventory.count, -1)]
)
def test_a_quantity_that_makes_no_sense_changes_nothing(change, quantity):
    product = make_product(stock=5)

    with pytest.raises(ValueError, match="pieces must be"):
        change(product_id=product.pk, quantity=quantity, actor=None)
    assert written(product) == [("received", 5, "")]


@pytest.mark.parametrize("change", [inventory.receive, inventory.count])
def test_numbered_things_are_not_counted(change):
    rooms = make_numbered(numbers=2)

    with pytest.raises(inventory.WrongInventory):
        change(product_id=rooms.pk, quantity=5, actor=None)
    assert (stock(rooms), written(rooms)) == (0, [])


def test_counted_stock_has_no_numbers():
    product = make_product(stock=1)

    with pytest.raises(inventory.WrongInventory):
        inventory.add_numbers(product_id=product.pk, values=["1"], actor=None)
    assert not Number.objects.exists()


def test_numbers_are_added_once_each_without_blanks():
    rooms = make_numbered()

    assert (
        inventory.add_numbers(product_id=rooms.pk, values=[" 101 ", "102", "101", "", "  "], actor=None) == 2
    )
    assert inventory.add_numbers(product_id=rooms.pk, values=["102", "103"], actor=None) == 1
    assert list(rooms.numbers.values_list("value", "state")) == [
        ("101", "free"),
        ("102", "free"),
        ("103", "free"),
    ]


def test_two_products_may_have_the_same_number():
    first, second = make_numbered(), make_numbered()

    assert inventory.add_numbers(product_id=first.pk, values=["7"], actor=None) == 1
    assert inventory.add_numbers(product_id=second.pk, values=["7"], actor=None) == 1


def test_adding_a_number_again_does_not_bring_it_back():
    rooms = make_numbered(numbers=1)
    number = rooms.numbers.get()
    inventory.retire(number_id=number.pk, actor=None)

    assert inventory.add_numbers(product_id=rooms.pk, values=[number.value], actor=None) == 0
    assert rooms.numbers.get().state == "retired"


def test_a_number_that_nobody_holds_can_be_retired_once():
    number = make_numbered(numbers=1).numbers.get()

    inventory.retire(number_id=number.pk, actor=None)

    number.refresh_from_db()
    assert number.state == "retired" and number.retired_at
    with pytest.raises(inventory.NumberRetired):
        inventory.retire(number_id=number.pk, actor=None)


def test_whoever_retires_a_number_says_why_and_the_staffs_log_has_it(staff):
    number = make_numbered(numbers=1).numbers.get()
    with pytest.raises(ValueError, match="with a reason"):
        inventory.retire(number_id=number.pk, actor=staff, reason=" ")
    assert Number.objects.get().state == "free"

    inventory.retire(number_id=number.pk, actor=staff, reason=" key leaked ")

    assert StaffAction.objects.get().details == {"reason": "key leaked"}


def test_a_number_that_an_order_holds_is_not_retired_by_hand(buyer):
    rooms = make_numbered(numbers=1)
    buyer.order_in("pay_required", (rooms, 1))

    with pytest.raises(inventory.NumberHeld):
        inventory.retire(number_id=rooms.numbers.get().pk, actor=None)
    assert rooms.numbers.get().state == "taken"


@pytest.mark.parametrize(
    ("spoil", "missing"),
    [({"is_active": False}, True), ({"stock_quantity": 1}, True), ({"price": 99}, False)],
)
def test_taking_is_all_or_nothing_and_says_what_is_missing(buyer, spoil, missing):
    plenty, few = make_product(stock=5), make_product(stock=2)
    type(few).objects.filter(pk=few.pk).update(**spoil)
    order_id = "01890000-0000-7000-8000-000000000000"

    def take():
        with transaction.atomic():
            inventory.take(quantities={plenty.pk: 2, few.pk: 2}, order_id=order_id)

    if not missing:
        take()
        assert (stock(plenty), stock(few)) == (3, 0)
        return
    with pytest.raises(inventory.NotTaken) as refused:
        take()
    assert refused.value.product_ids == {few.pk}
    assert stock(plenty) == 5
    assert not StockMovement.objects.filter(order_id=order_id).exists()


def test_free_numbers_are_those_that_came_first_as_many_as_there_are():
    rooms, seats = make_numbered(numbers=3), make_numbered(numbers=1)
    first, second, third = rooms.numbers.order_by("pk")

    with transaction.atomic():
        inventory.give_out(numbers=[first.pk])
        free = inventory.free_numbers(quantities={rooms.pk: 2, seats.pk: 2})

    assert free == {rooms.pk: [second.pk, third.pk], seats.pk: [seats.numbers.get().pk]}
    assert list(Number.objects.filter(state="taken")) == [first]


def test_a_number_that_is_not_free_is_not_given_out():
    number = make_numbered(numbers=1).numbers.get()
    with transaction.atomic():
        inventory.give_out(numbers=[number.pk])

    with pytest.raises(inventory.InventoryError), transaction.atomic():
        inventory.give_out(numbers=[number.pk])

"""The checker finds what is wrong with changes, parcels, exchanges, transfers, promotions and gift cards."""

from dataclasses import replace

import pytest

from faults.checking.checker import check
from faults.checking.history import Books, CardRow, History, LineRow, PromotionRow, StockRow
from tests.faults_rig.checking.test_checker import a_history, columns, order, the_books, told

LINE = LineRow(ordered=3, sent=2, canceled=1, returned=1)
CARD = CardRow(balance=700, issued=1000, taken=500, returned=200, at_orders=300)


def made(act="change", once="a", status=200, **more):
    return told(act, 6, status, once=once, **more)


def books(**changes):
    """Those of an order of which 5.00 went back by the change a."""
    row = {"changes": {"a": 500}, "returned": 500, "provider_returned": 500}
    return the_books(orders={"one": order(**row | changes)})


@pytest.fixture
def history() -> History:
    return a_history(made(promised=500), made(promised=500))


# --- what is right ---------------------------------------------------------------------------------------------------
def test_a_change_that_was_made_twice_under_one_name_and_is_there_once_is_no_finding(history):
    assert check(history, books()) == []


def test_all_that_may_become_of_an_order_is_no_finding(history):
    row = {
        "lines": {"SEAT": LINE},
        "parcels": 1,
        "transfers": {"bank 1": 1},
        "cards_sold": 2,
        "cards": 2,
    }
    more = [
        made("parcel", "key 1", 0),
        made("parcel", "key 1"),
        made("parcel", "key 2", 409),
        made("receipt", "bank 1"),
    ]
    ours = replace(
        books(**row),
        promotions={"FEW": PromotionRow(limit=2, used=2, having=2)},
        gift_cards={"1": CARD},
    )
    assert check(History(told=[*history.told, *more], heard=history.heard), ours) == []


def test_an_order_that_was_got_in_exchange_was_placed_by_nobody():
    row = order(exchange="a", client=0)
    ours = replace(books(), orders={**books().orders, "two": row})
    assert check(a_history(made("exchange", promised=500)), ours) == []


@pytest.mark.parametrize("status", [0, 503], ids=["without an answer", "503"])
def test_a_change_of_which_nobody_knows_may_be_there_or_not(status):
    history = a_history(made(status=status, comes_back=True))
    assert check(history, books()) == []
    assert check(history, the_books()) == []


def test_what_went_back_on_a_gift_card_no_provider_knows(history):
    assert check(history, books(returned_elsewhere=500, provider_returned=0)) == []


# --- what is wrong ---------------------------------------------------------------------------------------------------
def test_a_change_that_was_made_and_is_not_there_is_lost(history):
    assert columns(history, the_books()) == ["lost"]


def test_a_change_that_nobody_asked_for_is_doubled():
    assert columns(a_history(), books()) == ["doubled"]


def test_a_change_that_was_refused_and_is_there_disagrees():
    assert columns(a_history(made(status=409)), books()) == ["disagreeing"]


def test_a_change_that_gives_other_money_than_its_preview_disagrees():
    assert columns(a_history(made(promised=400)), books()) == ["disagreeing"]


def test_money_that_a_change_gives_back_and_the_shop_keeps_disagrees(history):
    assert columns(history, books(returned=0, provider_returned=0)) == ["disagreeing"]


def test_more_money_back_than_was_taken_is_doubled(history):
    assert "doubled" in columns(history, books(returned=2000, provider_returned=2000))


def test_an_exchange_without_its_order_is_lost():
    assert columns(a_history(made("exchange", promised=500)), books()) == ["lost"]


def difference(status: str, *, is_made: bool) -> Books:
    """An order whose change waits, or was made, and the one that pays its difference."""
    ours = books() if is_made else books(changes={}, returned=0, provider_returned=0)
    pays = order(
        statuses=("pending", "pay_required", status), difference="a", exchange="a" if is_made else ""
    )
    return replace(ours, orders={**ours.orders, "two": pays})


@pytest.mark.parametrize(
    ("status", "is_made", "found"),
    [
        ("paid", True, []),
        ("canceled", False, []),
        ("paid", False, ["disagreeing"]),
        ("canceled", True, ["disagreeing"]),
    ],
)
def test_a_change_is_made_if_its_difference_is_paid_and_not_otherwise(status, is_made, found):
    told = a_history(made("difference", promised=500))
    ours = difference(status, is_made=is_made)
    about = [one for one in check(told, ours) if "its order" in one.what]
    assert [one.column for one in about] == found


def test_a_difference_that_no_order_pays_is_lost_and_one_that_nobody_asked_for_is_doubled():
    assert columns(a_history(made("difference", promised=500)), books()) == ["lost"]
    assert "doubled" in columns(a_history(), difference("paid", is_made=True))


def test_an_exchange_with_two_orders_is_doubled():
    row = order(exchange="a")
    ours = replace(books(), orders={**books().orders, "two": row, "three": row})
    assert columns(a_history(made("exchange", promised=500)), ours) == ["doubled"]


def test_an_order_got_in_exchange_that_nobody_asked_for_is_doubled():
    ours = the_books(orders={"one": order(), "two": order(exchange="b")})
    assert columns(a_history(), ours) == ["doubled"]


def test_a_parcel_that_was_sent_and_is_not_there_is_lost():
    assert columns(a_history(made("parcel", "key 1"), made("parcel", "key 2")), one(parcels=1)) == ["lost"]


def test_a_parcel_that_was_packed_once_and_is_there_twice_is_doubled():
    assert columns(a_history(made("parcel", "key 1"), made("parcel", "key 1")), one(parcels=2)) == ["doubled"]


@pytest.mark.parametrize(
    ("there", "column"),
    [({}, "lost"), ({"bank 1": 2}, "doubled"), ({"bank 1": 1, "bank 2": 1}, "doubled")],
    ids=["not booked", "booked twice", "booked and never noted"],
)
def test_a_transfer_is_booked_once_for_each_reference(there, column):
    assert columns(a_history(made("receipt", "bank 1")), one(transfers=there)) == [column]


@pytest.mark.parametrize(
    ("there", "found"),
    [({"goods": 1}, []), ({}, ["lost"]), ({"goods": 2}, ["doubled"])],
    ids=["once", "not booked", "booked twice"],
)
def test_goods_that_staff_received_are_booked_once(there, found):
    received = told("received", 6, 200, order="", once="goods")
    stock = {"SEAT": StockRow(there=2, held=1, received=there)}
    assert columns(a_history(received), the_books(stock=stock)) == found


@pytest.mark.parametrize("times", [0, 1])
def test_a_delivery_of_which_nobody_knows_may_be_there_or_not(times):
    received = told("received", 6, 0, order="", once="goods")
    stock = {"SEAT": StockRow(there=2, held=1, received={"goods": times})}
    assert columns(a_history(received), the_books(stock=stock)) == []


@pytest.mark.parametrize(("house", "found"), [("2 New Street", []), ("1 Old Street", ["disagreeing"])])
def test_a_parcel_goes_where_the_change_of_its_address_says(house, found):
    history = a_history(made("address", promised=0, house="2 New Street"))
    row = {"changes": {"a": 0}, "returned": 0, "provider_returned": 0, "house": house}
    assert columns(history, books(**row)) == found


def test_of_two_addresses_asked_for_at_once_either_may_count():
    earlier = replace(made("address", "a", house="1 Old Street"), asked_at=5.9, told_at=6.5)
    history = a_history(earlier, made("address", "b", house="2 New Street"))
    row = {"changes": {"a": 0, "b": 0}, "returned": 0, "provider_returned": 0}
    assert check(history, books(**row, house="1 Old Street")) == []


@pytest.mark.parametrize(("cards", "column"), [(1, "lost"), (3, "doubled")])
def test_an_order_has_a_gift_card_for_each_piece_that_it_sold(cards, column):
    assert columns(a_history(), one(cards_sold=2, cards=cards)) == [column]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        pytest.param({"sent": 3}, "oversold", id="more sent than was left"),
        pytest.param({"canceled": 2}, "oversold", id="canceled what was sent"),
        pytest.param({"returned": 3}, "disagreeing", id="more came back than was sent"),
    ],
)
def test_pieces_that_came_back_were_sent_and_those_that_were_sent_were_ordered(changes, column):
    assert columns(a_history(), one(lines={"SEAT": replace(LINE, **changes)})) == [column]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        pytest.param(PromotionRow(limit=2, used=3, having=3), "oversold", id="used too often"),
        pytest.param(
            PromotionRow(limit=None, used=3, having=3, limit_each=2, most=3),
            "oversold",
            id="used too often by one customer",
        ),
        pytest.param(PromotionRow(limit=2, used=1, having=2), "disagreeing", id="a use not counted"),
        pytest.param(PromotionRow(limit=None, used=2, having=1), "disagreeing", id="a use not given back"),
    ],
)
def test_a_promotion_counts_the_orders_that_have_it_and_they_are_not_too_many(row, column):
    assert columns(a_history(), the_books(promotions={"FEW": row})) == [column]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        pytest.param({"balance": -100, "taken": 1300, "at_orders": 1100}, "oversold", id="below zero"),
        pytest.param({"balance": 800}, "disagreeing", id="more on it than its entries say"),
        pytest.param({"at_orders": 500}, "disagreeing", id="taken for an order and not there"),
    ],
)
def test_a_gift_card_has_what_was_issued_less_what_orders_have_of_it(changes, column):
    assert columns(a_history(), the_books(gift_cards={"1": replace(CARD, **changes)})) == [column]


def one(**changes):
    return the_books(orders={"one": order(**changes)})

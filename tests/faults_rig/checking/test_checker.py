"""The checker finds each way in which a history can be wrong, under its column, and nothing in one that is right."""

from dataclasses import replace

import pytest

from faults.checking.checker import COLUMNS, check, recovery
from faults.checking.history import Books, History, OrderRow, StockRow, Told

ITEMS, TOTAL = {"SEAT": 1}, "12.50"
PLACED = ("c1", "one", "order.placed")
CONFIRMED = ("c2", "one", "order.pay_required")
PAID = ("c3", "one", "order.paid")


def told(act="read", at=1.0, status=200, order="one", **more) -> Told:
    return Told(client=0, act=act, order=order, asked_at=at, told_at=at + 0.5, status=status, **more)


def shown(seen, at, **more) -> Told:
    return told(at=at, seen=seen, items=ITEMS, total=TOTAL, **more)


def order(**changes) -> OrderRow:
    row = OrderRow(
        client=0,
        statuses=("pending", "pay_required", "paid"),
        items=ITEMS,
        total=TOTAL,
        due=1500,
        captured=1500,
        placed_at=10.0,
        confirmed_at=11.0,
    )
    return replace(row, **changes)


def a_history(*more: Told, heard=(PLACED, CONFIRMED, PAID)) -> History:
    asked = [
        told("preview", 1, 201, items=ITEMS, total=TOTAL),
        shown("pending", 2, act="place", status=201),
        shown("pay_required", 3),
        told("pay", 4, 303),
        shown("paid", 5),
    ]
    return History(told=[*asked, *more], heard={0: heard})


def the_books(**changes) -> Books:
    books = Books(
        orders={"one": order()},
        stock={"SEAT": StockRow(there=2, held=1)},
        numbers={"SEAT/1": ["one"]},
        feed={0: (PLACED, CONFIRMED, PAID)},
    )
    return replace(books, **changes)


def columns(history: History, books: Books) -> list[str]:
    return [finding.column for finding in check(history, books)]


# --- what is right ---------------------------------------------------------------------------------------------------
def test_a_history_that_is_right_has_no_findings():
    assert check(a_history(), the_books()) == []


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(
            [told("place", 2, 200, seen="pending", items=ITEMS, total=TOTAL)], id="the other of two twins"
        ),
        pytest.param([told("place", 2, 0)], id="a placement without an answer"),
        pytest.param([told("place", 2, 503, comes_back=True)], id="a 503 that says when to come back"),
        pytest.param([told("place", 3, 409, order="two")], id="a refusal that left nothing"),
        pytest.param([told("place", 3, 0, order="two")], id="one that never arrived"),
        pytest.param(
            [replace(shown("pay_required", 4.8), told_at=9)], id="asked before the newer one was told"
        ),
    ],
)
def test_what_faults_may_do_to_a_client_is_no_finding(more):
    assert check(a_history(*more), the_books()) == []


def test_an_order_that_nobody_was_told_of_is_no_finding_if_somebody_asked_for_it():
    row = order(statuses=("pending", "pay_required"), captured=0)
    books = the_books(orders={"one": order(), "two": row})
    assert check(a_history(told("place", 3, 0, order="two")), books) == []


def test_a_refund_and_a_cancellation_hold_no_money():
    refunded = order(
        statuses=("pending", "pay_required", "paid", "refund", "canceled"),
        returned=1500,
        provider_returned=1500,
    )
    assert check(a_history(), the_books(orders={"one": refunded})) == []


# --- what is wrong ---------------------------------------------------------------------------------------------------
def test_an_accepted_order_that_is_not_there_is_lost():
    found = check(a_history(), the_books(orders={}))
    assert [finding.column for finding in found] == ["lost"]
    assert "one was accepted" in found[0].what


def test_a_status_that_was_shown_and_is_in_no_history_is_lost():
    books = the_books(orders={"one": order(statuses=("pending", "pay_required"), captured=0)})
    assert columns(a_history(), books) == ["lost"]


def test_an_order_that_was_placed_anew_twice_is_doubled():
    again = shown("pending", 2, act="place", status=201)
    assert columns(a_history(again), the_books()) == ["doubled"]


def test_an_order_that_nobody_asked_for_is_doubled():
    assert columns(a_history(), the_books(orders={"one": order(), "two": order()})) == ["doubled"]


def test_money_that_was_taken_twice_is_doubled():
    assert columns(a_history(), the_books(orders={"one": order(captured=3000)})) == ["doubled"]


def test_a_second_capture_that_went_back_is_no_finding():
    row = order(captured=3000, returned=1500, provider_returned=1500)
    assert check(a_history(), the_books(orders={"one": row})) == []


def test_more_pieces_than_there_are_is_oversold():
    assert columns(a_history(), the_books(stock={"SEAT": StockRow(there=2, held=3)})) == ["oversold"]


def test_less_than_nothing_at_a_time_is_oversold_though_it_is_right_in_the_end():
    assert columns(a_history(), the_books(stock={"SEAT": StockRow(there=2, held=1, fewest=-1)})) == [
        "oversold"
    ]


def test_a_number_in_two_hands_is_oversold():
    assert columns(a_history(), the_books(numbers={"SEAT/1": ["one", "two"]})) == ["oversold"]


@pytest.mark.parametrize(
    "statuses", [("pending",), ("pending", "pay_required", "paid", "refund")], ids=lambda all_: all_[-1]
)
def test_an_order_that_is_not_at_rest_hangs(statuses):
    history = History(told=[told("place", 2, 201)], heard={0: (PLACED, CONFIRMED, PAID)})
    captured = 1500 if "paid" in statuses else 0
    assert columns(history, the_books(orders={"one": order(statuses=statuses, captured=captured)})) == [
        "hanging"
    ]


def test_events_that_wait_hang():
    assert columns(a_history(), the_books(waiting=2)) == ["hanging"]


@pytest.mark.parametrize(
    "heard",
    [
        pytest.param((PLACED, PAID), id="one missed"),
        pytest.param((PLACED, CONFIRMED, CONFIRMED, PAID), id="one twice"),
        pytest.param((PLACED, PAID, CONFIRMED), id="out of order"),
        pytest.param((PLACED, CONFIRMED, PAID, ("c4", "one", "order.done")), id="one that never was"),
    ],
)
def test_a_listener_that_did_not_hear_each_event_once_in_order_missed_it(heard):
    assert columns(a_history(heard=heard), the_books()) == ["missed"]


def test_a_deaf_listener_missed_everything():
    assert columns(replace(a_history(), heard={}), the_books()) == ["missed"] * 3


def test_an_answer_that_is_older_than_what_the_client_knows_is_stale():
    assert columns(a_history(shown("pay_required", 6)), the_books()) == ["stale"]


def test_a_refused_order_that_is_there_disagrees():
    refused = told("place", 2, 409, order="two")
    books = the_books(orders={"one": order(), "two": order()})
    assert columns(a_history(refused), books) == ["disagreeing"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"items": {"SEAT": 2}}, id="other items than the preview had"),
        pytest.param({"total": "13.00"}, id="another total"),
        pytest.param({"captured": 0}, id="paid, and no money is there"),
        pytest.param({"captured": 1400}, id="paid, and too little is there"),
        pytest.param({"provider_returned": 1500}, id="the provider returned what the ledger does not know"),
        pytest.param(
            {"statuses": ("pending", "pay_required", "paid", "refund", "canceled")},
            id="canceled, money is kept",
        ),
    ],
)
def test_books_that_are_not_what_was_promised_disagree(changes):
    assert columns(a_history(), the_books(orders={"one": order(**changes)})) == ["disagreeing"]


def test_what_the_audit_finds_disagrees():
    assert columns(a_history(), the_books(audit=["order 1: a gap"])) == ["disagreeing"]


# --- receivers, letters, doors ---------------------------------------------------------------------------------------
def test_a_receiver_that_got_each_event_once_or_more_in_the_order_of_its_order_is_no_finding():
    came = (PLACED, PLACED, CONFIRMED, PLACED, PAID)
    assert check(replace(a_history(), taken={0: came}), the_books()) == []


@pytest.mark.parametrize(
    "came",
    [
        pytest.param((PLACED, PAID), id="one never came"),
        pytest.param((CONFIRMED, PLACED, PAID), id="a later one came first"),
        pytest.param((PLACED, CONFIRMED, PAID, ("c4", "one", "order.done")), id="one that never was"),
    ],
)
def test_a_receiver_that_did_not_get_each_event_in_order_missed_it(came):
    assert columns(replace(a_history(), taken={0: came}), the_books()) == ["missed"]


def test_an_email_that_is_said_to_be_sent_and_that_no_mail_server_took_is_lost():
    history = replace(a_history(), letters={"<a>"})
    assert check(history, the_books(sent=["<a>"])) == []
    assert columns(history, the_books(sent=["<a>", "<b>"])) == ["lost"]


@pytest.mark.parametrize(("status", "found"), [(200, ["admitted"]), (401, []), (0, []), (302, ["admitted"])])
def test_what_has_ended_opens_nothing_any_more(status, found):
    knocked = told("after the end", 6, status, order="", once="key 1")
    assert columns(a_history(knocked), the_books()) == found


@pytest.mark.parametrize(("status", "comes_back"), [(500, False), (502, True), (503, False)])
def test_an_error_of_the_server_that_is_not_documented_counts(status, comes_back):
    wrong = told("place", 2, status, comes_back=comes_back)
    assert columns(a_history(wrong), the_books()) == ["5xx"]


def test_a_traceback_counts():
    assert columns(a_history(), the_books(tracebacks=["web-1.log: KeyError: 1"])) == ["tracebacks"]


def test_every_finding_has_its_column():
    everything = check(
        a_history(shown("pending", 6), told("read", 7, 500), heard=()),
        the_books(
            orders={"two": order(statuses=("pending",))},
            stock={"SEAT": StockRow(there=0, held=1)},
            audit=["a gap"],
            tracebacks=["web-1.log: KeyError"],
        ),
    )
    assert {finding.column for finding in everything} <= set(COLUMNS)


# --- recovery --------------------------------------------------------------------------------------------------------
def test_recovery_is_the_last_confirmation_of_what_was_placed_before_the_last_fault_ended():
    orders = {
        "before": order(placed_at=10.0, confirmed_at=17.5),
        "after": order(placed_at=13.0, confirmed_at=30.0),
        "never": order(placed_at=10.0, confirmed_at=None),
    }
    assert recovery(the_books(orders=orders), 12.0) == pytest.approx(5.5)
    assert recovery(the_books(orders={}), 12.0) == 0

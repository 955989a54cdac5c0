"""The feed of events: everything, in order, from any point on, and to nobody who may not see it."""

import threading

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from orders.errors import InvalidInput
from orders.events import cursors, feed, payloads
from orders.models import FeedEntry, Order, StatusChange
from orders.status import OrderStatus
from tests.answers import refused
from tests.factories import Buyer, ask_refund, capture, make_product, make_staff, return_money
from tests.orders.hooks import endpoint_at
from tests.parallel import at_once
from tests.waiting import wait_until, waiting_for_locks

S = OrderStatus


def types(entries) -> list[str]:
    return [payloads.event(entry)["type"] for entry in entries]


# --- what it says --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_feed_tells_the_whole_life_of_an_order_in_order(buyer):
    order = buyer.order_in(S.PAID)
    ask_refund(order)
    return_money(order)

    assert types(feed.read(user=buyer.user)) == [
        "order.placed",
        "order.pay_required",
        "order.paid",
        "order.refund",
        "order.money_returned",
        "order.canceled",
    ]


@pytest.mark.django_db
def test_sockets_are_told_to_the_letter_what_the_feed_says(buyer):
    order = buyer.order_in(S.PAID)
    ask_refund(order)
    return_money(order)

    told = feed.since(0, concerns=lambda customer_id, order_id: True).entries

    assert told
    assert [payloads.event(one) for one in told] == [
        payloads.event(one) for one in feed.read(user=buyer.user)
    ]


@pytest.mark.django_db
def test_money_that_came_too_late_and_went_back_is_an_event(buyer):
    order = buyer.order_in(S.PAY_REQUIRED)
    other = buyer.order_in(S.CANCELED)
    payment = other.payments.create(variant="demo", total=other.total_amount, currency=other.currency)
    capture(payment)
    return_money(other)

    last = payloads.event(feed.read(user=buyer.user)[-1])

    assert last["type"] == "order.money_returned"
    assert last["data"] == {
        "order": str(other.pk),
        "number": str(other.number),
        "amount": str(other.total_amount),
        "currency": "USD",
    }
    assert Order.objects.get(pk=order.pk).status == S.PAY_REQUIRED


@pytest.mark.django_db
def test_an_event_reads_the_same_in_every_language_and_at_any_time(buyer):
    order = buyer.order_in(S.PAY_REQUIRED)
    before = [payloads.event(entry) for entry in feed.read(user=buyer.user)]
    payment = order.payments.create(variant="demo", total=order.total_amount, currency=order.currency)
    capture(payment)

    with translation.override("vi"):
        after = [payloads.event(entry) for entry in feed.read(user=buyer.user)]

    assert after[: len(before)] == before
    assert before[-1]["data"] == {
        "order": str(order.pk),
        "number": str(order.number),
        "sequence": 2,
        "from_status": "pending",
        "to_status": "pay_required",
        "reason": "confirmed",
        "actor": "system",
        "total_amount": str(order.total_amount),
        "currency": "USD",
    }


# --- who reads what, from where ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_customers_read_of_their_own_orders_and_staff_of_all(buyer, staff):
    mine, theirs = buyer.place((make_product(stock=1), 1)), Buyer().place((make_product(stock=1), 1))

    assert [entry.order_id for entry in feed.read(user=buyer.user)] == [mine.pk]
    assert [entry.order_id for entry in feed.read(user=staff)] == [mine.pk, theirs.pk]


@pytest.mark.django_db
def test_reading_in_small_steps_gives_each_event_once(buyer):
    for _order in range(3):
        buyer.order_in(S.PAY_REQUIRED)
    seen, after = [], ""

    while page := feed.read(user=buyer.user, after=after, limit=2):
        assert len(page) <= 2
        seen += page
        after = cursors.cursor_of(page[-1].position)

    assert [entry.position for entry in seen] == [1, 2, 3, 4, 5, 6]
    assert feed.read(user=buyer.user, after=cursors.cursor_of(3)) == seen[3:]


@pytest.mark.django_db
def test_the_present_cursor_leads_to_what_is_yet_to_come(buyer):
    buyer.order_in(S.PAY_REQUIRED)
    now = feed.present()

    assert feed.read(user=buyer.user, after=now) == []
    order = buyer.place((make_product(stock=1), 1))
    assert [entry.order_id for entry in feed.read(user=buyer.user, after=now)] == [order.pk]


@pytest.mark.parametrize(
    "wrong", ["7", "AAAAAAAAAAA=", "é", "\0", "A" * 64, "AAAAAAAAAAB", "gAAAAAAAAAA", "../.."]
)
def test_what_is_no_cursor_is_refused(wrong):
    with pytest.raises(InvalidInput) as refused:
        cursors.position_of(wrong)

    assert set(refused.value.errors) == {"after"}


@pytest.mark.django_db
def test_a_cursor_ahead_of_the_feed_is_refused_and_says_how_to_go_on(api, buyer):
    """As after a backup was restored: a client that knows more than the shop would miss all until the shop is as far."""
    buyer.order_in(S.PAID)
    last = cursors.position_of(feed.present())
    at_the_end, ahead = cursors.cursor_of(last), cursors.cursor_of(last + 1)

    assert api.get("/api/events/", {"after": at_the_end}).json()["results"] == []
    said = refused(api.get("/api/events/", {"after": ahead}), 410, "cursor_ahead")
    assert "begin again" in said["detail"]
    assert feed.beginning(at_the_end) == last
    with pytest.raises(cursors.CursorAhead):
        feed.beginning(ahead)


@pytest.mark.django_db
def test_a_customer_without_events_is_told_too(api, buyer):
    Buyer().order_in(S.PAID)
    last = cursors.position_of(feed.present())

    assert api.get("/api/events/", {"after": cursors.cursor_of(last)}).status_code == 200
    assert api.get("/api/events/", {"after": cursors.cursor_of(2**63 - 1)}).status_code == 410


@pytest.mark.django_db
def test_in_an_empty_feed_only_the_beginning_is_a_place(api):
    assert api.get("/api/events/", {"after": cursors.cursor_of(0)}).status_code == 200
    assert api.get("/api/events/", {"after": cursors.cursor_of(1)}).status_code == 410


@pytest.mark.django_db
def test_the_api_gives_the_feed_page_by_page(api, buyer):
    buyer.order_in(S.PAY_REQUIRED)

    first = api.get("/api/events/", {"limit": 1}).json()
    second = api.get("/api/events/", {"limit": 2, "after": first["cursor"]}).json()
    nothing = api.get("/api/events/", {"after": second["cursor"]}).json()

    assert [event["type"] for event in first["results"]] == ["order.placed"]
    assert first["has_more"]
    assert [event["type"] for event in second["results"]] == ["order.pay_required"]
    assert not second["has_more"]
    assert nothing == {"results": [], "cursor": second["cursor"], "has_more": False}
    assert api.get("/api/events/", {"after": "now"}).json() == nothing


@pytest.mark.django_db
@pytest.mark.parametrize("query", [{"after": "x"}, {"limit": "0"}, {"limit": "101"}, {"limit": "x"}])
def test_the_api_says_what_is_wrong_with_a_query(api, query):
    answer = api.get("/api/events/", query)

    assert answer.status_code == 400
    assert answer.json()["code"] == "validation_error"
    assert set(answer.json()["errors"]) == set(query)


@pytest.mark.django_db
def test_reading_takes_the_same_number_of_statements_however_many_events(
    buyer, django_assert_max_num_queries
):
    for _order in range(4):
        buyer.order_in(S.PAID)
    feed.give_positions()

    with django_assert_max_num_queries(2):
        assert len([payloads.event(entry) for entry in feed.read(user=buyer.user)]) == 12


# --- nothing slips behind a cursor ---------------------------------------------------------------------------------


@pytest.mark.flow
@pytest.mark.django_db(transaction=True)
def test_what_commits_late_comes_after_what_was_read_before():
    slow, quick = Buyer(), Buyer()
    placed, may_commit = threading.Event(), threading.Event()
    products = [make_product(stock=1), make_product(stock=1)]

    def place_slowly():
        try:
            with transaction.atomic():
                slow.place((products[0], 1))
                placed.set()
                assert may_commit.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=place_slowly)
    thread.start()
    assert placed.wait(30)
    order = quick.place((products[1], 1))
    read_early = feed.read(user=quick.user)
    after = cursors.cursor_of(read_early[-1].position)
    may_commit.set()
    thread.join(30)

    late = FeedEntry.objects.get(customer=slow.user)
    assert late.pk < read_early[-1].pk, "the late one was written first, which is what makes it dangerous"
    assert [entry.order_id for entry in read_early] == [order.pk]
    assert [entry.pk for entry in feed.read(user=make_staff(), after=after)] == [late.pk]


@pytest.mark.flow
@pytest.mark.django_db
def test_a_large_backlog_is_numbered_in_pieces_and_in_order(buyer, receiver, monkeypatch):
    endpoint = endpoint_at(receiver.url, buyer.user)
    for _order in range(3):
        buyer.order_in(S.PAID)
    monkeypatch.setattr(feed, "BATCH_SIZE", 4)
    with CaptureQueriesContext(connection) as statements:
        assert feed.give_positions() == 9

    pieces = [one for one in statements if one["sql"].lstrip().startswith("UPDATE orders_feedentry")]
    in_order = FeedEntry.objects.order_by("pk").values_list("position", flat=True)
    assert (len(pieces), list(in_order)) == (3, list(range(1, 10)))
    assert endpoint.deliveries.count() == 9


@pytest.mark.django_db
def test_a_call_ends_in_time_and_the_next_one_goes_on(buyer, monkeypatch):
    buyer.order_in(S.PAID)
    monkeypatch.setattr(feed, "BATCH_SIZE", 1)
    monkeypatch.setattr(feed, "GIVING_SECONDS", 0)

    assert [feed.give_positions() for _call in range(4)] == [1, 1, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_a_writer_waits_for_the_one_before_it_and_goes_on_from_there(buyer):
    product = make_product(stock=10)
    buyer.place((product, 1))
    gave, may_commit = threading.Event(), threading.Event()

    def give_and_wait() -> int:
        with transaction.atomic():
            given = feed.give_positions()
            gave.set()
            assert may_commit.wait(30)
        return given

    def give_beside() -> int:
        assert gave.wait(30)
        buyer.place((product, 1))
        threading.Thread(target=lambda: wait_for_a_waiting_writer(may_commit)).start()
        return feed.give_positions()

    assert at_once([give_and_wait, give_beside]) == [1, 1]
    assert sorted(FeedEntry.objects.values_list("position", flat=True)) == [1, 2]


def wait_for_a_waiting_writer(then: threading.Event) -> None:
    """Look until a connection waits for the writers' lock."""
    try:
        wait_until(waiting_for_locks, "it waits for the one before it")
    finally:
        then.set()
        connection.close()


# --- what the database keeps ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_no_status_change_goes_round_the_feed(buyer):
    order = buyer.order_in(S.DONE)

    assert FeedEntry.objects.filter(order=order).count() == StatusChange.objects.filter(order=order).count()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM orders_feedentry",
        "UPDATE orders_feedentry SET position = position + 100",
        "UPDATE orders_feedentry SET position = NULL",
        "UPDATE orders_feedentry SET customer_id = customer_id + 1",
    ],
)
def test_a_place_in_the_feed_is_for_good(buyer, statement):
    buyer.order_in(S.PAY_REQUIRED)
    feed.give_positions()

    with (
        pytest.raises((ProgrammingError, IntegrityError)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

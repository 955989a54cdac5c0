"""Invoices and credit notes: one of each at most, when money has come and gone, and numbered without a gap."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from orders import audit
from orders.actions.money.payment import start_payment
from orders.documents import invoices
from orders.errors import OrderError
from orders.models import Invoice, InvoiceCounter, InvoiceKind, Order
from orders.status import OrderStatus
from tests.factories import Buyer, ask_refund, capture, make_numbered, make_product, return_money
from tests.orders.paper import refunded
from tests.parallel import at_once

pytestmark = pytest.mark.django_db
S = OrderStatus
INVOICE, CREDIT_NOTE = InvoiceKind.INVOICE, InvoiceKind.CREDIT_NOTE


def kinds(order: Order) -> list[str]:
    return list(order.invoices.values_list("kind", flat=True))


# --- when they are issued ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "issued"),
    [
        (S.PENDING, []),
        (S.PAY_REQUIRED, []),
        (S.PAID, [INVOICE]),
        (S.DONE, [INVOICE]),
        (S.REFUND, [INVOICE]),
        (S.CANCELED, []),
    ],
)
def test_an_order_has_an_invoice_once_it_is_paid(buyer, status, issued):
    assert kinds(buyer.order_in(status)) == issued


def test_an_order_that_is_refused_has_none(buyer):
    assert kinds(buyer.order_in(S.NOT_CONFIRMED, (make_numbered(numbers=0), 1))) == []


def test_an_order_whose_money_is_back_has_a_credit_note(buyer):
    order = refunded(buyer)
    return_money(order)

    assert kinds(order) == [INVOICE, CREDIT_NOTE]


def test_an_order_paid_before_there_were_invoices_gets_no_credit_note(buyer, monkeypatch):
    with monkeypatch.context() as past:
        past.setattr(invoices, "issue", lambda **given: None)
        order = buyer.order_in(S.PAID)
    ask_refund(order)
    return_money(order)

    assert Order.objects.get(pk=order.pk).status == S.CANCELED
    assert kinds(order) == []
    assert not InvoiceCounter.objects.exists()


# --- their numbers -------------------------------------------------------------------------------------------------


class Abandoned(OrderError):
    """Somebody's transaction that comes to nothing."""


def settling(order: Order, *, then_roll_back: bool = False):
    started = start_payment(order_id=order.pk, actor=order.customer).payment

    def settle() -> None:
        with transaction.atomic():
            capture(started)
            if then_roll_back:
                raise Abandoned

    return settle


@pytest.mark.flow
@pytest.mark.django_db(transaction=True)
def test_twenty_orders_paid_at_once_get_the_numbers_one_to_twenty():
    product = make_product(stock=40)
    orders = [Buyer().order_in(S.PAY_REQUIRED, (product, 1)) for _ in range(20)]

    at_once([settling(order) for order in orders])

    assert sorted(Invoice.objects.values_list("number", flat=True)) == list(range(1, 21))


@pytest.mark.flow
@pytest.mark.django_db(transaction=True)
def test_transactions_that_roll_back_leave_no_gap():
    product = make_product(stock=40)
    orders = [Buyer().order_in(S.PAY_REQUIRED, (product, 1)) for _ in range(30)]
    # Every third one goes back, the first that takes a number among them or not.
    calls = [settling(order, then_roll_back=n % 3 == 0) for n, order in enumerate(orders)]

    results = at_once(calls)

    assert sum(isinstance(result, Abandoned) for result in results) == 10
    assert sorted(Invoice.objects.values_list("number", flat=True)) == list(range(1, 21))
    assert Invoice.objects.filter(order__in=orders[::3]).count() == 0
    at_once([settling(order) for order in orders[::3]])
    assert sorted(Invoice.objects.values_list("number", flat=True)) == list(range(1, 31))


@pytest.mark.flow
@pytest.mark.django_db(transaction=True)
def test_payments_and_refunds_at_once_count_apart_and_do_not_deadlock():
    rooms, pieces = make_numbered(numbers=20), make_product(stock=40)
    items = [(rooms, 1), (pieces, 1)]
    unpaid = [Buyer().order_in(S.PAY_REQUIRED, *items) for _ in range(8)]
    waiting = [Buyer().order_in(S.REFUND, *reversed(items)) for _ in range(8)]
    # Two at a time for each refund: the second finds nothing left to do.
    returning = [partial(return_money, order) for order in waiting * 2]

    at_once([*returning, *[settling(order) for order in unpaid]])

    numbers = Invoice.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers.filter(kind=INVOICE)) == list(range(1, 17))
    assert list(numbers.filter(kind=CREDIT_NOTE)) == list(range(1, 9))


def test_a_number_is_never_dated_before_the_one_that_it_follows_upon(buyer, monkeypatch):
    """Two hosts, of which one has a clock that goes wrong."""
    first = buyer.order_in(S.PAID).invoices.get()
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() - timedelta(days=2))
    second = buyer.order_in(S.PAID).invoices.get()

    assert second.number == first.number + 1
    assert second.issued_at == first.issued_at
    assert second.snapshot["date"] == first.snapshot["date"]


def test_a_series_has_its_own_prefix_and_first_number(buyer, settings):
    settings.INVOICE_PREFIXES = {"invoice": "R-", "credit_note": "G-"}
    settings.INVOICE_FIRST_NUMBERS = {"invoice": 500, "credit_note": 1}
    order = buyer.order_in(S.REFUND)
    return_money(order)
    assert [paper.code for paper in order.invoices.all()] == ["R-000500", "G-000001"]
    assert order.invoices.last().snapshot["invoice"] == "R-000500"

    settings.INVOICE_PREFIXES, settings.INVOICE_FIRST_NUMBERS = {"invoice": "S-"}, {"invoice": 900}
    assert [paper.code for paper in order.invoices.all()] == ["R-000500", "G-000001"], "what was said stays"
    assert buyer.order_in(S.PAID).invoices.get().code == "S-000501", "a series that has begun goes on"
    assert list(audit.findings()) == []


# --- what the database refuses -------------------------------------------------------------------------------------


def test_an_invoice_is_neither_changed_nor_deleted(buyer):
    invoice = buyer.order_in(S.PAID).invoices.get()

    for change in (invoice.delete, partial(Invoice.objects.update, number=7), invoice.save):
        with pytest.raises(ProgrammingError, match="orders_invoice"), transaction.atomic():
            change()


def test_a_counter_counts_on_by_one_and_stays(buyer):
    buyer.order_in(S.PAID)
    counters = InvoiceCounter.objects.filter(kind=INVOICE)

    for change in (counters.delete, partial(counters.update, last=1), partial(counters.update, last=3)):
        with pytest.raises(ProgrammingError, match="orders_invoicecounter"), transaction.atomic():
            change()


def test_an_order_has_each_kind_once_and_a_number_is_given_once(buyer):
    invoice = buyer.order_in(S.PAID).invoices.get()
    other = buyer.order_in(S.PENDING)
    given = {"language": "en", "snapshot": {}}

    for promise, fields in [
        ("once_per_order", {"order": invoice.order, "kind": INVOICE, "number": 2}),
        ("orders_invoice_number", {"order": other, "kind": INVOICE, "number": invoice.number}),
        ("kind_and_number", {"order": other, "kind": "bill", "number": 1}),
        ("kind_and_number", {"order": other, "kind": INVOICE, "number": 0}),
    ]:
        with pytest.raises(IntegrityError, match=promise), transaction.atomic():
            Invoice.objects.create(**fields, **given)


def test_a_number_is_taken_after_every_other_lock(buyer):
    """The counter is everybody's: who holds it waits for nobody."""
    order = buyer.order_in(S.REFUND, (make_product(stock=1), 1), (make_numbered(numbers=1), 1))
    recorder = Recorder()
    with connection.execute_wrapper(recorder):
        return_money(order)

    taken = next(n for n, sql in enumerate(recorder.said) if "orders_invoicecounter" in sql)
    after = [sql for sql in recorder.said[taken + 1 :] if sql.startswith(("UPDATE", "DELETE", "SELECT"))]
    assert after == []


class Recorder:
    def __init__(self):
        self.said: list[str] = []

    def __call__(self, execute, sql, params, many, context):
        self.said.append(sql.strip())
        return execute(sql, params, many, context)

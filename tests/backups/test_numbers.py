"""What may have been given out and was lost is not given out again, and the gap is explained."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backups import numbers
from orders import audit
from orders.models import Invoice, InvoiceGap
from orders.status import OrderStatus
from tests.factories import make_product

pytestmark = pytest.mark.django_db


def test_a_gap_that_nothing_followed_upon_grows_and_the_audit_knows_it(buyer):
    product, now = make_product(stock=9), timezone.now()
    first = buyer.order_in(OrderStatus.PAID, (product, 1))
    for _restored in range(2):
        numbers.leave_out(now)
    assert list(InvoiceGap.objects.filter(kind="invoice").values_list("after", "until")) == [(1, 201)]
    second = buyer.order_in(OrderStatus.PAID, (product, 1))
    assert list(Invoice.objects.order_by("number").values_list("number", flat=True)) == [1, 202]
    assert second.number > first.number + 2000
    numbers.leave_out(now)
    assert InvoiceGap.objects.filter(kind="invoice").count() == 2
    buyer.order_in(OrderStatus.REFUND, (product, 1))
    assert list(audit.findings()) == []


def test_a_gap_is_as_large_as_a_busy_week(buyer, monkeypatch):
    monkeypatch.setattr(numbers, "FEWEST_PAPERS", 1)
    monkeypatch.setattr(numbers, "FEWEST_ORDERS", 1)
    for _nth in range(3):
        buyer.order_in(OrderStatus.PAID, (make_product(stock=1), 1))
    said = numbers.leave_out(timezone.now())
    assert said[:2] == ["order numbers: 3 are left out", "Invoice: 4 to 6 are left out"]
    assert numbers.leave_out(timezone.now() + timedelta(days=8))[0] == "order numbers: 1 are left out"


def test_a_gap_is_neither_deleted_nor_made_smaller(buyer):
    numbers.leave_out(timezone.now())
    for change in (
        lambda: InvoiceGap.objects.all().delete(),
        lambda: InvoiceGap.objects.update(until=1),
        lambda: InvoiceGap.objects.create(kind="invoice", after=5, until=5, reason="nothing"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()

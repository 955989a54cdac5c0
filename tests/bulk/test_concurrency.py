"""Tables are worked on while others do the same and customers order: real threads, each with its own connection."""

from functools import partial

import pytest
from django.db.models import Sum

from bulk import imports
from bulk.models import ImportJob
from catalog.models import Number, Product, StockMovement
from orders.checkout.placement.placement import place_order
from orders.checkout.placement.stock import InsufficientStock
from orders.models import Order
from tests.bulk.tables import checked, counts
from tests.factories import Buyer, make_numbered, make_product, make_staff
from tests.orders import audited
from tests.parallel import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.flow]


@pytest.fixture
def two_processes(monkeypatch):
    """As if each thread were a process of its own, with a turn of its own; and many pieces."""
    monkeypatch.setattr(imports, "BATCH_SIZE", 5)
    return partial(imports._work)


def test_two_workers_on_one_table_do_each_row_once(two_processes):
    staff, products = make_staff(), [make_product(stock=1) for _ in range(60)]
    job = checked("stock", "sku,received\n" + "".join(f"{p.sku},2\n" for p in products), actor=staff)
    imports.start(job_id=job.pk, actor=staff)

    at_once([partial(two_processes, job.pk) for _ in range(3)])

    job.refresh_from_db()
    assert (job.state, counts(job)) == (ImportJob.State.DONE, (0, 60, 0, 0))
    assert set(Product.objects.values_list("stock_quantity", flat=True)) == {3}
    assert StockMovement.objects.filter(kind="received", quantity=2).count() == 60
    assert audited.run() == []


def test_two_clicks_at_once_start_one_import():
    staff, product = make_staff(), make_product(stock=1)
    job = checked("stock", f"sku,received\n{product.sku},2\n", actor=staff)

    def click():
        try:
            return imports.start(job_id=job.pk, actor=staff)
        except imports.NotReady as refusal:
            return refusal

    results = at_once([click] * 4)
    assert sum(isinstance(result, imports.NotReady) for result in results) == 3
    imports.work(job_id=job.pk)
    product.refresh_from_db()
    assert product.stock_quantity == 3


def test_two_tables_with_the_same_numbers_add_each_once(two_processes):
    staff, room = make_staff(), make_numbered(sku="ROOM")
    text = "sku,number\n" + "".join(f"ROOM,{n}\n" for n in range(60))
    jobs = [checked("numbers", text, actor=staff) for _ in range(2)]
    for job in jobs:
        imports.start(job_id=job.pk, actor=staff)

    at_once([partial(two_processes, job.pk) for job in jobs])

    jobs = list(ImportJob.objects.all())
    assert {job.state for job in jobs} == {ImportJob.State.DONE}
    assert sum(job.added for job in jobs) == Number.objects.filter(product=room).count() == 60
    assert sum(job.unchanged for job in jobs) == 60


def test_counts_are_imported_while_orders_are_placed_and_the_books_add_up(two_processes):
    """Rows in the file stand against the products' ids, and orders take several: locks in id order alone keep them apart."""
    staff, products = make_staff(), [make_product(stock=30) for _ in range(20)]
    rows = "".join(f"{p.sku},12,shelf\n" for p in reversed(products))
    job = checked("stock", f"sku,counted,reason\n{rows}", actor=staff)
    imports.start(job_id=job.pk, actor=staff)
    previews = [
        (buyer, buyer.preview(*((product, 1) for product in products[n % 5 :: 3])))
        for n, buyer in enumerate(Buyer() for _ in range(16))
    ]
    orders = [
        partial(place_order, preview_id=p.id, customer=b.user, price_table_id=b.table.pk, note="")
        for b, p in previews
    ]

    results = at_once([partial(two_processes, job.pk), *orders])

    job.refresh_from_db()
    assert (job.state, job.bad) == (ImportJob.State.DONE, 0)
    assert Order.objects.count() + sum(isinstance(r, InsufficientStock) for r in results) == 16
    for product in Product.objects.all():
        assert product.movements.aggregate(sum=Sum("quantity"))["sum"] == product.stock_quantity
        # Which were taken before the count, only the locks know: a movement is written before its product is locked.
        taken = product.movements.filter(kind="taken").count()
        assert 12 - taken <= product.stock_quantity <= 12
    assert audited.run() == []

"""A worker is killed in the middle of an import: another goes on where it was, and no row is done twice or left out."""

import pytest

from bulk import imports
from bulk.models import ImportJob
from catalog.models import Product, StockMovement
from orders.models import Order
from staff.models import StaffAction
from tests.factories import make_product, make_staff
from tests.journeys.client import place
from tests.waiting import wait_until

pytestmark = pytest.mark.flow
ROWS = 4000


def job_now(pk: int) -> ImportJob:
    return ImportJob.objects.defer("text").get(pk=pk)


def test_an_import_whose_worker_is_killed_goes_on_where_it_was(shop, client, buyer):
    staff, first = make_staff(), make_product(sku="KILL-0", stock=50)
    rows = [
        Product(category=first.category, sku=f"KILL-{n}", slug=f"kill-{n}", name="x", price=1)
        for n in range(1, ROWS)
    ]
    Product.objects.bulk_create(rows)
    text = "sku,received,reason\n" + "".join(f"KILL-{n},2,kill\n" for n in range(ROWS))
    pk = imports.check(actor=staff, kind="stock", file_name="", text=text).pk
    seen = []

    def killed_on_the_way(state: str) -> None:
        """Kill the worker between two moments at which it was in this state; then let another begin."""
        wait_until(lambda: job_now(pk).state == state and job_now(pk).done > 0, "some rows are done")
        shop.kill("worker")
        job = job_now(pk)
        seen.append((job.state, 0 < job.done < ROWS))
        shop.start_one("worker")

    killed_on_the_way("checking")
    wait_until(lambda: job_now(pk).state == "checked", "the check came to its end")
    assert not StockMovement.objects.filter(reason="kill").exists(), "a check leaves nothing behind"
    imports.start(job_id=pk, actor=staff)
    killed_on_the_way("importing")
    order_id = place(client, buyer, first)
    wait_until(lambda: job_now(pk).state == "done", "the import came to its end")

    job = job_now(pk)
    assert seen == [("checking", True), ("importing", True)]
    assert (job.added, job.changed, job.unchanged, job.bad) == (0, ROWS, 0, 0)
    moved = StockMovement.objects.filter(reason="kill")
    assert moved.count() == moved.values("product").distinct().count() == ROWS
    assert set(
        Product.objects.filter(sku__startswith="KILL-", pk__gt=first.pk).values_list(
            "stock_quantity", flat=True
        )
    ) == {2}
    first.refresh_from_db()
    assert (first.stock_quantity, Order.objects.filter(pk=order_id).count()) == (51, 1)
    said = StaffAction.objects.filter(
        object_type="catalog.product", action="catalog.change_stock", actor=staff
    )
    assert said.count() == ROWS

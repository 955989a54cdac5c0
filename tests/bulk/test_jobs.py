"""A job goes on wherever it was: after a lost right, a failure, a lost hint; and it is forgotten in time."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bulk import exports, imports
from bulk.models import ExportJob, ImportJob
from bulk.turns import policy
from catalog import inventory
from catalog.models import Product
from orders.reports import attention
from orders.tasks import sweep
from outbox.queue import ClaimLost, claim
from tests import pauses
from tests.bulk.tables import checked, counts, problems, run
from tests.factories import make_numbered, make_product, staff_of

pytestmark = pytest.mark.django_db
S = ImportJob.State


def received(*skus: str) -> str:
    return "sku,received\n" + "".join(f"{sku},1\n" for sku in skus)


@pytest.fixture
def small(monkeypatch):
    """Pieces of two rows."""
    monkeypatch.setattr(imports, "BATCH_SIZE", 2)


def stocks() -> list[int]:
    return list(Product.objects.order_by("pk").values_list("stock_quantity", flat=True))


def test_a_right_that_is_lost_stops_the_job_at_the_next_piece(small, monkeypatch):
    clerk, skus = staff_of("catalog"), [make_product().sku for _ in range(6)]
    job = checked("stock", received(*skus), actor=clerk)
    change_stock = inventory.change_stock

    def last_time(**wanted):
        clerk.groups.clear()
        return change_stock(**wanted)

    monkeypatch.setattr(inventory, "change_stock", last_time)
    job = run(job, actor=clerk)

    assert (job.state, job.failure, job.done, job.rows) == (S.FAILED, "permission_denied", 2, 6)
    assert job.why_failed.startswith("The person who started it may not do this any more.")
    assert stocks() == [1, 1, 0, 0, 0, 0]


def test_a_failure_is_tried_again_where_it_was_and_not_for_ever(small, staff, monkeypatch, settings):
    settings.BULK_RETRY_AFTER = 0
    skus = [make_product().sku for _ in range(6)]
    job = checked("stock", received(*skus), actor=staff)
    change_stock, calls = inventory.change_stock, []

    def fails(**wanted):
        calls.append(wanted)
        if 1 < len(calls) < fails_until:
            raise OperationalError("the database went away")
        return change_stock(**wanted)

    monkeypatch.setattr(inventory, "change_stock", fails)
    fails_until = 4
    job = run(job, actor=staff)
    for _again in range(3):
        sweep()
        imports.work(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, counts(job), stocks()) == (S.DONE, (0, 6, 0, 0), [1] * 6)

    calls.clear()
    fails_until = 99
    job = checked("stock", received(*skus), actor=staff)
    assert (job.state, job.attempts) == (S.CHECKING, 1)
    for _again in range(6):
        imports.work(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.failure, stocks()) == (S.FAILED, "broken", [1] * 6)
    assert list(attention.given_up_imports()) == [job]
    ImportJob.objects.update(given_up_at=timezone.now() - timedelta(days=8))
    sweep()
    assert not attention.given_up_imports()


def test_the_sweep_asks_for_jobs_that_nobody_works_on(staff, hints, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = imports.check(actor=staff, kind="stock", file_name="", text=received("X"))
        export = exports.ask(actor=staff, kind="stock")
    hints.left()
    assert sorted(hints) == [("bulk.export", str(export.pk)), ("bulk.import", str(job.pk))]
    hints.clear()
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    hints.left()
    assert len(hints) == 2
    ImportJob.objects.update(next_attempt_at=timezone.now() + timedelta(seconds=9))
    ExportJob.objects.update(next_attempt_at=timezone.now() + timedelta(seconds=9))
    hints.clear()
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    hints.left()
    assert hints == []


def test_a_worker_that_is_late_leaves_an_import_to_the_next(small, staff):
    job = checked("stock", received(*(make_product().sku for _ in range(4))), actor=staff)
    imports.start(job_id=job.pk, actor=staff)
    late = claim(ImportJob.objects.filter(pk=job.pk), policy())
    late = imports._piece(late, imports.table_of(late), {})
    pauses.pass_for(ImportJob.objects.all())
    imports.work(job_id=job.pk)

    with pytest.raises(ClaimLost):
        imports._piece(late, imports.table_of(ImportJob.objects.get(pk=job.pk)), {})

    job.refresh_from_db()
    assert (job.state, counts(job), stocks()) == (S.DONE, (0, 4, 0, 0), [1] * 4)


def test_a_worker_that_is_late_leaves_an_export_to_the_next(staff):
    make_product()
    export = exports.ask(actor=staff, kind="stock")
    late = claim(ExportJob.objects.select_related("actor").filter(pk=export.pk), policy())
    pauses.pass_for(ExportJob.objects.all())
    exports.work(job_id=export.pk)

    with pytest.raises(ClaimLost):
        exports._written(late)

    export.refresh_from_db()
    assert (export.state, export.attempts) == ("done", 2)


def test_an_export_that_fails_again_and_again_is_given_up_and_staff_see_it(staff, monkeypatch, settings):
    settings.BULK_RETRY_AFTER = 0
    monkeypatch.setattr(exports, "_written", lambda job: 1 / 0)
    export = exports.ask(actor=staff, kind="stock")
    for _again in range(6):
        exports.work(job_id=export.pk)

    export.refresh_from_db()
    assert (export.state, export.failure, export.attempts) == ("failed", "broken", 5)
    assert list(attention.given_up_exports()) == [export]
    ExportJob.objects.update(given_up_at=timezone.now() - timedelta(hours=25))
    sweep()
    assert not attention.given_up_exports()


def test_a_line_that_the_database_alone_refuses_is_named_and_the_others_go_on(staff, monkeypatch):
    """As when somebody takes an address between our look at the addresses and our writing."""
    make_product(sku="OLD")
    lines = "".join(f"N{n},New,n{n},things,1\n" for n in range(3))
    job = checked("products", f"sku,name,slug,category,price\n{lines}", actor=staff)
    Product.objects.filter(sku="OLD").update(slug="n1")
    monkeypatch.setattr("catalog.bulk.products.ProductsTable.check", lambda *args: {})
    job = run(job, actor=staff)
    assert (job.state, counts(job)) == (S.DONE, (2, 0, 0, 1))
    assert problems(job) == [(3, "", "conflict")]
    assert set(Product.objects.values_list("sku", flat=True)) == {"OLD", "N0", "N2"}


@pytest.mark.parametrize("kind", ["stock", "prices", "numbers", "products"])
def test_a_piece_takes_as_many_statements_for_few_rows_as_for_many(staff, kind):
    taken = []
    for rows in (3, 30):
        make = make_numbered if kind == "numbers" else make_product
        skus = [make().sku for _ in range(rows)]
        cells = {"stock": "5,,why", "prices": "5", "numbers": "7", "products": "5,10"}[kind]
        heads = {"stock": "counted,received,reason", "prices": "price", "numbers": "number"}
        head = heads.get(kind, "price,weight_g")
        job = checked(kind, f"sku,{head}\n" + "".join(f"{sku},{cells}\n" for sku in skus), actor=staff)
        assert job.may_start
        with CaptureQueriesContext(connection) as queries:
            run(job, actor=staff)
        taken.append(len(queries))
    assert taken[0] == taken[1] <= 45


def test_what_lay_for_long_is_forgotten(staff):
    old_import = checked("stock", received(make_product().sku), actor=staff)
    young = checked("stock", received(make_product().sku), actor=staff)
    export = exports.ask(actor=staff, kind="stock")
    exports.work(job_id=export.pk)
    ImportJob.objects.filter(pk=old_import.pk).update(created_at=timezone.now() - timedelta(days=31))
    sweep()
    export.refresh_from_db()
    assert export.is_ready
    ExportJob.objects.update(finished_at=timezone.now() - timedelta(hours=25))
    sweep()
    export.refresh_from_db()
    old_import.refresh_from_db()
    young.refresh_from_db()
    assert (export.state, bytes(export.content)) == ("forgotten", b"")
    with pytest.raises(exports.Gone):
        exports.take(job_id=export.pk, actor=staff)
    assert (old_import.state, old_import.failure, old_import.text) == (S.FAILED, "forgotten", "")
    assert young.may_start and young.text

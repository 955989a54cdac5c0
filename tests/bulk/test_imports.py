"""A table comes in: checked to its end without a trace, then imported as if each row had been done by hand."""

import pytest

from bulk import imports
from bulk.models import ImportJob
from catalog.models import Number, Product, StockMovement
from staff.models import StaffAction
from tests.bulk.tables import checked, counts, imported, problems, run
from tests.factories import make_numbered, make_product

pytestmark = pytest.mark.django_db
S = ImportJob.State


def test_a_check_changes_nothing_and_says_what_would_be(staff):
    cup, room = make_product(stock=5, sku="CUP"), make_numbered(numbers=1, sku="ROOM")
    before = StockMovement.objects.count(), StaffAction.objects.count()

    stock = checked("stock", "sku,counted,received,reason\nCUP,,20,crate 7\n", actor=staff)
    numbers = checked("numbers", "sku,number\nROOM,ROOM/001\nROOM,ROOM/002\n", actor=staff)

    assert (stock.state, counts(stock)) == (S.CHECKED, (0, 1, 0, 0))
    assert (numbers.state, counts(numbers)) == (S.CHECKED, (1, 0, 1, 0))
    cup.refresh_from_db()
    assert (cup.stock_quantity, room.numbers.count()) == (5, 1)
    assert (StockMovement.objects.count(), StaffAction.objects.count()) == before


def test_stock_is_counted_and_received_with_who_and_why(staff):
    cup, mug, lid = (make_product(stock=5, sku=sku) for sku in ("CUP", "MUG", "LID"))

    job = imported(
        "stock", "sku;counted;received;reason\nCUP;;20;crate 7\nMUG;3;;two broke\nLID;5;;\n", actor=staff
    )

    assert (job.state, counts(job)) == (S.DONE, (0, 2, 1, 0))
    last = [p.movements.values_list("kind", "quantity", "actor", "reason").first() for p in (cup, mug, lid)]
    assert last[0] == ("received", 20, staff.pk, "crate 7")
    assert last[1] == ("counted", -2, staff.pk, "two broke")
    assert last[2][0] == "received", "a count that is right moves nothing"
    assert list(Product.objects.order_by("pk").values_list("stock_quantity", flat=True)) == [25, 3, 5]
    said = StaffAction.objects.filter(object_type="catalog.product").order_by("id")
    assert [(row.action, row.details["quantity"], row.details["reason"]) for row in said] == [
        ("catalog.change_stock", 20, "crate 7"),
        ("catalog.change_stock", -2, "two broke"),
    ]


def test_numbers_are_added_and_those_that_are_there_are_remarked_upon(staff):
    room, key = make_numbered(numbers=1, sku="ROOM"), make_numbered(sku="KEY")

    job = imported("numbers", "sku\tnumber\r\nROOM\tROOM/001\r\nROOM\t 102 \r\nKEY\ta,b\r\n", actor=staff)

    assert counts(job) == (2, 0, 1, 0)
    assert list(room.numbers.values_list("value", flat=True)) == ["ROOM/001", "102"]
    assert list(key.numbers.values_list("value", "state")) == [("a,b", "free")]
    (note,) = job.notes.all()
    assert (note.line, note.value, note.is_bad) == (2, "ROOM/001", False)
    assert note.sentence == "It is there already and stays as it is."


def test_every_bad_line_is_named_and_nothing_can_be_imported(staff):
    make_product(stock=5, sku="CUP")
    make_numbered(sku="ROOM")
    text = (
        "sku,counted,received,reason\n"  # 1
        "CUP,7,,\n"  # 2: no reason
        "NONE,7,,found\n"  # 3
        "ROOM,1,,found\n"  # 4
        "\n"  # 5
        "CUP,1,1,both\n"  # 6: also twice
        'CUP,"1,5",,comma\n'  # 7
        "MUG,1\n"  # 8
    )
    job = checked("stock", text, actor=staff)
    assert problems(job) == [
        (2, "reason", "reason_needed"),
        (3, "sku", "unknown_sku"),
        (4, "sku", "not_counted"),
        (6, "sku", "twice"),
        (7, "sku", "twice"),
        (8, "", "cells"),
    ]
    with pytest.raises(imports.NotReady):
        imports.start(job_id=job.pk, actor=staff)
    assert ImportJob.objects.get(pk=job.pk).state == S.CHECKED


def test_a_retired_number_is_a_bad_line(staff):
    room = make_numbered(numbers=1, sku="ROOM")
    Number.objects.update(state=Number.State.RETIRED)
    job = checked("numbers", "sku,number\nROOM,ROOM/001\n", actor=staff)
    assert problems(job) == [(2, "number", "number_is_retired")]
    assert room.numbers.count() == 1


def test_a_line_that_went_bad_after_the_check_is_refused_and_the_others_go_on(staff):
    make_numbered(numbers=0, sku="ROOM")
    job = checked("numbers", "sku,number\nROOM,1\nROOM,2\nROOM,3\n", actor=staff)
    number = Number.objects.create(product=Product.objects.get(), value="2", state=Number.State.RETIRED)

    job = run(job, actor=staff)

    assert (job.state, counts(job)) == (S.DONE, (2, 0, 0, 1))
    assert problems(job) == [(3, "number", "number_is_retired")]
    assert Number.objects.count() == 3
    number.refresh_from_db()
    assert number.state == "retired"

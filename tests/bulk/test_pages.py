"""The pages on which tables come in and go out: sent, looked at while they are worked on, imported by a button."""

import csv
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bulk import exports, imports
from bulk.models import ExportJob, ImportJob
from staff.models import StaffAction
from tests.bulk.tables import checked
from tests.factories import make_numbered, make_product, make_staff, staff_of

pytestmark = pytest.mark.django_db
IMPORTS, EXPORTS = "/admin/bulk/importjob/", "/admin/bulk/exportjob/"


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def file(text: str | bytes, name: str = "stock.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())


def numbers_page(product) -> str:
    return reverse("admin:catalog_product_numbers", args=[product.pk])


def page_of(job) -> str:
    return f"/admin/bulk/{job._meta.model_name}/{job.pk}/change/"


def work() -> None:
    for job_id in imports.due():
        imports.work(job_id=job_id)
    for job_id in exports.due():
        exports.work(job_id=job_id)


def test_a_file_is_checked_shown_and_imported_by_its_button(desk, staff):
    product = make_product(stock=5, sku="CUP")
    sent = {"kind": "stock", "file": file("sku,received,reason\nCUP,20,crate 7\n")}
    answer = desk.post(f"{IMPORTS}add/", sent)
    job = ImportJob.objects.get()
    assert answer.url == page_of(job)

    page = desk.get(answer.url).content.decode()
    assert 'role="progressbar"' in page and 'aria-valuemax="1"' in page and 'hx-trigger="every 1s"' in page
    assert desk.post(f"{IMPORTS}{job.pk}/start/", follow=True).status_code == 200  # too early: it says so
    work()
    page = desk.get(f"{IMPORTS}{job.pk}/state/").content.decode()
    assert "Import 1 row" in page and "hx-trigger" not in page
    product.refresh_from_db()
    assert product.stock_quantity == 5

    desk.post(f"{IMPORTS}{job.pk}/start/")
    work()
    product.refresh_from_db()
    assert product.stock_quantity == 25
    assert ImportJob.objects.get().state == ImportJob.State.DONE
    assert "Import 1 row" not in desk.get(page_of(job)).content.decode()


def test_a_double_click_imports_once(desk):
    product = make_product(stock=5, sku="CUP")
    job = checked("stock", "sku,received\nCUP,20\n", actor=make_staff())
    for _click in range(2):
        desk.post(f"{IMPORTS}{job.pk}/start/")
    work()
    answer = desk.post(f"{IMPORTS}{job.pk}/start/", follow=True)
    assert "It was started already" in answer.content.decode()
    work()
    product.refresh_from_db()
    assert product.stock_quantity == 25
    assert StaffAction.objects.filter(object_type="bulk.importjob").count() == 1


def test_bad_lines_are_on_the_page_and_all_of_them_in_a_file(desk, staff):
    lines = "".join(f"NONE-{n},1,=found\n" for n in range(1, 251))
    job = checked("stock", f"sku,counted,reason\n{lines}", actor=staff)
    page = desk.get(page_of(job)).content.decode()
    assert "NONE-200" in page and "NONE-201" not in page and "No product has this SKU." in page
    assert "NONE-250" in desk.get(page_of(job), {"page": 2}).content.decode()
    assert "Import" not in page.split('id="job"')[1].split("</section>")[0]

    sent = desk.get(f"{IMPORTS}{job.pk}/lines/").content.decode("utf-8-sig")
    _heading, *rows = csv.reader(StringIO(sent))
    assert len(rows) == 250
    assert rows[0] == ["2", "sku", "NONE-1", "No product has this SKU."]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The submitted file is empty."),
        (b"sku,counted,reason\n\n", "There is nothing in it besides the heading."),
        (b"sku,counted,reason\nC\xe1,1,x\n", "not a text in UTF-8"),
        ("sku,counted,reason\nCá,1,x\n".encode("utf-16"), "not a text in UTF-8"),
        (b"sku,counted\nC\0,1\n", "not a text in UTF-8"),
        (b"sku,amount\nC,1\n", "Unknown columns: amount."),
        (b"counted,reason\n1,x\n", "These columns are missing: sku."),
        (b"sku,counted,SKU\nC,1,C\n", "There are two columns named sku."),
        (b'sku,counted\nC,"1\n', "a quotation mark is not closed"),
        (b"sku,counted\n" + b"C,1\n" * 50_001, "It has more than 50000 lines."),
        (b"sku,counted\n" + b"C,1111111\n" * 1_100_000, "It is larger than 10 MB."),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_and_not_kept(desk, content, says):
    answer = desk.post(f"{IMPORTS}add/", {"kind": "stock", "file": file(content)})
    assert says in answer.content.decode()
    assert not ImportJob.objects.exists()


# --- a product's numbers ---------------------------------------------------------------------------------------------


def test_pasted_numbers_are_checked_line_by_line_before_they_are_added(desk):
    room = make_numbered(numbers=1, sku="ROOM")
    pasted = "  Room 2\r\nROOM/001\r\n\r\nRoom 3 \r\nRoom 3\r\n" + "x" * 201
    answer = desk.post(numbers_page(room), {"values": pasted}, follow=False)
    work()
    job = ImportJob.objects.get()
    assert answer.url == page_of(job)
    said = [(one.line, one.sentence, one.is_bad) for one in job.notes.all()]
    assert said == [
        (2, "It is there already and stays as it is.", False),
        (5, "The same as in line 4.", True),
        (6, "Longer than 200 characters.", True),
    ]
    assert room.numbers.count() == 1

    desk.post(numbers_page(room), {"values": pasted.rsplit("\r\n", 2)[0]})
    work()
    job = ImportJob.objects.first()
    assert "Add 2 numbers" in desk.get(page_of(job)).content.decode()
    desk.post(f"{IMPORTS}{job.pk}/start/")
    work()
    assert list(room.numbers.values_list("value", flat=True)) == ["ROOM/001", "Room 2", "Room 3"]


@pytest.mark.parametrize(
    "content", ["=101\n102\n", "number\n=101\n102\n", "number;sku\n=101;ROOM\n102;ROOM\n", "'=101\n102\n"]
)
def test_numbers_come_in_a_file_with_or_without_a_heading(desk, content):
    room = make_numbered(sku="ROOM")
    desk.post(numbers_page(room), {"values": "", "file": file(content, "rooms.txt")})
    work()
    job = ImportJob.objects.get()
    desk.post(f"{IMPORTS}{job.pk}/start/")
    work()
    first = "'=101" if content.startswith("'") else "=101"
    assert list(room.numbers.values_list("value", flat=True)) == [first, "102"]


def test_neither_or_both_of_a_paste_and_a_file_are_refused(desk):
    room = make_numbered(sku="ROOM")
    for sent in ({"values": " "}, {"values": "1", "file": file("2")}):
        assert "Paste numbers, or choose a file" in desk.post(numbers_page(room), sent).content.decode()
    assert not ImportJob.objects.exists()


# --- exports ---------------------------------------------------------------------------------------------------------


def test_an_export_is_asked_for_written_and_taken_by_whoever_asked(client, desk, staff):
    make_product(stock=3, sku="CUP", name="Chén Huế")
    answer = desk.post(f"{EXPORTS}add/?kind=stock", {"kind": "stock"})
    job = ExportJob.objects.get()
    assert answer.url == page_of(job)
    assert 'role="progressbar"' in desk.get(answer.url).content.decode()
    take = f"{EXPORTS}{job.pk}/take/"
    assert "not ready" in desk.get(take, follow=True).content.decode()
    work()
    assert "Download" in desk.get(answer.url).content.decode()
    taken = desk.get(take)
    assert b"".join(taken.streaming_content).decode() == (
        "\ufeffsku,name,on_hand,promised,free,counted,received,reason\r\nCUP,Chén Huế,3,0,3,,,\r\n"
    )
    assert taken["Content-Disposition"].startswith('attachment; filename="stock-')
    assert StaffAction.objects.get().object_type == "bulk.exportjob"

    client.force_login(make_staff())
    assert client.get(take).status_code == 403
    assert "Download" not in client.get(page_of(job)).content.decode()


def test_lists_lead_to_their_tables(desk):
    for path, words in (
        ("catalog/product/", ("importjob/add/?kind=", "exportjob/add/?kind=")),
        ("catalog/number/", ("importjob/add/?kind=numbers", "exportjob/add/?kind=numbers")),
        ("orders/pricetable/", ("importjob/add/?kind=bands", "exportjob/add/?kind=bands")),
        ("orders/order/?status__exact=paid", ("exportjob/add/?kind=orders&amp;status__exact=paid",)),
    ):
        page = desk.get(f"/admin/{path}").content.decode()
        assert all(word in page for word in words), path
    asked = desk.get(f"{EXPORTS}add/?kind=orders&status__exact=paid&placed_at_from=2026-01-02")
    assert '<option value="paid" selected>' in asked.content.decode()
    assert 'value="2026-01-02"' in asked.content.decode()
    assert "kind=orders" in desk.get(f"{EXPORTS}add/").content.decode()


def test_pages_of_kinds_without_the_right_are_closed(client):
    job = checked("stock", "sku,received\nNONE,20\n", actor=make_staff())
    client.force_login(staff_of("fulfilment"))
    for path in ("", "add/", f"{job.pk}/change/", f"{job.pk}/state/", f"{job.pk}/lines/"):
        assert client.get(f"{IMPORTS}{path}").status_code == 403, path
    assert client.post(f"{IMPORTS}{job.pk}/start/").status_code == 403
    # Whoever may bring in other tables sees nothing of this one.
    client.force_login(staff_of("finance"))
    assert job.file_name not in client.get(IMPORTS).text
    for path in ("change/", "state/", "lines/"):
        assert client.get(f"{IMPORTS}{job.pk}/{path}").status_code == 404, path
    assert client.post(f"{IMPORTS}{job.pk}/start/").status_code == 404
    client.force_login(staff_of("support"))
    assert "kind=orders" not in client.get(f"{EXPORTS}add/").content.decode()
    client.post(f"{EXPORTS}add/?kind=orders", {"kind": "orders"})
    assert not ExportJob.objects.exists()

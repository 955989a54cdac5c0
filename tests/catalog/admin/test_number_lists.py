"""A list of numbers never sells its heading: what is not clearly one is asked, and what was read is shown."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bulk.models import ImportJob
from catalog.bulk import lists
from tests.bulk.test_pages import work
from tests.factories import make_numbered

pytestmark = pytest.mark.django_db
KEYS = ["AAAA-1111-BBBB", "CCCC-2222-DDDD", "EEEE-3333-FFFF"]


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


@pytest.fixture
def key():
    return make_numbered(sku="KEY", numbers_reusable=False)


def sent(desk, key, text: str, *, name: str = "", **more):
    data = {"values": "", "file": SimpleUploadedFile(name, text.encode())} if name else {"values": text}
    return desk.post(reverse("admin:catalog_product_numbers", args=[key.pk]), data | more)


def imported(desk, answer) -> None:
    assert answer.status_code == 302
    work()
    job = ImportJob.objects.latest("pk")
    desk.post(reverse("admin:bulk_importjob_start", args=[job.pk]))
    work()


@pytest.mark.parametrize(
    "heading",
    [
        "Licence key", "Key", "license_key", "LICENSE KEY", "Serial", "Seriennummer", "Mã số", "Clé", "Номер", "キー",
        "Code 1", "Keys 2026", "Windows 11 Pro", "Voucher-Code", "No.", "KEY", '"Licence key"', "batch",
        "2026-11-29", "50", "...", "V1.0", "KEYS2026",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["", "keys.csv", "keys.txt"])
def test_what_may_be_a_heading_is_asked_and_never_sold(desk, key, heading, name):
    text = "\r\n".join(["", heading, *KEYS, ""])
    answer = sent(desk, key, text, name=name)
    assert answer.status_code == 200 and not ImportJob.objects.exists()
    words = heading.strip('"') if name.endswith(".csv") else heading.replace('"', "&quot;")
    assert f"Is “{words}” a number" in answer.text
    pasted = answer.context["form"]["values"].value()
    imported(desk, sent(desk, key, pasted, first_line="heading"))
    assert list(key.numbers.values_list("value", flat=True)) == KEYS


def test_a_heading_in_the_middle_of_files_put_behind_each_other_is_not_sold(desk, key):
    text = "\n".join(["Licence key", *KEYS[:2], "Licence key", *KEYS[2:]])
    imported(desk, sent(desk, key, text, first_line="heading"))
    assert list(key.numbers.values_list("value", flat=True)) == KEYS


def test_the_named_column_of_files_put_behind_each_other_is_not_sold(desk, key):
    imported(desk, sent(desk, key, "\n".join(["number", *KEYS[:2], "Number", *KEYS[2:]])))
    assert list(key.numbers.values_list("value", flat=True)) == KEYS


def test_what_stands_second_over_a_list_is_asked_too(desk, key):
    answer = sent(desk, key, "\n".join(["Export 2026", "Licence key", *KEYS]), first_line="heading")
    assert "Is “Licence key” a number" in answer.text and not ImportJob.objects.exists()
    imported(desk, sent(desk, key, answer.context["form"]["values"].value(), first_line="heading"))
    assert list(key.numbers.values_list("value", flat=True)) == KEYS


def test_a_first_line_that_is_a_number_is_sold_when_somebody_says_so(desk, key):
    text = "Garden room\nRiver room\n"
    assert "Is “Garden room” a number" in sent(desk, key, text).text
    imported(desk, sent(desk, key, text, first_line="number"))
    assert list(key.numbers.values_list("value", flat=True)) == ["Garden room", "River room"]


@pytest.mark.parametrize(
    "lines",
    [KEYS, ["101", "102"], ["=101"], ["Room 1", "Room 2", "Room 3"], ["+84 28 1", "+84 28 2"], ["A1"],
     ["Row 1, seat 2", "Row 1, seat 3"]],
)  # fmt: skip
@pytest.mark.parametrize("name", ["", "keys.txt"])
def test_what_is_clearly_a_number_is_not_asked_about(desk, key, lines, name):
    imported(desk, sent(desk, key, "\n".join(lines), name=name))
    assert list(key.numbers.values_list("value", flat=True)) == lines


@pytest.mark.parametrize("name", ["", "keys.csv", "keys.txt"])
@pytest.mark.parametrize("heading", ["number", "Number", '"number"', "\ufeffnumber"])
def test_a_column_named_number_is_read_by_its_name(desk, key, heading, name):
    imported(desk, sent(desk, key, "\n".join([heading, *KEYS]), name=name))
    assert list(key.numbers.values_list("value", flat=True)) == KEYS


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Licence key,Valid until\nAAAA-1,2027-01-01\n", "keys.csv"),
        ("AAAA-1;2027-01-01\nAAAA-2;2027-01-01\n", "keys.csv"),
        ("Licence key\tNote\nAAAA-1\tnew\n", "keys.txt"),
        ("AAAA-1\tnew\nAAAA-2\told\n", ""),
    ],
)
def test_several_columns_of_which_none_is_named_are_refused(desk, key, text, name):
    assert "It has several columns" in sent(desk, key, text, name=name).text
    assert not ImportJob.objects.exists()


def test_numbers_in_the_quotes_of_a_spreadsheet_are_sold_without_them(desk, key):
    imported(desk, sent(desk, key, '"AB,C1"\r\n"AB""C2"\r\n', name="keys.csv"))
    assert list(key.numbers.values_list("value", flat=True)) == ["AB,C1", 'AB"C2']


def test_the_check_page_shows_the_first_and_the_last_values_to_whoever_sent_them(desk, client, key, staff):
    values = [f"{n:03}-KEY" for n in range(1, 41)]
    answer = sent(desk, key, "\n".join(values))
    work()
    page = desk.get(answer.url)
    assert [cells for _line, cells in page.context["glance"]["rows"]] == [
        ["KEY", value] for value in (*values[:3], *values[-3:])
    ]
    assert "039-KEY" in page.text and "020-KEY" not in page.text
    from tests.factories import staff_of

    client.force_login(staff_of("catalog"))
    assert "039-KEY" not in client.get(answer.url).text


@pytest.mark.parametrize(
    ("lines", "unclear"),
    [([""], False), (["Key"], True), (["Key 1"], False), (["Key-1", "Key-2"], False), (["a1", "A2"], True),
     (["1a", "2a"], False), (["9", "A10", "A11"], True), (["9", "10", "A11"], False), (["A9", "A10", "A11"], False),
     (["#", "1", "2"], True), (["№", "101"], True), (["*", "A1"], True), (["2026", "1234-5678", "9876-5432"], True),
     (["100", "1234567890123", "9234567890123"], True), (["9", "10", "101"], False), (["#1", "#2"], False),
     (["V10", "ABCDEFGH12", "IJKLMNOP34"], True), (["ABCDEFGH56", "ABCDEFGH12", "IJKLMNOP34"], False)],
)  # fmt: skip
def test_a_first_line_is_unclear_when_the_others_are_written_otherwise(lines, unclear):
    assert lists.is_unclear("\n".join(lines)) == unclear

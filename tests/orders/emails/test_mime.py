"""An email as it is handed over: its parts."""

import random
from email import message_from_bytes

import pytest
from django.core.mail.message import SafeMIMEMultipart

from orders.emails.mime import Message, Together, _usual

PAPER = random.Random(1).randbytes(21_000)


def made(*, paper: bytes = b"%PDF-1.7", body: str = "Thank you.") -> Message:
    message = Message(subject="Paid", body=body, from_email="shop@example.com", to=["me@example.com"])
    message.attach_alternative("<p>Thank you.</p>", "text/html")
    message.attach("invoice.pdf", paper, "application/pdf")
    return message


def test_its_parts_are_found_again():
    parsed = message_from_bytes(made().message().as_bytes())

    assert [part.get_content_type() for part in parsed.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    *_others, paper = parsed.walk()
    assert paper.get_payload(decode=True) == b"%PDF-1.7"


def test_what_parts_them_is_new_in_each_email_and_each_of_its_levels():
    parts = [part for _nth in range(2) for part in made().message().walk() if part.is_multipart()]

    assert len({part.get_boundary() for part in parts}) == 4


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "body", ["Từ Hà Nội", "From me\r\nto you\r.\n\n..\n", "a\x0bb\u2028c " * 200, "x" * 1200]
)
def test_it_is_written_as_python_writes_it(body, end):
    message = made(paper=PAPER, body=body).message()

    assert message.as_bytes(linesep=end) == SafeMIMEMultipart.as_bytes(message, linesep=end)


@pytest.mark.parametrize("size", [0, 1, 56, 57, 58, 114, 21_000])
def test_a_file_arrives_as_it_is_in_lines_that_are_short(size):
    message = made(paper=PAPER[:size]).message()

    *_others, paper = message_from_bytes(message.as_bytes()).walk()
    assert paper.get_payload(decode=True) == PAPER[:size]
    assert paper["Content-Disposition"] == 'attachment; filename="invoice.pdf"'
    assert max(map(len, message.as_bytes().splitlines())) <= 78


def test_a_file_is_written_in_one_go(monkeypatch):
    written: list[str] = []
    monkeypatch.setattr(Together, "write", lambda _self, text: written.append(text))

    made(paper=PAPER).message().as_bytes()

    assert sum(len(text) > 100 for text in written) == 1
    assert len(written) < 60


def test_headers_that_emails_have_alike_are_written_once():
    made().message().as_bytes()
    before = _usual.cache_info()

    made().message().as_bytes()

    # What parts it is in two of them.
    after = _usual.cache_info()
    assert after.misses - before.misses == 2
    assert after.hits - before.hits > 8


@pytest.mark.parametrize("name", ["Thư " * 40, "Me, " * 40, "a" * 200])
def test_headers_are_written_as_python_writes_them(name):
    message = made()
    message.from_email, message.subject = f'"{name}" <shop@example.com>', name
    message.extra_headers = {"Auto-Submitted": "auto-generated", "X-Of": name}
    written = message.message()

    assert written.as_bytes() == SafeMIMEMultipart.as_bytes(written)
    assert written.as_bytes(linesep="\r\n") == SafeMIMEMultipart.as_bytes(written, linesep="\r\n")

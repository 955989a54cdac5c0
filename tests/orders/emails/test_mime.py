"""An email as it is handed over: its parts."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.core.mail import BadHeaderError, EmailMultiAlternatives

from orders.emails.mime import Message


def made() -> Message:
    message = Message(subject="Paid", body="Thank you.", from_email="shop@example.com", to=["me@example.com"])
    message.attach_alternative("<p>Thank you.</p>", "text/html")
    message.attach("invoice.pdf", b"%PDF-1.7", "application/pdf")
    return message


def parsed(message: EmailMultiAlternatives) -> EmailMessage:
    return message_from_bytes(message.message().as_bytes(), _class=EmailMessage, policy=policy.default)


def test_its_parts_are_found_again():
    found = parsed(made())

    assert [part.get_content_type() for part in found.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    *_others, paper = found.walk()
    assert paper.get_payload(decode=True) == b"%PDF-1.7"


def test_what_parts_them_is_new_in_each_email_and_each_of_its_levels():
    parts = [part for _nth in range(2) for part in parsed(made()).walk() if part.is_multipart()]

    assert len({part.get_boundary() for part in parts}) == 4


SAID = [
    "Thank you.",
    "Cảm ơn bạn.\n\nTrà: 2 × 茶",
    "From here\n.\n--=\nto there",
    "short\n" + "ế" * 700 + " =\n",
]


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("linesep", ["\n", "\r\n"])
def test_what_is_said_arrives_as_it_was_said(said, linesep):
    message = Message(subject="Paid", body=said, to=["me@example.com"])
    message.attach_alternative(f"<p>{said}</p>", "text/html")

    handed_over = message.message().as_bytes(linesep=linesep)

    assert max(map(len, handed_over.split(b"\n"))) <= 1000, "no mail server takes longer lines"
    _whole, text, html = message_from_bytes(handed_over, _class=EmailMessage, policy=policy.default).walk()
    heard = [part.get_content().replace("\r\n", "\n").rstrip("\n") for part in (text, html)]
    assert heard == [said.rstrip("\n"), f"<p>{said}</p>"]


def test_its_head_is_what_django_would_write():
    subject, to = "Đơn hàng 7: tiền đã đến " * 9, "phở@example.com"
    made = {"subject": subject, "body": "x", "from_email": "Tiệm trà <shop@example.com>", "to": [to]}
    headers = {"Message-ID": "<1@example.com>", "Date": "Mon, 30 Nov 2026 00:00:00 -0000"}

    ours = parsed(Message(**made, headers=headers))
    theirs = parsed(EmailMultiAlternatives(**made, headers=headers))

    names = ("Subject", "From", "To", "Date", "Message-ID", "MIME-Version", "Content-Type")
    # Where Django folds it again there is a space more.
    assert [ours[name].strip() for name in names] == [theirs[name].strip() for name in names]


@pytest.mark.parametrize("where", ["subject", "from_email"])
def test_a_line_break_in_a_header_is_refused(where):
    with pytest.raises(BadHeaderError):
        Message(**{"body": "x", "to": ["me@example.com"], where: "a\nBcc: all@example.com"}).message()


@pytest.mark.parametrize("name", ["invoice-1.pdf", 'Hóa đơn "7".pdf', "a;b=c.pdf"])
def test_a_file_has_its_name_and_its_bytes(name):
    message = made()
    message.attach(name, bytes(range(256)) * 9, "application/octet-stream")

    *_others, file = parsed(message).walk()

    assert (file.get_filename(), file.get_payload(decode=True)) == (name, bytes(range(256)) * 9)

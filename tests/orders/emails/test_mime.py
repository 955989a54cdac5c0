"""An email as it is handed over: its parts."""

from email import message_from_bytes

from orders.emails.mime import Message


def made() -> Message:
    message = Message(subject="Paid", body="Thank you.", from_email="shop@example.com", to=["me@example.com"])
    message.attach_alternative("<p>Thank you.</p>", "text/html")
    message.attach("invoice.pdf", b"%PDF-1.7", "application/pdf")
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

"""The demo's mailbox on the site."""

import pytest
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives

from demo import mailbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def _email_files(settings, tmp_path):
    settings.DEMO = True
    settings.EMAIL_FILE_PATH = str(tmp_path / "emails")


def send(subject: str, body: str) -> None:
    connection = mail.get_connection("django.core.mail.backends.filebased.EmailBackend")
    EmailMessage(subject, body, "shop@example.com", ["hoa@example.com"], connection=connection).send()


@pytest.mark.usefixtures("_email_files")
def test_emails_are_listed_newest_first_and_their_links_work(visitor):
    assert "No emails yet" in visitor.text("/demo/mails/")
    send("Đơn hàng", "Nhấn http://127.0.0.1:8000/accounts/confirm-email/MQ:1a-B_c/ đi")
    send("Second <b>", "<script>alert(1)</script>")
    listed = visitor.get("/demo/mails/").context["emails"]
    assert [one.subject for one in listed] == ["Second <b>", "Đơn hàng"]
    shown = visitor.text(f"/demo/mails/{listed[1].name}/")
    assert 'href="http://127.0.0.1:8000/accounts/confirm-email/MQ:1a-B_c/"' in shown
    assert "<script>alert" not in visitor.text(f"/demo/mails/{listed[0].name}/")


@pytest.mark.usefixtures("_email_files")
def test_a_list_reads_headers_alone(visitor, monkeypatch):
    """Of two hundred emails with papers the rest takes a second."""
    send("Your invoice", "It comes with this email")
    monkeypatch.setattr(mailbox, "message_from_bytes", lambda *_arguments, **_more: pytest.fail("read whole"))
    assert "Your invoice" in visitor.text("/demo/mails/")


@pytest.mark.usefixtures("_email_files")
@pytest.mark.parametrize("name", ["nothing.1", "..%2F..%2Fetc%2Fpasswd.1", "x", "a.0", "a.1.1"])
def test_email_of_another_name_does_not_exist(visitor, name):
    send("One", "email")
    assert visitor.get(f"/demo/mails/{name}/").status_code == 404


def test_emails_exist_in_the_demo_alone(visitor, settings):
    settings.DEMO = False
    assert visitor.get("/demo/mails/").status_code == 404
    assert visitor.get("/demo/mails/x.1/").status_code == 404
    assert visitor.get("/demo/mails/x.1/html/").status_code == 404


@pytest.mark.usefixtures("_email_files")
def test_html_of_an_email_is_shown_in_a_frame_that_may_do_nothing(visitor):
    connection = mail.get_connection("django.core.mail.backends.filebased.EmailBackend")
    message = EmailMultiAlternatives("Hello", "plain words", to=["hoa@example.com"], connection=connection)
    html = '<p style="color: red">Xin chào</p><script>alert(1)</script>'
    message.attach_alternative(html, "text/html")
    message.send()
    name = visitor.get("/demo/mails/").context["emails"][0].name

    page, frame = visitor.text(f"/demo/mails/{name}/"), visitor.get(f"/demo/mails/{name}/html/")

    assert "plain words" in page and "<script>alert" not in page
    assert f'src="/demo/mails/{name}/html/" sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert frame.content.decode().strip() == html
    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "frame-ancestors 'self'" in policy and frame["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.usefixtures("_email_files")
def test_email_without_html_has_no_frame(visitor):
    send("One", "email")
    name = visitor.get("/demo/mails/").context["emails"][0].name
    assert "<iframe" not in visitor.text(f"/demo/mails/{name}/")
    assert visitor.get(f"/demo/mails/{name}/html/").status_code == 404

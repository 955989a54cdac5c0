"""The demo's mailbox on the site."""

import pytest
from django.core import mail
from django.core.mail import EmailMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def _mail_files(settings, tmp_path):
    settings.DEMO = True
    settings.EMAIL_FILE_PATH = str(tmp_path / "mails")


def send(subject: str, body: str) -> None:
    connection = mail.get_connection("django.core.mail.backends.filebased.EmailBackend")
    EmailMessage(subject, body, "shop@example.com", ["hoa@example.com"], connection=connection).send()


@pytest.mark.usefixtures("_mail_files")
def test_mails_are_listed_newest_first_and_their_links_work(visitor):
    assert "No mails yet" in visitor.text("/demo/mails/")
    send("Đơn hàng", "Nhấn http://127.0.0.1:8000/accounts/confirm-email/MQ:1a-B_c/ đi")
    send("Second <b>", "<script>alert(1)</script>")
    listed = visitor.get("/demo/mails/").context["mails"]
    assert [one.subject for one in listed] == ["Second <b>", "Đơn hàng"]
    shown = visitor.text(f"/demo/mails/{listed[1].name}/")
    assert 'href="http://127.0.0.1:8000/accounts/confirm-email/MQ:1a-B_c/"' in shown
    assert "<script>alert" not in visitor.text(f"/demo/mails/{listed[0].name}/")


@pytest.mark.usefixtures("_mail_files")
@pytest.mark.parametrize("name", ["nothing.1", "..%2F..%2Fetc%2Fpasswd.1", "x", "a.0", "a.1.1"])
def test_mail_of_another_name_does_not_exist(visitor, name):
    send("One", "mail")
    assert visitor.get(f"/demo/mails/{name}/").status_code == 404


def test_mails_exist_in_the_demo_alone(visitor, settings):
    settings.DEMO = False
    assert visitor.get("/demo/mails/").status_code == 404
    assert visitor.get("/demo/mails/x.1/").status_code == 404

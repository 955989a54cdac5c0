"""Forms of strangers that would keep a thread busy are refused before they are taken apart; staff send large ones."""

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client

from config.wsgi import application
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
FIELD = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
FILE = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n\r\n'
TOO_MUCH = {
    "a megabyte of escapes": (b"note=" + b"%41" * 340_000, URLENCODED, 413),
    "a megabyte of a field": (FIELD[:-2] + b"x" * 1_000_000 + b"\r\n--x--\r\n", MULTIPART, 413),
    "many fields": (b"a&" * 600, URLENCODED, 400),
    "many parts": (FIELD * 600 + b"--x--\r\n", MULTIPART, 400),
    "many files": (FILE * 600 + b"--x--\r\n", MULTIPART, 400),
}
DOORS = (
    "/cart/add/",
    "/accounts/signup/",
    "/admin/login/",
    "/payments/webhooks/stripe/",
    "/api/orders/previews/",
    "/i18n/",
)


@pytest.fixture
def _never_taken_apart(monkeypatch):
    def fails(_request):
        raise AssertionError("it was taken apart")

    monkeypatch.setattr(WSGIRequest, "_load_post_and_files", fails)


@pytest.mark.usefixtures("_never_taken_apart")
@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("what", TOO_MUCH)
def test_a_form_larger_than_any_page_has_is_not_taken_apart(what, path):
    body, kind, status = TOO_MUCH[what]
    answer = Client(enforce_csrf_checks=True).post(path, body, content_type=kind)
    assert answer.status_code == status


def test_customers_send_no_large_forms_to_the_desk_either(client):
    client.force_login(make_user())
    assert client.post("/admin/", {"note": "x" * 200_000}).status_code == 413


def test_staff_send_large_forms_to_the_desk(client, staff):
    client.force_login(staff)
    rows = {f"form-{n}-fee": "1" for n in range(3_000)}
    assert client.post("/admin/orders/order/", {"note": "x" * 200_000, **rows}).status_code in (200, 302)


def test_the_largest_form_of_a_page_is_taken(client):
    user = make_user()
    sent = {
        "login": user.email,
        "password": PASSWORD,
        "note": "Đ" * 4000,
        **{f"a{n}": "x" * 200 for n in range(50)},
    }
    assert client.post("/accounts/login/", sent).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize(
    "charset", ["rot13", "hex", "undefined", "idna", "punycode", "utf-16", "nonsense", "utf-7"]
)
def test_what_is_sent_is_read_as_utf8_whatever_charset_its_head_names(client, monkeypatch, charset):
    """Python knows charsets that are no text: with those Django could not even be asked who it was."""
    # The test client makes requests itself; here as the application that is served does.
    monkeypatch.setattr("django.test.client.WSGIRequest", application.request_class)
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    for path in ("/products/?q=%C3%A4", "/api/products/?q=%C3%A4"):
        assert client.generic("GET", path, content_type=kind).status_code == 200
    assert "ä" in client.generic("GET", "/products/?q=%C3%A4", content_type=kind).content.decode()
    sent = client.generic(
        "POST", "/accounts/login/?next=/%C3%A4/", "login=x%C3%A4&password=y", content_type=kind
    )
    assert "xä" in sent.content.decode()

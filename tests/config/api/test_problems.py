"""Errors below /api/ are problem documents, whoever makes them; each request has a name that the log has too."""

import logging

import httpx
import pytest
from django.db import OperationalError
from django.test import Client
from rest_framework.test import APIClient

from catalog.shelf import shelf
from config import request_id
from config.api import asyncapi, problems
from refusals import KINDS
from shop.cart import SoldOut
from tests.answers import api_of, refused
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_what_the_framework_says_has_codes_of_its_own():
    codes = [*(kind.code for kind in problems.FRAMEWORK), *KINDS]

    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_type_leads_to_a_page_about_the_code(client, language):
    speaks = {"Accept-Language": language}
    whole = client.get("/api/problems/", headers=speaks).content.decode()

    for code in problems.kinds():
        problem = problems.document(code, "What happened")
        page = client.get(problem["type"], headers=speaks)
        assert (page.status_code, f"<code>{code}</code>" in page.content.decode()) == (200, True)
        assert f'<a href="{problem["type"]}"><code>{code}</code></a>' in whole


def test_the_title_speaks_the_callers_language():
    problem = APIClient().get("/api/nowhere/", headers={"Accept-Language": "vi"}).json()

    assert (problem["title"], problem["detail"]) == ("Không tìm thấy", "Không có gì ở địa chỉ này.")


def broken(*args, **kwargs):
    raise RuntimeError("a bug")


def said_on_pages_alone(*args, **kwargs):
    raise SoldOut("a bug")


def unreachable(*args, **kwargs):
    raise OperationalError("no server")


@pytest.mark.parametrize(
    ("place", "path"), [((shelf, "on_sale"), "/api/products/"), ((asyncapi, "document"), "/api/docs/events/")]
)
@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (broken, 500, "server_error"),
        (said_on_pages_alone, 500, "server_error"),
        (unreachable, 503, "service_unavailable"),
    ],
)
def test_a_fault_of_ours_says_nothing_of_itself_and_is_found_in_the_log(
    monkeypatch, caplog, place, path, fault, status, code
):
    """In a view of DRF's and in a plain one."""
    monkeypatch.setattr(*place, fault)
    caplog.handler.addFilter(request_id.RequestIdFilter())

    answer = Client(raise_request_exception=False).get(path)

    problem = refused(answer, status, code)
    assert "bug" not in answer.content.decode()
    assert answer.has_header("Retry-After") == (status == 503)
    assert any(record.request_id == problem["request_id"] for record in caplog.records)


@pytest.mark.parametrize("path", ["/api/docs/", "/api/schema/", "/api/docs/events/", "/api/problems/"])
def test_a_method_that_a_page_does_not_take_is_a_problem_too(path):
    answer = Client(enforce_csrf_checks=True).post(path)

    refused(answer, 405, "method_not_allowed")
    assert answer["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/api/docs/", "/api/docs/events/", "/api/problems/"])
@pytest.mark.parametrize("accept", ["application/json", "application/xml", ";;", "\xff", "text/html;q=0"])
def test_a_page_is_one_whatever_is_accepted(client, path, accept):
    answer = client.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"<html" in answer.content


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*"])
def test_who_takes_no_json_is_told_so_in_json(accept):
    refused(APIClient().get("/api/products/", headers={"Accept": accept}), 406, "not_acceptable")


def test_a_change_by_cookie_without_the_csrf_token_is_refused_in_the_callers_language():
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(make_user())

    answer = browser.post("/api/addresses/", {}, format="json", headers={"Accept-Language": "vi"})

    assert refused(answer, 403, "permission_denied")["detail"] == "Mã CSRF bị thiếu hoặc sai."


@pytest.mark.parametrize("path", ["/api/auth/nowhere", "/api/auth/app/v1/nowhere"])
def test_below_auth_errors_keep_allauths_format(client, path):
    answer = client.get(path)

    assert answer["Content-Type"] == "application/json"
    error = {"code": "not_found", "message": "There is nothing at this address."}
    assert answer.json() == {"status": 404, "errors": [error]}
    assert answer["X-Request-ID"]


def test_a_body_over_the_limit_is_refused_below_auth_too(client, settings):
    body = '{"email": "' + "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + '"}'

    answer = client.post("/api/auth/app/v1/auth/login", body, content_type="application/json")

    assert (answer.status_code, answer.json()["status"]) == (413, 413)
    assert answer.json()["errors"][0]["code"] == "request_too_large"


@pytest.mark.parametrize("given", ["a", "Till-4.2026_01", "x" * 64])
def test_a_client_may_name_its_request(client, given):
    assert client.get("/api/categories/", headers={"X-Request-ID": given})["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "two words", "line\nbreak", "é", "<b>", "a\x00b", "٣"])
def test_a_name_that_could_spoil_the_log_is_replaced(client, given):
    first = client.get("/api/categories/", HTTP_X_REQUEST_ID=given)["X-Request-ID"]
    second = client.get("/api/categories/", HTTP_X_REQUEST_ID=given)["X-Request-ID"]

    assert first != second
    assert request_id.SANE.fullmatch(first) and first != given


def test_pages_have_request_ids_too(client):
    assert client.get("/nowhere/")["X-Request-ID"]


@pytest.mark.parametrize(
    "path", ["/api/nothing/", "/api/orders/", "/api/auth/nothing/", "/api/nothing%0Aforged/?q=secret"]
)
def test_a_refusal_is_in_the_log_under_its_name_in_one_line_and_without_the_query(client, caplog, path):
    caplog.set_level("INFO", "config.request_id")
    caplog.handler.addFilter(request_id.RequestIdFilter())
    answer = client.get(path)

    (record,) = [one for one in caplog.records if one.name == "config.request_id"]
    assert record.request_id == answer["X-Request-ID"]
    assert record.getMessage() == f"answered {answer.status_code}: GET {path.partition('?')[0]}"


def test_each_log_line_of_a_request_has_its_name(client, caplog):
    caplog.handler.addFilter(request_id.RequestIdFilter())
    log = logging.getLogger("django.request")
    log.setLevel("WARNING")
    try:
        client.get("/api/nowhere/", headers={"X-Request-ID": "till-7"})
    finally:
        log.setLevel("ERROR")

    assert {record.request_id for record in caplog.records} == {"till-7"}


def test_a_body_in_pieces_that_is_too_large_is_a_problem_before_any_thread_sees_it(shop):
    def pieces():
        for _ in range(20):
            yield b"x" * 100_000

    headers = {"Content-Type": "application/json", "X-Request-ID": "too-large-1", "Accept-Language": "vi"}

    answer = httpx.post(f"{shop.url}/api/orders/previews/", content=pieces(), headers=headers)

    assert refused(answer, 413, "request_too_large")["title"] == "Quá lớn"
    assert answer.headers["X-Request-ID"] == "too-large-1"
    assert "[too-large-1 127.0.0.1] config.web.bodies: refused for its body: 413" in shop.log_of("web")


def test_a_body_in_pieces_is_read_whole(shop):
    """Nobody has to say its length beforehand."""
    signing_in = iter([b'{"email": "nobody@example.com", ', b'"password": "wrong"}'])

    answer = httpx.post(
        f"{shop.url}/api/auth/app/v1/auth/login",
        content=signing_in,
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "email_password_mismatch"


def test_the_api_of_a_user_answers_problems(db):
    refused(api_of(make_user()).get("/api/orders/?scope=all"), 403, "permission_denied")

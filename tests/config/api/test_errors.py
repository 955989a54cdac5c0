"""Errors below /api/: JSON with a code and a sentence, in the reader's language, whatever went wrong."""

import pytest
from rest_framework.test import APIClient

from tests.answers import PROBLEM, api_of, refused
from tests.factories import Buyer, make_product, make_user

pytestmark = pytest.mark.django_db

ID = "01890000-0000-7000-8000-000000000000"


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["nowhere/", "orders", "orders/17/", "orders/previews/17/", "addresses/x/"])
def test_an_address_that_is_none_is_not_found_whatever_the_method(method, path):
    """Neither a redirect to a page nor the CSRF page, even for a program without cookies."""
    program = APIClient(enforce_csrf_checks=True)

    response = getattr(program, method)(f"/api/{path}")

    assert refused(response, 404, "not_found")["detail"] == "There is nothing at this address."


@pytest.mark.parametrize(
    "path",
    [
        f"orders/{ID}/",
        f"orders/{ID}/history/",
        "addresses/1/",
        "addresses/99999999999999999999999/",
        "products/none/",
    ],
)
def test_a_thing_that_is_not_there_is_not_found(path):
    refused(api_of(make_user()).get(f"/api/{path}"), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("put", "orders/", "GET, POST, HEAD, OPTIONS"),
        ("delete", f"orders/{ID}/", "GET, POST, HEAD, OPTIONS"),
        ("patch", f"orders/{ID}/", "GET, POST, HEAD, OPTIONS"),
        ("get", "orders/previews/", "POST, OPTIONS"),
        ("post", f"orders/previews/{ID}/", "GET, HEAD, OPTIONS"),
        ("post", f"orders/{ID}/history/", "GET, HEAD, OPTIONS"),
        ("get", f"orders/{ID}/payment/", "POST, OPTIONS"),
        ("get", f"orders/{ID}/cancellation/", "POST, OPTIONS"),
        ("get", f"orders/{ID}/refund/", "POST, OPTIONS"),
        ("get", f"orders/{ID}/completion/", "POST, OPTIONS"),
        ("put", "addresses/1/", "GET, PATCH, DELETE, HEAD, OPTIONS"),
        ("post", "products/", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_method_that_is_not_meant_is_named_with_those_that_are(method, path, allowed):
    response = getattr(api_of(make_user()), method)(f"/api/{path}", {}, format="json")

    refused(response, 405, "method_not_allowed")
    assert response["Allow"] == allowed


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
@pytest.mark.parametrize("path", ["orders/", "orders/previews/", f"orders/{ID}/", "addresses/"])
def test_a_body_that_is_not_json_is_unsupported(kind, path):
    response = api_of(make_user()).post(f"/api/{path}", "items=1", content_type=kind)

    refused(response, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b'{"items": NaN}', b"[" * 200_000, b'{"a":' * 200_000],
    ids=["cut short", "no UTF-8", "NaN", "deep list", "deep object"],
)
def test_json_that_cannot_be_read_is_a_validation_error(body):
    response = api_of(make_user()).post("/api/orders/previews/", body, content_type="application/json")

    refused(response, 400, "validation_error")


@pytest.mark.parametrize("path", ["orders/", "orders/previews/", f"orders/{ID}/", "addresses/"])
def test_a_body_that_is_too_large_is_refused_for_its_size(path, settings):
    body = {"items": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE}

    response = api_of(make_user()).post(
        f"/api/{path}", body, format="json", headers={"Accept-Language": "vi"}
    )

    assert refused(response, 413, "request_too_large")["detail"] == "Yêu cầu gửi lên quá lớn."


@pytest.mark.parametrize(
    ("method", "path", "status", "sentence"),
    [
        ("get", "nowhere/", 404, "Không có gì ở địa chỉ này."),
        ("get", f"orders/{ID}/", 404, "Không có đơn hàng này."),
        ("post", "orders/previews/", 400, "Một phần dữ liệu gửi lên không hợp lệ."),
        ("get", f"orders/previews/{ID}/", 404, "Đơn hàng xem trước đã hết hạn"),
    ],
)
def test_an_error_speaks_the_readers_language(method, path, status, sentence):
    call = getattr(api_of(make_user()), method)

    response = call(f"/api/{path}", format="json", headers={"Accept-Language": "vi-VN,vi;q=0.9"})

    assert (response.status_code, response.json()["detail"]) == (status, sentence)
    assert response["Content-Language"] == "vi"


def test_a_step_refused_names_the_status_in_the_readers_language(api, buyer):
    order = buyer.place((make_product(stock=1), 1))

    response = api.post(f"/api/orders/{order.pk}/refund/", headers={"Accept-Language": "vi"})

    body = refused(response, 409, "step_not_allowed")
    assert body["order_status"] == "pending"
    assert body["detail"] == "Không thể thực hiện với đơn hàng đang ở trạng thái: Chờ xử lý."


def test_an_error_of_one_field_carries_no_trace_of_the_others():
    buyer = Buyer()
    body = {"items": [], "address_id": buyer.address.pk}

    response = api_of(buyer.user).post("/api/orders/previews/", body, format="json")

    assert set(response.json()) == {*PROBLEM, "errors"}
    assert list(response.json()["errors"]) == ["items"]

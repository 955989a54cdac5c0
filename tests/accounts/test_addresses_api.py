"""/api/addresses/: one's own addresses, and nobody else's."""

import pytest
from rest_framework.test import APIClient

from accounts.models import Address
from tests.answers import api_of, refused, statements, wrong_fields
from tests.factories import make_address, make_user

pytestmark = pytest.mark.django_db

ADDRESSES = "/api/addresses/"
WHOLE = {
    "full_name": "Trần Văn Lâm",
    "phone": "+84901234567",
    "line1": "5 Hàng Bạc",
    "line2": "Tầng 2",
    "city": "Hà Nội",
    "region": "Hà Nội",
    "postal_code": "100000",
    "country": "VN",
}
LEAST = {name: WHOLE[name] for name in ("full_name", "phone", "line1", "city", "region", "country")}


@pytest.fixture
def user(db):
    return make_user()


@pytest.fixture
def mine(user):
    return api_of(user)


def test_an_address_is_made_and_read_with_exactly_the_promised_fields(mine, user):
    made = mine.post(ADDRESSES, WHOLE, format="json")

    address = Address.objects.get()
    assert made.status_code == 201
    assert made.json() == {"id": address.pk} | WHOLE | {"is_default": True}
    assert address.user == user
    assert mine.get(f"{ADDRESSES}{address.pk}/").json() == made.json()
    assert mine.get(ADDRESSES).json() == {"next": None, "previous": None, "results": [made.json()]}


def test_what_is_optional_is_empty_when_it_is_left_out(mine):
    made = mine.post(ADDRESSES, LEAST, format="json").json()

    assert {name: made[name] for name in ("line2", "postal_code")} == {
        "line2": "",
        "postal_code": "",
    }


def test_a_patch_changes_what_it_names_and_nothing_else(mine, user):
    address = make_address(user)
    before = mine.get(f"{ADDRESSES}{address.pk}/").json()

    changed = mine.patch(f"{ADDRESSES}{address.pk}/", {"city": "Đà Nẵng", "region": "Đà Nẵng"}, format="json")

    assert changed.status_code == 200
    assert changed.json() == before | {"city": "Đà Nẵng", "region": "Đà Nẵng"}


def test_neither_id_nor_owner_can_be_given(mine, user):
    other = make_user()

    given = {"id": 1, "user": other.pk}
    said = refused(mine.post(ADDRESSES, WHOLE | given, format="json"), 400, "validation_error")
    made = mine.post(ADDRESSES, WHOLE, format="json").json()
    refused(mine.patch(f"{ADDRESSES}{made['id']}/", given, format="json"), 400, "validation_error")

    assert set(said["errors"]) == {"id", "user"}
    assert list(Address.objects.values_list("pk", "user")) == [(made["id"], user.pk)]


def test_a_deleted_address_is_gone(mine, user):
    address = make_address(user)

    assert mine.delete(f"{ADDRESSES}{address.pk}/").status_code == 204
    refused(mine.get(f"{ADDRESSES}{address.pk}/"), 404, "not_found")
    assert not Address.objects.exists()


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
@pytest.mark.parametrize("staff", [False, True])
def test_somebody_elses_address_is_not_found(method, staff):
    others = make_address(make_user())
    api = api_of(make_user(is_staff=staff))

    change = {"city": "Gone"} if method == "patch" else None
    response = getattr(api, method)(f"{ADDRESSES}{others.pk}/", change, format="json")

    refused(response, 404, "not_found")
    assert Address.objects.get().city == others.city
    assert api.get(ADDRESSES).json()["results"] == []


@pytest.mark.parametrize(
    ("method", "path"), [("get", ""), ("post", ""), ("get", "1/"), ("patch", "1/"), ("delete", "1/")]
)
def test_nobody_has_no_addresses(method, path):
    refused(getattr(APIClient(), method)(f"{ADDRESSES}{path}"), 401, "not_authenticated")


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"country": "vn"}, {"country"}),
        ({"country": "VNM"}, {"country"}),
        ({"country": "V"}, {"country"}),
        ({"country": "84"}, {"country"}),
        ({"country": "ÄÖ"}, {"country"}),
        ({"country": ""}, {"country"}),
        ({"phone": "call me"}, {"phone"}),
        ({"phone": "1234"}, {"phone"}),
        ({"phone": "1" * 31}, {"phone"}),
        ({"full_name": " "}, {"full_name"}),
        ({"full_name": "x" * 151}, {"full_name"}),
        ({"line1": None, "city": "a\x00b"}, {"line1", "city"}),
        ({"line2": "x" * 201, "postal_code": "1" * 21, "region": {}}, {"line2", "postal_code", "region"}),
    ],
)
def test_a_wrong_field_is_named_when_making_and_when_changing(mine, user, given, wrong):
    address = make_address(user)

    assert wrong_fields(mine.post(ADDRESSES, WHOLE | given, format="json")) == wrong
    assert wrong_fields(mine.patch(f"{ADDRESSES}{address.pk}/", given, format="json")) == wrong
    assert Address.objects.count() == 1


def test_every_missing_field_is_named(mine):
    assert wrong_fields(mine.post(ADDRESSES, {}, format="json")) == set(LEAST) - {"region"}


def test_a_wrong_country_is_explained_in_the_readers_language(mine):
    response = mine.post(
        ADDRESSES, WHOLE | {"country": "vn"}, format="json", headers={"Accept-Language": "vi"}
    )

    assert wrong_fields(response) == {"country"}
    assert response.json()["detail"] == "Một phần dữ liệu gửi lên không hợp lệ."


def test_addresses_come_in_the_order_they_were_made_page_by_page(mine, user):
    made = [make_address(user).pk for _ in range(5)]

    page = mine.get(ADDRESSES, {"page_size": 2}).json()
    seen = page["results"]
    while page["next"]:
        page = mine.get(page["next"]).json()
        seen += page["results"]

    assert [address["id"] for address in seen] == made


def test_the_list_takes_one_statement_with_one_address_and_with_three(mine, user):
    make_address(user)
    one = statements(lambda: mine.get(ADDRESSES))
    make_address(user)
    make_address(user)

    assert statements(lambda: mine.get(ADDRESSES)) == one == 1

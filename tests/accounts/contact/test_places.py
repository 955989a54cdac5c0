"""Addresses keep the rules of their country: region, postal code, telephone number, and the printed order."""

import pytest

from accounts.contact import phones, places
from accounts.models import Address
from tests.answers import api_of, wrong_fields
from tests.factories import make_address, make_user

ADDRESSES = "/api/addresses/"
GIVEN = {
    "US": {"line1": "418 Alder St", "city": "Portland", "region": "Oregon", "postal_code": "97205", "phone": "5035550142"},
    "DE": {"line1": "Hauptstr. 5", "city": "Berlin", "postal_code": "10115", "phone": "030/123456"},
    "JP": {"line1": "丸の内1-1", "city": "", "region": "Tokyo", "postal_code": "100-0005", "phone": "03-1234-5678"},
    "VN": {"line1": "1 Nguyễn Huệ", "city": "Rạch Giá", "region": "Tỉnh Kiên Giang", "phone": "0297 386 2000"},
}  # fmt: skip


def given(country: str, **other: str) -> dict[str, str]:
    return {"full_name": "Lan", "country": country, **GIVEN[country], **other}


@pytest.mark.parametrize(
    ("country", "region", "key"),
    [
        ("VN", "Tỉnh Kiên Giang", "Kiên Giang"),
        ("VN", "kien giang", "Kiên Giang"),
        ("VN", "TP. Hồ Chí Minh", "Thành phố Hồ Chí Minh"),
        ("VN", "Thừa Thiên Huế", "Thừa Thiên–Huế"),
        ("US", "oregon", "OR"),
        ("US", "OR", "OR"),
        ("JP", "Tokyo", "東京都"),
        ("IE", "Dublin", "Co. Dublin"),
        ("VN", "T.P. Hồ Chí Minh", "Thành phố Hồ Chí Minh"),
        ("VN", "Thủ đô Hà Nội", "Hà Nội"),
        ("VN", "Kie\u0302n\u00a0Giang", "Kiên Giang"),
        ("US", "State of Oregon", "OR"),
        ("JP", "東京", "東京都"),
        ("JP", "京都", "京都府"),
        ("CN", "北京", "北京市"),
        ("CN", "Beijing", "北京市"),
        ("VN", "Atlantis", None),
        ("US", "", None),
    ],
)
def test_a_region_is_known_however_it_is_written(country, region, key):
    assert places.region_key(country=country, region=region) == key


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("GB", "ec1y 8sy", "EC1Y 8SY"),
        ("US", "22162-1010", "22162-1010"),
        ("VN", "530000", "530000"),
        ("HK", "", ""),
        ("US", "!!!", None),
        ("HK", "!!!", None),
        ("DE", "1234", None),
        ("US", "１２３４５", "12345"),
        ("US", "١٢٣٤٥", "12345"),
        ("JP", "〒１００－０００１", "100-0001"),
        ("DE", "D-10115", "10115"),
        ("FR", "75001\u200b", "75001"),
        ("CA", "k1a-0b1", "K1A 0B1"),
        ("IN", "110 001", "110001"),
        ("DE", "D-1234", None),
        ("US", "〒", None),
    ],
)
def test_a_postal_code_is_one_of_its_country(country, typed, kept):
    assert places.postal_code(country=country, code=typed) == kept


@pytest.mark.parametrize(
    ("country", "lines"),
    [
        ("US", ["418 Alder St", "Portland, OR 97205"]),
        ("DE", ["Hauptstr. 5", "10115 Berlin"]),
        ("JP", ["100-0005", "東京都", "丸の内1-1"]),
        ("VN", ["1 Nguyễn Huệ", "Rạch Giá", "Kiên Giang"]),
    ],
)
def test_an_address_is_printed_in_the_order_of_its_country(country, lines):
    address = Address(**given(country))
    address.clean()
    assert places.lines_of(address.snapshot()) == lines


def test_what_a_country_has_no_place_for_is_printed_all_the_same():
    old = {
        "country": "HK",
        "line1": "1 Queen's Road",
        "line2": "",
        "city": "Central",
        "region": "",
        "postal_code": "999077",
    }
    assert places.lines_of(old) == ["Central", "1 Queen's Road", "999077"]


@pytest.mark.parametrize(
    ("typed", "country", "kept", "at_home", "abroad"),
    [
        ("030/123456", "DE", "+4930123456", "030 123456", "+49 30 123456"),
        ("030 123456 ext. 89", "DE", "+4930123456;ext=89", "030 123456 ext. 89", "+49 30 123456 ext. 89"),
        ("030\u00a0123456", "DE", "+4930123456", "030 123456", "+49 30 123456"),
        ("+84 28 3822 0000", "DE", "+842838220000", "+84 28 3822 0000", "+84 28 3822 0000"),
        ("-----", "DE", None, None, None),
        ("call me", "VN", None, None, None),
        ("call 030 123456 now", "DE", None, None, None),
        ("030 123456 home", "DE", None, None, None),
        ("030 123456 / 0171 1234567", "DE", None, None, None),
        ("0000000", "DE", None, None, None),
        ("555-2671", "US", None, None, None),
        ("０３－１２３４－５６７８", "JP", "+81312345678", "03-1234-5678", "+81 3-1234-5678"),
        (
            "+1 (415) 555-2671 x89",
            "DE",
            "+14155552671;ext=89",
            "+1 415-555-2671 ext. 89",
            "+1 415-555-2671 ext. 89",
        ),
    ],
)
def test_a_phone_number_is_kept_as_e164_and_shown_as_it_is_dialled(typed, country, kept, at_home, abroad):
    assert phones.stored(typed=typed, country=country) == kept
    if kept:
        assert phones.shown(kept, country=country) == at_home
        assert phones.shown(kept) == abroad


def test_an_old_phone_number_is_shown_as_it_was_typed():
    assert phones.shown("(0)30 / 12 34 56", country="DE") == "(0)30 / 12 34 56"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("country", "wrong"),
    [
        ("VN", {"region": "Atlantis"}),
        ("VN", {"region": ""}),
        ("US", {"postal_code": ""}),
        ("US", {"postal_code": "!!!"}),
        ("DE", {"phone": "-----"}),
        ("DE", {"city": ""}),
    ],
)
def test_the_api_names_what_a_country_does_not_have(country, wrong):
    answer = api_of(make_user()).post(ADDRESSES, given(country, **wrong), format="json")
    assert wrong_fields(answer) == set(wrong)
    assert not Address.objects.exists()


@pytest.mark.django_db
def test_an_old_address_stays_until_what_is_wrong_is_typed_anew():
    user = make_user()
    old = make_address(user, region="Atlantis")
    mine = api_of(user)
    assert mine.patch(f"{ADDRESSES}{old.pk}/", {"line2": "Floor 3"}, format="json").status_code == 200
    assert wrong_fields(mine.patch(f"{ADDRESSES}{old.pk}/", {"city": "Hội An"}, format="json")) == {"region"}
    right = mine.patch(f"{ADDRESSES}{old.pk}/", {"city": "Huế", "region": "thua thien hue"}, format="json")
    assert right.json()["region"] == "Thừa Thiên–Huế"

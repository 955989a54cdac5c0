"""VAT ids as people type them."""

import pytest

from accounts.contact.countries import EUROPEAN_UNION
from orders.billing.vat_ids import country_of, normalized


@pytest.mark.parametrize(
    ("typed", "country", "stored", "of"),
    [
        ("DE136695976", "DE", "DE136695976", "DE"),
        ("de 136.695-976", "FR", "DE136695976", "DE"),
        ("136695976", "DE", "DE136695976", "DE"),
        ("ATU13585627", "AT", "ATU13585627", "AT"),
        ("EL094259216", "GR", "EL094259216", "GR"),
        ("GR 094259216", "GR", "EL094259216", "GR"),
        ("094259216", "GR", "EL094259216", "GR"),
        ("DE136695977", "DE", None, ""),
        ("DE", "DE", None, ""),
        ("DEDE136695976", "DE", None, ""),
        ("FR12", "CH", None, ""),
        ("CHE-107.787.577 IVA", "CH", "CHE107787577IVA", ""),
        ("CHE-107.787.578 IVA", "CH", None, ""),
        ("0100233488", "VN", "0100233488", ""),
        ("12-3456789", "US", "123456789", ""),
        ("<b>", "US", None, ""),
        ("1" * 21, "US", None, ""),
        ("ＤＥ136695976", "US", None, ""),
        ("DE136695976", "", "DE136695976", "DE"),
        # It begins like one of Lithuania, and is French.
        ("LT 300 000 031", "FR", "FRLT300000031", "FR"),
        ("LT300000031", "", None, ""),
        ("XI 980 7806 84", "GB", "XI980780684", ""),
        ("XI 980 7806 85", "GB", None, ""),
    ],
)
def test_an_id_is_read_as_it_is_written(typed, country, stored, of):
    assert normalized(typed, country=country) == stored
    assert country_of(stored or "") == of


# One of each member state, as its own authority writes them (the examples of python-stdnum).
OF_UNION = [
    "ATU13585627",
    "BE0403019261",
    "BG175074752",
    "CY10259033P",
    "CZ25123891",
    "DE136695976",
    "DK13585628",
    "EE100931558",
    "EL094259216",
    "ESB58378431",
    "FI20774740",
    "FR40303265045",
    "HR33392005961",
    "HU12892312",
    "IE6433435F",
    "IT00743110157",
    "LT119511515",
    "LU15027442",
    "LV40003521600",
    "MT11679112",
    "NL004495445B01",
    "PL8567346215",
    "PT501964843",
    "RO18547290",
    "SE123456789701",
    "SI50223054",
    "SK2022749619",
]


def country(vat_id: str) -> str:
    return vat_id[:2].replace("EL", "GR")


def test_there_is_one_of_each_member_state():
    assert {country(one) for one in OF_UNION} == set(EUROPEAN_UNION)


@pytest.mark.parametrize("vat_id", OF_UNION)
def test_an_id_of_each_member_state_is_read_in_every_form(vat_id):
    spaced = " ".join((vat_id[:2], vat_id[2:5], vat_id[5:])).lower()
    forms = {vat_id: "US", spaced: "FR", vat_id[2:]: country(vat_id), f"{vat_id[:4]}-{vat_id[4:]}": ""}
    for typed, at in forms.items():
        assert normalized(typed, country=at) == vat_id, typed
    assert country_of(vat_id) == country(vat_id)
    assert normalized(f"{vat_id}0000", country=country(vat_id)) is None

"""VAT ids as people type them."""

import pytest

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
    ],
)
def test_an_id_is_read_as_it_is_written(typed, country, stored, of):
    assert normalized(typed, country=country) == stored
    assert country_of(stored or "") == of

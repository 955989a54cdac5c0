"""References of transfers and the codes that banks' apps read, by the examples of their standards."""

from decimal import Decimal
from io import BytesIO

import pytest
from PIL import Image

from orders.documents.transfer import Code, is_reference, numbers_in, reference_of, transfer_for
from orders.models import Order

IBAN = {
    "name": "Orderly",
    "account": "DE89370400440532013000",
    "bic": "COBADEFFXXX",
    "bank": "",
    "bank_bin": "",
}
VIETNAM = {"name": "Orderly", "account": "0011001234567", "bic": "", "bank": "", "bank_bin": "970436"}


def order(currency: str, total: str = "12.5") -> Order:
    return Order(number=100042, currency=currency, total_amount=Decimal(total))


def test_a_reference_has_the_check_digits_of_its_standard():
    # The example of ISO 11649.
    assert is_reference("RF18539007547034")
    assert not is_reference("RF18539007547043")
    assert reference_of(539007547034) == "RF18539007547034"


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "Order {}, thank you",
        "{} 20261129",
        "pay{}",
    ],
)
@pytest.mark.parametrize(
    "written", [str, str.lower, lambda ref: " ".join(ref[n : n + 4] for n in range(0, len(ref), 4))]
)
def test_orders_are_found_by_references_as_people_write_them(text, written):
    assert 100042 in numbers_in(text.format(written(reference_of(100042))))


@pytest.mark.parametrize("text", ["", "RF", "RF00100042", "Invoice 100042", "RF1", "RFRFRF99"])
def test_no_order_is_found_where_no_reference_stands(text):
    assert numbers_in(text) == []


def test_a_transfer_in_euros_has_the_code_of_sepa(settings):
    settings.BANK_ACCOUNT = IBAN
    transfer = transfer_for(order("EUR", "12.50"))
    reference = reference_of(100042)
    lines = [
        "BCD",
        "002",
        "1",
        "SCT",
        "COBADEFFXXX",
        "Orderly",
        "DE89370400440532013000",
        "EUR12.50",
        "",
        reference,
    ]
    assert transfer.code.says.split("\n") == lines
    assert transfer.account_shown == "DE89 3704 0044 0532 0130 00"


def test_a_transfer_in_dong_has_the_code_of_vietqr(settings):
    settings.BANK_ACCOUNT = VIETNAM
    says = transfer_for(order("VND", "250000.00")).code.says
    assert says.startswith("00020101021238")
    assert "0010A000000727" in says
    assert "0006970436" in says and "01130011001234567" in says
    assert "0208QRIBFTTA" in says and "5303704" in says and "5406250000" in says and "5802VN" in says
    assert says[-8:-4] == "6304"


def test_the_check_of_vietqr_is_that_of_emvco():
    # The check value of CRC-16/CCITT-FALSE.
    from orders.documents.transfer import _crc

    assert _crc(b"123456789") == 0x29B1


@pytest.mark.parametrize(
    ("account", "currency"), [(VIETNAM | {"bank_bin": ""}, "VND"), (IBAN, "USD"), (IBAN, "CHF")]
)
def test_other_transfers_have_no_code(settings, account, currency):
    settings.BANK_ACCOUNT = account
    assert transfer_for(order(currency)).code is None


def test_without_an_account_there_is_no_transfer(settings):
    settings.BANK_ACCOUNT = {}
    assert transfer_for(order("EUR")) is None


def test_a_code_is_drawn_alike_on_pages_and_in_emails():
    code = Code("BCD")
    rows = code.rows
    assert code.drawing["size"] == len(rows)
    picture = Image.open(BytesIO(code.png)).convert("L")
    assert picture.width == 6 * len(rows)
    dark = sum(dot for row in rows for dot in row)
    assert sum(1 for dot in picture.tobytes() if not dot) == 36 * dark
    # Each run of the path is as long as it says.
    assert sum(int(run.split("h")[1].split("v")[0]) for run in code.drawing["path"].split("M")[1:]) == dark

"""How to pay an order by bank transfer: the account, the reference that names the order, and a code that banks' apps read.

The reference is a creditor reference (ISO 11649), whose check digits tell a mistyped one; the codes are EPC069-12 for
transfers in EUR and VietQR (EMVCo's layout) for those in VND. Other currencies have no code that many banks read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO

from django.conf import settings
from PIL import Image

from orders.models import Order

# What EPC069-12 has room for.
MAX_NAME = 70
# A dot of the picture that emails carry, in pixels, and the white around a code, in dots.
DOT, QUIET = 6, 4
# References as people and banks write them: in capitals or not, in groups of four or not.
WRITTEN = re.compile(r"RF[\s]*\d[\s]*\d(?:[\s.-]*\d){1,21}", re.IGNORECASE)
SHORTEST = len("RF001")


@dataclass(frozen=True)
class Transfer:
    """What a customer types into a bank's form, or has a bank's app read."""

    name: str
    account: str
    bic: str
    bank: str
    amount: Decimal
    currency: str
    reference: str

    @property
    def account_shown(self) -> str:
        """In groups of four where it is an IBAN, as ISO 13616 prints it."""
        return _grouped(self.account) if self.account[:2].isalpha() else self.account

    @property
    def reference_shown(self) -> str:
        return _grouped(self.reference)

    @property
    def code(self) -> "Code | None":
        """The code of these, or None in a currency that has none."""
        said = {"EUR": _epc, "VND": _vietqr}.get(self.currency)
        text = said(self) if said else ""
        return Code(text) if text else None


@dataclass(frozen=True)
class Code:
    """A QR code, with `says` in it."""

    says: str

    @property
    def rows(self) -> list[list[bool]]:
        """Its dots, with the quiet zone around them."""
        # Imported here: most pages have no code.
        from qrcode import QRCode
        from qrcode.constants import ERROR_CORRECT_M

        code = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET)
        code.add_data(self.says)
        code.make()
        return [[bool(dot) for dot in row] for row in code.get_matrix()]

    @property
    def drawing(self) -> dict[str, object]:
        """Its size, and the path of an SVG: one stroke for each run of dark dots."""
        rows = self.rows
        runs = [f"M{x} {y}h{length}v1h-{length}z" for y, row in enumerate(rows) for x, length in _runs(row)]
        return {"size": len(rows), "path": "".join(runs)}

    @property
    def png(self) -> bytes:
        """A picture of it, for emails, which show no SVG."""
        rows = self.rows
        picture = Image.new("1", (len(rows), len(rows)), 1)
        picture.putdata([0 if dot else 1 for row in rows for dot in row])
        file = BytesIO()
        picture.resize((DOT * len(rows), DOT * len(rows)), Image.Resampling.NEAREST).save(file, "PNG")
        return file.getvalue()


def transfer_for(order: Order) -> Transfer | None:
    """How to pay the order by transfer; None where the shop takes none."""
    to = settings.BANK_ACCOUNT
    if not to:
        return None
    return Transfer(
        name=to["name"],
        account=to["account"],
        bic=to["bic"],
        bank=to["bank"],
        amount=order.amount_due,
        currency=order.currency,
        reference=reference_of(order.number),
    )


def reference_of(number: int) -> str:
    """The reference of the order with this number."""
    check = 98 - int(f"{number}{_digits('RF')}00") % 97
    return f"RF{check:02}{number}"


def numbers_in(text: str) -> list[int]:
    """The orders whose references may stand in a text, by their numbers, the likeliest first.

    Other digits may follow upon a reference, so each beginning of them whose check digits are right is one.
    """
    found: dict[int, None] = {}
    for written in WRITTEN.findall(text):
        whole = re.sub(r"[^RF0-9]", "", written.upper())
        for end in range(len(whole), SHORTEST - 1, -1):
            if is_reference(whole[:end]):
                found[int(whole[4:end])] = None
    return list(found)


def is_reference(text: str) -> bool:
    """Whether its check digits are right."""
    return int(f"{text[4:]}{_digits('RF')}{text[2:4]}") % 97 == 1


def _digits(letters: str) -> str:
    return "".join(str(int(letter, 36)) for letter in letters)


def _grouped(text: str) -> str:
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _runs(row: list[bool]) -> Iterator[tuple[int, int]]:
    """Where each run of dark dots begins, and how long it is."""
    start = None
    for x, dot in enumerate([*row, False]):
        if dot and start is None:
            start = x
        elif not dot and start is not None:
            yield start, x - start
            start = None


def _epc(to: Transfer) -> str:
    """A SEPA credit transfer by EPC069-12, version 002, in UTF-8, with a structured reference."""
    lines = ["BCD", "002", "1", "SCT", to.bic, to.name[:MAX_NAME], to.account, f"EUR{to.amount:.2f}"]
    return "\n".join([*lines, "", to.reference])


def _vietqr(to: Transfer) -> str:
    """A transfer to an account by VietQR; empty without the bank's six digits."""
    bank = settings.BANK_ACCOUNT["bank_bin"]
    if not bank:
        return ""
    account = _field("00", bank) + _field("01", to.account)
    napas = _field("00", "A000000727") + _field("01", account) + _field("02", "QRIBFTTA")
    said = _field("00", "01") + _field("01", "12") + _field("38", napas) + _field("53", "704")
    said += _field("54", f"{to.amount:.0f}") + _field("58", "VN") + _field("62", _field("08", to.reference))
    said += "6304"
    return f"{said}{_crc(said.encode()):04X}"


def _field(name: str, value: str) -> str:
    """A field of EMVCo's layout: its name, its length and what it says."""
    return f"{name}{len(value):02}{value}"


def _crc(data: bytes) -> int:
    """CRC-16/CCITT-FALSE, which ends a code of EMVCo's layout."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _bit in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
            crc &= 0xFFFF
    return crc

"""PayPal's reports as files: the Settlement Report and the Transaction Detail Report, as CSV.

Each line begins with its type: SH opens a section and says from when to when, CH names the columns, SB is a transaction, SF
and SC close the section. Amounts are hundredths in every currency, and a column beside each says whether it came or went.
The columns are found by their names, as PayPal adds some now and then. The formats are PayPal's "Settlement Report
Specification" and "Transaction Detail Report Specification".
"""

import csv
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from orders.payments.providers.base import BadReport
from orders.payments.providers.movements import Report
from orders.payments.providers.paypal.movements import Thing, movement_of

WHEN = "%Y/%m/%d %H:%M:%S %z"
CREDIT = "CR"
# PayPal has been there since 1998; what is dated beyond this century is no time of a payment.
YEARS = range(1998, 2100)


def read(lines: Iterable[str]) -> Report:
    """The movements of a report, and the time that it covers. Raises BadReport for what is none, or ends too early."""
    try:
        return _Reader().read(csv.reader(lines))
    except (LookupError, ValueError, ArithmeticError, csv.Error) as error:
        raise BadReport(f"this is no report of PayPal that can be read: {error}") from error


class _Reader:
    def __init__(self) -> None:
        self.columns: list[str] = []
        self.rows: list[Thing] = []
        self.times: list[datetime] = []
        self.is_open = False

    def read(self, lines: Iterable[list[str]]) -> Report:
        for line in lines:
            self._take(line)
        if not self.times:
            raise ValueError("no line says from when to when")
        if self.is_open:
            raise ValueError("the last section has no end")
        moved = [one for one in map(movement_of, self.rows) if one is not None]
        # The last second that is named belongs to it.
        return Report(min(self.times), max(self.times) + timedelta(seconds=1), moved)

    def _take(self, line: list[str]) -> None:
        kind = line[0].lstrip("\ufeff") if line else ""
        if kind == "SH":
            self.times += map(_when, line[1:3])
            self.is_open = True
        elif kind == "CH":
            self.columns = [" ".join(name.split()) for name in line]
        elif kind == "SB":
            self.rows.append(_detail(dict(zip(self.columns, line, strict=False))))
        elif kind in ("SF", "SC"):
            self.is_open = False


def _detail(row: dict[str, str]) -> Thing:
    """A line of the file as PayPal's list has it."""
    currency = row["Gross Transaction Currency"]
    gross = _amount(row["Gross Transaction Amount"], row["Transaction Debit or Credit"])
    fee = _amount(row["Fee Amount"], row["Fee Debit or Credit"])
    info = {
        "transaction_id": row["Transaction ID"],
        "transaction_event_code": row["Transaction Event Code"],
        "transaction_initiation_date": _when(row["Transaction Initiation Date"]).isoformat(),
        "transaction_amount": {"currency_code": currency, "value": str(gross)},
        "fee_amount": {"currency_code": row["Fee Currency"] or currency, "value": str(fee)},
        # The Settlement Report has only what is settled, and no such column.
        "transaction_status": row.get("Transactional Status", "S") or "S",
        "custom_field": row.get("Custom Field", ""),
        "paypal_reference_id": row.get("PayPal Reference ID", ""),
    }
    return {"transaction_info": info}


def _when(at: str) -> datetime:
    found = datetime.strptime(at, WHEN).astimezone(UTC)
    if found.year not in YEARS:
        raise ValueError(f"{at} is no time of a payment")
    return found


def _amount(hundredths: str, direction: str) -> Decimal:
    if not re.fullmatch(r"-?[0-9]{0,15}", hundredths):
        raise ValueError(f"{hundredths[:40]} is no amount in hundredths")
    amount = Decimal(hundredths or 0).scaleb(-2)
    return amount if direction == CREDIT else -amount

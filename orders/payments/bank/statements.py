"""What a bank's statement says of money that came in: CAMT.053 (ISO 20022) or a table (CSV), within limits.

Nothing is looked up on the way: no document type, no entity, no file or address that the statement names.
"""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from io import StringIO
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bulk import problems
from catalog.money import decimals
from orders.errors import OrderError

MAX_BYTES = 5_000_000
MAX_ENTRIES = 5_000
# Letters that are kept of what a statement says.
MAX_TEXT, MAX_NAME, MAX_ACCOUNT, MAX_ID = 500, 140, 40, 140
# Amounts as the standard has them (ISO 20022), and as tables do; decimals that are kept.
TOLD, TYPED, MOST_DECIMALS = (
    re.compile(r"[0-9]{1,12}(\.[0-9]+)?"),
    re.compile(r"[-+]?[0-9]{1,12}(\.[0-9]+)?"),
    2,
)
# The columns of a table; those after the third may be missing.
COLUMNS = ("date", "amount", "currency", "text", "payer", "payer_account", "id")
NEEDED = COLUMNS[:3]


class BadStatement(OrderError):
    """Said at the desk alone, with what is wrong."""

    code = "bad_statement"
    status = 400
    title = gettext_lazy("Not a statement")
    message = gettext_lazy("This file is not a bank statement that can be read.")
    advice = gettext_lazy(
        "The file has to be CAMT.053, or a CSV table with the columns date, amount and currency."
    )


@dataclass(frozen=True)
class Credit:
    """Money that came in. `entry_id` names it the same each time that it is told."""

    entry_id: str
    booked_on: date
    amount: Decimal
    currency: str
    text: str = ""
    payer: str = ""
    payer_account: str = ""


def read(content: bytes) -> list[Credit]:
    """The amounts that came in, by a statement. Raises BadStatement."""
    if len(content) > MAX_BYTES:
        raise BadStatement(_("The file is larger than %(most)d MB.") % {"most": MAX_BYTES // 1_000_000})
    is_xml = content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    found = []
    for credit in _camt(content) if is_xml else _table(content):
        found.append(credit)
        if len(found) > MAX_ENTRIES:
            raise BadStatement(_("At most %(most)d entries at once.") % {"most": MAX_ENTRIES})
    return _named(found)


def _named(credits_: list[Credit]) -> list[Credit]:
    """Those that the bank gave no name are named after what they say, and after how many said the same before."""
    times: Counter[str] = Counter()
    named = []
    for one in credits_:
        if not one.entry_id:
            said = "|".join(
                map(str, (one.booked_on, one.amount, one.currency, one.text, one.payer, one.payer_account))
            )
            times[said] += 1
            one = replace(  # noqa: PLW2901 the same one, with its name
                one, entry_id=hashlib.sha256(f"{said}|{times[said]}".encode()).hexdigest()
            )
        named.append(one)
    return named


def _amount(text: str, amount: str, pattern: re.Pattern[str], most: int) -> Decimal:
    """The amount that a text says, in digits with at most so many decimals, not counting noughts at the end."""
    if not pattern.fullmatch(amount) or len(amount.partition(".")[2].rstrip("0")) > most:
        raise BadStatement(_("“%(text)s” is no amount.") % {"text": text[:40]})
    return Decimal(amount)


def _typed_amount(text: str, currency: str) -> Decimal:
    """An amount as banks' tables write it: a point or a comma before the decimals, and at most blanks between thousands.

    A point or a comma before three digits parts thousands in half of the world: it is taken for a decimal point only
    where the currency has three decimals.
    """
    amount = "".join(text.split()).replace(",", ".")
    if re.search(r"\.[0-9]{3}$", amount) and decimals(currency) != len("000"):
        raise BadStatement(
            _("“%(text)s” is unclear: the sign before the last three digits may part thousands or decimals.")
            % {"text": text.strip()[:40]}
        )
    return _amount(text, amount, TYPED, min(decimals(currency), MOST_DECIMALS))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError as error:
        raise BadStatement(_("“%(text)s” is no date.") % {"text": text[:40]}) from error


def _clean(text: str, most: int) -> str:
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())[:most]


# --- tables --------------------------------------------------------------------------------------------------------


def _table(content: bytes) -> Iterator[Credit]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadStatement from error
    separator = ";" if text.partition("\n")[0].count(";") else ","
    try:
        lines = csv.DictReader(StringIO(text, newline=""), delimiter=separator)
        _require_each_once([name.strip().lower() for name in lines.fieldnames or ()])
        for line in lines:
            said = {str(key).strip().lower(): str(value or "") for key, value in line.items()}
            if missing := [name for name in NEEDED if name not in said]:
                raise BadStatement(_("Columns are missing: %(names)s.") % {"names": ", ".join(missing)})
            credit = _of_line(said)
            if credit.amount > 0:
                yield credit
    except csv.Error as error:
        raise BadStatement from error


def _require_each_once(columns: list[str]) -> None:
    """Of two columns of one name nobody knows which is meant."""
    for column in COLUMNS:
        if columns.count(column) > 1:
            raise BadStatement(problems.sentence("column_twice", {"column": column}))


def _of_line(said: dict[str, str]) -> Credit:
    currency = _clean(said["currency"], 3).upper()
    return Credit(
        entry_id=_clean(said.get("id", ""), MAX_ID),
        booked_on=_day(said["date"]),
        amount=_typed_amount(said["amount"], currency),
        currency=currency,
        text=_clean(said.get("text", ""), MAX_TEXT),
        payer=_clean(said.get("payer", ""), MAX_NAME),
        payer_account=_clean(said.get("payer_account", ""), MAX_ACCOUNT),
    )


# --- CAMT.053 ------------------------------------------------------------------------------------------------------


def _camt(content: bytes) -> Iterator[Credit]:
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise BadStatement from error
    statements = list(_all(root, "BkToCstmrStmt", "Stmt"))
    if _name(root) != "Document" or not statements:
        raise BadStatement
    for statement in statements:
        account = _text(statement, "Acct", "Id", "IBAN") or _text(statement, "Acct", "Id", "Othr", "Id")
        for entry in _all(statement, "Ntry"):
            if _is_booked_credit(entry):
                yield from _of_entry(entry, account)


def _is_booked_credit(entry: Element) -> bool:
    status = _text(entry, "Sts", "Cd") or _text(entry, "Sts")
    is_reversal = _text(entry, "RvslInd").lower() in ("true", "1")
    return _text(entry, "CdtDbtInd") == "CRDT" and status == "BOOK" and not is_reversal


def _of_entry(entry: Element, account: str) -> Iterator[Credit]:
    """One for each transaction of an entry, which may hold many; or one for the entry."""
    day = _day(_text(entry, "BookgDt", "Dt") or _text(entry, "BookgDt", "DtTm"))
    name = _text(entry, "AcctSvcrRef") or _text(entry, "NtryRef")
    parts = list(_all(entry, "NtryDtls", "TxDtls")) or [entry]
    for place, part in enumerate(parts):
        own = _text(part, "Refs", "AcctSvcrRef") or (name and f"{name}/{place}")
        amount = _first(part, ("AmtDtls", "TxAmt", "Amt"), ("Amt",))
        if amount is None and len(parts) == 1:
            amount = _first(entry, ("Amt",))
        if amount is None:
            raise BadStatement(_("A transaction has no amount."))
        yield Credit(
            entry_id=_clean(f"{account}/{own}", MAX_ID) if own else "",
            booked_on=day,
            amount=_camt_amount(amount.text or ""),
            currency=_clean(amount.get("Ccy", ""), 3).upper(),
            text=_clean(_remittance(part), MAX_TEXT),
            payer=_clean(
                _text(part, "RltdPties", "Dbtr", "Nm") or _text(part, "RltdPties", "Dbtr", "Pty", "Nm"),
                MAX_NAME,
            ),
            payer_account=_clean(_text(part, "RltdPties", "DbtrAcct", "Id", "IBAN"), MAX_ACCOUNT),
        )


def _camt_amount(text: str) -> Decimal:
    return _amount(text, text.strip(), TOLD, MOST_DECIMALS)


def _remittance(part: Element) -> str:
    """What the payer wrote, the structured reference first."""
    said = [one.text or "" for one in _all(part, "RmtInf", "Strd", "CdtrRefInf", "Ref")]
    said += [one.text or "" for one in _all(part, "RmtInf", "Ustrd")]
    return " ".join([*said, _text(part, "Refs", "EndToEndId"), _text(part, "AddtlTxInf")])


def _name(element: Element) -> str:
    """Without its namespace, of which each version has another."""
    return str(element.tag).rpartition("}")[2]


def _all(element: Element, *path: str) -> Iterator[Element]:
    if not path:
        yield element
        return
    for child in element:
        if _name(child) == path[0]:
            yield from _all(child, *path[1:])


def _first(element: Element, *paths: tuple[str, ...]) -> Element | None:
    return next((found for path in paths for found in _all(element, *path)), None)


def _text(element: Element, *path: str) -> str:
    found = _first(element, path)
    return (found.text or "").strip() if found is not None else ""

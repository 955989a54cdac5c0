"""Lists of numbers, one on each line, and whether their first line is one of them or what stands over them.

A heading that is taken for a number is sold as one. So a first line is a number only when it is written like the others:
with a digit and no word that stands over lists, unless they have it too; as long as they are, where they are all of one
length; with what they have between their letters; and with letters where they all have some.
"""

import csv
import re
import unicodedata
from io import StringIO

from bulk.problems import BulkError
from bulk.tables import BOM, heading_of

NUMBER = "number"
# Words that stand over lists of numbers, in languages of those who sell; folded as `_words` does.
_HEADINGS = """
account activation article barcode card code codes coupon ean gtin id imei isbn item key keys licence licences license
licenses no nr number numbers phone pin product room rooms seat seats serial serials sim sku table ticket tickets title
token tokens value values voucher vouchers
ban cho ghe khoa ma mat phieu phong so the ve
artikelnummer lizenz lizenzschlussel nummer nummern platz produktschlussel schlussel seriennummer zimmer
cle cles numero numeros place clave claves codigo codigos licencia habitacion
"""
HEADINGS = frozenset(_HEADINGS.split())
# What the letters of a line may have that those of no other line have.
TRAITS = (r"\s", r"[a-zà-öø-ÿ]", r"[A-ZÀ-ÖØ-Þ]")
LETTER = re.compile(r"[^\W\d_]")
# So long numbers have one length by what they are, and not by chance.
LONG = 8


def is_table(text: str) -> bool:
    """Whether a column of it is named as numbers are."""
    return NUMBER in heading_of(text.removeprefix(BOM))


def lines_of(text: str, *, is_csv: bool = False) -> str:
    """A list as it was sent, with each line as it is meant: a program that writes CSV puts quotes around some.

    Raises BulkError for what has several columns, of which none is named.
    """
    text = text.removeprefix(BOM)
    if not is_csv and not _has_tabs(text):
        return text
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    try:
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return text
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    if any(len(row) > 1 for row in filled):
        raise BulkError("which_column")
    if any("\n" in cell for row in filled for cell in row):
        return text
    return "\n".join(row[0] if row else "" for row in rows)


def first_line(text: str) -> str:
    """The first line with anything in it, without the spaces around it."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def is_unclear(text: str) -> bool:
    """Whether the first line of a list may stand over the others."""
    first, *others = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    has_letters = bool(LETTER.search(first))
    if first and not re.search(r"\d", first):
        return True
    if not others:
        return False
    if not has_letters and not all(LETTER.search(line) for line in others):
        return not _is_built_like(first, others)
    heads = HEADINGS & set(_words(first))
    return _stands_out(first, others) or any(not _is_shared(word, others) for word in heads)


def without_first(text: str) -> str:
    """The list without its heading, however often it has it: files are put behind each other. Lines keep their numbers."""
    first = first_line(text)
    return "\n".join("" if line.strip() == first else line for line in text.splitlines())


def _stands_out(first: str, others: list[str]) -> bool:
    """Whether it has what no other line has, lacks letters that all of them have, or is built otherwise than all of them."""
    has_more = any(
        re.search(trait, first) and not any(re.search(trait, line) for line in others) for trait in TRAITS
    )
    return has_more or not LETTER.search(first) or not _is_built_like(first, others)


def _is_built_like(first: str, others: list[str]) -> bool:
    """Others that are not built alike among themselves say nothing, nor does a single one."""
    if len(others) == 1:
        return True
    lengths, marks = {len(line) for line in others}, {_marks(line) for line in others}
    is_as_long = len(lengths) > 1 or max(lengths) < LONG or len(first) in lengths
    return is_as_long and (len(marks) > 1 or _marks(first) in marks)


def _marks(line: str) -> str:
    """What stands between its letters and digits."""
    return re.sub(r"[^\W_]+", "x", line)


def _is_shared(word: str, lines: list[str]) -> bool:
    """Whether at least every second line has the word."""
    return 2 * sum(word in _words(line) for line in lines) >= len(lines)


def _words(line: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", line.casefold().replace("đ", "d"))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.findall(r"[^\W\d_]+", letters)


def _has_tabs(text: str) -> bool:
    """As a spreadsheet's columns have, when they are pasted; every line of them."""
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines) and all("\t" in line.strip() for line in lines)

"""Tables as text: CSV as people's programs write it, read with its line numbers and never guessed at; and written.

A cell that a spreadsheet would take for a formula gets an apostrophe before it when it is written, and loses it when it
is read. One that began so already gets another, so that every value is read as it was written.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import IO

from bulk.problems import BulkError

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 50_000
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
DELIMITERS = ",;\t"
FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
GUARDED = re.compile(r"'+[=+\-@\t\r\n]")


@dataclass(frozen=True)
class Row:
    """A line of a table: where it begins in the file, and its cells by column."""

    line: int
    cells: dict[str, str]
    # How many cells the line has and the heading wants, when they are not as many.
    odd: tuple[int, int] | None = None


@dataclass(frozen=True)
class Table:
    columns: list[str]
    rows: list[Row]


def decoded(file: IO[bytes]) -> str:
    """The letters of a file, without its byte order mark. Raises BulkError."""
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise BulkError("too_many_bytes", most=MAX_BYTES // 1024 // 1024)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BulkError("not_utf8") from error
    if "\0" in text:
        raise BulkError("not_utf8")
    return text


def read_list(text: str, column: str) -> Table:
    """One value on each line, without a heading; blank lines are passed over. Raises BulkError."""
    lines = enumerate(text.removeprefix(BOM).splitlines(), start=1)
    return _whole(Table([column], [Row(at, {column: line.strip()}) for at, line in lines if line.strip()]))


def read(text: str) -> Table:
    """A heading and rows, parted by commas, semicolons or tabs. Raises BulkError.

    Blank lines are passed over, and the heading where it stands again: files are put behind each other.
    """
    text = text.removeprefix(BOM)
    rows = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    columns: list[str] = []
    found: list[Row] = []
    line = 1
    try:
        for cells in rows:
            is_blank = not any(cell.strip() for cell in cells)
            if not is_blank and not columns:
                columns = _heading(cells)
            elif not is_blank and not _is_again(cells, columns):
                found.append(_row(line, columns, [unguarded(cell) for cell in cells]))
            line = rows.line_num + 1
    except csv.Error as error:
        raise BulkError("broken_quotes", line=line) from error
    return _whole(Table(columns, found))


def heading_of(text: str) -> list[str]:
    """The cells of the first line, as the heading of a table would be read."""
    first = text.lstrip().split("\n", 1)[0]
    return [cell.strip().strip('"').lower() for cell in first.split(_delimiter(text))]


def written(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV, safe to open in a spreadsheet."""
    file = StringIO(newline="")
    csv.writer(file).writerows([guarded(str(cell)) for cell in row] for row in rows)
    return file.getvalue()


def guarded(cell: str) -> str:
    """The cell as a spreadsheet shows it and does not reckon with it."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before it was guarded."""
    return cell[1:] if GUARDED.match(cell) else cell


def _whole(table: Table) -> Table:
    if not table.rows:
        raise BulkError("empty_file")
    if len(table.rows) > MAX_ROWS:
        raise BulkError("too_many_rows", most=MAX_ROWS)
    return table


def _delimiter(text: str) -> str:
    """The separator found most often in the heading; no column name contains one."""
    heading = text.lstrip().split("\n", 1)[0]
    return max(DELIMITERS, key=heading.count)


def _heading(cells: list[str]) -> list[str]:
    columns = [cell.strip().lower() for cell in cells]
    for column in columns:
        if column and columns.count(column) > 1:
            raise BulkError("column_twice", column=column)
    return columns


def _is_again(cells: list[str], columns: list[str]) -> bool:
    return [cell.strip().removeprefix(BOM).lower() for cell in cells] == columns


def _row(line: int, columns: list[str], cells: list[str]) -> Row:
    """Empty cells beyond the heading, as spreadsheets write them, are none."""
    while len(cells) > len(columns) and not cells[-1].strip():
        cells = cells[:-1]
    named = {column: cell for column, cell in zip(columns, cells, strict=False) if column}
    return Row(line, named, None if len(cells) == len(columns) else (len(cells), len(columns)))

"""What can be wrong with a table or one of its lines: stable codes, and a sentence for each in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from refusals import Refusal

SENTENCES: dict[str, str | Promise] = {
    # About a whole file, which is refused.
    "not_utf8": _("This is not a text in UTF-8. Save it as “CSV UTF-8” and send it again."),
    "empty_file": _("There is nothing in it besides the heading."),
    "too_many_bytes": _("It is larger than %(most)s MB. Send it in parts."),
    "too_many_rows": _("It has more than %(most)s lines. Send it in parts."),
    "unknown_columns": _("Unknown columns: %(columns)s. Known are: %(known)s."),
    "missing_columns": _("These columns are missing: %(columns)s."),
    "column_twice": _("There are two columns named %(column)s."),
    "broken_quotes": _("Near line %(line)s a quotation mark is not closed, or stands where none may be."),
    "not_ready": _("It was started already, or has not been checked without a bad line."),
    # About a whole job.
    "permission_denied": _(
        "The person who started it may not do this any more. What was done until then stays."
    ),
    "broken": _("It failed several times in a row. What was done until then stays."),
    "forgotten": _("The file is no longer kept. Send it again."),
    "too_many_to_export": _("There are too many rows for one file. Narrow them down."),
    "forgotten_export": _("This export is not ready, or no longer kept."),
    # About one line.
    "empty": _("This may not be empty."),
    "cells": _("The line has %(count)s cells, but the heading has %(wanted)s."),
    "too_long": _("Longer than %(most)s characters."),
    "control": _("There is a line break or another invisible character in it."),
    "not_whole": _("Not a whole number: write digits alone."),
    "not_amount": _("Not an amount: write digits, and a point before the decimals."),
    "not_percent": _("Not percent: write digits from 0 to 100, and a point before the decimals."),
    "not_day": _("Not a day: write it as 2026-12-31."),
    "decimal_comma": _("Write a decimal point and no comma: 12.50."),
    "unclear_point": _(
        "Unclear: the point may part thousands or decimals. Write %(whole)s for the whole amount, or no more decimals "
        "than the currency has."
    ),
    "too_many_decimals": _("More than %(most)s decimals."),
    "too_large": _("More than %(most)s."),
    "too_small": _("Less than %(least)s."),
    "not_moment": _("Write a day, or a day and a time: 2026-01-31, or 2026-01-31 08:00."),
    "not_yes_or_no": _("Write yes or no."),
    "not_slug": _("Write only letters from a to z, digits, - and _."),
    "not_one_of": _("Write one of these: %(choices)s."),
    "unknown": _("There is none of this name."),
    "unknown_sku": _("No product has this SKU."),
    "taken": _("Another one has it already."),
    "needed_for_new": _("Needed for what is new."),
    "may_not_add": _("This would be new, and you may not add any."),
    "twice": _("The same as in line %(line)s."),
    "conflict": _("Somebody changed something else at this moment. Check it again."),
}


def sentence(code: str, details: Mapping[str, Any] | None = None) -> str:
    """What people are told."""
    return str(SENTENCES[code]) % (details or {})


def explain(sentences: Mapping[str, str | Promise]) -> None:
    """Add codes of a room above."""
    SENTENCES.update(sentences)


class BulkError(Refusal):
    """A table, or what is asked about one, is refused: `code` is one of SENTENCES, as jobs and lines keep it."""

    def __init__(self, code: str, **details: object):
        self.code = code
        super().__init__(sentence(code, details), **details)


class BadCell(ValidationError):
    """One cell is refused."""

    def __init__(self, code: str, **details: object):
        super().__init__(code, code=code, params=details)


class BadLine(ValidationError):
    """One line is refused: column -> why."""

    def __init__(self, cells: Mapping[str, BadCell]):
        super().__init__(dict(cells))

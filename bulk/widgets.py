"""What may stand in a cell, and what it says when something else does. Nothing is guessed: 1,5 is no number here."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from import_export.widgets import Widget

from bulk.problems import BadCell

MAX_INTEGER = 2**31 - 1
YES, NO = "yes", "no"
# Digits of a group, where a number is written in groups.
THOUSANDS = 3
HUNDRED = Decimal(100)
PERCENT_DECIMALS = 4


class Cell(Widget):
    """Base of them: `read` makes a value of a cell, without the blanks around it, or raises BadCell."""

    def clean(self, value: str, row: object = None, **kwargs: Any) -> Any:
        return self.read(value.strip())

    def read(self, value: str) -> Any:
        raise NotImplementedError

    def same(self, value: str) -> str:
        """What cells have in common that name the same thing."""
        return value.strip()


class Text(Cell):
    """Some letters; `lines` of them where line breaks are welcome."""

    def __init__(self, *, most: int | None = None, empty: bool = False, lines: bool = False):
        super().__init__()
        self.most, self.empty, self.lines = most, empty, lines

    def clean(self, value: str, row: object = None, **kwargs: Any) -> Any:
        """Blanks around several lines are part of them."""
        return self.read(value if self.lines else value.strip())

    def read(self, value: str) -> str:
        if not value and not self.empty:
            raise BadCell("empty")
        if self.most and len(value) > self.most:
            raise BadCell("too_long", most=self.most)
        if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]" if self.lines else r"[\x00-\x1f\x7f]", value):
            raise BadCell("control")
        return value


class Slug(Text):
    """The part of an address that names a thing."""

    def read(self, value: str) -> str:
        slug = super().read(value)
        if not re.fullmatch(r"[-a-zA-Z0-9_]+", slug):
            raise BadCell("not_slug")
        return slug


class Whole(Cell):
    """A whole number, from 0 on; None for an empty cell where that is welcome."""

    def __init__(self, *, least: int = 0, most: int = MAX_INTEGER, empty: bool = False):
        super().__init__()
        self.least, self.most, self.empty = least, most, empty

    def read(self, value: str) -> int | None:
        if not value:
            if self.empty:
                return None
            raise BadCell("empty")
        if not re.fullmatch(r"[0-9]{1,18}", value):
            raise BadCell("not_whole")
        number = int(value)
        if number > self.most:
            raise BadCell("too_large", most=self.most)
        if number < self.least:
            raise BadCell("too_small", least=self.least)
        return number


class Amount(Cell):
    """An amount of money, with a decimal point and no more decimals than `decimals` says; both as the shop writes it.

    A point before three digits parts thousands in half of the world: it is taken for a decimal point only where the
    currency has three decimals, and so is written like that.
    """

    def __init__(self, *, decimals: Callable[[], int], most: Decimal, empty: bool = False):
        super().__init__()
        self.decimals, self.most, self.empty = decimals, most, empty

    def read(self, value: str) -> Decimal | None:
        if not value:
            if self.empty:
                return None
            raise BadCell("empty")
        if re.fullmatch(r"[0-9]+,[0-9]+", value):
            raise BadCell("decimal_comma")
        if not re.fullmatch(r"[0-9]{1,18}(\.[0-9]+)?", value):
            raise BadCell("not_amount")
        if re.search(r"\.[0-9]{3}$", value) and self.decimals() != THOUSANDS:
            raise BadCell("unclear_point", whole=value.replace(".", ""))
        if len(value.partition(".")[2].rstrip("0")) > self.decimals():
            raise BadCell("too_many_decimals", most=self.decimals())
        if Decimal(value) > self.most:
            raise BadCell("too_large", most=str(self.most))
        return Decimal(value)

    def render(self, value: Any, obj: object = None, **kwargs: Any) -> str:
        """As many decimals as the currency has, or more where there are more."""
        if value is None:
            return ""
        short = value.quantize(Decimal(1).scaleb(-self.decimals()))
        return str(short if short == value else value)


class Percent(Cell):
    """Percent from 0 to 100, with a decimal point and four decimals at most. No thousands: a point is never unclear."""

    def read(self, value: str) -> Decimal:
        if not value:
            raise BadCell("empty")
        if re.fullmatch(r"[0-9]+,[0-9]+", value):
            raise BadCell("decimal_comma")
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?", value) or Decimal(value) > HUNDRED:
            raise BadCell("not_percent")
        if len(value.partition(".")[2].rstrip("0")) > PERCENT_DECIMALS:
            raise BadCell("too_many_decimals", most=PERCENT_DECIMALS)
        return Decimal(value)

    def render(self, value: Any, obj: object = None, **kwargs: Any) -> str:
        return "" if value is None else f"{value.normalize():f}"


class Day(Cell):
    """A day as 2026-12-31; None for an empty cell where that is welcome."""

    def __init__(self, *, empty: bool = False):
        super().__init__()
        self.empty = empty

    def read(self, value: str) -> date | None:
        if not value:
            if self.empty:
                return None
            raise BadCell("empty")
        try:
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise BadCell("not_day")

    def render(self, value: Any, obj: object = None, **kwargs: Any) -> str:
        return "" if value is None else value.isoformat()


class Moment(Cell):
    """A day or a minute of the shop's time, or nothing: 2026-01-31, or 2026-01-31 08:00."""

    def read(self, value: str) -> datetime | None:
        if not value:
            return None
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}(:[0-9]{2})?)?", value):
            raise BadCell("not_moment")
        try:
            return timezone.make_aware(datetime.fromisoformat(value))
        except (ValueError, OverflowError) as error:
            raise BadCell("not_moment") from error

    def render(self, value: Any, obj: object = None, **kwargs: Any) -> str:
        """With seconds where there are any: what was taken out and comes in again is the same."""
        if not value:
            return ""
        local = timezone.localtime(value)
        return local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")


class YesNo(Cell):
    def read(self, value: str) -> bool:
        word = value.lower()
        if word in (YES, "true", "1"):
            return True
        if word in (NO, "false", "0"):
            return False
        raise BadCell("not_yes_or_no")

    def render(self, value: Any, obj: object = None, **kwargs: Any) -> str:
        return YES if value else NO


class OneOf(Cell):
    """One of a few words."""

    def __init__(self, choices: list[str]):
        super().__init__()
        self.choices = choices

    def read(self, value: str) -> str:
        if value not in self.choices:
            raise BadCell("not_one_of", choices=", ".join(self.choices))
        return value


class Named(Cell):
    """A row of another table by its name; all of them are read once, so there had better be few.

    None for an empty cell where that is welcome.
    """

    def __init__(self, names: Callable[[], Mapping[str, int]], *, empty: bool = False):
        super().__init__()
        self.names, self.empty = names, empty
        self._by_name: dict[str, int] | None = None

    def read(self, value: str) -> int | None:
        if not value:
            if self.empty:
                return None
            raise BadCell("empty")
        if value not in self.by_name:
            raise BadCell("unknown")
        return self.by_name[value]

    def render(self, value: Any, obj: object = None, **kwargs: Any) -> str:
        return next((name for name, pk in self.by_name.items() if pk == value), "")

    @property
    def by_name(self) -> dict[str, int]:
        if self._by_name is None:
            self._by_name = dict(self.names())
        return self._by_name

"""Fields that take what the schema says and no look-alikes: no numbers as words, no words as numbers."""

from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class Text(serializers.CharField):
    """A JSON string; DRF's own field takes numbers too."""

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A JSON number without a fraction; DRF's own field takes strings of digits too."""

    def to_internal_value(self, data: object) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class Truth(serializers.BooleanField):
    """A JSON boolean; DRF's own field takes many a word and number for one."""

    def to_internal_value(self, data: object) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Moment(serializers.DateTimeField):
    """A time with its offset from UTC, as RFC 3339 writes it: without one it would mean another moment elsewhere."""

    default_error_messages = {"offset": _("Give the offset from UTC, as in 2026-01-31T08:00:00Z.")}

    def to_internal_value(self, value: object) -> datetime:
        try:
            moment = parse_datetime(value) if isinstance(value, str) else None
            if moment is None:
                raise ValueError
            # The database takes offsets up to 15:59 alone, Python those up to 23:59.
            read = moment if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ssZ")
        if read.tzinfo is None:
            self.fail("offset")
        return read

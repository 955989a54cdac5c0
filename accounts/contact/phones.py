"""Telephone numbers: read as people write them, stored as E.164 (an extension as in RFC 3966), shown as they are dialled."""

import re
from functools import lru_cache

import phonenumbers
from django.utils.translation import gettext_lazy as _
from phonenumbers import NumberParseException, PhoneNumberFormat

WRONG = _("Enter a phone number; from another country with its prefix, such as +84.")


def stored(*, typed: str, country: str) -> str | None:
    """The number as it is stored; None for what is no number. Without a country's prefix it is one of that country."""
    number = _read(" ".join(typed.split()), country)
    if number is None or not _can_be_dialled(number) or _has_words(typed):
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{e164};ext={number.extension}" if number.extension else e164


def _can_be_dialled(number: phonenumbers.PhoneNumber) -> bool:
    """Whether it is long enough to be dialled from anywhere, and more than noughts."""
    length = phonenumbers.is_possible_number_with_reason(number)
    return length == phonenumbers.ValidationResult.IS_POSSIBLE and bool(number.national_number)


def _has_words(typed: str) -> bool:
    """Whether words follow the number: letters would be dialled as the digits on their keys ("030 123456 home")."""
    begin = re.search(r"[+＋\d]", typed)
    return begin is not None and phonenumbers.is_alpha_number(typed[begin.start() :])


@lru_cache(1024)
def shown(number: str, *, country: str = "") -> str:
    """As it is dialled from within the country, with the country's prefix from elsewhere; old text as it was typed."""
    read = _read(number, None) if number.startswith("+") else None
    if read is None:
        return number
    at_home = phonenumbers.region_code_for_number(read) == country
    form = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(read, form)


def _read(typed: str, country: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(typed, country or None)
    except NumberParseException:
        return None

"""Telephone numbers: read as people write them, stored as E.164 (an extension as in RFC 3966), shown as they are dialled."""

import phonenumbers
from django.utils.translation import gettext_lazy as _
from phonenumbers import NumberParseException, PhoneNumberFormat

WRONG = _("Enter a phone number; from another country with its prefix, such as +84.")


def stored(*, typed: str, country: str) -> str | None:
    """The number as it is stored; None for what is no number. Without a country's prefix it is one of that country."""
    number = _read(" ".join(typed.split()), country)
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{e164};ext={number.extension}" if number.extension else e164


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

"""The countries of ISO 3166-1 with their names in the reader's language, and which one somebody means who writes a name."""

import unicodedata

from babel import Locale
from django.utils.translation import get_language, to_locale

# Codes that CLDR lists beside the countries.
NOT_COUNTRIES = {
    *("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO"),
    *("TA", "UN", "XA", "XB", "XK", "ZZ"),
}
# The members of the European Union, as of 2020.
EUROPEAN_UNION = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
MAX_SUGGESTED = 5


def names(language: str = "") -> dict[str, str]:
    """Names by code, in the reader's language unless another is asked for, in the order of its alphabet."""
    territories = Locale.parse(to_locale(language or get_language() or "en")).territories
    found = {
        code: name
        for code, name in territories.items()
        if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES
    }
    return dict(sorted(found.items(), key=lambda pair: _folded(pair[1])))


def code_of(written: str) -> str | None:
    """The code of a country that is written as its code, or by its whole name in the reader's language or in English.

    Half a name is none: "Ge" is the begin of three, and not the code GE.
    """
    known = names()
    if written.upper() in known and (written.isupper() or written.islower()):
        return written.upper()
    wanted = _folded(written)
    meant = {code for some in (known, names("en")) for code, name in some.items() if _folded(name) == wanted}
    return meant.pop() if len(meant) == 1 else None


def suggested(written: str) -> list[str]:
    """Names of countries that begin like what is written, then those with a later word that does; a few."""
    start = _folded(written)
    if not start:
        return []
    found = [name for name in names().values() if f" {_folded(name)}".find(f" {start}") >= 0]
    return sorted(found, key=lambda name: not _folded(name).startswith(start))[:MAX_SUGGESTED]


def _folded(text: str) -> str:
    """Without case, accents and signs."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    letters = (sign for sign in plain if not unicodedata.combining(sign))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in letters).split())

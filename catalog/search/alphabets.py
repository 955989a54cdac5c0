"""The order of words in a language's alphabet, the same in Python and in the database.

A letter is written as a sign whose place among the signs is the letter's place in the alphabet: "Áo" comes beside "An", and
"Đ" between "D" and "E". PostgreSQL's own orders are not on every server; where words can be told from one another only by
accents, whoever sorts adds something unique.
"""

import unicodedata
from collections.abc import Mapping
from functools import cache

from django.db.models import Func, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Collate, Lower

LATIN = "abcdefghijklmnopqrstuvwxyz"
# Letters with a place of their own. What else a letter may carry (in Vietnamese, its tone) makes no difference.
ALPHABETS = {"vi": "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"}
# Letters that Unicode does not take apart, and what they stand beside where an alphabet lacks them.
BESIDE = {"đ": "d", "ø": "o", "ł": "l", "ħ": "h", "ı": "i", "ß": "s", "æ": "a", "œ": "o", "ð": "d", "þ": "t"}
# Latin letters with accents: of Western and Central Europe, and of Vietnam.
ACCENTED = [
    chr(point)
    for block in (range(0xDF, 0x180), range(0x1A0, 0x1B1), range(0x1EA0, 0x1EFA))
    for point in block
]
FIRST_SIGN = ord("A")  # after blanks, digits and most other signs


@cache
def _signs(language: str) -> Mapping[str, str]:
    alphabet = ALPHABETS.get(language, LATIN)
    signs = {letter: chr(FIRST_SIGN + at) for at, letter in enumerate(alphabet)}
    for letter in [*ACCENTED, *BESIDE]:
        if letter == letter.lower() and (base := _base(letter, alphabet)):
            signs[letter] = signs[base]
    return signs


def _base(letter: str, alphabet: str) -> str:
    """The letter of the alphabet that a letter with accents is; empty where it is none."""
    first, *marks = list(unicodedata.normalize("NFD", letter))
    own = (unicodedata.normalize("NFC", first + mark) for mark in marks)
    return next((one for one in (letter, *own, BESIDE.get(first, first)) if one in alphabet), "")


@cache
def _places(language: str) -> dict[int, str]:
    """The signs as `str.translate` takes them: a form sorts all countries by them, for each request."""
    return str.maketrans(dict(_signs(language)))


def sort_key(text: str, language: str) -> str:
    """What texts are sorted by in a language."""
    return unicodedata.normalize("NFC", text).lower().translate(_places(language))


def sorted_sql(text: str, language: str) -> str:
    """The same in SQL, of an expression."""
    signs = _signs(language)
    return f"translate(lower({text}), '{''.join(signs)}', '{''.join(signs.values())}')"


def sorted_by(text: Combinable, language: str) -> Combinable:
    """The same for a query; it takes a multiple of what sorting takes."""
    signs = _signs(language)
    letters, places = Value("".join(signs)), Value("".join(signs.values()))
    return Collate(Func(Lower(text), letters, places, function="translate"), "C")

"""Values that nobody means to send, as a seeded chance picks them: words, numbers, headers, queries, members of JSON."""

import copy
import json
from random import Random
from typing import Any
from urllib.parse import quote

from faults.fuzz.sending.heads import HEADERS
from faults.fuzz.sending.words import NUMBERS, QUERIES, SIGNS, TEXTS, THINGS


def text(chance: Random) -> str:
    """A word of the list, or one of signs by chance."""
    if chance.random() < 0.75:
        return chance.choice(TEXTS)
    return "".join(chance.choices(SIGNS, k=chance.choice((1, 2, 5, 20, 90))))


def bent(chance: Random, value: str) -> str:
    """What was right, a little wrong: cut, doubled, with a sign more, fewer or another."""
    at = chance.randrange(len(value) + 1)
    ways = (
        value[:at],
        value[at:],
        value + value,
        value[:at] + chance.choice(SIGNS) + value[at:],
        value[:at] + chance.choice(SIGNS) + value[at + 1 :],
        value.swapcase(),
        f" {value}\t",
        value + chance.choice(TEXTS)[:200],
        value.translate(
            str.maketrans("0123456789", chance.choice(("9999999999", "٠١٢٣٤٥٦٧٨٩", "-000000000")))
        ),
    )
    return chance.choice(ways)


def word(chance: Random, value: str) -> str:
    """Something else in its place, or the same a little wrong."""
    return text(chance) if chance.random() < 0.6 else bent(chance, value)


def member(chance: Random) -> Any:
    """A value of JSON."""
    pick = chance.random()
    if pick < 0.45:
        return text(chance)
    if pick < 0.7:
        return chance.choice(NUMBERS)
    if pick < 0.95:
        return copy.deepcopy(chance.choice(THINGS))
    return chance.choice(
        (nested(chance.choice((20, 150))), ["x"] * 3000, {str(nth): nth for nth in range(900)})
    )


def nested(depth: int) -> Any:
    inner: Any = []
    for _level in range(depth):
        inner = {"a": [inner]}
    return inner


def header(chance: Random) -> tuple[str, str]:
    name, values = chance.choice(HEADERS)
    return name, chance.choice(values)


def escaped(value: str, safe: str = "") -> str:
    """For an address; halves of surrogates go as what they would be in UTF-8."""
    return quote(value, safe=safe, errors="surrogatepass")


def query(chance: Random, known: tuple[str, ...] = ()) -> str:
    """A query string, of names that some page knows and of others."""
    parts = []
    for _nth in range(chance.choice((1, 1, 2, 4))):
        name = chance.choice(known if known and chance.random() < 0.6 else QUERIES)
        parts.append(f"{escaped(name, '_')}={escaped(text(chance)[:3000])}")
    odd = ("", "&&&", "=", "a&a=&a[]=1", "%", "%zz=%", "?", "a=1;b=2", "\xff", "x=%C0%80")
    return "&".join(parts) if chance.random() < 0.93 else chance.choice(odd)


def dumped(value: Any) -> bytes:
    """As JSON, with what JSON does not know: NaN, halves of surrogates."""
    return json.dumps(value).encode()

"""SKUs: two that differ in case, in how Unicode writes their letters, or in what can't be seen alone are one product's.

What can't be seen: signs without a shape (a zero width space, a soft hyphen, a byte order mark), and which of the many
hyphens, dashes and spaces it is. Products that were there twice before keep their writing, and are found by just that.

Of numbers and of options' values, whose capitals count and in which a joiner may, it is only the writing that is one.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import connection, models

# As PostgreSQL and Python read them alike, between the brackets of a regular expression.
INVISIBLE = (
    r"\u0001-\u0008\u000E-\u001F\u007F-\u0084\u0086-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F"
    r"\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFE00-\uFE0F\uFEFF\uFFF0-\uFFFB\U0001BCA0-\U0001BCA3"
    r"\U0001D173-\U0001D17A\U000E0000-\U000E0FFF"
)
SPACES = r"\u0009-\u000D\u0020\u0085\u1680\u2028\u2029"
# Hyphens and dashes of other code points than the keyboard's; the minus and the hyphen bullet look like them.
DASHES = "\u02d7\u058a\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212"

KEY = f"""upper(btrim(regexp_replace(translate(regexp_replace(normalize(%(expressions)s, NFKC), '[{INVISIBLE}]', '', 'g'),
 '{DASHES}', '{"-" * len(DASHES)}'), '[{SPACES}]+', ' ', 'g')))"""
_OF_PRODUCT, _OF_GIVEN = (KEY % {"expressions": name} for name in ("product.sku", "given"))
# Those of before come last: a writing that is just theirs is theirs.
OF = f"""
SELECT given, product.id FROM unnest(%s::text[]) given
JOIN catalog_product product ON {_OF_PRODUCT} = {_OF_GIVEN} AND NOT product.is_alike
UNION ALL
SELECT given, product.id FROM unnest(%s::text[]) given
JOIN catalog_product product ON product.sku = given AND product.is_alike
"""  # noqa: S608 our own words


class Alike(models.Func):
    """What SKUs had in common that were one, before signs that can't be seen counted for nothing: of a migration alone."""

    template = "upper(normalize(%(expressions)s, NFKC))"
    arity = 1
    output_field = models.CharField()


class Key(models.Func):
    """What SKUs that are one have in common."""

    template = KEY
    arity = 1
    output_field = models.CharField()


# Signs that neither have a shape nor give one to those beside them: a room's number that has one is the same room's.
UNSEEN = "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"

if TYPE_CHECKING:
    Field = models.CharField[str, str]
else:
    Field = models.CharField  # which takes no parameters at run time


class LettersField(Field):
    """The database knows it as letters."""

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class SkuField(LettersField):
    """A SKU, kept in the form in which Unicode puts letters together (NFC)."""

    def to_python(self, value: Any) -> Any:
        return _composed(super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        return _composed(super().get_prep_value(value))


class SeenField(LettersField):
    """A few letters of which two that look alike are the same (`seen`)."""

    def to_python(self, value: Any) -> Any:
        return _as_seen(super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        return _as_seen(super().get_prep_value(value))


def seen(text: str) -> str:
    """The text with its letters put together (NFC), the keyboard's space, and no signs without a shape."""
    spaced = "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in text)
    return unicodedata.normalize("NFC", spaced.translate(dict.fromkeys(map(ord, UNSEEN)))).strip()


def tidy(sku: str) -> str:
    """A SKU as a new one is written: with nothing that can't be seen, and the keyboard's hyphens and spaces."""
    spaced = "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in sku)
    shown = re.sub(f"[{INVISIBLE}]", "", spaced).translate(dict.fromkeys(map(ord, DASHES), "-"))
    return unicodedata.normalize("NFC", re.sub(f"[{SPACES}]+", " ", shown).strip())


def alike(sku: str) -> str:
    """What SKUs that are one have in common, where no database is asked."""
    return tidy(unicodedata.normalize("NFKC", sku)).upper()


def products_of(skus: Iterable[str]) -> dict[str, int]:
    """SKUs as they were given -> ids of their products; those of no product are left out."""
    given = list(set(skus))
    with connection.cursor() as cursor:
        cursor.execute(OF, [given, given])
        return dict(cursor.fetchall())


def _as_seen(value: Any) -> Any:
    return seen(value) if isinstance(value, str) else value


def _composed(value: Any) -> Any:
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value

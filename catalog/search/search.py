"""Finding products by words: what is kept for it, what keeps it true, and how a customer's words become a query.

Letters are folded in the database, for what is kept and for what is asked alike: accents, case and letters such as đ make
no difference. A product is found by its words in every language of the shop, whichever its reader has. Triggers write what
is kept, so an import, a bulk change or a line of SQL can't leave it behind.

A word also finds its plural and its singular (by PostgreSQL's own dictionary, irregular ones by a list), what is written as
one word or as two, and a part of what is written without blanks. A word that finds nothing is taken for a typing error: the
nearest words that find something stand in for it. They are looked up by trigrams of our own, so that every PostgreSQL finds
the same.
"""

import re
from typing import Any

import pgtrigger
from django.contrib.postgres.search import SearchQuery
from django.db.models import Value

from catalog.languages import column, other_columns, other_languages
from catalog.search.plurals import others_of
from catalog.triggers.variant_triggers import PLACE
from database.replica import reading

# No search needs more; the rest of a pasted page is not read.
MAX_CHARACTERS = 200
MAX_WORDS = 12
# Shorter words are never taken for typing errors, words as short not in their first letter; long ones may have two, of
# which none in the first letter.
MIN_TYPO_LENGTH = 4
LONG_WORD = 8
# Of description, category, sku, name: any number of hits in one weighs less than a single hit in the next.
WEIGHTS = [0.001, 0.03, 0.3, 1.0]

# The functions of the database are made by migration 0007:
#   catalog_fold(text)      letters without accents, in lower case; all but letters and digits separate words
#   catalog_words(name, sku, category, description)   what is kept of a product, of its texts in one language
#   catalog_terms(text)     each word, and what it asks of a product
#   catalog_trigrams(word)  what a word shares with others that are written like it


def _words(product: str, category: str) -> str:
    """What is kept of a product: its words in every language of the shop, and its SKU once."""
    others = [
        f"catalog_words({product}.{column('name', code)}, '', {category}.{column('name', code)}, "
        f"{product}.{column('description', code)})"
        for code in other_languages()
    ]
    first = f"catalog_words({product}.name, {product}.sku, {category}.name, {product}.description)"
    return " || ".join([first, *others])


# The category stays locked until the commit: a new name for it waits, and then finds this product. What the release before
# this one sorts by is emptied with a new name: it makes it itself then.
PRODUCT_IS_WRITTEN = pgtrigger.Trigger(
    name="search_words",
    operation=pgtrigger.Insert
    | pgtrigger.UpdateOf(
        *("name", "sku", "description", "category_id", *other_columns("name", "description")), *PLACE
    ),
    when=pgtrigger.After,
    func=f"""
        INSERT INTO catalog_productsearch (product_id, words)
        SELECT NEW.id, {_words("NEW", "category")}
        FROM (SELECT * FROM catalog_category WHERE id = NEW.category_id FOR SHARE) category
        ON CONFLICT (product_id) DO UPDATE SET words = excluded.words, by_name = excluded.by_name;
        RETURN NULL;
    """,  # noqa: S608 the columns are our own
)
CATEGORY_IS_RENAMED = pgtrigger.Trigger(
    name="search_words",
    operation=pgtrigger.UpdateOf("name", *other_columns("name")),
    when=pgtrigger.After,
    func=f"""
        UPDATE catalog_productsearch found
        SET words = {_words("product", "NEW")}
        FROM catalog_product product
        WHERE product.category_id = NEW.id AND found.product_id = product.id;
        RETURN NULL;
    """,  # noqa: S608 likewise
)


WORDS_ARE_KEPT = pgtrigger.Trigger(
    name="words_are_kept",
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("words"),
    when=pgtrigger.After,
    func=r"""
        INSERT INTO catalog_searchword (word, trigrams)
        SELECT lexeme, catalog_trigrams(lexeme) FROM unnest(NEW.words)
        WHERE length(lexeme) BETWEEN 3 AND 30 AND lexeme !~ '[0-9+]' AND NOT catalog_runs_on(lexeme)
            AND NOT EXISTS (SELECT FROM catalog_searchword known WHERE known.word = lexeme);
        RETURN NULL;
    """,
)

# What the word at a place of each text asks for.
TERMS = """
SELECT place, term FROM unnest(%s::text[], %s::int[]) given(words, place),
    catalog_terms(words) WITH ORDINALITY asked(word, term, at)
WHERE at = place
"""
# The index is forced: the planner would read the table for one row, and all of it where no row matches.
FINDS = """
WITH found AS MATERIALIZED (SELECT FROM catalog_productsearch WHERE words @@ %s::tsquery)
SELECT EXISTS (SELECT FROM found)
"""
# Words that share trigrams, those that share most of them first.
ALIKE = """
SELECT DISTINCT word, shared FROM (
    SELECT word, (SELECT count(*) FROM unnest(kept.trigrams) one WHERE one = ANY(asked.trigrams)) AS shared
    FROM catalog_searchword kept, (SELECT catalog_trigrams(%(word)s) AS trigrams) asked
    WHERE kept.trigrams && asked.trigrams
        AND length(word) BETWEEN length(%(word)s) - %(edits)s AND length(%(word)s) + %(edits)s
) alike ORDER BY shared DESC, word LIMIT 100
"""


def typed(text: str) -> str:
    """The searchable part of a typed text: a few words on one line, without characters that a database refuses."""
    printable = re.sub(r"[\x00-\x1f\ud800-\udfff]", " ", text[:MAX_CHARACTERS])
    return " ".join(printable.split()[:MAX_WORDS])


class WordsQuery(SearchQuery):
    """A text as a query of the database: all of its words, or what was probably meant by one that nothing has."""

    SEARCH_TYPES = {"words": "tsquery"}

    def __init__(self, text: str):
        super().__init__(Value(_all_of(_meant(typed(text)))), search_type="words")


def _meant(text: str) -> list[str]:
    """What each word asks for; when nothing has them all, what the words that nothing has were meant to be."""
    asked = _with_irregular(_rows("SELECT word, term FROM catalog_terms(%s)", [text]))
    terms = [term for _word, term in asked]
    if not terms or _finds(_all_of(terms)):
        return terms
    return [term if _finds(term) else _corrected(word, term) for word, term in asked]


def _with_irregular(asked: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Words and what they ask for, with what their irregular plurals or singulars would ask for in their place."""
    words = [word for word, _term in asked]
    texts, places = [], []
    for at, word in enumerate(words):
        for other in others_of(word):
            texts.append(" ".join([*words[:at], other, *words[at + 1 :]]))
            places.append(at + 1)
    more: list[tuple[int, str]] = _rows(TERMS, [texts, places]) if texts else []
    return [
        (word, " | ".join([term, *(other for place, other in more if place == at)]))
        for at, (word, term) in enumerate(asked, start=1)
    ]


def _all_of(terms: list[str]) -> str:
    return " & ".join(f"({term})" for term in terms)


def _corrected(word: str, term: str) -> str:
    """The nearest words that find something, all that are equally near; the term as it is when there are none."""
    edits = _most_edits(word)
    alike = _rows(ALIKE, {"word": word, "edits": edits}) if edits else []
    by_distance: dict[int, list[str]] = {}
    for other, _shared in alike:
        edits_away = distance(word, other)
        if word[0] != other[0] and (edits_away > 1 or len(word) == MIN_TYPO_LENGTH):
            continue
        by_distance.setdefault(edits_away, []).append(f"'{other}' | '+{other}'")
    for near in range(1, edits + 1):
        if near in by_distance and _finds(found := " | ".join(by_distance[near])):
            return found
    return term


def _most_edits(word: str) -> int:
    """How many typing errors a word may have: in few letters each of them makes another word."""
    if not word.isalpha() or len(word) < MIN_TYPO_LENGTH:
        return 0
    return 1 if len(word) < LONG_WORD else 2


def distance(one: str, other: str) -> int:
    """How many letters were left out, added, exchanged, or swapped with their neighbours."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, last, row = row, before, [i]
        for j, against in enumerate(other, start=1):
            cheapest = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 1] + other[j - 2]:
                cheapest = min(cheapest, last[j - 2] + 1)
            row.append(cheapest)
    return row[-1]


def _finds(query: str) -> bool:
    return bool(_rows(FINDS, [query])[0][0])


def _rows(statement: str, parameters: Any) -> list[Any]:
    with reading().cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[Any] = cursor.fetchall()
        return found

"""Finding products by words: what is kept for it, what keeps it true, and how a customer's words become a query.

Letters are folded in the database, for what is kept and for what is asked alike: accents, case and letters such as đ make
no difference. Triggers write what is kept, so an import, a bulk change or a line of SQL can't leave it behind.
"""

import re

import pgtrigger
from django.contrib.postgres.search import SearchQuery
from django.db.models import Value

# No search needs more; the rest of a pasted page is not read.
MOST_CHARACTERS = 200
MOST_WORDS = 12
# Of description, category, sku, name: any number of hits in one weighs less than a single hit in the next.
WEIGHTS = [0.001, 0.03, 0.3, 1.0]

# Three functions of the database, made by migration 0003_search_and_picture_sizes:
#   catalog_fold(text)      letters without accents, in lower case; whatever is no letter and no digit parts words
#   catalog_words(name, sku, category, description)   what is kept of a product
#   catalog_query(text)     every word must be there, or begin one that is
# FOR SHARE locks the category until the commit: a renaming waits for it, and then finds this product.
PRODUCT_IS_WRITTEN = pgtrigger.Trigger(
    name="search_words",
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("name", "sku", "description", "category_id"),
    when=pgtrigger.After,
    func=r"""
        INSERT INTO catalog_productsearch (product_id, words)
        SELECT NEW.id, catalog_words(NEW.name, NEW.sku, category.name, NEW.description)
        FROM (SELECT name FROM catalog_category WHERE id = NEW.category_id FOR SHARE) category
        ON CONFLICT (product_id) DO UPDATE SET words = excluded.words;
        RETURN NULL;
    """,
)
CATEGORY_IS_RENAMED = pgtrigger.Trigger(
    name="search_words",
    operation=pgtrigger.UpdateOf("name"),
    when=pgtrigger.After,
    func=r"""
        UPDATE catalog_productsearch found
        SET words = catalog_words(product.name, product.sku, NEW.name, product.description)
        FROM catalog_product product
        WHERE product.category_id = NEW.id AND found.product_id = product.id;
        RETURN NULL;
    """,
)


def typed(text: str) -> str:
    """The searchable part of a typed text: a few words on one line, without characters that a database refuses."""
    printable = re.sub(r"[\x00-\x1f\ud800-\udfff]", " ", text[:MOST_CHARACTERS])
    return " ".join(printable.split()[:MOST_WORDS])


class WordsQuery(SearchQuery):
    """A text as a query of the database: all of its words, each also as the beginning of a longer one."""

    SEARCH_TYPES = {"words": "catalog_query"}

    def __init__(self, text: str):
        super().__init__(Value(typed(text)), search_type="words")

"""What products are sorted by in each language, and the indexes that have lists in their order.

A product keeps its name as an alphabet sorts it (catalog/search/alphabets.py), in a column for each language of the shop. A
trigger writes them, whoever writes the name: there is none without. They stand in the product's own row, as whatever a list
is filtered by does: an index has both, and a page of a list is read from it, however many products there are.
"""

from typing import Any, TypeVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.languages import column, other_columns, other_languages
from catalog.search.alphabets import sorted_sql
from catalog.triggers.variant_triggers import PLACE, local_sql

AnyModel = TypeVar("AnyModel", bound=models.Model)
LANGUAGES = (settings.LANGUAGE_CODE, *other_languages())
COLUMNS = [column("by_name", language) for language in LANGUAGES]

PIECE = 2000
FILL_PIECE = """
WITH piece AS MATERIALIZED (
    SELECT id FROM catalog_product WHERE id > %s ORDER BY id LIMIT %s FOR NO KEY UPDATE
), filled AS (
    UPDATE catalog_product p SET by_name = '' FROM piece WHERE p.id = piece.id
)
SELECT max(id) FROM piece
"""


def sorted_by_name(model: type[AnyModel]) -> type[AnyModel]:
    """Give a model the columns. PostgreSQL compares what is in them sign by sign."""
    for name in COLUMNS:
        model.add_to_class(
            name, models.TextField(default="", db_default="", editable=False, db_collation="C")
        )
    return model


def _keys() -> str:
    """The assignments of the trigger."""
    return " ".join(
        f"NEW.{column('by_name', language)} := {sorted_sql(local_sql('NEW', 'name', language), language)};"
        for language in LANGUAGES
    )


# PostgreSQL goes by the names of triggers: this one comes after `named_after_group`. Whoever writes into the columns
# themselves gets what belongs there, which is how a migration fills them.
NAME_IS_SORTED = pgtrigger.Trigger(
    name="sorted_by_name",
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("name", *other_columns("name"), *PLACE, *COLUMNS),
    when=pgtrigger.Before,
    func=f"{_keys()} RETURN NEW;",
)


def fill(apps: Any, schema_editor: Any) -> None:
    """For a migration that is not atomic: fill new columns, a piece of the products at a time, each a transaction."""
    after = 0
    while after is not None:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(FILL_PIECE, [after, PIECE])
            (after,) = cursor.fetchone()


# What lists are sorted by, and of which products: of all, and within a category.
KEYS = {**dict.fromkeys([*COLUMNS, "created_at", "price"], Q()), "sale_price": Q(sale_price__isnull=False)}
INDEXES = [
    models.Index(
        fields=[*first, key, "id"], condition=Q(is_active=True) & which, name=f"catalog_{where}_{key}"
    )
    for where, first in (("list", []), ("within", ["category"]))
    for key, which in KEYS.items()
]

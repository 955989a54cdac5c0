"""What the database keeps true of variants: their names, that they fit their group, and that no two pages share a slug.

A variant's name is its group's name and its values ("T-shirt, M, blue"), in every language; its description and its category
are its group's. Triggers write them, so whatever reads a product (a cart, a preview, an order's line, an email, the search)
reads them from one row, and needs to know nothing of groups. Those writings take locks: docs/locks.md.
"""

import pgtrigger
from django.conf import settings

from catalog.languages import column, other_columns, other_languages

VALUES = ("value_1", "value_2", "value_3")
# What a variant is told by; the columns of the table.
PLACE = ("group_id", *(f"{value}_id" for value in VALUES))
WRITTEN = ("name", "description", *other_columns("name", "description"), "category_id")


def local_sql(row: str, name: str, language: str) -> str:
    """A text of a row in a language, and in the shop's first where it was not translated."""
    if language == settings.LANGUAGE_CODE:
        return f"{row}.{name}"
    return f"coalesce(nullif({row}.{column(name, language)}, ''), {row}.{name})"


def _name(language: str) -> str:
    """Empty values are left out by concat_ws."""
    return (
        f"concat_ws(', ', {', '.join(local_sql(row, 'name', language) for row in ('g', 'v1', 'v2', 'v3'))})"
    )


# A variant's name in the shop's first language, of its group `g` and its values `v1` to `v3`.
NAME = _name(settings.LANGUAGE_CODE)


def _texts() -> str:
    """What WRITTEN is filled with, in its order."""
    codes = list(other_languages())
    names = [NAME, "g.description", *(_name(code) for code in codes)]
    return ", ".join([*names, *(f"g.{column('description', code)}" for code in codes), "g.category_id"])


def _row(row: str) -> str:
    return f"({', '.join(f'{row}.{name}' for name in PLACE)})"


# What no other transaction may rename before this one ends is locked by those alone that come to it: whoever renames it
# finds the products that are there, and locks them.
VARIANT_IS_NAMED = pgtrigger.Trigger(
    name="named_after_group",
    operation=pgtrigger.Insert | pgtrigger.UpdateOf(*PLACE, *WRITTEN),
    when=pgtrigger.Before,
    condition=pgtrigger.Condition("NEW.group_id IS NOT NULL"),
    func=f"""
        IF TG_OP = 'INSERT' OR {_row("NEW")} IS DISTINCT FROM {_row("OLD")} THEN
            PERFORM FROM catalog_productgroup WHERE id = NEW.group_id FOR SHARE;
            PERFORM FROM catalog_optionvalue
            WHERE id IN (NEW.value_1_id, NEW.value_2_id, NEW.value_3_id) ORDER BY id FOR SHARE;
        END IF;
        SELECT {_texts()} INTO {", ".join(f"NEW.{name}" for name in WRITTEN)}
        FROM catalog_productgroup g
        LEFT JOIN catalog_optionvalue v1 ON v1.id = NEW.value_1_id
        LEFT JOIN catalog_optionvalue v2 ON v2.id = NEW.value_2_id
        LEFT JOIN catalog_optionvalue v3 ON v3.id = NEW.value_3_id
        WHERE g.id = NEW.group_id;
        RETURN NEW;
    """,  # noqa: S608 the columns are our own
)
GROUP_IS_WRITTEN = pgtrigger.Trigger(
    name="variants_follow",
    operation=pgtrigger.UpdateOf(*WRITTEN),
    when=pgtrigger.After,
    func="""
        PERFORM FROM catalog_product WHERE group_id = NEW.id ORDER BY id FOR NO KEY UPDATE;
        UPDATE catalog_product SET group_id = group_id WHERE group_id = NEW.id;
        RETURN NULL;
    """,
)
VALUE_IS_RENAMED = pgtrigger.Trigger(
    name="variants_follow",
    operation=pgtrigger.UpdateOf("name", *other_columns("name")),
    when=pgtrigger.After,
    func="""
        PERFORM FROM catalog_product
        WHERE group_id = NEW.group_id AND NEW.id IN (value_1_id, value_2_id, value_3_id) ORDER BY id FOR NO KEY UPDATE;
        UPDATE catalog_product SET group_id = group_id
        WHERE group_id = NEW.group_id AND NEW.id IN (value_1_id, value_2_id, value_3_id);
        RETURN NULL;
    """,
)

# A variant `p` that has not just the values that its group `g` has options for, or another's; the audit asks it, too.
MISFIT = """(
    (g.option_1 = '') = (p.value_1_id IS NOT NULL)
    OR (g.option_2 = '') = (p.value_2_id IS NOT NULL)
    OR (g.option_3 = '') = (p.value_3_id IS NOT NULL)
    OR num_nonnulls(p.value_1_id, p.value_2_id, p.value_3_id) <> (
        SELECT count(*) FROM catalog_optionvalue v
        WHERE v.group_id = g.id
            AND v.id = CASE v.option WHEN 1 THEN p.value_1_id WHEN 2 THEN p.value_2_id ELSE p.value_3_id END)
)"""


def _fits(which: str) -> str:
    return f"""
        IF EXISTS (
            SELECT FROM catalog_product p JOIN catalog_productgroup g ON g.id = p.group_id
            WHERE {which} AND {MISFIT}
        ) THEN
            RAISE EXCEPTION 'a variant has one value for each option of its group' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    """


# At the end of the transaction: a group that gets an option and its variants' values for it are written one by one.
VARIANT_FITS = pgtrigger.Trigger(
    name="fits_group",
    operation=pgtrigger.Insert | pgtrigger.UpdateOf(*PLACE),
    when=pgtrigger.After,
    timing=pgtrigger.Deferred,
    condition=pgtrigger.Condition("NEW.group_id IS NOT NULL"),
    func=_fits("p.id = NEW.id"),
)
GROUP_FITS = pgtrigger.Trigger(
    name="fits_variants",
    operation=pgtrigger.UpdateOf("option_1", "option_2", "option_3"),
    when=pgtrigger.After,
    timing=pgtrigger.Deferred,
    func=_fits("p.group_id = NEW.id"),
)


def slug_once(*, other: str, lock: str) -> pgtrigger.Trigger:
    """Products and groups have their pages at one place. One lock for all slugs: a table of products has many of them."""
    return pgtrigger.Trigger(
        name="slug_once",
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("slug"),
        when=pgtrigger.Before,
        func=f"""
            PERFORM {lock}(hashtext('catalog_slugs'));
            IF EXISTS (SELECT FROM {other} WHERE slug = NEW.slug) THEN
                RAISE EXCEPTION 'another page has the slug %', NEW.slug USING ERRCODE = 'unique_violation';
            END IF;
            RETURN NEW;
        """,
    )


PRODUCT_SLUG_ONCE = slug_once(other="catalog_productgroup", lock="pg_advisory_xact_lock_shared")
GROUP_SLUG_ONCE = slug_once(other="catalog_product", lock="pg_advisory_xact_lock")

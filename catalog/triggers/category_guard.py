"""What the database keeps true of categories below categories: no circle, and not too many levels."""

import pgtrigger

# Levels of categories, the first one counted.
MAX_DEPTH = 4

# Moves are rare and wait for each other: two that are each allowed could make a circle together.
CATEGORY_HAS_ITS_PLACE = pgtrigger.Trigger(
    name="has_its_place",
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("parent_id"),
    when=pgtrigger.Before,
    condition=pgtrigger.Condition("NEW.parent_id IS NOT NULL"),
    declare=[("above", "integer"), ("below", "integer")],
    func=f"""
        PERFORM pg_advisory_xact_lock(hashtext('catalog_category_tree'));
        WITH RECURSIVE up AS (
            SELECT NEW.parent_id AS id, 1 AS depth
            UNION ALL
            SELECT c.parent_id, depth + 1 FROM up JOIN catalog_category c ON c.id = up.id
            WHERE c.parent_id IS NOT NULL AND up.id <> NEW.id AND depth <= {MAX_DEPTH}
        ) SELECT CASE WHEN bool_or(id = NEW.id) THEN NULL ELSE max(depth) END INTO above FROM up;
        IF above IS NULL THEN
            RAISE EXCEPTION 'a category can not be below itself' USING ERRCODE = 'check_violation';
        END IF;
        WITH RECURSIVE down AS (
            SELECT NEW.id AS id, 1 AS depth
            UNION ALL
            SELECT c.id, depth + 1 FROM down JOIN catalog_category c ON c.parent_id = down.id
            WHERE depth <= {MAX_DEPTH}
        ) SELECT max(depth) INTO below FROM down;
        IF above + below > {MAX_DEPTH} THEN
            RAISE EXCEPTION 'categories have {MAX_DEPTH} levels at most' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,  # noqa: S608 our own words
)

"""Words are found in the plural, joined or parted, inside writing without blanks, and with typing errors."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# Signs that part words, signs that join what people also write as one word, and the letters of Thai, Lao, Burmese, Khmer,
# Chinese, Japanese and Korean, between which there need be no blank.
SIGNS = r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f\u30fb"
JOINING = r"-.''_/&+\u2010\u2011\u2013\u2019"
RUNNING_ON = (
    r"\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u9fff"
    r"\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)

FUNCTIONS = rf"""
-- Letters without accents, in lower case; what is not seen is gone. Unicode takes most accents off; of the letters that it
-- does not take apart, those that people type without.
CREATE FUNCTION catalog_letters(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT normalize(
        replace(replace(replace(translate(
            lower(regexp_replace(normalize(words, NFKD), '[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]', '', 'g')),
            'đĐłŁøØħĦıς', 'ddlloohhiσ'
        ), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
    NFC)
$$;

-- The same, and whatever is no letter and no digit parts words.
CREATE OR REPLACE FUNCTION catalog_fold(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(catalog_letters(words), '[{SIGNS}]+', ' ', 'g')
$$;

CREATE FUNCTION catalog_runs_on(word text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT word ~ '^[{RUNNING_ON}]'
$$;

-- The words of a text, in order; a run of letters without blanks is one.
CREATE FUNCTION catalog_split(words text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(word, 200)
    FROM regexp_split_to_table(regexp_replace(catalog_fold(words), '([{RUNNING_ON}]+)', ' \1 ', 'g'), ' +') word
    WHERE word <> ''
$$;

-- A word, and what it is in the singular. Of "the" and its like the dictionary knows none.
CREATE FUNCTION catalog_forms(word text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_remove(ARRAY[word, nullif((ts_lexize('pg_catalog.english_stem', word))[1], word)], NULL)
$$;

-- What a text is found by: its words, and what they are in the singular; of what runs on, each two letters, and the last;
-- e-book as ebook too; with pairs, each two words that stand together as one, marked by a plus.
CREATE FUNCTION catalog_vector(words text, pairs boolean) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    word text;
    before text := '';
    form text;
    at int := 0;
    found text[] := ARRAY[]::text[];
BEGIN
    FOR word IN SELECT catalog_split(words) LOOP
        at := least(at + 1, 16000);
        IF catalog_runs_on(word) THEN
            FOR i IN 1..length(word) LOOP
                found := found || (quote_literal(substr(word, i, 2)) || ':' || at + i - 1);
            END LOOP;
            at := at + length(word) - 1;
            before := '';
            CONTINUE;
        END IF;
        FOREACH form IN ARRAY catalog_forms(word) LOOP
            found := found || (quote_literal(form) || ':' || at);
        END LOOP;
        IF pairs AND before <> '' THEN
            FOREACH form IN ARRAY catalog_forms(before || word) LOOP
                found := found || (quote_literal('+' || form) || ':' || at);
            END LOOP;
        END IF;
        before := word;
    END LOOP;
    FOR word IN SELECT (regexp_matches(
        catalog_letters(words), '[^\s{SIGNS}]+(?:[{JOINING}][^\s{SIGNS}]+)+', 'g'))[1]
    LOOP
        FOREACH form IN ARRAY catalog_forms(left(regexp_replace(word, '[{JOINING}]', '', 'g'), 200)) LOOP
            found := found || (quote_literal(form) || ':1');
        END LOOP;
    END LOOP;
    RETURN array_to_string(found, ' ')::tsvector;
END
$$;

CREATE OR REPLACE FUNCTION catalog_words(name text, sku text, category text, description text)
RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT setweight(catalog_vector(name, true), 'A')
        || setweight(catalog_vector(sku, false), 'B')
        || setweight(catalog_vector(category, false), 'C')
        || setweight(catalog_vector(left(description, 50000), false), 'D')
$$;

-- What each word that is looked for asks of a product: to have it, or the beginning of it, or its singular, or two words
-- that are this one together; or one word that this one and its neighbour, or all of them, are together.
CREATE FUNCTION catalog_terms(words text) RETURNS TABLE(word text, term text)
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    parts text[] := ARRAY(SELECT catalog_split(words));
    form text;
    joined text;
BEGIN
    FOR i IN 1..cardinality(parts) LOOP
        word := parts[i];
        IF NOT catalog_runs_on(word) THEN
            term := quote_literal(word) || ':*';
            FOREACH form IN ARRAY catalog_forms(word) LOOP
                term := concat_ws(' | ', term, quote_literal(form), quote_literal('+' || form));
            END LOOP;
            FOREACH joined IN ARRAY ARRAY[
                parts[i - 1] || word, word || parts[i + 1], nullif(array_to_string(parts, ''), word)]
            LOOP
                CONTINUE WHEN joined IS NULL;
                FOREACH form IN ARRAY catalog_forms(left(joined, 200)) LOOP
                    term := concat_ws(' | ', term, quote_literal(form));
                END LOOP;
            END LOOP;
        ELSIF length(word) = 1 THEN
            term := quote_literal(word) || ':*';
        ELSE
            term := (SELECT string_agg(quote_literal(substr(word, place, 2)), ' <-> ' ORDER BY place)
                FROM generate_series(1, length(word) - 1) place);
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;

-- What the release before this one asks with.
CREATE OR REPLACE FUNCTION catalog_query(words text) RETURNS tsquery LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(string_agg('(' || term || ')', ' & '), '')::tsquery FROM catalog_terms(words)
$$;

-- Each three letters of a word with two blanks before it and one after it, as PostgreSQL's pg_trgm has them.
CREATE FUNCTION catalog_trigrams(word text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT substr('  ' || word || ' ', i, 3)) FROM generate_series(1, length(word) + 1) i
$$;
"""

FILL = """
UPDATE catalog_productsearch found SET words = catalog_words(p.name, p.sku, c.name, p.description)
FROM catalog_product p JOIN catalog_category c ON c.id = p.category_id WHERE p.id = found.product_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0006_promised"),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(db_index=True, max_length=30)),
                ("trigrams", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
            ],
            options={
                "default_permissions": (),
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["trigrams"], name="catalog_searchword_trigrams")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="productsearch",
            trigger=pgtrigger.compiler.Trigger(name='words_are_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        INSERT INTO catalog_searchword (word, trigrams)\n        SELECT lexeme, catalog_trigrams(lexeme) FROM unnest(NEW.words)\n        WHERE length(lexeme) BETWEEN 3 AND 30 AND lexeme !~ '[0-9+]' AND NOT catalog_runs_on(lexeme)\n            AND NOT EXISTS (SELECT FROM catalog_searchword known WHERE known.word = lexeme);\n        RETURN NULL;\n    ", hash='71132dedbf7f211c5e6441b40edf9b1b88dd118a', operation='INSERT OR UPDATE OF "words"', pgid='pgtrigger_words_are_kept_e64b7', table='catalog_productsearch', when='AFTER')),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]

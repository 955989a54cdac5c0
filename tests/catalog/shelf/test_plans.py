"""What lists ask of many products reads indexes, and of them a page: variants, categories, values of options, sales."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import translation

from catalog.models import Category, OptionValue, Product, ProductGroup
from catalog.shelf import cards, lists, shelf
from catalog.shelf.lists import Wish
from tests.factories import make_group, make_variant

pytestmark = [pytest.mark.django_db, pytest.mark.long]
GROUPS, EACH = 3000, 10


@pytest.fixture(scope="class")
def many(world) -> Iterator[Category]:
    """As many variants again as products without options, in a hundred categories; one of them is below another."""
    with world():
        yield _many()


def _many() -> Category:
    group = make_group("T-shirt", Size=["M"])
    make_variant(group, "M", price=20, stock=2)
    below = Category.objects.get(slug="things")
    with connection.cursor() as cursor:
        # Triggers would name each of them; what is asked here is only how they are found.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model, count, differs in _rows():
            cursor.execute(_copies(model, count, differs))
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE catalog_product, catalog_category, catalog_productgroup, catalog_optionvalue")
    top = Category.objects.create(name="Top", slug="top")
    below.parent = top
    below.save()
    return top


def _rows() -> Iterator[tuple[type, int, dict[str, str]]]:
    """Copies of the first row of each table, and what each has of its own."""
    yield Category, 100, {"slug": "'c' || n", "name": "'c' || n"}
    a_category = "(SELECT min(id) FROM catalog_category) + 1 + n % 100"
    yield ProductGroup, GROUPS, {"slug": "'g' || n", "category_id": a_category}
    yield (
        OptionValue,
        GROUPS * EACH,
        {"group_id": f"first.group_id + 1 + n % {GROUPS}", "name": "'v' || n / 3000"},
    )
    plain = {"slug": "'p' || n", "sku": "'p' || n", "category_id": a_category, "price": "n % 500 + 1"}
    plain |= {
        "by_name": "md5(n::text)",
        "by_name_vi": "md5('vi' || n)",
        "created_at": "now() - n * interval '1 min'",
    }
    plain |= {
        "sale_price": "CASE WHEN n % 20 = 7 THEN 1 END",
        "sale_ends": "now() + (n % 3 - 1) * interval '1 day'",
    }
    none = {"group_id": "NULL", "value_1_id": "NULL"}
    yield Product, GROUPS * EACH, plain | none
    of_group = {"group_id": f"first.group_id + 1 + n % {GROUPS}", "value_1_id": "first.value_1_id + 1 + n"}
    yield Product, GROUPS * EACH, plain | of_group | {"slug": "'v' || n", "sku": "'v' || n"}


def _copies(model: type, count: int, differs: dict[str, str]) -> str:
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    values = ", ".join(differs.get(column, f"first.{column}") for column in columns)
    table = model._meta.db_table
    first = f"(SELECT * FROM {table} ORDER BY id LIMIT 1) first"  # noqa: S608 our own words
    rows = f"SELECT {values} FROM {first}, generate_series(0, {count} - 1) n"  # noqa: S608 our own words
    return f"INSERT INTO {table} ({', '.join(columns)}) {rows}"


def plan(found) -> str:
    return found.order_by().explain()


class TestPlans:
    def test_values_of_options_are_found_by_an_index(self, many):
        assert Product.objects.count() == 2 * GROUPS * EACH + 1
        told = plan(shelf.with_values(Product.objects.filter(is_active=True), [("Size", "M")]))
        assert "catalog_optionvalue_name" in told, told
        assert "catalog_product_value_1" in told, told
        assert "Seq Scan on catalog_product" not in told, told

    def test_what_is_in_a_category_and_below_it_is_found_by_an_index(self, many):
        told = plan(shelf.within(Product.objects.filter(is_active=True), shelf.tree().ids_within(many.pk)))
        assert "Seq Scan on catalog_product " not in told, told

    @pytest.mark.parametrize("narrowed", ["category", "options"])
    def test_one_of_each_group_is_found_among_what_is_narrowed_down(self, many, narrowed):
        found = shelf.on_sale()
        if narrowed == "category":
            found = shelf.within(found, shelf.tree().ids_within(many.pk))
        else:
            found = shelf.with_values(found, [("Size", "M")])
        told = plan(shelf.one_of_group(found))
        assert "Seq Scan on catalog_product " not in told, told

    def test_what_groups_cost_is_read_by_their_index(self, many, django_assert_num_queries):
        first = list(ProductGroup.objects.values_list("pk", flat=True)[:24])
        variants = Product.objects.filter(group__in=first, is_active=True)
        told = plan(variants)
        assert "Seq Scan" not in told, told
        with django_assert_num_queries(1):
            assert len(cards._priced(first)) == 24


# What lists ask; of what is in ten of the hundred categories the ids are looked up.
LISTS = {
    "name": Wish(),
    "new": Wish(ordering="new"),
    "price": Wish(ordering="price"),
    "-price": Wish(ordering="-price"),
    "in stock": Wish(in_stock=True),
    "of a price": Wish(min_price=Decimal(250), max_price=Decimal(252)),
    "of a price, by price": Wish(min_price=Decimal(250), ordering="price"),
    "within": Wish(categories=[]),
    "within, new": Wish(categories=[], ordering="new"),
    "within, in stock by price": Wish(categories=[], in_stock=True, ordering="price"),
}
# Rows that any part of a plan may read for a third page, of 60,000: of groups also the variants beside those that are shown,
# and of a range of prices, where statistics say that it is small, all that is in it.
PAGE, MOST = slice(24, 36), 5000


def rows_read(found) -> Iterator[tuple[str, float]]:
    """Each node of a plan, and how many rows it read in all."""
    waiting = [json.loads(found.explain(format="json", analyze=True))[0]["Plan"]]
    for node in waiting:
        waiting += node.get("Plans", [])
        rows = (
            node["Actual Rows"]
            + node.get("Rows Removed by Filter", 0)
            + node.get("Rows Removed by Join Filter", 0)
        )
        yield f"{node['Node Type']} on {node.get('Relation Name', '')}", rows * node["Actual Loops"]


@pytest.mark.parametrize("language", ["en", "vi"])
class TestPages:
    @pytest.mark.parametrize("which", [lists.each, lists.one_each])
    @pytest.mark.parametrize("name", LISTS)
    def test_a_page_is_read_from_an_index_in_the_order_of_the_list(self, many, language, name, which):
        wish = LISTS[name]
        if wish.categories is not None:
            ten = Category.objects.filter(slug__in=[f"c{n}" for n in range(10)])
            wish = replace(wish, categories=list(ten.values_list("pk", flat=True)))
        with translation.override(language):
            page = which(wish)[PAGE]
            assert len(page) == 12
            read = dict.fromkeys(rows_read(page))
        assert not [node for node, _rows in read if node == "Seq Scan on catalog_product"], read
        assert max(rows for _node, rows in read) <= MOST, read

    @pytest.mark.parametrize("ordering", ["name", "new", "price", "-price"])
    def test_a_page_further_down_costs_no_more(self, many, language, ordering):
        with translation.override(language):
            wish = Wish(ordering=ordering)
            first, *_id = wish.order
            middle = lists.each(wish)[30_000:30_001][0]
            after = f"{first.removeprefix('-')}__{'lt' if first.startswith('-') else 'gt'}"
            page = lists.each(wish).filter(**{after: getattr(middle, first.removeprefix("-"))})[:20]
            assert len(page) == 20
            read = dict.fromkeys(rows_read(page))
        assert max(rows for _node, rows in read) <= MOST, read

    @pytest.mark.parametrize("name", ["name", "price", "within"])
    def test_no_more_is_counted_than_people_page_through(self, many, language, name, monkeypatch):
        wish = LISTS[name]
        if wish.categories is not None:
            wish = replace(
                wish, categories=[Category.objects.get(slug="c1").pk, Category.objects.get(slug="c2").pk]
            )
        monkeypatch.setattr(lists, "MAX_COUNTED", 500)
        count, is_more = lists.counted(wish)
        assert is_more and 0 < count <= 500


FEW = 40
WORDS = """
INSERT INTO catalog_productsearch (product_id, words)
SELECT id, to_tsvector('simple', CASE WHEN id %% %s = 0 THEN 'rare' ELSE 'usual' END) FROM catalog_product
ON CONFLICT (product_id) DO UPDATE SET words = excluded.words
"""


class TestWords:
    @pytest.mark.parametrize("ask", [lists.found, lists.one_each])
    def test_a_word_that_few_have_reads_these_few(self, many, ask):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(WORDS, [2 * GROUPS * EACH // FEW])
            cursor.execute("SET LOCAL session_replication_role = origin")
            # As autovacuum would, which comes after a commit.
            cursor.execute("SELECT gin_clean_pending_list('catalog_productsearch_words')")
            cursor.execute("ANALYZE catalog_productsearch")
        found = ask(Wish(text="rare"))
        assert 1 < found.count() <= FEW + 1
        read = dict.fromkeys(rows_read(found[:12]))
        assert max(rows for _node, rows in read) <= MOST, read

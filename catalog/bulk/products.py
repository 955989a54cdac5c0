"""Tables of products and of prices: made and changed by SKU, each change in the staff's log with what was and became."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _
from import_export.fields import Field

from bulk.kinds import Kind
from bulk.problems import BadCell
from bulk.resource import Cells, Column, TableResource
from bulk.widgets import Amount, Day, Moment, Named, OneOf, Slug, Text, Whole, YesNo
from catalog.inventory import lock
from catalog.languages import other_columns
from catalog.models import Category, Inventory, Product, TaxClass
from catalog.money import decimals
from catalog.refunds import RefundPolicy
from catalog.rights import CatalogRights
from catalog.skus import alike, products_of, tidy
from catalog.triggers import variant_triggers
from staff.log import Edit, write, write_each
from staff.rights import Actor, may

MAX_MONEY = Decimal("9999999999.99")


def longest(name: str) -> int:
    """How many characters a field of a product takes; 0 is no limit."""
    return getattr(Product._meta.get_field(name), "max_length", 0)


def categories() -> dict[str, int]:
    """Ids by slug."""
    return dict(Category.objects.values_list("slug", "pk"))


def tax_classes() -> dict[str, int]:
    """Ids by name."""
    return dict(TaxClass.objects.values_list("name", "pk"))


class Sku(Text):
    """Names a product, in capitals or small letters, and whatever signs are in it that can't be seen."""

    def __init__(self) -> None:
        super().__init__(most=longest("sku"))

    def read(self, value: str) -> str:
        return tidy(super().read(value))

    def same(self, value: str) -> str:
        return alike(value)


def locked_by_sku(skus: Iterable[str]) -> dict[str, Product]:
    """Products by SKU, as it was given, locked in id order until the transaction ends."""
    ids = products_of(skus)
    locked = {product.pk: product for product in lock(set(ids.values()))}
    return {sku: locked[pk] for sku, pk in ids.items()}


def write_columns(products: Sequence[Product], names: Sequence[str]) -> None:
    """Write some fields of locked products in one statement.

    Django's bulk_update has a branch for each row and field: all fields of 200 products took it half a second.
    """
    every = Product._meta.concrete_fields
    fields = [field for field in every if field.primary_key or field.attname in names]
    columns = [connection.ops.quote_name(str(field.column)) for field in fields]
    arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
    values = [
        [field.get_db_prep_save(getattr(product, field.attname), connection) for product in products]
        for field in fields
    ]
    written = ", ".join(f"{column} = w.{column}" for column in columns[1:])
    statement = (
        f"UPDATE catalog_product p SET {written} "  # noqa: S608 names of our own columns
        f"FROM unnest({arrays}) AS w({', '.join(columns)}) WHERE p.id = w.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


class BySku(TableResource):
    """Rows that are about one product each."""

    once: tuple[tuple[str, ...], ...] = (("sku",),)

    def load(self, rows: Sequence[Cells]) -> None:
        self.products = locked_by_sku(row.get("sku", "").strip() for row in rows)

    def find(self, row: Cells) -> Product | None:
        return self.products.get(row.get("sku", "").strip())

    def init_instance(self, row: Cells | None = None) -> Product:
        return Product()

    def import_field(
        self,
        field: Field,
        instance: Product,
        row: dict[str, Any],
        is_m2m: bool = False,  # noqa: FBT001, FBT002 the package's own signature
        **kwargs: Any,
    ) -> None:
        """What is there keeps its SKU, however a table writes it."""
        sku = instance.sku
        super().import_field(field, instance, row, is_m2m, **kwargs)
        if instance.pk:
            instance.sku = sku

    def check(self, instance: Product, was: Product | None, row: Cells) -> Mapping[str, BadCell]:
        return {} if was else {"sku": BadCell("unknown_sku")}


class Changing(BySku):
    """Writes the columns that a table has, and logs each value before and after."""

    def write(self) -> None:
        columns = {
            field.attribute: field
            for was, product in self.pairs
            for field in self.changed_fields(product, was)
        }
        if columns:
            names = self.attributes(list(columns.values()))
            write_columns([product for _was, product in self.pairs], names)
        if self.actor is not None:
            about = [
                (product, {"changes": of_columns(self.changed_fields(product, was), was, product)})
                for was, product in self.pairs
            ]
            write_each(actor=self.actor, action=Edit.CHANGED, about=about)

    def attributes(self, columns: Sequence[Column]) -> list[str]:
        """What is written of a product for these columns."""
        return [column.attribute for column in columns]


def of_columns(changed: Sequence[Column], was: Any, now: Any) -> list[dict[str, Any]]:
    """Changes in the form in which the admin's forms log them."""
    names = [field.column_name for field in changed]
    values = {field.column_name: [field.export(was), field.export(now)] for field in changed}
    return [{"changed": {"fields": names}}, {"values": values}]


def may_add(actor: Actor | None) -> bool:
    """Whether the one who sent a table may add products; the shop itself may."""
    return actor is None or may(actor, CatalogRights.ADD_PRODUCTS)


def translations(name: str, text: Callable[[], Text]) -> dict[str, Column]:
    """A column for a text in each language of the shop beside its first."""
    return {one: Column(text(), attribute=one) for one in other_columns(name)}


def wrong_with_sale(product: Product, row: Cells) -> dict[str, BadCell]:
    """A sale price that is none, and a sale that ends before it begins; said of the column that the table has."""
    wrong = {}
    if product.sale_price is not None and product.price is not None and product.sale_price >= product.price:
        wrong["sale_price" if "sale_price" in row else "price"] = BadCell(
            "sale_price_too_high", price=str(product.price)
        )
    if product.sale_starts and product.sale_ends and product.sale_ends <= product.sale_starts:
        wrong["sale_ends" if "sale_ends" in row else "sale_starts"] = BadCell("sale_ends_early")
    return wrong


def wrong_with_gift_card(product: Product, row: Cells) -> dict[str, BadCell]:
    """What can't be sold as money; said of the column that the table has."""
    if not product.is_gift_card:
        return {}
    fits = {
        "price": bool(product.price),
        "sale_price": product.sale_price is None,
        "tax_class": product.tax_class_id is None,
        "needs_parcel": not product.needs_parcel,
        "inventory": product.inventory == Inventory.COUNTED,
    }
    wrong = [name for name, is_right in fits.items() if not is_right]
    named = next((name for name in (*wrong, "is_gift_card") if name in row), "sku")
    return {named: BadCell("not_of_gift_cards")} if wrong else {}


class PricesTable(Changing):
    sku = Column(Sku(), attribute="sku", needed=True)
    name = Column(attribute="name", shown=True)
    price = Column(Amount(decimals=decimals, most=MAX_MONEY), attribute="price", needed=True)
    sale_price = Column(Amount(decimals=decimals, most=MAX_MONEY, empty=True), attribute="sale_price")
    sale_starts = Column(Moment(), attribute="sale_starts")
    sale_ends = Column(Moment(), attribute="sale_ends")

    def check(self, instance: Product, was: Product | None, row: Cells) -> Mapping[str, BadCell]:
        return (
            super().check(instance, was, row)
            or wrong_with_sale(instance, row)
            or wrong_with_gift_card(instance, row)
        )


class ProductsTable(Changing):
    """A new product needs every column without a default; for existing products a table may have any columns."""

    once = (("sku",), ("slug",))
    for_new = ("name", "slug", "category", "price")

    sku = Column(Sku(), attribute="sku", needed=True)
    name = Column(Text(most=longest("name")), attribute="name")
    vars().update(translations("name", lambda: Text(most=longest("name"), empty=True)))
    slug = Column(Slug(most=longest("slug")), attribute="slug")
    category = Column(Named(categories), attribute="category_id")
    description = Column(Text(empty=True, lines=True), attribute="description")
    vars().update(translations("description", lambda: Text(empty=True, lines=True)))
    price = Column(Amount(decimals=decimals, most=MAX_MONEY), attribute="price")
    tax_class = Column(Named(tax_classes, empty=True), attribute="tax_class_id")
    sale_price = Column(Amount(decimals=decimals, most=MAX_MONEY, empty=True), attribute="sale_price")
    sale_starts = Column(Moment(), attribute="sale_starts")
    sale_ends = Column(Moment(), attribute="sale_ends")
    on_sale = Column(YesNo(), attribute="is_active")
    needs_parcel = Column(YesNo(), attribute="needs_parcel")
    weight_g = Column(Whole(), attribute="weight_g")
    length_cm = Column(Whole(), attribute="length_cm")
    width_cm = Column(Whole(), attribute="width_cm")
    height_cm = Column(Whole(), attribute="height_cm")
    inventory = Column(OneOf(list(Inventory.values)), attribute="inventory")
    available_from = Column(Day(empty=True), attribute="available_from")
    numbers_reusable = Column(YesNo(), attribute="numbers_reusable")
    refunds = Column(OneOf(list(RefundPolicy.values)), attribute="refunds")
    starts_at = Column(Moment(), attribute="starts_at")
    is_gift_card = Column(YesNo(), attribute="is_gift_card")

    def load(self, rows: Sequence[Cells]) -> None:
        super().load(rows)
        slugs = {row.get("slug", "").strip() for row in rows} - {""}
        self.slugs = dict(Product.objects.filter(slug__in=slugs).values_list("slug", "sku"))

    def check(self, instance: Product, was: Product | None, row: Cells) -> Mapping[str, BadCell]:
        wrong: dict[str, BadCell] = {}
        if self.slugs.get(instance.slug, instance.sku) != instance.sku:
            wrong["slug"] = BadCell("taken")
        wrong |= wrong_with_sale(instance, row) or wrong_with_gift_card(instance, row)
        if instance.available_from and (instance.is_numbered or not instance.needs_parcel):
            wrong["available_from" if "available_from" in row else "sku"] = BadCell("not_preordered")
        if was is None:
            return wrong | self._wrong_with_new(row)
        if was.inventory != instance.inventory:
            wrong["inventory"] = BadCell("inventory_is_for_good")
        if was.is_gift_card != instance.is_gift_card:
            wrong["is_gift_card"] = BadCell("gift_card_is_for_good")
        if was.group_id is not None:
            wrong |= {
                column.column_name: BadCell("of_group")
                for column in self.changed_fields(instance, was)
                if column.attribute in variant_triggers.WRITTEN
            }
        return wrong

    def _wrong_with_new(self, row: Cells) -> dict[str, BadCell]:
        if not may_add(self.actor):
            return {"sku": BadCell("may_not_add")}
        return {name: BadCell("needed_for_new") for name in self.for_new if name not in row}

    def write(self) -> None:
        super().write()
        added = Product.objects.bulk_create(self.new)
        if self.actor is not None:
            write(actor=self.actor, action=Edit.ADDED, about=added, changes=[{"added": {}}])


PRODUCTS = Kind(
    "products",
    _("Products"),
    ProductsTable,
    lambda narrowed: Product.objects.all(),
    export_right=CatalogRights.VIEW_PRODUCTS,
    import_right=CatalogRights.CHANGE_PRODUCTS,
)
PRICES = Kind(
    "prices",
    _("Prices"),
    PricesTable,
    lambda narrowed: Product.objects.all(),
    export_right=CatalogRights.VIEW_PRODUCTS,
    import_right=CatalogRights.CHANGE_PRODUCTS,
)

"""Tables of products with options, by slug, and of their variants, by SKU.

Values of options that a table of variants names and that are not there are made with it. Groups are locked before products.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _
from import_export.fields import Field

from bulk.kinds import Kind
from bulk.problems import BadCell
from bulk.resource import Cells, Column, TableResource
from bulk.widgets import Amount, Named, Slug, Text, Whole, YesNo
from catalog.bulk.products import (
    MAX_MONEY,
    Changing,
    Sku,
    categories,
    longest,
    may_add,
    of_columns,
    wrong_with_gift_card,
    wrong_with_sale,
)
from catalog.languages import other_columns
from catalog.models import OptionValue, Product, ProductGroup
from catalog.models.group import MAX_NAME, MAX_VALUE
from catalog.money import decimals
from catalog.rights import CatalogRights
from catalog.shelf.shelf import VALUES
from catalog.skus import seen
from catalog.slugs import free_slug, slug_is_taken
from staff.log import Edit, write, write_each

OPTIONS = ("option_1", "option_2", "option_3")
MAX_OPTION = 40


class GroupsTable(TableResource):
    """A new product needs a name, a category and its first option; what has variants keeps its number of options."""

    once = (("slug",),)
    for_new = ("name", "category", "option_1")

    slug = Column(Slug(most=120), attribute="slug", needed=True)
    name = Column(Text(most=MAX_NAME), attribute="name")
    category = Column(Named(categories), attribute="category_id")
    description = Column(Text(empty=True, lines=True), attribute="description")
    option_1 = Column(Text(most=MAX_OPTION), attribute="option_1")
    option_2 = Column(Text(most=MAX_OPTION, empty=True), attribute="option_2")
    option_3 = Column(Text(most=MAX_OPTION, empty=True), attribute="option_3")
    for _one in other_columns("name", *OPTIONS):
        vars()[_one] = Column(
            Text(most=MAX_NAME if "name" in _one else MAX_OPTION, empty=True), attribute=_one
        )
    for _one in other_columns("description"):
        vars()[_one] = Column(Text(empty=True, lines=True), attribute=_one)

    def load(self, rows: Sequence[Cells]) -> None:
        slugs = {row.get("slug", "").strip() for row in rows}
        self.groups = locked_groups(slugs)
        self.having = set(
            Product.objects.filter(group__in=self.groups.values())
            .values_list("group_id", flat=True)
            .distinct()
        )

    def find(self, row: Cells) -> ProductGroup | None:
        return self.groups.get(row.get("slug", "").strip())

    def init_instance(self, row: Cells | None = None) -> ProductGroup:
        return ProductGroup()

    def check(self, instance: ProductGroup, was: ProductGroup | None, row: Cells) -> Mapping[str, BadCell]:
        if instance.option_3 and not instance.option_2:
            return {"option_2": BadCell("empty")}
        if was is None:
            return self._wrong_with_new(instance, row)
        if was.pk in self.having:
            changed = [one for one in OPTIONS if bool(getattr(was, one)) != bool(getattr(instance, one))]
            return {one: BadCell("options_stay") for one in changed}
        return {}

    def _wrong_with_new(self, instance: ProductGroup, row: Cells) -> Mapping[str, BadCell]:
        if not may_add(self.actor):
            return {"slug": BadCell("may_not_add")}
        if slug_is_taken(ProductGroup, instance.slug):
            return {"slug": BadCell("taken")}
        return {name: BadCell("needed_for_new") for name in self.for_new if name not in row}

    def write(self) -> None:
        for was, group in self.pairs:
            group.save(update_fields=[field.attribute for field in self.changed_fields(group, was)])
        added = ProductGroup.objects.bulk_create(self.new)
        if self.actor is None:
            return
        about = [
            (group, {"changes": of_columns(self.changed_fields(group, was), was, group)})
            for was, group in self.pairs
        ]
        write_each(actor=self.actor, action=Edit.CHANGED, about=about)
        write(actor=self.actor, action=Edit.ADDED, about=added, changes=[{"added": {}}])


def locked_groups(slugs: set[str]) -> dict[str, ProductGroup]:
    """Groups by slug, locked in id order until the transaction ends."""
    rows = ProductGroup.objects.select_for_update(no_key=True).filter(slug__in=slugs).order_by("pk")
    return {group.slug: group for group in rows}


class VariantsTable(Changing):
    """What a SKU is one of, and by which values. A product that had no group becomes a variant, and gets its name."""

    for_new = ("group", "price")
    # How a column is read of a variant, and what is written of it.
    written = {"group__slug": "group_id"} | {f"{value}__name": f"{value}_id" for value in VALUES}

    sku = Column(Sku(), attribute="sku", needed=True)
    name = Column(attribute="name", shown=True)
    group = Column(Slug(most=120), attribute="group__slug")
    value_1 = Column(Text(most=MAX_VALUE), attribute="value_1__name")
    value_2 = Column(Text(most=MAX_VALUE, empty=True), attribute="value_2__name")
    value_3 = Column(Text(most=MAX_VALUE, empty=True), attribute="value_3__name")
    slug = Column(Slug(most=longest("slug")), attribute="slug")
    price = Column(Amount(decimals=decimals, most=MAX_MONEY), attribute="price")
    on_sale = Column(YesNo(), attribute="is_active")
    weight_g = Column(Whole(), attribute="weight_g")

    def load(self, rows: Sequence[Cells]) -> None:
        skus = {row.get("sku", "").strip() for row in rows}
        now = ProductGroup.objects.filter(variants__sku__in=skus).values_list("slug", flat=True)
        self.groups = locked_groups({row.get("group", "").strip() for row in rows} | set(now))
        super().load(rows)
        prefetch_related_objects(list(self.products.values()), "group", *VALUES)
        mine = list(self.groups.values())
        values = OptionValue.objects.filter(group__in=mine)
        self.values = {(one.group_id, one.option, seen(one.name).lower()): one for one in values}
        self.new_values: list[OptionValue] = []
        variants = Product.objects.filter(group__in=mine).select_related(*VALUES)
        self.taken = {_place(one): one.sku for one in variants}
        slugs = {row.get("slug", "").strip() for row in rows} - {""}
        self.slugs = dict(Product.objects.filter(slug__in=slugs).values_list("slug", "sku"))

    def import_field(
        self,
        field: Field,
        instance: Product,
        row: dict[str, Any],
        is_m2m: bool = False,  # noqa: FBT001, FBT002 the package's own signature
        **kwargs: Any,
    ) -> None:
        """What is told by a group and its values is looked up when the whole row is read."""
        if field.attribute in self.written:
            if field.column_name in row:
                field.clean(row)
        else:
            super().import_field(field, instance, row, is_m2m, **kwargs)

    def check(self, instance: Product, was: Product | None, row: Cells) -> Mapping[str, BadCell]:
        if was is None and (wrong := self._wrong_with_new(row)):
            return wrong
        slug = row.get("group", "").strip() or (was.group.slug if was and was.group else "")
        group = self.groups.get(slug)
        if group is None:
            return {"group": BadCell("unknown")}
        if self.slugs.get(instance.slug, instance.sku) != instance.sku:
            return {"slug": BadCell("taken")}
        return self._placed(instance, group, row)

    def _wrong_with_new(self, row: Cells) -> dict[str, BadCell]:
        if not may_add(self.actor):
            return {"sku": BadCell("may_not_add")}
        return {name: BadCell("needed_for_new") for name in self.for_new if name not in row}

    def _placed(self, instance: Product, group: ProductGroup, row: Cells) -> dict[str, BadCell]:
        """Give it its group and its values; what is wrong with them.

        What another variant has now is taken, though this table gives it others: one table writes all at once.
        """
        is_moved = instance.group_id != group.pk
        values: list[OptionValue | None] = []
        for at, name in enumerate(VALUES, start=1):
            now = None if is_moved else getattr(instance, name)
            typed = seen(row.get(name, now.name if now else ""))
            if bool(typed) != bool(getattr(group, f"option_{at}")):
                return {name: BadCell("no_such_option" if typed else "empty")}
            values.append(self._value(group, at, typed) if typed else None)
        instance.group, instance.category_id = group, group.category_id
        instance.value_1, instance.value_2, instance.value_3 = values
        if wrong := wrong_with_sale(instance, row) or wrong_with_gift_card(instance, row):
            return wrong
        if self.taken.setdefault(_place(instance), instance.sku) != instance.sku:
            return {"value_1": BadCell("combination_taken")}
        instance.name = ", ".join([group.name, *(one.name for one in instance.values)])
        return {}

    def _value(self, group: ProductGroup, at: int, name: str) -> OptionValue:
        """The one of that name; one that is not there yet is made when the row is written."""
        key = (group.pk, at, name.lower())
        if key not in self.values:
            position = sum(1 for group_id, option, _name in self.values if (group_id, option) == key[:2])
            self.values[key] = OptionValue(group=group, option=at, name=name, position=position)
            self.new_values.append(self.values[key])
        return self.values[key]

    def attributes(self, columns: Sequence[Column]) -> list[str]:
        return [self.written.get(column.attribute, column.attribute) for column in columns]

    def write(self) -> None:
        products = [*(product for _was, product in self.pairs), *self.new]
        used = {id(value) for product in products for value in product.values}
        OptionValue.objects.bulk_create([value for value in self.new_values if id(value) in used])
        for product in products:
            for name in VALUES:
                setattr(product, name, getattr(product, name))  # those that were just made have ids now
            product.slug = product.slug or free_slug(Product, [product.name])
        super().write()
        for product in self.new:
            product.save(force_insert=True)
        if self.actor is not None:
            write(actor=self.actor, action=Edit.ADDED, about=self.new, changes=[{"added": {}}])


def _place(variant: Product) -> tuple[Any, ...]:
    """What is there once; values that have no id yet are told by their names."""
    values = (variant.value_1, variant.value_2, variant.value_3)
    return (variant.group_id, *(one and (one.option, one.name.lower()) for one in values))


GROUPS = Kind(
    "groups",
    _("Products with variants"),
    GroupsTable,
    lambda narrowed: ProductGroup.objects.all(),
    export_right=CatalogRights.VIEW_PRODUCTS,
    import_right=CatalogRights.CHANGE_PRODUCTS,
)
VARIANTS = Kind(
    "variants",
    _("Variants"),
    VariantsTable,
    lambda narrowed: Product.objects.filter(group__isnull=False).select_related("group", *VALUES),
    export_right=CatalogRights.VIEW_PRODUCTS,
    import_right=CatalogRights.CHANGE_PRODUCTS,
)

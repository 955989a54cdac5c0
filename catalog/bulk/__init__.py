"""The catalog's tables that come in and go out: products, their prices, their stock, and numbers."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bulk.kinds import Kind
from bulk.problems import explain
from catalog.bulk.numbers import NumbersTable
from catalog.bulk.products import PricesTable, ProductsTable
from catalog.bulk.stock import StockTable
from catalog.models import Inventory, Number, Product
from catalog.rights import CatalogRights

explain(
    {
        "inventory_is_for_good": _(
            "A product that is kept as a count can't become numbers, nor the other way."
        ),
        "not_counted": _("This product is kept as numbers and has no count."),
        "not_numbered": _("This product is kept as a count and has no numbers."),
        "counted_or_received": _("Give what was counted or what was received: one of both."),
        "stock_moved": _(
            "The table says %(read)s on hand, and now it is %(now)s: pieces came or went since. Count again, and write "
            "%(now)s here to book your count."
        ),
        "fewer_than_promised": _(
            "%(promised)s are promised to orders that are not sent. Mark as done what was sent, or cancel what can't be; "
            "until then %(promised)s is the least that can be booked, and stops the sale."
        ),
        "reason_needed": _("Say why it is another count."),
        "which_column": _(
            "It has several columns: name the one that holds the numbers “number” in the first line, and leave out "
            "the others."
        ),
        "number_is_there": _("It is there already and stays as it is."),
        "number_is_retired": _("It was retired and can't be given out again."),
    }
)


def add_numbers(count: int) -> str:
    """What the button of this import says."""
    return ngettext("Add %(count)d number", "Add %(count)d numbers", count) % {"count": count}


KINDS = (
    Kind(
        "products",
        _("Products"),
        ProductsTable,
        lambda narrowed: Product.objects.all(),
        export_right=CatalogRights.VIEW_PRODUCTS,
        import_right=CatalogRights.CHANGE_PRODUCTS,
    ),
    Kind(
        "prices",
        _("Prices"),
        PricesTable,
        lambda narrowed: Product.objects.all(),
        export_right=CatalogRights.VIEW_PRODUCTS,
        import_right=CatalogRights.CHANGE_PRODUCTS,
    ),
    Kind(
        "stock",
        _("Stock"),
        StockTable,
        lambda narrowed: Product.objects.filter(inventory=Inventory.COUNTED),
        export_right=CatalogRights.VIEW_PRODUCTS,
        import_right=CatalogRights.STOCK,
    ),
    Kind(
        "numbers",
        _("Numbers"),
        NumbersTable,
        lambda narrowed: Number.objects.select_related("product"),
        export_right=CatalogRights.EXPORT_NUMBERS,
        import_right=CatalogRights.ADD_NUMBERS,
        button=add_numbers,
    ),
)

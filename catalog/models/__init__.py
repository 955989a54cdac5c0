"""What can be bought: products in categories, their stock with its history, and single numbered things."""

from catalog.models.category import Category
from catalog.models.currency import PricesIn
from catalog.models.group import OptionValue, ProductGroup
from catalog.models.inventory import Inventory
from catalog.models.movement import MOVEMENTS, StockMovement
from catalog.models.number import Number
from catalog.models.picture import ProductImage, _picture_path, shown_pictures
from catalog.models.price_change import PriceChange
from catalog.models.product import Product
from catalog.models.search import ProductSearch, SearchWord
from catalog.models.tax_class import TaxClass
from catalog.models.wait import Wait

__all__ = [
    "MOVEMENTS",
    "Category",
    "Inventory",
    "Number",
    "OptionValue",
    "PriceChange",
    "PricesIn",
    "Product",
    "ProductGroup",
    "ProductImage",
    "ProductSearch",
    "SearchWord",
    "StockMovement",
    "TaxClass",
    "Wait",
    # The migrations know it by this name.
    "_picture_path",
    "shown_pictures",
]

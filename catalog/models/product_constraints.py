"""What holds in each row of a product, by the database's promise."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from catalog.models.inventory import Inventory
from catalog.refunds import RefundPolicy
from catalog.skus import Key

CONSTRAINTS: list[models.BaseConstraint] = [
    models.UniqueConstraint(
        Key("sku"),
        name="catalog_product_sku_once",
        condition=Q(is_alike=False),
        violation_error_message=_(
            "Another product has this SKU; capitals and small letters make no difference."
        ),
    ),
    models.CheckConstraint(
        condition=Q(stock_quantity__gte=0),
        name="catalog_product_stock_not_negative",
    ),
    models.CheckConstraint(condition=Q(price__gte=0), name="catalog_product_price_not_negative"),
    models.CheckConstraint(
        condition=Q(sale_price__isnull=True) | Q(sale_price__gte=0, sale_price__lt=F("price")),
        name="catalog_product_sale_price",
        violation_error_message=_("A sale price is less than the price."),
    ),
    models.CheckConstraint(
        condition=Q(sale_starts__isnull=True) | Q(sale_ends__isnull=True) | Q(sale_ends__gt=F("sale_starts")),
        name="catalog_product_sale_days",
        violation_error_message=_("It ends before it begins."),
    ),
    models.CheckConstraint(
        condition=Q(inventory__in=Inventory.values),
        name="catalog_product_inventory",
    ),
    models.CheckConstraint(
        condition=Q(inventory=Inventory.COUNTED) | Q(stock_quantity=0),
        name="catalog_product_numbered_has_no_count",
    ),
    models.CheckConstraint(
        condition=Q(promised=0) | Q(promised__gt=0, inventory=Inventory.COUNTED),
        name="catalog_product_promised",
    ),
    models.CheckConstraint(condition=Q(refunds__in=RefundPolicy.values), name="catalog_product_refunds"),
    models.CheckConstraint(
        condition=Q(is_gift_card=False)
        | Q(
            inventory=Inventory.COUNTED,
            needs_parcel=False,
            tax_class__isnull=True,
            sale_price__isnull=True,
            price__gt=0,
        ),
        name="catalog_product_gift_card",
        violation_error_message=_(
            "A gift card is counted stock without a parcel, has a price above zero, no sale price and no tax class."
        ),
    ),
    models.CheckConstraint(
        condition=Q(available_from__isnull=True) | Q(inventory=Inventory.COUNTED, needs_parcel=True),
        name="catalog_product_preorder",
        violation_error_message=_("Only counted products that are sent as a parcel can be pre-ordered."),
    ),
    models.CheckConstraint(
        condition=Q(group__isnull=True, value_1__isnull=True, value_2__isnull=True, value_3__isnull=True)
        | Q(group__isnull=False, value_1__isnull=False)
        & (Q(value_2__isnull=False) | Q(value_3__isnull=True)),
        name="catalog_product_values_in_turn",
    ),
    models.UniqueConstraint(
        F("group"),
        F("value_1"),
        Coalesce("value_2", 0),
        Coalesce("value_3", 0),
        condition=Q(group__isnull=False),
        name="catalog_product_combination_once",
        violation_error_message=_("There is a variant with these values already."),
    ),
]

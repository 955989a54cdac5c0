"""What staff may do to the catalog, besides editing it in the admin's forms."""

from django.utils.translation import gettext_lazy as _

from staff.rights import Rights


class CatalogRights(Rights):
    VIEW_PRODUCTS = "catalog.view_product", _("See products")
    ADD_PRODUCTS = "catalog.add_product", _("Add products")
    CHANGE_PRODUCTS = "catalog.change_product", _("Change products")
    VIEW_NUMBERS = "catalog.view_number", _("See numbers")
    EXPORT_NUMBERS = "catalog.export_number", _("See and export unsold numbers")
    STOCK = "catalog.change_stock", _("Change stock")
    ADD_NUMBERS = "catalog.add_number", _("Add numbers")
    RETIRE_NUMBERS = "catalog.retire_number", _("Retire numbers")

"""What staff may do to the catalog, besides editing it in the admin's forms."""

from django.utils.translation import gettext_lazy as _

from staff.rights import Rights


class CatalogRights(Rights):
    STOCK = "catalog.change_stock", _("Change stock")
    ADD_NUMBERS = "catalog.add_number", _("Add numbers")
    RETIRE_NUMBERS = "catalog.retire_number", _("Retire numbers")

"""The orders' tables: orders that go out; fees of price tables, and rates of tax, that come in and go out."""

from django.utils.translation import gettext_lazy as _

from bulk.problems import explain
from orders.bulk.bands import BANDS
from orders.bulk.orders import ORDERS
from orders.bulk.tax_rates import TAX_RATES

explain(
    {
        "unknown_service": _("This courier has no such service."),
        "no_country": _("There is no such country: write its two letters, such as DE."),
        "no_region": _("The country has no such region."),
        "region_alone": _("A region needs its country."),
        "ends_before": _("The last day is before the first."),
    }
)

KINDS = (BANDS, ORDERS, TAX_RATES)

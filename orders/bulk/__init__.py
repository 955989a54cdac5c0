"""The orders' tables: orders that go out, and the fees of price tables that come in and go out."""

from django.utils.translation import gettext_lazy as _

from bulk.problems import explain
from orders.bulk.bands import BANDS
from orders.bulk.orders import ORDERS

explain({"unknown_service": _("This courier has no such service.")})

KINDS = (BANDS, ORDERS)

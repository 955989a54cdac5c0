"""The orders' tables: orders that go out, and the fees of price tables that come in and go out."""

from django.utils.translation import gettext_lazy as _

from bulk.kinds import Kind
from bulk.problems import explain
from orders.bulk.bands import BandsTable
from orders.bulk.orders import OrdersForm, OrdersTable, narrowed_orders
from orders.models import PriceBand
from orders.rights import OrderRights

explain({"unknown_service": _("This courier has no such service.")})

KINDS = (
    Kind(
        "bands",
        _("Fees of price tables"),
        BandsTable,
        lambda narrowed: PriceBand.objects.select_related("price_table__courier", "zone"),
        export_right=OrderRights.VIEW_BANDS,
        import_right=OrderRights.CHANGE_BANDS,
    ),
    Kind(
        "orders",
        _("Orders"),
        OrdersTable,
        narrowed_orders,
        export_right=OrderRights.EXPORT,
        form=OrdersForm,
        at_once=500,
    ),
)

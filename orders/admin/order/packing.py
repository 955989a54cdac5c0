"""Packing lists and address labels for the orders that are chosen in the list."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from orders.documents import packing
from orders.errors import OrderError
from orders.models import Order
from orders.rights import OrderRights
from staff.admin import ReadOnlyAdmin
from staff.rights import may

if TYPE_CHECKING:
    from accounts.models import User


class PackingMixin(ReadOnlyAdmin):
    """The actions `packing_lists` and `address_labels`."""

    def has_pack_permission(self, request: HttpRequest) -> bool:
        return may(request.user, OrderRights.PACK)

    @admin.action(description=_("Packing lists (PDF)"), permissions=["pack"])
    def packing_lists(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        return self._printed(request, orders, packing.packing_lists, "packing-lists.pdf")

    @admin.action(description=_("Address labels (PDF)"), permissions=["pack"])
    def address_labels(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        return self._printed(request, orders, packing.address_labels, "address-labels.pdf")

    def _printed(
        self, request: HttpRequest, orders: QuerySet[Order], draw: Callable[..., bytes], filename: str
    ) -> HttpResponse | None:
        # One more than may be printed: a choice of a million is refused without reading all of its ids.
        order_ids = orders.order_by("pk").values_list("pk", flat=True)[: packing.MAX_ORDERS + 1]
        try:
            printed = draw(order_ids=order_ids, actor=cast("User", request.user))
        except OrderError as error:
            self.message_user(request, str(error), "error")
            return None
        attached = {"Content-Disposition": f'attachment; filename="{filename}"'}
        return HttpResponse(printed, content_type="application/pdf", headers=attached)

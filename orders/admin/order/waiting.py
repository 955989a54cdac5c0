"""A change that waits to be paid, at the desk: staff who can't wait for it end it by one press."""

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from orders.actions.changes import waiting
from orders.errors import OrderError
from orders.models import Order
from staff.admin import ReadOnlyAdmin

if TYPE_CHECKING:
    from accounts.models import User


class WaitingMixin(ReadOnlyAdmin):
    """What waits is on the order's page, with the button that ends it."""

    def waiting(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        """What the order's page shows of the changes that wait, or have waited."""
        user = cast("User", request.user)  # the admin admits staff alone
        agreed = list(order.waiting_changes.select_related("supplement", "actor"))
        open_one = next((one for one in agreed if one.ended_at is None), None)
        return {"waiting": agreed, "may_end_waiting": open_one and waiting.may_end(open_one, user)}

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.waiting_view)
        return [path("<uuid:pk>/waiting/end/", guarded, name="orders_order_end_waiting"), *super().get_urls()]

    def waiting_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """POST ends it; what the rules refuse is a message."""
        page = HttpResponseRedirect(reverse("admin:orders_order_change", args=[pk]))
        if request.method != "POST":
            return page
        try:
            waiting.end(order_id=pk, actor=cast("User", request.user))
            text, level = _("The change is not made any more: the order can be sent as it is."), "success"
        except OrderError as error:
            text, level = str(error), "error"
        self.message_user(request, text, level)
        return page

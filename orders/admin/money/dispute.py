"""Disputes: the list, and a page with the evidence that the shop has."""

from typing import Any

from django.contrib import admin
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.money import written
from orders.admin.of_order import OfOrderAdmin
from orders.admin.timeline import timeline
from orders.models import Dispute
from staff.rights import PermissionDenied


@admin.register(Dispute)
class DisputeAdmin(OfOrderAdmin):
    list_display = ("reference", "order", "money", "cost", "reason", "state", "respond_by", "opened_at")
    list_filter = ("state",)
    list_select_related = ("payment__order",)
    order_field = "payment__order"
    own_names = ("reference",)

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def money(self, dispute: Dispute) -> str:
        return written(dispute.amount, dispute.payment.currency)

    @admin.display(description=gettext_lazy("fee"))
    def cost(self, dispute: Dispute) -> str:
        return written(dispute.fee, dispute.payment.currency)

    @admin.display(description=gettext_lazy("order"))
    def order(self, dispute: Dispute) -> str:
        return str(dispute.payment.order)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What the provider may be shown: the invoice, the parcel, the emails, and all that happened."""
        found = Dispute.objects.select_related("payment__order__customer", "payment__order__courier")
        dispute = get_object_or_404(found, pk=object_id if object_id.isdecimal() else 0)
        if not self.has_view_permission(request, dispute):
            raise PermissionDenied
        order = dispute.payment.order
        prefetch_related_objects([order], "emails__reports")
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "original": dispute,
            "title": _("Dispute %s") % dispute.reference,
            "dispute": dispute,
            "order": order,
            "timeline": timeline(order),
        }
        return TemplateResponse(request, "admin/orders/dispute/evidence.html", context)

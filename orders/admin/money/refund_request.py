"""Customers' requests for a refund: the list, and a page on which staff accept or decline one."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from catalog.money import written
from orders.actions import refund_requests
from orders.admin.of_order import OfOrderAdmin
from orders.errors import OrderError
from orders.models import RefundRequest
from orders.rights import OrderRights
from staff.rights import require

if TYPE_CHECKING:
    from accounts.models import User

DECISIONS: dict[str, tuple[Any, Callable[..., RefundRequest]]] = {
    "accept": (gettext_lazy("Cancel and refund"), refund_requests.accept),
    "decline": (gettext_lazy("Decline"), refund_requests.decline),
}


class AnswerForm(forms.Form):
    """What staff say; a customer who is declined gets it by email."""

    note = forms.CharField(max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))

    def __init__(self, data: QueryDict | None = None, *, how: str) -> None:
        super().__init__(data)
        is_told = how == "decline"
        self.fields["note"].required = is_told
        self.fields["note"].label = _("Reason, which the customer is told") if is_told else _("Note")


@admin.register(RefundRequest)
class RefundRequestAdmin(OfOrderAdmin):
    list_display = ("order", "money", "state", "asked_at", "note", "decided_by", "decided_at", "decide")
    list_filter = ("state",)
    list_select_related = ("order", "decided_by")
    ordering = ("-id",)

    @admin.display(description=gettext_lazy("amount"))
    def money(self, request: RefundRequest) -> str:
        return written(request.order.total_amount, request.order.currency)

    @admin.display(description=gettext_lazy("decision"))
    def decide(self, request: RefundRequest) -> str:
        if request.state != RefundRequest.State.OPEN:
            return request.answer
        page = reverse("admin:orders_order_change", args=[request.order_id])
        return format_html('<a href="{}">{}</a>', page, _("Decide on the order's page"))

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.decide_view)
        name = "orders_refundrequest_decide"
        return [path("<int:pk>/decide/<str:answer>/", guarded, name=name), *super().get_urls()]

    def decide_view(self, request: HttpRequest, pk: int, answer: str) -> HttpResponse:
        """GET asks what to say, POST decides; what the rules refuse is a message."""
        asked = self.get_queryset(request).select_related("order__customer").filter(pk=pk).first()
        if answer not in DECISIONS or asked is None:
            raise Http404
        require(actor=request.user, right=OrderRights.ASK_REFUND)
        form = AnswerForm(request.POST if request.method == "POST" else None, how=answer)
        if not form.is_valid():
            return self._ask(request, asked, answer, form)
        self._decide(request, asked, answer, form.cleaned_data["note"])
        return HttpResponseRedirect(reverse("admin:orders_order_change", args=[asked.order_id]))

    def _decide(self, request: HttpRequest, asked: RefundRequest, how: str, note: str) -> None:
        actor = cast("User", request.user)  # the admin admits staff alone
        try:
            after = DECISIONS[how][1](request_id=asked.pk, actor=actor, note=note)
        except OrderError as error:
            self.message_user(request, str(error), "error")
        else:
            text = _("Order %(number)s: %(what)s")
            what = after.get_state_display()
            self.message_user(request, text % {"number": asked.order.number, "what": what}, "success")

    def _ask(self, request: HttpRequest, asked: RefundRequest, how: str, form: AnswerForm) -> HttpResponse:
        label = DECISIONS[how][0]
        context: dict[str, Any] = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": f"{label}: {asked.order}",
            "label": label,
            "order": asked.order,
            "asked": asked,
            "form": form,
        }
        return TemplateResponse(request, "admin/orders/refundrequest/decide.html", context)

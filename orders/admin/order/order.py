"""Orders in Django admin: to look at, and to take with them the steps that their status allows."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from unfold.contrib.filters.admin import ChoicesRadioFilter, RangeNumericFilter

from catalog.money import written
from orders.actions.steps import take_step
from orders.admin.money.refund import DECISION_RIGHTS
from orders.admin.order.beside import BesideMixin
from orders.admin.order.by_hand import ByHandMixin
from orders.admin.order.changes import ChangesMixin
from orders.admin.order.details import DetailsMixin
from orders.admin.order.exchanges import ExchangesMixin
from orders.admin.order.filters import CourierFilter, DaysFilter, PreorderFilter, ProductFilter
from orders.admin.order.packing import PackingMixin
from orders.admin.order.parcels import ParcelsMixin
from orders.admin.order.steps import NoteForm, staff_steps
from orders.admin.order.waiting import WaitingMixin
from orders.admin.timeline import timeline
from orders.documents import packing
from orders.errors import OrderError
from orders.models import Dispute, LedgerEntry, Order, OrderLine, Refund, StatusChange
from orders.reports.attention import refunds_by_hand, refused_refunds
from orders.reports.search import find
from orders.rights import STEP_RIGHTS, OrderRights
from orders.status import STAFF_STEPS, Step
from staff.admin import ReadOnlyAdmin
from staff.rights import may, require

if TYPE_CHECKING:
    from accounts.models import User


@admin.register(Order)
class OrderAdmin(
    BesideMixin,
    ByHandMixin,
    ChangesMixin,
    DetailsMixin,
    ExchangesMixin,
    WaitingMixin,
    ParcelsMixin,
    PackingMixin,
    ReadOnlyAdmin,
):
    """The order's page is a page of its own, not a form: nothing of a placed order is edited."""

    list_display = ("number", "customer", "badge", "total", "courier", "placed_at")
    list_filter = (
        ("status", ChoicesRadioFilter),
        ("placed_at", DaysFilter),
        CourierFilter,
        PreorderFilter,
        ProductFilter,
        ("total_amount", RangeNumericFilter),
    )
    list_filter_submit = True
    list_select_related = ("customer", "courier")
    list_per_page = 50
    sortable_by = ("number", "placed_at")  # what an index has in order, however many orders there are
    # Only makes the search box appear; get_search_results says what is looked through.
    search_fields = ("number",)
    search_help_text = gettext_lazy("Order number, email, phone, SKU, or a number that an order holds")
    actions = ("complete", "cancel", "ask_refund", "packing_lists", "address_labels")

    @admin.display(description=gettext_lazy("status"))
    def badge(self, order: Order) -> str:
        return format_html('<span class="badge badge-{}">{}</span>', order.status, order.get_status_display())

    @admin.display(description=gettext_lazy("total"))
    def total(self, order: Order) -> str:
        return written(order.total_amount, order.currency)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Search for ids first: the list's other filters then look at few rows."""
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=find(search_term)), False

    # --- one order -----------------------------------------------------------------------------

    @method_decorator(require_safe)
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        order = self._order(request, object_id)
        steps = staff_steps(order, cast("User", request.user)) if self.has_step_permission(request) else []
        return self._page(
            request,
            "detail",
            order,
            title=_("Order %s") % order,
            steps=steps,
            timeline=timeline(order),
            refunds=self._refunds(order),
            disputes=Dispute.objects.filter(payment__order=order),
            requests=order.refund_requests.select_related("decided_by"),
            **self.changes(request, order),
            **self.waiting(request, order),
            may_exchange=self.may_exchange(request, order),
            may_redirect=self.may_redirect(request, order),
            decisions=[how for how, right in DECISION_RIGHTS.items() if may(request.user, right)],
            takes_money=self.takes_money(request, order),
            overrides=order.price_overrides.select_related("line", "actor"),
            **self.beside(request, order),
            **self.parcels(request, order),
        )

    def _order(self, request: HttpRequest, object_id: str) -> Order:
        lines = OrderLine.objects.prefetch_related("allocations__number", "gift_cards")
        history = StatusChange.objects.select_related("actor")
        ledger = LedgerEntry.objects.select_related("actor")
        orders = self.get_queryset(request).select_related("customer", "courier", "price_table")
        try:
            pk = UUID(str(object_id))
        except ValueError as error:
            raise Http404 from error
        order = orders.filter(pk=pk).prefetch_related(
            Prefetch("lines", lines),
            Prefetch("history", history),
            Prefetch("ledger", ledger),
            "payments",
            "emails__reports",
            "invoices",
            "staff_notes__author",
        )
        found: Order | None = order.first()
        if found is None:
            raise Http404
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        return found

    def _refunds(self, order: Order) -> list[tuple[Refund, bool]]:
        """The order's refunds, and whether each waits for a decision."""
        refunds = Refund.objects.filter(payment__order=order).select_related("payment", "change")
        waiting = refused_refunds(refunds).values("pk").union(refunds_by_hand(refunds).values("pk"))
        open_ones = set(waiting.values_list("pk", flat=True))
        return [(refund, refund.pk in open_ones) for refund in refunds]

    def _page(self, request: HttpRequest, name: str, order: Order | None, **context: Any) -> HttpResponse:
        context |= self.admin_site.each_context(request) | {
            "opts": self.opts,
            "order": order,
            "original": order,
        }
        return TemplateResponse(request, f"admin/orders/order/{name}.html", context)

    # --- steps -----------------------------------------------------------------------------

    def has_step_permission(self, request: HttpRequest) -> bool:
        return any(may(request.user, right) for right in STEP_RIGHTS.values())

    def has_complete_permission(self, request: HttpRequest) -> bool:
        return may(request.user, OrderRights.COMPLETE)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return may(request.user, OrderRights.CANCEL)

    def has_ask_refund_permission(self, request: HttpRequest) -> bool:
        return may(request.user, OrderRights.ASK_REFUND)

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.step_view)
        return [path("<uuid:pk>/steps/<str:step>/", guarded, name="orders_order_step"), *super().get_urls()]

    def step_view(self, request: HttpRequest, pk: UUID, step: str) -> HttpResponse:
        """GET asks for a note, POST takes the step; what the rules refuse is a message."""
        if step not in STAFF_STEPS:
            raise Http404
        require(actor=request.user, right=STEP_RIGHTS[Step(step)])
        order = self._order(request, str(pk))
        data = request.POST if request.method == "POST" else None
        form = NoteForm(data, step=Step(step), parcel=order.needs_parcel)
        if request.method == "POST" and form.is_valid():
            self._take(request, order, Step(step), **form.cleaned_data)
            return HttpResponseRedirect(reverse("admin:orders_order_change", args=[pk]))
        label = Step(step).label
        return self._page(request, "step", order, title=f"{label}: {order}", label=label, form=form)

    def _take(self, request: HttpRequest, order: Order, step: Step, **said: str) -> None:
        actor = cast("User", request.user)  # the admin admits staff alone
        try:
            after = take_step(order_id=order.pk, step=step, actor=actor, **said)
        except OrderError as error:
            self._say(request, order, str(error), "error")
        else:
            self._say(request, order, after.get_status_display(), "success")

    def _say(self, request: HttpRequest, order: Order, what: str, level: str) -> None:
        text = _("Order %(number)s: %(what)s")
        self.message_user(request, text % {"number": order.number, "what": what}, level)

    # --- the same for many -----------------------------------------------------------------------------

    @admin.action(description=Step.COMPLETE.label, permissions=["complete"])
    def complete(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        return self._confirmed(request, orders, Step.COMPLETE)

    @admin.action(description=Step.CANCEL.label, permissions=["cancel"])
    def cancel(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        return self._confirmed(request, orders, Step.CANCEL)

    @admin.action(description=Step.ASK_REFUND.label, permissions=["ask_refund"])
    def ask_refund(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        return self._confirmed(request, orders, Step.ASK_REFUND)

    def _confirmed(self, request: HttpRequest, orders: QuerySet[Order], step: Step) -> HttpResponse | None:
        """No step can be taken back, so the page says first what it does to which orders."""
        chosen = list(orders[: packing.MAX_ORDERS + 1])
        if len(chosen) > packing.MAX_ORDERS:
            self.message_user(
                request, _("At most %(most)d orders at once.") % {"most": packing.MAX_ORDERS}, "error"
            )
            return None
        form = NoteForm(request.POST if "confirmed" in request.POST else None, step=step)
        # Each order has a field of its own beside it.
        form.fields.pop("tracking_code", None)
        if form.is_valid():
            self._take_all(request, chosen, step, form.cleaned_data["note"])
            return None
        actor = cast("User", request.user)
        ready = [order for order in chosen if step in staff_steps(order, actor)]
        return self._page(
            request,
            "steps",
            None,
            title=step.label,
            label=step.label,
            step=step,
            orders=chosen,
            ready=ready,
            money=_sums(ready),
            form=form,
            checkbox=ACTION_CHECKBOX_NAME,
        )

    def _take_all(self, request: HttpRequest, orders: list[Order], step: Step, note: str = "") -> None:
        """One by one, each in a transaction of its own: one that is refused does not hold up the others."""
        for order in orders:
            # The page asks for it where the step has one.
            code = request.POST.get(f"code-{order.pk}", "")
            self._take(request, order, step, note=note, tracking_code=code)


def _sums(orders: list[Order]) -> list[str]:
    """The total of the orders in each of their currencies, as people write it."""
    sums: dict[str, Decimal] = {}
    for order in orders:
        sums[order.currency] = sums.get(order.currency, Decimal()) + order.total_amount
    return [written(amount, currency) for currency, amount in sums.items()]

"""What does not match a provider: the list, and a page on which staff mend one, or close it with a note."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from catalog.money import written
from orders.admin.money.provider_event import TOLD
from orders.admin.of_order import OfOrderAdmin
from orders.errors import OrderError
from orders.models import MoneyMismatch
from orders.payments.providers.movements import MovementKind
from orders.payments.reconciling import mismatches
from orders.payments.reconciling.explanations import explanation
from orders.rights import OrderRights
from staff.rights import may, require

if TYPE_CHECKING:
    from accounts.models import User

WAYS = ("mend", "look")
MOVED = TOLD | {str(MovementKind.DISPUTE_RETURNED): gettext_lazy("dispute won")}


class NoteForm(forms.Form):
    """What somebody found out; it stays with the mismatch."""

    note = forms.CharField(
        label=gettext_lazy("What you found out"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


@admin.register(MoneyMismatch)
class MoneyMismatchAdmin(OfOrderAdmin):
    list_display = ("at", "order", "variant", "told", "money", "wrong", "reference", "state", "note")
    list_filter = ("state", "wrong", "variant", "at")
    list_select_related = ("order",)
    ordering = ("-id",)
    own_names = ("reference",)

    @admin.display(description=gettext_lazy("kind"))
    def told(self, row: MoneyMismatch) -> str:
        return str(MOVED.get(row.kind, row.kind))

    @admin.display(description=gettext_lazy("amount"))
    def money(self, row: MoneyMismatch) -> str:
        return written(row.amount, row.currency)

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.close_view)
        name = "orders_moneymismatch_close"
        return [path("<int:pk>/close/<str:way>/", guarded, name=name), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._page(request, self._found(request, object_id), NoteForm())

    def close_view(self, request: HttpRequest, pk: int, way: str) -> HttpResponse:
        """POST mends it, or closes it with a note; what the rules refuse is a message."""
        row = self._found(request, str(pk))
        if way not in WAYS:
            raise Http404
        require(actor=request.user, right=OrderRights.CLOSE_MISMATCH)
        form = NoteForm(request.POST if request.method == "POST" else None)
        if request.method != "POST" or (way == "look" and not form.is_valid()):
            return self._page(request, row, form if way == "look" else NoteForm())
        self._close(request, row, way, form.cleaned_data["note"] if way == "look" else "")
        return HttpResponseRedirect(reverse("admin:orders_moneymismatch_change", args=[pk]))

    def _found(self, request: HttpRequest, object_id: str) -> MoneyMismatch:
        rows = self.get_queryset(request).select_related("order__customer", "closed_by", "found_in")
        row: MoneyMismatch | None = rows.filter(pk=object_id if object_id.isdecimal() else 0).first()
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row

    def _close(self, request: HttpRequest, row: MoneyMismatch, way: str, note: str) -> None:
        actor = cast("User", request.user)  # the admin admits staff alone
        try:
            if way == "mend":
                after = mismatches.mend(mismatch_id=row.pk, actor=actor)
            else:
                after = mismatches.look_at(mismatch_id=row.pk, actor=actor, note=note)
        except OrderError as error:
            self.message_user(request, str(error), "error")
        else:
            is_closed = after.state != MoneyMismatch.State.OPEN
            text = _("Order %(number)s: %(what)s")
            said = text % {"number": row.order, "what": after.get_state_display()}
            self.message_user(request, said, "success" if is_closed else "warning")

    def _page(self, request: HttpRequest, row: MoneyMismatch, form: NoteForm) -> HttpResponse:
        may_close = row.state == MoneyMismatch.State.OPEN and may(request.user, OrderRights.CLOSE_MISMATCH)
        context: dict[str, Any] = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "original": row,
            "title": f"{row.variant}: {self.told(row)} {self.money(row)}",
            "row": row,
            "told": self.told(row),
            "explanation": explanation(row),
            "form": form,
            "may_close": may_close,
            "may_mend": may_close and mismatches.is_mendable(row),
        }
        return TemplateResponse(request, "admin/orders/moneymismatch/detail.html", context)

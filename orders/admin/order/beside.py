"""What stands beside an order's steps on its page: staff's notes, and the tracking code of a done order."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from orders.actions.asking_again import ask_for_money_again
from orders.actions.notes import MAX_LENGTH, add_note
from orders.actions.tracking import correct_tracking_code
from orders.errors import OrderError
from orders.models import Order
from orders.rights import OrderRights
from orders.status import OrderStatus
from staff.admin import ReadOnlyAdmin
from staff.rights import may

if TYPE_CHECKING:
    from accounts.models import User


class StaffNoteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("note"), max_length=MAX_LENGTH, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class TrackingForm(forms.Form):
    tracking_code = forms.CharField(
        label=gettext_lazy("tracking code"), max_length=100, required=False, widget=UnfoldAdminTextInputWidget
    )


class BesideMixin(ReadOnlyAdmin):
    """Small forms on an order's page; each posts to an address of its own and comes back to the page.

    The page includes admin/orders/order/notes.html and tracking.html, with the context of `beside`.
    """

    def beside(self, request: HttpRequest, order: Order) -> dict[str, object]:
        """What the page needs to show them: the forms that this member of staff may use."""
        user, code = request.user, {"tracking_code": order.tracking_code}
        may_track = order.status == OrderStatus.DONE and may(user, OrderRights.TRACK)
        return {
            "staff_note_form": StaffNoteForm() if may(user, OrderRights.NOTE) else None,
            "tracking_form": TrackingForm(initial=code) if may_track and order.needs_parcel else None,
            "may_ask_again": order.status == OrderStatus.PAY_REQUIRED and may(user, OrderRights.TAKE_ORDERS),
        }

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("<uuid:pk>/notes/", guard(self.notes_view), name="orders_order_notes"),
            path("<uuid:pk>/tracking/", guard(self.tracking_view), name="orders_order_tracking"),
            path("<uuid:pk>/ask-again/", guard(self.ask_again_view), name="orders_order_ask_again"),
            *super().get_urls(),
        ]

    def notes_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Leave a note."""
        user, text = cast("User", request.user), request.POST.get("text", "")
        said = _("The note was added.")
        return self._posted(request, pk, said, lambda: add_note(order_id=pk, actor=user, text=text))

    def tracking_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Correct the tracking code."""
        user, code = cast("User", request.user), request.POST.get("tracking_code", "")
        said = _("The tracking code was changed.")
        return self._posted(
            request, pk, said, lambda: correct_tracking_code(order_id=pk, actor=user, code=code)
        )

    def ask_again_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Send the email that asks for the money once more."""
        user, said = cast("User", request.user), _("The email is sent again.")
        return self._posted(request, pk, said, lambda: ask_for_money_again(order_id=pk, actor=user))

    def _posted(self, request: HttpRequest, pk: UUID, said: str, act: Callable[[], object]) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            act()
        except OrderError as error:
            self.message_user(request, str(error), "error")
        else:
            self.message_user(request, said)
        return HttpResponseRedirect(reverse("admin:orders_order_change", args=[pk]))

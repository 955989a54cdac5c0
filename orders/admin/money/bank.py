"""Entries of bank statements: the list, a page that reads a statement, and what staff decide about what matches nothing."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from catalog.money import written
from orders.errors import OrderError
from orders.models import BankEntry
from orders.payments.bank.matching import match_by_hand, read_statement, set_aside, suggested
from orders.payments.bank.statements import MAX_BYTES, BadStatement
from orders.rights import OrderRights
from staff.admin import ReadOnlyAdmin
from staff.rights import require

if TYPE_CHECKING:
    from accounts.models import User

# A checked file of so many bytes is carried on in its page; a larger one is chosen again.
MAX_CARRIED = 1_000_000


class StatementForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Statement (CAMT.053 or CSV)"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=gettext_lazy(
            "A CSV table has the columns date, amount, currency, text, payer, payer_account, id."
        ),
    )
    carried = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def content(self) -> bytes:
        """The file, or what was checked a moment before."""
        chosen = self.cleaned_data["file"]
        if chosen is not None:
            return cast("bytes", chosen.read(MAX_BYTES + 1))
        try:
            return b64decode(self.cleaned_data["carried"], validate=True)
        except ValueError:
            return b""


class DecideForm(forms.Form):
    number = forms.IntegerField(
        label=gettext_lazy("Order number"), min_value=1, required=False, widget=UnfoldAdminTextInputWidget
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=500, required=False, widget=UnfoldAdminTextInputWidget
    )


@admin.register(BankEntry)
class BankEntryAdmin(ReadOnlyAdmin):
    list_display = ("booked_on", "money", "payer", "text", "state", "why", "order", "decide")
    list_filter = ("state", "why", "booked_on")
    list_select_related = ("order",)
    search_fields = ("text", "payer", "payer_account__exact", "entry_id__exact")
    ordering = ("-id",)
    sortable_by = ()

    @admin.display(description=gettext_lazy("amount"))
    def money(self, entry: BankEntry) -> str:
        return written(entry.amount, entry.currency)

    @admin.display(description=gettext_lazy("decision"))
    def decide(self, entry: BankEntry) -> str:
        if entry.state != BankEntry.State.OPEN:
            return entry.note
        page = reverse("admin:orders_bankentry_decide", args=[entry.pk])
        return format_html('<a href="{}">{}</a>', page, _("Match or set aside"))

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("read/", guard(self.read_view), name="orders_bankentry_read"),
            path("<int:pk>/decide/", guard(self.decide_view), name="orders_bankentry_decide"),
            *super().get_urls(),
        ]

    def read_view(self, request: HttpRequest) -> HttpResponse:
        """A statement is checked first: the page says what would come of it. Then the same file is read."""
        require(actor=request.user, right=OrderRights.READ_STATEMENTS)
        form = StatementForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
        found, carried = None, ""
        if form.is_valid():
            check, content = "check" in request.POST, form.content
            try:
                found = read_statement(actor=cast("User", request.user), content=content, check=check)
            except BadStatement as error:
                form.add_error("file", str(error))
            else:
                if not check:
                    return self._told(request, found)
                carried = b64encode(content).decode() if len(content) <= MAX_CARRIED else ""
        return self._page(
            request, "read", title=_("Read a bank statement"), form=form, found=found, carried=carried
        )

    def _told(self, request: HttpRequest, found: Any) -> HttpResponse:
        is_open = sum(entry.state == BankEntry.State.OPEN for entry in found.entries)
        said = _("%(new)d new entries, %(open)d of them match nothing; %(known)d were known.")
        told = {"new": len(found.entries), "open": is_open, "known": found.known}
        self.message_user(request, said % told, "warning" if is_open else "success")
        return HttpResponseRedirect(reverse("admin:orders_bankentry_changelist"))

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One click on an order that waits for just this amount, a number, or a note that sets it aside."""
        require(actor=request.user, right=OrderRights.READ_STATEMENTS)
        entry = BankEntry.objects.select_related("order").filter(pk=pk).first()
        if entry is None:
            raise Http404
        form = DecideForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            actor, said = cast("User", request.user), form.cleaned_data
            if said["number"]:
                return self._done(
                    request, lambda: match_by_hand(entry_id=pk, actor=actor, number=said["number"])
                )
            return self._done(request, lambda: set_aside(entry_id=pk, actor=actor, note=said["note"]))
        waiting = list(suggested(entry))
        if entry.order is not None and entry.order not in waiting:
            waiting.insert(0, entry.order)
        return self._page(
            request, "decide", title=_("Match or set aside"), form=form, entry=entry, suggested=waiting
        )

    def _done(self, request: HttpRequest, act: Callable[[], BankEntry]) -> HttpResponse:
        try:
            entry = act()
        except OrderError as error:
            self.message_user(request, str(error), "error")
        else:
            self.message_user(request, f"{entry}: {entry.get_state_display()}", "success")
        return HttpResponseRedirect(reverse("admin:orders_bankentry_changelist"))

    def _page(self, request: HttpRequest, name: str, **context: Any) -> HttpResponse:
        context |= self.admin_site.each_context(request) | {"opts": self.opts}
        return TemplateResponse(request, f"admin/orders/bankentry/{name}.html", context)

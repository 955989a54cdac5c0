"""Gift cards and store credit: the list, a page of what moved on one, and what staff give and void."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from catalog.money import written
from orders.actions.money.giving import (
    MAX_NOTE,
    GivenBefore,
    give_credit,
    issue_card,
    last_given,
    void_card,
)
from orders.errors import OrderError
from orders.gift_cards import codes
from orders.models import GiftCard
from orders.rights import OrderRights
from staff.admin import ReadOnlyAdmin
from staff.careful import with_field
from staff.rights import may, require

if TYPE_CHECKING:
    from accounts.models import User

# Movements that a card's page shows, the newest.
MAX_SHOWN = 200


class GiveForm(forms.Form):
    """With an address it is store credit of that customer, or a card whose code is sent there; else a card to pass on."""

    email = forms.EmailField(
        label=gettext_lazy("Email address"),
        required=False,
        help_text=gettext_lazy(
            "Whose store credit it is; an email tells the customer. Empty: a gift card, whose code is shown to you once."
        ),
        widget=UnfoldAdminTextInputWidget,
    )
    as_card = forms.BooleanField(
        label=gettext_lazy("As a gift card"),
        required=False,
        help_text=gettext_lazy(
            "Its code is sent to the address, which needs no account, and not shown to you."
        ),
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), max_digits=12, decimal_places=2, widget=UnfoldAdminDecimalFieldWidget()
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=MAX_NOTE, widget=UnfoldAdminTextInputWidget)
    # What the reader gave last when the page was made: a second click gives nothing.
    after = forms.IntegerField(required=False, widget=forms.HiddenInput)


class VoidForm(forms.Form):
    note = forms.CharField(label=gettext_lazy("Note"), max_length=MAX_NOTE, widget=UnfoldAdminTextInputWidget)


@admin.register(GiftCard)
class GiftCardAdmin(ReadOnlyAdmin):
    list_display = ("shown", "money", "owner", "sold_with", "expires_on", "voided_at", "created_at", "moved")
    list_select_related = ("owner", "line__order")
    fields = ("shown", "money", "currency", "owner", "sold_with", "expires_on", "voided_at", "created_at")
    ordering = ("-id",)
    sortable_by = ()
    # Only makes the search box appear; get_search_results says what is looked through.
    search_fields = ("pk",)
    search_help_text = gettext_lazy("A whole code, a customer's email address, or an order's number")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[GiftCard], search_term: str
    ) -> tuple[QuerySet[GiftCard], bool]:
        text = search_term.strip()
        if code := codes.read(text):
            return queryset.filter(code=code), False
        if text.isdecimal():
            return queryset.filter(line__order__number=text[:18]), False
        return (queryset.filter(owner__email__iexact=text) if text else queryset), False

    @admin.display(description=gettext_lazy("gift card"))
    def shown(self, card: GiftCard) -> str:
        return card.masked

    @admin.display(description=gettext_lazy("balance"))
    def money(self, card: GiftCard) -> str:
        return written(card.balance, card.currency)

    @admin.display(description=gettext_lazy("sold with"))
    def sold_with(self, card: GiftCard) -> str:
        if card.line is None:
            return "–"
        page = reverse("admin:orders_order_change", args=[card.line.order_id])
        return format_html('<a href="{}">{}</a>', page, card.line.order.number)

    @admin.display(description=gettext_lazy("movements"))
    def moved(self, card: GiftCard) -> str:
        page = reverse("admin:orders_giftcard_card", args=[card.pk])
        return format_html('<a href="{}">{}</a>', page, _("Look"))

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("give/", guard(self.give_view), name="orders_giftcard_give"),
            path("<int:pk>/card/", guard(self.card_view), name="orders_giftcard_card"),
            *super().get_urls(),
        ]

    def give_view(self, request: HttpRequest) -> HttpResponse:
        """Give store credit, or issue a card that nobody has bought."""
        require(actor=request.user, right=OrderRights.GIVE_CREDIT)
        last = last_given(cast("User", request.user))
        form = GiveForm(request.POST if request.method == "POST" else None, initial={"after": last})
        if form.is_valid():
            try:
                return self._given(request, **form.cleaned_data)
            except GivenBefore as error:
                form.add_error(None, str(error))
                form.data = with_field(form.data, "after", last)
            except OrderError as error:
                form.add_error(None, str(error))
        return self._page(request, "give", title=_("Give store credit or a gift card"), form=form)

    def _given(self, request: HttpRequest, *, email: str, as_card: bool, **given: Any) -> HttpResponse:
        actor = cast("User", request.user)
        if email and as_card:
            card = issue_card(actor=actor, to=email, **given)
            said = _("The gift card is on its way to %(email)s.") % {"email": email}
        elif email:
            card = give_credit(email=email, actor=actor, **given).card
            said = _("The customer has it as store credit.")
        else:
            card = issue_card(actor=actor, **given)
            said = _("The code of the gift card is %(code)s. It is not shown again.") % {
                "code": card.code_shown
            }
        self.message_user(request, said, "success")
        return HttpResponseRedirect(reverse("admin:orders_giftcard_card", args=[card.pk]))

    def card_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What moved on a card, with the orders; and voiding it."""
        if not self.has_view_permission(request):
            require(actor=request.user, right=OrderRights.VOID_CARDS)
        card = GiftCard.objects.select_related("owner", "line__order").filter(pk=pk).first()
        if card is None:
            raise Http404
        form = VoidForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                void_card(card_id=pk, note=form.cleaned_data["note"], actor=cast("User", request.user))
            except OrderError as error:
                self.message_user(request, str(error), "error")
            return HttpResponseRedirect(reverse("admin:orders_giftcard_card", args=[pk]))
        entries = card.entries.select_related("order", "actor").order_by("-pk")[:MAX_SHOWN]
        may_void = may(request.user, OrderRights.VOID_CARDS)
        return self._page(
            request, "card", title=card.masked, card=card, entries=entries, form=form if may_void else None
        )

    def _page(self, request: HttpRequest, name: str, **context: Any) -> HttpResponse:
        context |= self.admin_site.each_context(request) | {"opts": self.opts}
        return TemplateResponse(request, f"admin/orders/giftcard/{name}.html", context)

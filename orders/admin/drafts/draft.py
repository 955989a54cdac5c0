"""Staff take an order at the desk: a draft with what it costs, and the page that places it."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import GONE, Address, User
from catalog.shelf import shelf
from orders.actions.drafts import editing, placing, prices
from orders.actions.drafts.editing import DraftMovedOn, DraftOver
from orders.actions.drafts.prices import Priced
from orders.admin.drafts.filters import StateFilter
from orders.admin.drafts.form import Typed
from orders.checkout.placement.stock import InsufficientStock
from orders.checkout.previews import PreviewExpired
from orders.errors import InvalidInput, OrderError
from orders.models import OrderDraft
from orders.rights import OrderRights
from orders.shipping.rates import ShippingOption
from staff.admin import LoggedAdmin, StaffFilter
from staff.rights import may, require

MAX_FOUND = 10
LIST = "admin:orders_orderdraft_changelist"
PAGE = "admin:orders_orderdraft_change"


@admin.register(OrderDraft)
class OrderDraftAdmin(LoggedAdmin):
    """A draft's page is a page of its own: each press of a button comes back with all that was typed."""

    list_display = ("name", "customer_email", "full_name", "made_by", "made_at", "expires_at", "became")
    list_filter = (StateFilter, ("made_by", StaffFilter))
    list_select_related = ("customer", "made_by", "order")
    search_fields = ("=pk", "email", "customer__email", "full_name")
    sortable_by = ("made_at", "expires_at")
    actions = None

    @admin.display(description=gettext_lazy("draft"))
    def name(self, draft: OrderDraft) -> str:
        return str(draft)

    @admin.display(description=gettext_lazy("customer"))
    def customer_email(self, draft: OrderDraft) -> str:
        return draft.customer.email if draft.customer else draft.email

    @admin.display(description=gettext_lazy("order"))
    def became(self, draft: OrderDraft) -> str:
        if draft.order is None:
            return "–" if draft.is_open else _("expired")
        page = reverse("admin:orders_order_change", args=[draft.order_id])
        return format_html('<a href="{}">{}</a>', page, draft.order)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, OrderRights.TAKE_ORDERS)

    def has_change_permission(self, request: HttpRequest, obj: OrderDraft | None = None) -> bool:
        return may(request.user, OrderRights.TAKE_ORDERS)

    def has_delete_permission(self, request: HttpRequest, obj: OrderDraft | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.place_view)
        return [path("<int:pk>/place/", guarded, name="orders_orderdraft_place"), *super().get_urls()]

    # --- a draft -----------------------------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        require(actor=request.user, right=OrderRights.TAKE_ORDERS)
        if request.method == "POST":
            return self._act(request, None)
        return self._form(request, None, Typed.blank())

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        draft = self._draft(request, object_id)
        if isinstance(draft, HttpResponse):
            return draft
        if request.method == "POST":
            return self._act(request, draft)
        typed = Typed.of(draft)
        return self._form(request, draft, typed, priced=self._price(draft, request, typed))

    def _draft(self, request: HttpRequest, object_id: str | int) -> OrderDraft | HttpResponse:
        """An open draft; of one that is none any more, the page of what it became."""
        pk = int(object_id) if str(object_id).isdecimal() and len(str(object_id)) < 19 else 0
        try:
            return editing.find_draft(draft_id=pk, actor=request.user)
        except DraftOver as error:
            placed = OrderDraft.objects.filter(pk=pk).exclude(order=None).first()
            if placed and may(request.user, OrderRights.VIEW):
                return HttpResponseRedirect(reverse("admin:orders_order_change", args=[placed.order_id]))
            self.message_user(request, str(error), "error")
            return HttpResponseRedirect(reverse(LIST))

    def _act(self, request: HttpRequest, draft: OrderDraft | None) -> HttpResponse:
        typed = Typed.posted(request.POST)
        if "discard" in request.POST and draft:
            return self._discard(request, draft)
        found = self._found(request, typed)
        if found is not None:
            return self._form(request, draft, typed, **found)
        return self._save(request, draft, typed)

    def _found(self, request: HttpRequest, typed: Typed) -> dict[str, Any] | None:
        """What the small buttons of the form do to it; None for the one that saves."""
        sent = request.POST
        if "find_product" in sent:
            return {"products": list(shelf.find(text=sent.get("product_words", ""))[:MAX_FOUND])}
        if "find_customer" in sent:
            return {"customers": _customers(sent.get("customer_words", ""))}
        if "add" in sent:
            typed.add(sent["add"])
            return {}
        if user := User.objects.filter(pk=_pk(sent.get("customer"))).first():
            typed.take_customer(user)
            return {}
        if address := _of(typed).filter(pk=_pk(sent.get("use_address"))).first():
            typed.take_address(address)
            return {}
        return None

    def _save(self, request: HttpRequest, draft: OrderDraft | None, typed: Typed) -> HttpResponse:
        actor = cast("User", request.user)  # the admin admits staff alone
        serial = _pk(request.POST.get("serial"))
        try:
            saved = editing.save_draft(
                actor=actor, wish=typed.wish(), draft_id=draft.pk if draft else None, serial=serial
            )
        except InvalidInput as error:
            typed.tell(error)
        except DraftMovedOn as error:
            text = _("%(why)s What you entered is below: save again to put it in place of theirs.")
            self.message_user(request, text % {"why": error}, "warning")
            return self._form(request, draft, typed, serial=error.members["serial"])
        except OrderError as error:
            self.message_user(request, str(error), "error")
            return HttpResponseRedirect(reverse(LIST))
        else:
            return HttpResponseRedirect(reverse(PAGE, args=[saved.pk]))
        return self._form(request, draft, typed, serial=serial)

    def _discard(self, request: HttpRequest, draft: OrderDraft) -> HttpResponse:
        try:
            editing.discard_draft(draft_id=draft.pk, actor=cast("User", request.user))
        except OrderError as error:
            self.message_user(request, str(error), "error")
        else:
            self.message_user(request, _("The draft was discarded."))
        return HttpResponseRedirect(reverse(LIST))

    def _price(self, draft: OrderDraft, request: HttpRequest, typed: Typed) -> Priced | None:
        try:
            return prices.work_out(draft_id=draft.pk, actor=cast("User", request.user))
        except InvalidInput as error:
            typed.tell(error)
        except OrderError as error:
            typed.errors.append(str(error))
        return None

    def _form(
        self, request: HttpRequest, draft: OrderDraft | None, typed: Typed, **context: Any
    ) -> HttpResponse:
        context = {"serial": draft.serial if draft else 0} | context
        context |= {
            "typed": typed,
            "book": list(_of(typed)),
            # Who may give no prices may take out what others gave.
            "may_override": may(request.user, OrderRights.OVERRIDE_PRICES) or typed.has_prices,
            "words": {name: request.POST.get(name, "") for name in ("product_words", "customer_words")},
        }
        return self._page(request, "draft", draft, title=str(draft or _("Take an order")), **context)

    def _page(
        self, request: HttpRequest, name: str, draft: OrderDraft | None, **context: Any
    ) -> HttpResponse:
        context |= self.admin_site.each_context(request) | {
            "opts": self.opts,
            "draft": draft,
            "original": draft,
        }
        return TemplateResponse(request, f"admin/orders/orderdraft/{name}.html", context)

    # --- placing it --------------------------------------------------------------------------------------------------

    def place_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows the whole of it and asks, POST places it; what the rules refuse is a message above a new preview."""
        draft = self._draft(request, pk)
        if isinstance(draft, HttpResponse):
            if request.method == "POST" and "preview" in request.POST:
                self._place(request, pk)  # it says what the draft became
            return draft
        if request.method == "POST" and (placed := self._place(request, pk)):
            return HttpResponseRedirect(placed)
        typed = Typed.of(draft)
        priced = self._price(draft, request, typed)
        sent = request.POST if request.method == "POST" else request.GET
        option = priced.preview.option(_pk(sent.get("way"))) if priced else None
        if priced is None or option is None:
            self.message_user(request, _("Choose how the order is sent."), "warning")
            return HttpResponseRedirect(reverse(PAGE, args=[pk]))
        return self._ask(request, draft, priced, option)

    def _ask(
        self, request: HttpRequest, draft: OrderDraft, priced: Priced, option: ShippingOption
    ) -> HttpResponse:
        preview = priced.preview
        return self._page(
            request,
            "place",
            draft,
            title=_("Place the order: %s") % draft,
            priced=priced,
            option=option,
            total=preview.total(option),
            breakdown=preview.breakdown(option),
            discounts=preview.taken_off(option),
        )

    def _place(self, request: HttpRequest, pk: int) -> str | None:
        """Where the order is, if there is one now."""
        sent, actor = request.POST, cast("User", request.user)
        try:
            preview_id = UUID(sent.get("preview", ""))
            placed = placing.place_draft(
                draft_id=pk, preview_id=preview_id, price_table_id=_pk(sent.get("way")), actor=actor
            )
        except (PreviewExpired, ValueError):
            self.message_user(request, _("Please look at the prices again: they were made anew."), "warning")
            return None
        except InsufficientStock as error:
            text = _("Not enough stock of %(product)s: %(left)s left.")
            self.message_user(request, text % error.members, "error")
            return None
        except OrderError as error:
            self.message_user(request, str(error), "error")
            return None
        text = _("Order %(number)s was placed.") if placed.is_new else _("It is order %(number)s already.")
        self.message_user(request, text % {"number": placed.order}, "success")
        return reverse("admin:orders_order_change", args=[placed.order.pk])


def _customers(words: str) -> list[User]:
    """Customers by a part of their address or name."""
    text = words.replace("\0", "").strip()
    if not text:
        return []
    found = User.objects.filter(Q(email__icontains=text) | Q(full_name__icontains=text), is_active=True)
    return list(found.exclude(email__endswith=GONE).order_by("email")[:MAX_FOUND])


def _of(typed: Typed) -> QuerySet[Address]:
    """The book of addresses of the customer whose email stands in the form."""
    email = str(typed.fields.get("email") or "").strip().lower().replace("\0", "")
    customer = User.objects.verified().filter(email=email).first() if email else None
    return customer.addresses.all() if customer else Address.objects.none()


def _pk(text: str | None) -> int:
    """A key that was sent; 0, which nothing has, for what is none."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0

"""What customers ask for after they paid: the list, and the page on which staff accept or decline one."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.actions.changes import accepting, change_requests, returns
from orders.actions.changes.accepting import Terms
from orders.actions.changes.changes import RIGHTS
from orders.admin.of_order import OfOrderAdmin
from orders.admin.order.changes import money_field, preview_named
from orders.checkout.placement.stock import InsufficientStock
from orders.documents.way_back import awaited_nowhere, return_address
from orders.errors import InvalidInput, OrderError
from orders.models import ChangeRequest, OrderChange
from orders.pricing.left import NOTHING
from orders.rights import OrderRights
from staff.rights import may, require

if TYPE_CHECKING:
    from accounts.models import User

Kind = OrderChange.Kind


class NeedsYouFilter(admin.SimpleListFilter):
    title = gettext_lazy("needs you")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [("address", gettext_lazy("awaited, and no address for the way back"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ChangeRequest]) -> QuerySet[ChangeRequest]:
        return awaited_nowhere(queryset) if self.value() == "address" else queryset


@admin.register(ChangeRequest)
class ChangeRequestAdmin(OfOrderAdmin):
    list_display = (
        "order",
        "kind",
        "pieces",
        "state",
        "asked_at",
        "note",
        "decided_by",
        "decided_at",
        "decide",
    )
    list_filter = (NeedsYouFilter, "state", "kind")
    list_select_related = ("order", "decided_by")
    ordering = ("-id",)

    @admin.display(description=gettext_lazy("pieces"))
    def pieces(self, request: ChangeRequest) -> str:
        return ", ".join(str(one) for one in request.lines.all())

    @admin.display(description=gettext_lazy("decision"))
    def decide(self, request: ChangeRequest) -> str:
        if request.state != ChangeRequest.State.OPEN:
            return request.answer
        page = reverse("admin:orders_changerequest_decide", args=[request.pk])
        return format_html('<a href="{}">{}</a>', page, _("Decide"))

    def get_queryset(self, request: HttpRequest) -> Any:
        return (
            super()
            .get_queryset(request)
            .defer("label")
            .prefetch_related("lines__line", "lines__exchange_for")
        )

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.decide_view)
        return [path("<int:pk>/decide/", guarded, name="orders_changerequest_decide"), *super().get_urls()]

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows what accepting would do; POST accepts or declines. What the rules refuse is a message."""
        asked = self.get_queryset(request).select_related("order__customer").filter(pk=pk).first()
        if asked is None:
            raise Http404
        require(actor=request.user, right=RIGHTS[accepting.kind_of(asked)])
        if request.method == "POST" and self._decide(request, asked):
            return HttpResponseRedirect(reverse("admin:orders_order_change", args=[asked.order_id]))
        return self._ask(request, asked)

    def _decide(self, request: HttpRequest, asked: ChangeRequest) -> bool:
        actor, sent = cast("User", request.user), request.POST  # the admin admits staff alone
        note = sent.get("note", "").replace("\0", "")[: change_requests.MAX_NOTE]
        try:
            if "expect" in sent:
                after = self._expect(request, asked, note)
            elif "decline" in sent:
                after = change_requests.decline(request_id=asked.pk, actor=actor, note=note)
            else:
                change_id, based_on = preview_named(sent)
                shipping = _shipping(sent, asked)
                terms = Terms(
                    restocked=sent.getlist("restocked"),
                    shipping=shipping,
                    note=note,
                    waive="waive" in sent,
                    plain="plain" in sent,
                )
                after = change_requests.accept(
                    request_id=asked.pk, actor=actor, change_id=change_id, based_on=based_on, terms=terms
                )
        except OrderError as error:
            self.message_user(request, str(error), "error")
            return False
        text = _("Order %(number)s: %(what)s")
        is_expected = after.expected_at is not None and after.state == ChangeRequest.State.OPEN
        what = _("goods expected back") if is_expected else after.get_state_display()
        self.message_user(request, text % {"number": asked.order.number, "what": what}, "success")
        return True

    def _expect(self, request: HttpRequest, asked: ChangeRequest, note: str) -> ChangeRequest:
        """Ask for the goods, with the courier's label where there is one."""
        file = request.FILES.get("label")
        if file is not None and (file.size or 0) > returns.MAX_LABEL:
            raise InvalidInput({"label": [_("Choose a PDF of at most %(most)d kB.") % {"most": 1000}]})
        return returns.expect_goods(
            request_id=asked.pk,
            actor=cast("User", request.user),
            note=note,
            label=file.read() if file else b"",
            label_url=request.POST.get("label_url", "").strip(),
        )

    def _ask(self, request: HttpRequest, asked: ChangeRequest) -> HttpResponse:
        context: dict[str, Any] = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": str(asked),
            "asked": asked,
            "order": asked.order,
            "is_open": asked.state == ChangeRequest.State.OPEN,
            **self._shown(request, asked),
            "may_expect": returns.may_be_expected(asked) and may(request.user, OrderRights.TAKE_RETURN),
            "return_address": return_address(),
        }
        return TemplateResponse(request, "admin/orders/changerequest/decide.html", context)

    def _shown(self, request: HttpRequest, asked: ChangeRequest) -> dict[str, Any]:
        """What accepting would do, and what giving all of the money back would; none where that is not possible any more."""
        if asked.state != ChangeRequest.State.OPEN:
            return {}
        shown = self._preview(request, asked, accepting.PLAIN)
        plain = self._preview(request, asked, Terms(plain=True)) if asked.is_exchange else None
        named, back = shown or plain, (shown and shown.returned) or (plain and plain.returned)
        is_return = accepting.kind_of(asked) == Kind.RETURN
        return {
            "shown": shown,
            "plain": plain,
            "named": named,
            "due": shown is not None and any(one.due for one in shown.exchanged),
            "pieces_back": asked.lines.all() if named and is_return else (),
            "shipping_left": back.left.shipping.amount if back and not back.ends else NOTHING,
        }

    def _preview(self, request: HttpRequest, asked: ChangeRequest, terms: Terms) -> accepting.Accepted | None:
        try:
            return accepting.preview(asked, actor=cast("User", request.user), terms=terms)
        except InsufficientStock as error:
            self.message_user(request, f"{error}: {error.members['product']}", "warning")
        except OrderError as error:
            self.message_user(request, str(error), "warning")
        return None


def _shipping(sent: QueryDict, asked: ChangeRequest) -> Decimal:
    """How much of the shipping goes back too, as it was typed; an empty input is nothing. Raises InvalidInput."""
    try:
        amount = money_field(asked.order.currency, required=False).clean(sent.get("shipping", ""))
    except ValidationError as error:
        raise InvalidInput({"shipping": error.messages}) from error
    return cast("Decimal | None", amount) or Decimal(0)

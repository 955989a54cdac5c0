"""What staff write down of an order while they take it. What it costs is in prices.py, how it is placed in placing.py."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from orders.actions.drafts.wishes import Wish, checked
from orders.errors import InvalidInput, OrderError
from orders.models import DraftLine, OrderDraft, open_drafts
from orders.rights import OrderRights
from staff.log import use_right
from staff.rights import require

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from staff.rights import Actor

FORGOTTEN_AT_ONCE = 500
# Called with the locked draft; raises what its caller wants to hear.
Expectation = Callable[[OrderDraft], None]


class DraftOver(OrderError):
    """Its time is over, it was discarded, or it was placed and is forgotten since."""

    code = "draft_over"
    status = 404
    title = gettext_lazy("Draft over")
    message = gettext_lazy("This draft is there no more: it has expired, was discarded, or was placed.")
    advice = gettext_lazy(
        "Drafts are kept for some days after they were saved last. What was in it has to be entered anew."
    )


class DraftPlaced(DraftOver):
    """It became an order, which `order` names."""

    code = "draft_placed"
    status = 409
    title = gettext_lazy("Draft placed")
    message = gettext_lazy("This draft is an order already.")
    advice = gettext_lazy(
        "The draft has become the order that `order` names. Change that, or take another one."
    )
    example = {"order": "0198f5c2-7d1e-7c3a-9b64-2f1d0c8e5a77"}


class DraftMovedOn(OrderError):
    """Somebody else saved it since it was read; `serial` is what it is by now."""

    code = "draft_moved_on"
    status = 409
    title = gettext_lazy("Draft saved meanwhile")
    message = gettext_lazy("Somebody else has saved this draft since the page was opened.")
    advice = gettext_lazy(
        "Somebody else saved the draft at the same moment. Nothing was changed: read it again, and send the change anew."
    )
    example = {"serial": 3}


def save_draft(
    *,
    actor: User,
    wish: Wish,
    draft_id: int | None = None,
    serial: int = 0,
    expect: Expectation | None = None,
) -> OrderDraft:
    """Keep a draft anew, or in place of what it was at `serial`; its time begins again.

    Nothing is checked that only counts when it is placed. Raises PermissionDenied, also for prices of their own by who may
    not give any; InvalidInput with every wrong field; DraftOver, DraftPlaced, DraftMovedOn, and what `expect` raises of
    the locked draft.
    """
    right = OrderRights.OVERRIDE_PRICES if wish.given else OrderRights.TAKE_ORDERS
    for one in {right, OrderRights.TAKE_ORDERS}:
        require(actor=actor, right=one)
    products, customer, address = checked(wish)
    with transaction.atomic():
        if customer:
            _lock_customer(customer)
        draft = _locked(draft_id, serial, expect) if draft_id else OrderDraft(made_by=actor, serial=0)
        _write(draft, replace(wish, address=address), customer)
        draft.lines.all().delete()
        DraftLine.objects.bulk_create(
            DraftLine(
                draft=draft,
                position=position,
                product=products[one.sku],
                quantity=one.quantity,
                price=one.price,
                reason=one.reason.strip() if one.price is not None else "",
            )
            for position, one in enumerate(wish.lines, start=1)
        )
        use_right(actor=actor, right=right, about=draft, prices=wish.given or "")
    return draft


def edit_draft(
    *,
    draft_id: int,
    actor: User,
    change: Callable[[Wish], Wish],
    expect: Expectation | None = None,
) -> OrderDraft:
    """Save what `change` makes of what the draft says. Raises what save_draft does: DraftMovedOn if it was saved between."""
    draft = find_draft(draft_id=draft_id, actor=actor)
    wish = change(Wish.of(draft))
    return save_draft(actor=actor, wish=wish, draft_id=draft_id, serial=draft.serial, expect=expect)


def discard_draft(*, draft_id: int, actor: User, expect: Expectation | None = None) -> None:
    """Throw a draft away. Raises PermissionDenied, DraftOver, DraftPlaced, and what `expect` raises of the locked draft."""
    require(actor=actor, right=OrderRights.TAKE_ORDERS)
    with transaction.atomic():
        draft = open_drafts().select_for_update().filter(pk=draft_id).first()
        if draft is None:
            raise over(draft_id)
        if expect:
            expect(draft)
        use_right(actor=actor, right=OrderRights.TAKE_ORDERS, about=draft, how="discarded")
        draft.delete()


def find_draft(*, draft_id: int, actor: "Actor") -> OrderDraft:
    """An open draft with its lines. Raises PermissionDenied, DraftOver, DraftPlaced."""
    require(actor=actor, right=OrderRights.TAKE_ORDERS)
    drafts = open_drafts().select_related("customer").prefetch_related("lines__product")
    draft = drafts.filter(pk=draft_id).first()
    if draft is None:
        raise over(draft_id)
    return draft


def over(draft_id: int) -> DraftOver:
    """What is said of a draft that is not open."""
    order_id = OrderDraft.objects.filter(pk=draft_id).values_list("order_id", flat=True).first()
    return DraftPlaced(order=str(order_id)) if order_id else DraftOver()


def drafts_shown(*, actor: "Actor") -> "QuerySet[OrderDraft]":
    """The drafts that are open, and those that were placed until they are forgotten. Raises PermissionDenied."""
    require(actor=actor, right=OrderRights.TAKE_ORDERS)
    shown = open_drafts() | OrderDraft.objects.exclude(order=None)
    return shown.select_related("customer", "made_by").prefetch_related("lines__product")


def forget_old() -> None:
    """Delete those whose time is over, placed ones too: their orders have all of it. Held ones wait for the next look."""
    over = OrderDraft.objects.filter(expires_at__lte=timezone.now()).order_by("expires_at")
    if not over.exists():
        return
    with transaction.atomic():
        ids = list(over.select_for_update(skip_locked=True).values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
        OrderDraft.objects.filter(pk__in=ids).delete()


# --- writing ---------------------------------------------------------------------------------------------------------


def _lock_customer(customer: User) -> None:
    """As closing an account does first: what is about a customer goes with them, and nothing comes after."""
    if not User.objects.select_for_update(no_key=True).filter(pk=customer.pk, is_active=True).exists():
        raise InvalidInput({"email": [_("The account of this address is switched off.")]})


def _locked(draft_id: int, serial: int, expect: Expectation | None) -> OrderDraft:
    draft = open_drafts().select_for_update(no_key=True).filter(pk=draft_id).first()
    if draft is None:
        raise over(draft_id)
    if expect:
        expect(draft)
    if draft.serial != serial:
        raise DraftMovedOn(serial=draft.serial)
    return draft


def _write(draft: OrderDraft, wish: Wish, customer: User | None) -> None:
    draft.customer = customer
    draft.email = "" if customer else wish.email.strip().lower()
    draft.full_name, draft.language = wish.full_name.strip(), wish.language_for(customer)
    draft.address, draft.billing = _typed(wish.address.items()), _typed(wish.billing.items())
    draft.codes, draft.note = wish.codes.strip(), wish.note.strip()
    draft.shipping_fee = wish.shipping.amount if wish.shipping else None
    draft.shipping_reason = wish.shipping.reason.strip() if wish.shipping else ""
    draft.serial += 1
    draft.shown = {}
    draft.expires_at = timezone.now() + timedelta(days=settings.ORDER_DRAFT_DAYS)
    draft.save()


def _typed(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What was typed, without what is empty. A country alone is no address: forms begin with one."""
    typed = {name: text.strip() for name, text in fields if text.strip()}
    return {} if set(typed) <= {"country"} else typed

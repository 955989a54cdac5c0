"""A draft becomes an order: by the placement that customers have, for the customer, by the member of staff who took it."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.codes.by_code import NotByCode
from accounts.codes.vouching import vouched
from accounts.models import User
from orders.actions.drafts.editing import DraftMovedOn, DraftOver, find_draft
from orders.checkout.placement.placement import Placed, Taker, check_can_be_paid, place_taken
from orders.checkout.preview import Preview
from orders.checkout.previews import NOBODY, forget_preview, get_preview
from orders.errors import InvalidInput, OrderError
from orders.models import Order, OrderDraft
from orders.rights import OrderRights
from staff.log import use_right
from staff.rights import require

if TYPE_CHECKING:
    from orders.models import PriceOverride


@dataclass(frozen=True)
class _Claim:
    """Which draft is placed, and what it was when the preview was made of it."""

    draft_id: int
    serial: int


def place_draft(*, draft_id: int, preview_id: UUID, price_table_id: int, actor: User) -> Placed:
    """Turn a draft into an order, or find the order that it became before, whoever placed it.

    The order is made of a preview of the draft as it was saved last (prices.work_out). Raises PermissionDenied, also for
    prices of the draft's own by who may not give any; InvalidInput where nobody is named; DraftOver, DraftMovedOn,
    PreviewExpired, and what place_order raises. Then nothing was changed, and nobody was made.
    """
    require(actor=actor, right=OrderRights.TAKE_ORDERS)
    try:
        check_can_be_paid()
        draft = find_draft(draft_id=draft_id, actor=actor)
        preview = get_preview(
            preview_id=preview_id,
            customer_id=draft.customer_id or NOBODY,
            draft=(draft.pk, draft.serial),
        )
        order = _place(draft, preview, price_table_id, actor)
    except (OrderError, IntegrityError):
        if earlier := _earlier(draft_id, preview_id, actor):
            return Placed(earlier, None)
        raise
    forget_preview(preview_id)
    return Placed(order, preview)


def _earlier(draft_id: int, preview_id: UUID, actor: User) -> Order | None:
    """What the draft became; also of one that was forgotten since."""
    placed = OrderDraft.objects.filter(pk=draft_id).exclude(order=None).select_related("order").first()
    return placed.order if placed else Order.objects.visible_to(actor).filter(pk=preview_id).first()


@transaction.atomic
def _place(draft: OrderDraft, preview: Preview, price_table_id: int, actor: User) -> Order:
    customer, is_new = _customer(draft)
    claim = partial(_claim, _Claim(draft.pk, draft.serial))
    order = place_taken(
        preview=preview,
        customer=customer,
        price_table_id=price_table_id,
        note=draft.note,
        taker=Taker(actor=actor, language=draft.language, claim=claim),
    )
    OrderDraft.objects.filter(pk=draft.pk).update(order=order)
    _log(order, draft, actor, is_new=is_new)
    return order


def _claim(wanted: _Claim) -> None:
    """Lock the draft, the customer being locked: of two who place it one is first, and it neither expires nor changes."""
    draft = OrderDraft.objects.select_for_update(no_key=True).filter(pk=wanted.draft_id).first()
    if draft is None or draft.order_id is not None or draft.expires_at <= timezone.now():
        raise DraftOver
    if draft.serial != wanted.serial:
        raise DraftMovedOn(serial=draft.serial)


def _customer(draft: OrderDraft) -> tuple[User, bool]:
    """For whom it is; staff vouch for the address of somebody new, who gets an account as guests do."""
    if draft.customer:
        return draft.customer, False
    if not draft.email:
        raise InvalidInput({"email": [_("Enter the customer's email address.")]})
    try:
        return vouched(email=draft.email, full_name=draft.full_name, language=draft.language)
    except NotByCode as error:
        says = _("No order can be taken for this address: its account is switched off, or belongs to staff.")
        raise InvalidInput({"email": [says]}) from error


def _log(order: Order, draft: OrderDraft, actor: User, *, is_new: bool) -> None:
    how = "new customer" if is_new else ""
    use_right(actor=actor, right=OrderRights.TAKE_ORDERS, about=order, draft=draft.pk, how=how)
    if given := list(order.price_overrides.select_related("line")):
        prices = {_named(one): f"{one.usual} → {one.given}: {one.reason}" for one in given}
        use_right(actor=actor, right=OrderRights.OVERRIDE_PRICES, about=order, prices=prices)


def _named(one: "PriceOverride") -> str:
    return one.line.sku if one.line else "shipping"

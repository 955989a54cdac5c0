"""What a draft costs: by the preview that customers get, in its customer's language; and what became different of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Address, User
from catalog.money import written
from orders.actions.drafts.editing import find_draft
from orders.checkout.making import TakenOrder
from orders.checkout.overrides import Override, Overrides
from orders.checkout.preview import Preview
from orders.checkout.previews import RegionUnclear, create_preview
from orders.errors import InvalidInput
from orders.models import OrderDraft


@dataclass(frozen=True)
class Priced:
    """A new preview, and in words what is not as it was when the draft was saved."""

    preview: Preview
    different: list[str]


def work_out(*, draft_id: int, actor: User) -> Priced:
    """What an open draft costs now; call it in no transaction, as a VAT id may be looked up.

    Its first prices since it was saved are remembered. Raises PermissionDenied, DraftOver, DraftPlaced, and what
    create_preview does: InvalidInput names `address.<field>` too.
    """
    draft = find_draft(draft_id=draft_id, actor=actor)
    preview = _preview(draft)
    now = _shown(preview)
    if not draft.shown:
        OrderDraft.objects.filter(pk=draft.pk, serial=draft.serial, shown={}).update(shown=now)
        return Priced(preview, [])
    return Priced(preview, _different(draft.shown, now))


def _preview(draft: OrderDraft) -> Preview:
    """Names in it are the customer's; what is wrong with it, staff read in their own language."""
    reader = translation.get_language()
    try:
        with translation.override(draft.language):
            return _made(draft)
    except InvalidInput:
        if draft.language == reader:
            raise
        return _made(draft)


def _made(draft: OrderDraft) -> Preview:
    """Its preview; the address that lacks its region is the draft's own, not one of a book."""
    try:
        return _previewed(draft)
    except RegionUnclear as error:
        raise InvalidInput({"address.region": error.errors["address_id"]}) from error


def _previewed(draft: OrderDraft) -> Preview:
    lines = list(draft.lines.all())
    customer = draft.customer or User(email=draft.email, full_name=draft.full_name)
    return create_preview(
        customer=customer,
        items=[(line.product.sku, line.quantity) for line in lines],
        codes=draft.codes.replace(",", " ").split(),
        billing=draft.billing,
        taken=TakenOrder(
            draft=(draft.pk, draft.serial),
            address=_address(draft.address),
            overrides=Overrides(
                {
                    line.product_id: Override(line.price, line.reason)
                    for line in lines
                    if line.price is not None
                },
                None if draft.shipping_fee is None else Override(draft.shipping_fee, draft.shipping_reason),
            ),
        ),
    )


def _address(typed: Mapping[str, str]) -> Address | None:
    """The address, held against the rules of its country; None where none was typed."""
    if not typed:
        return None
    address = Address(**{name: typed.get(name, "") for name in Address.FIELDS})
    try:
        address.clean_fields(exclude=["user"])
        address.clean()
    except ValidationError as error:
        raise InvalidInput(
            {f"address.{name}": messages for name, messages in error.message_dict.items()}
        ) from error
    return address


# --- what became different -------------------------------------------------------------------------------------------


def _shown(preview: Preview) -> dict[str, Any]:
    return {
        "lines": {line.sku: [line.name, str(line.unit_price)] for line in preview.lines},
        "ways": {str(one.price_table_id): [one.method, str(one.fee)] for one in preview.shipping_options},
        "discounts": {one.name: str(one.off_items) for one in preview.discounts},
    }


def _different(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """A sentence for each price that is another, and for each way and discount that came or went."""
    said = []
    for sku, (name, price) in now["lines"].items():
        was = before["lines"].get(sku, [name, price])[1]
        said += _moved(f"{name} ({sku})", was, price)
    for room in ("ways", "discounts"):
        old, new = before[room], now[room]
        for key in {**old, **new}:
            name, was, is_now = _of(key, old.get(key), new.get(key))
            said += _moved(name, was, is_now)
    return said


def _of(key: str, old: Any, new: Any) -> tuple[str, str | None, str | None]:
    """What something is called, and its amounts before and now; None where it was or is not there."""
    if isinstance(old or new, list):
        return (new or old)[0], old and old[1], new and new[1]
    return key, old, new


def _moved(name: str, was: str | None, now: str | None) -> list[str]:
    if was == now:
        return []
    if was is None:
        return [_("%(what)s: new, %(now)s") % {"what": name, "now": written(Decimal(now or 0))}]
    if now is None:
        return [_("%(what)s: no longer, was %(was)s") % {"what": name, "was": written(Decimal(was))}]
    amounts = {"what": name, "was": written(Decimal(was)), "now": written(Decimal(now))}
    return [_("%(what)s: was %(was)s, is %(now)s") % amounts]

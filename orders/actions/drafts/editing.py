"""What staff write down of an order while they take it. What it costs is in prices.py, how it is placed in placing.py."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.codes.by_code import account_of
from accounts.models import GONE, User
from catalog.models import Product
from catalog.shelf import shelf
from orders.checkout import overrides
from orders.checkout.items import MAX_ITEMS, MAX_QUANTITY
from orders.checkout.overrides import Override
from orders.errors import InvalidInput, OrderError
from orders.models import DraftLine, OrderDraft, open_drafts
from orders.rights import OrderRights
from staff.log import use_right
from staff.rights import require

if TYPE_CHECKING:
    from staff.rights import Actor

LIMITS = {"email": 254, "full_name": 150, "codes": 200, "note": 1000}
# Of each field of an address, and of billing.
MAX_TYPED = 200
FORGOTTEN_AT_ONCE = 500


class DraftOver(OrderError):
    """Its time is over, it was discarded, or it was placed. It is for the desk, which says so."""

    message = gettext_lazy("This draft is there no more: it has expired, was discarded, or was placed.")


class DraftMovedOn(OrderError):
    """Somebody else saved it since the page was made; `serial` is what it is by now."""

    message = gettext_lazy("Somebody else has saved this draft since the page was opened.")


@dataclass(frozen=True)
class WishedLine:
    """Pieces by SKU; a `price` is one by the word of staff, with its reason."""

    sku: str
    quantity: int
    price: Decimal | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A whole draft as it was typed. `email` is a customer's, or that of somebody who has no account."""

    email: str = ""
    full_name: str = ""
    language: str = ""
    lines: Sequence[WishedLine] = ()
    address: Mapping[str, str] = field(default_factory=dict)
    billing: Mapping[str, str] = field(default_factory=dict)
    codes: str = ""
    shipping: Override | None = None
    note: str = ""

    @property
    def given(self) -> dict[str, str]:
        """The prices by the word of staff, for the log."""
        prices = {one.sku: f"{one.price}: {one.reason}" for one in self.lines if one.price is not None}
        if self.shipping:
            prices["shipping"] = f"{self.shipping.amount}: {self.shipping.reason}"
        return prices


def save_draft(*, actor: User, wish: Wish, draft_id: int | None = None, serial: int = 0) -> OrderDraft:
    """Keep a draft anew, or in place of what it was at `serial`; its time begins again.

    Nothing is checked that only counts when it is placed. Raises PermissionDenied, also for prices of their own by who may
    not give any; InvalidInput with every wrong field; DraftOver, DraftMovedOn.
    """
    right = OrderRights.OVERRIDE_PRICES if wish.given else OrderRights.TAKE_ORDERS
    for one in {right, OrderRights.TAKE_ORDERS}:
        require(actor=actor, right=one)
    products, customer = _checked(wish)
    with transaction.atomic():
        if customer:
            _lock_customer(customer)
        draft = _locked(draft_id, serial) if draft_id else OrderDraft(made_by=actor, serial=0)
        _write(draft, wish, customer)
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


def discard_draft(*, draft_id: int, actor: User) -> None:
    """Throw a draft away. Raises PermissionDenied, DraftOver."""
    with transaction.atomic():
        draft = open_drafts().select_for_update().filter(pk=draft_id).first()
        require(actor=actor, right=OrderRights.TAKE_ORDERS)
        if draft is None:
            raise DraftOver
        use_right(actor=actor, right=OrderRights.TAKE_ORDERS, about=draft, how="discarded")
        draft.delete()


def find_draft(*, draft_id: int, actor: "Actor") -> OrderDraft:
    """An open draft with its lines. Raises PermissionDenied, DraftOver."""
    require(actor=actor, right=OrderRights.TAKE_ORDERS)
    drafts = open_drafts().select_related("customer").prefetch_related("lines__product")
    draft = drafts.filter(pk=draft_id).first()
    if draft is None:
        raise DraftOver
    return draft


def forget_old() -> None:
    """Delete those whose time is over, placed ones too: their orders have all of it. Held ones wait for the next look."""
    over = OrderDraft.objects.filter(expires_at__lte=timezone.now()).order_by("expires_at")
    if not over.exists():
        return
    with transaction.atomic():
        ids = list(over.select_for_update(skip_locked=True).values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
        OrderDraft.objects.filter(pk__in=ids).delete()


# --- what is wrong with it -------------------------------------------------------------------------------------------


def _checked(wish: Wish) -> tuple[dict[str, Product], User | None]:
    errors = _too_long(wish)
    products = _products(wish.lines, errors)
    if wish.shipping:
        overrides.check(wish.shipping, errors, amount="shipping_fee", reason="shipping_reason")
    if wish.language not in dict(settings.LANGUAGES):
        errors["language"] = [_("Choose a language.")]
    customer = _customer(wish.email.strip().lower(), errors)
    if errors:
        raise InvalidInput(errors)
    return products, customer


def _too_long(wish: Wish) -> dict[str, list[str]]:
    texts = {name: getattr(wish, name) for name in LIMITS}
    typed = {"address": wish.address, "billing": wish.billing}
    texts |= {f"{room}.{name}": text for room, fields in typed.items() for name, text in fields.items()}
    most = {name: LIMITS.get(name, MAX_TYPED) for name in texts}
    wrong = {name: [_("Longer than %(most)s characters.") % {"most": most[name]}] for name in texts}
    return {name: wrong[name] for name, text in texts.items() if len(text) > most[name] or "\0" in text}


def _products(lines: Sequence[WishedLine], errors: dict[str, list[str]]) -> dict[str, Product]:
    """The products by SKU as it was typed; of one that is no longer on sale the preview tells."""
    found = shelf.by_sku(Product.objects.all(), [one.sku for one in lines])
    if len(lines) > MAX_ITEMS:
        errors["items"] = [_("An order has 1 to %(most)d items.") % {"most": MAX_ITEMS}]
    seen: set[int] = set()
    for at, one in enumerate(lines):
        product = found.get(one.sku)
        if product is None:
            errors[f"items.{at}.sku"] = [_("There is no such product on sale.")]
        elif product.pk in seen:
            errors[f"items.{at}.sku"] = [_("This product has a line already.")]
        else:
            seen.add(product.pk)
        if not 1 <= one.quantity <= MAX_QUANTITY:
            errors[f"items.{at}.quantity"] = [
                _("The quantity must be 1 to %(most)d.") % {"most": MAX_QUANTITY}
            ]
        if one.price is not None:
            given = Override(one.price, one.reason)
            overrides.check(given, errors, amount=f"items.{at}.price", reason=f"items.{at}.reason")
    return found


def _customer(email: str, errors: dict[str, list[str]]) -> User | None:
    """Whose verified address it is; nobody's yet is no error."""
    if not email:
        return None
    try:
        validate_email(email)
    except ValidationError as error:
        errors["email"] = error.messages
        return None
    user = account_of(email)
    if email.endswith(GONE) or (user and not user.is_active):
        errors["email"] = [_("The account of this address is switched off.")]
    return user if user and user.is_verified else None


# --- writing ---------------------------------------------------------------------------------------------------------


def _lock_customer(customer: User) -> None:
    """As closing an account does first: what is about a customer goes with them, and nothing comes after."""
    if not User.objects.select_for_update(no_key=True).filter(pk=customer.pk, is_active=True).exists():
        raise InvalidInput({"email": [_("The account of this address is switched off.")]})


def _locked(draft_id: int, serial: int) -> OrderDraft:
    draft = open_drafts().select_for_update(no_key=True).filter(pk=draft_id).first()
    if draft is None:
        raise DraftOver
    if draft.serial != serial:
        raise DraftMovedOn(serial=draft.serial)
    return draft


def _write(draft: OrderDraft, wish: Wish, customer: User | None) -> None:
    draft.customer = customer
    draft.email = "" if customer else wish.email.strip().lower()
    draft.full_name, draft.language = wish.full_name.strip(), wish.language
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

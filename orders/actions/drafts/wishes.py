"""A draft as it is typed, and what is wrong with it before anything of it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.codes.by_code import account_of
from accounts.models import GONE, Address, User
from catalog.models import Product
from catalog.shelf import shelf
from orders.checkout import overrides
from orders.checkout.items import MAX_ITEMS, MAX_QUANTITY
from orders.checkout.overrides import Override
from orders.errors import InvalidInput
from orders.models import OrderDraft

LIMITS = {"email": 254, "full_name": 150, "codes": 200, "note": 1000}
# Of each field of an address, and of billing.
MAX_TYPED = 200


@dataclass(frozen=True)
class WishedLine:
    """Pieces by SKU; a `price` is one by the word of staff, with its reason."""

    sku: str
    quantity: int
    price: Decimal | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A whole draft as it was typed. `email` is a customer's, or that of somebody who has no account.

    Without a `language` it is the customer's, else that of who takes the order. `address_id` is one of the customer's own
    addresses, in the place of `address`.
    """

    email: str = ""
    full_name: str = ""
    language: str = ""
    lines: Sequence[WishedLine] = ()
    address: Mapping[str, str] = field(default_factory=dict)
    address_id: int | None = None
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

    @classmethod
    def of(cls, draft: OrderDraft) -> "Wish":
        """What a draft says now; its lines and their products are loaded with it, or come now."""
        fee = draft.shipping_fee
        return cls(
            email=draft.customer.email if draft.customer else draft.email,
            full_name=draft.full_name,
            language=draft.language,
            lines=[
                WishedLine(line.product.sku, line.quantity, line.price, line.reason)
                for line in draft.lines.all()
            ],
            address=draft.address,
            billing=draft.billing,
            codes=draft.codes,
            shipping=None if fee is None else Override(fee, draft.shipping_reason),
            note=draft.note,
        )

    def language_for(self, customer: User | None) -> str:
        return self.language or (customer and customer.language) or get_language() or settings.LANGUAGE_CODE


def checked(wish: Wish) -> tuple[dict[str, Product], User | None, Mapping[str, str]]:
    """Its products by SKU, the customer if its email has an account, and where it goes, as far as that is said.

    Raises InvalidInput with every wrong field.
    """
    errors = _too_long(wish)
    products = _products(wish.lines, errors)
    if wish.shipping:
        overrides.check(wish.shipping, errors, amount="shipping_fee", reason="shipping_reason")
    if wish.language and wish.language not in dict(settings.LANGUAGES):
        errors["language"] = [_("Choose a language.")]
    customer = _customer(wish.email.strip().lower(), errors)
    address = _address(wish, customer, errors)
    if errors:
        raise InvalidInput(errors)
    return products, customer, address


def _address(wish: Wish, customer: User | None, errors: dict[str, list[str]]) -> Mapping[str, str]:
    """As it was typed, or as it stands in the customer's own address book: another's does not exist."""
    if wish.address_id is None:
        return wish.address
    kept = Address.objects.filter(pk=wish.address_id, user=customer).first() if customer else None
    if kept is None:
        errors["address_id"] = [_("The customer has no such address.")]
        return {}
    return {name: getattr(kept, name) for name in Address.FIELDS}


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

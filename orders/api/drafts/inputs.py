"""What comes in of a draft, and the wish that it makes of what the draft says now."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from orders.actions.drafts.wishes import LIMITS, MAX_TYPED, Wish, WishedLine
from orders.api.serializers.inputs import BIGGEST_ID, MAX_CODE, BillingInput, Quantity
from orders.api.serializers.parts import money
from orders.checkout.items import MAX_ITEMS
from orders.checkout.overrides import Override
from orders.models.draft import MAX_REASON
from rest.changes import Change
from rest.fields import Text, Whole

# The members that stand in a wish as they came.
TEXTS = ("email", "full_name", "language", "note")


class DraftItemInput(Change):
    sku = Text(max_length=64)
    quantity = Quantity(min_value=-1_000_000, max_value=1_000_000)
    price = money(
        required=False,
        allow_null=True,
        help_text="Of a piece by your word, tax included; needs the right to override prices, and a `reason`.",
    )
    reason = Text(max_length=MAX_REASON, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["reason"] and attrs.get("price") is None:
            raise ValidationError({"reason": [_("A reason belongs to a price of your own.")]})
        return attrs


class DraftAddressInput(Change):
    """As far as it is known. It is held against the rules of its country when the draft is previewed."""

    full_name = Text(max_length=MAX_TYPED, required=False, allow_blank=True)
    phone = Text(max_length=MAX_TYPED, required=False, allow_blank=True)
    line1 = Text(max_length=MAX_TYPED, required=False, allow_blank=True)
    line2 = Text(max_length=MAX_TYPED, required=False, allow_blank=True)
    city = Text(max_length=MAX_TYPED, required=False, allow_blank=True)
    region = Text(max_length=MAX_TYPED, required=False, allow_blank=True)
    postal_code = Text(max_length=MAX_TYPED, required=False, allow_blank=True)
    country = Text(max_length=2, required=False, allow_blank=True, help_text="ISO 3166-1, two letters.")


class DraftInput(Change):
    """What a draft says; a member that is left out of a change stays, and one that is given is replaced as a whole."""

    email = Text(
        max_length=LIMITS["email"],
        required=False,
        allow_blank=True,
        help_text="The customer's. Who has no account gets one when the draft is placed.",
    )
    full_name = Text(
        max_length=LIMITS["full_name"], required=False, allow_blank=True, help_text="Of a new customer."
    )
    language = serializers.ChoiceField(
        choices=settings.LANGUAGES,
        required=False,
        help_text="Of the emails; else the customer's, or that of `Accept-Language`.",
    )
    items: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=DraftItemInput(), required=False, max_length=MAX_ITEMS
    )
    address = DraftAddressInput(required=False, help_text="Where it is sent; `{}` takes it away.")
    address_id = Whole(
        min_value=1,
        max_value=BIGGEST_ID,
        required=False,
        help_text="In the place of `address`: one of the customer's own, as it stands in their address book now.",
    )
    billing = BillingInput(required=False, help_text="`{}` bills it as it is delivered.")
    codes = serializers.ListField(
        child=Text(max_length=MAX_CODE), max_length=100, required=False, help_text="Of promotions."
    )
    shipping_fee = money(
        required=False,
        allow_null=True,
        help_text="By your word, before promotions; needs the same right, and a `shipping_reason`. Null: the shop's.",
    )
    shipping_reason = Text(max_length=MAX_REASON, required=False, allow_blank=True)
    note = Text(
        max_length=LIMITS["note"], required=False, allow_blank=True, help_text="The customer sees it."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "address_id" in attrs and "address" in attrs:
            raise ValidationError({"address_id": [_("Send an address or its id, not both.")]})
        return attrs


class DraftPlacementInput(Change):
    preview_id = serializers.UUIDField(help_text="Of a preview of the draft as it is now.")
    price_table_id = Whole(min_value=1, max_value=BIGGEST_ID, help_text="Of one of its `shipping_options`.")


def changed(wish: Wish, body: Mapping[str, Any]) -> Wish:
    """The wish with what came in. Raises ValidationError for a reason of no fee."""
    given: dict[str, Any] = {name: body[name] for name in TEXTS if name in body}
    given |= {name: dict(body[name]) for name in ("address", "billing") if name in body}
    if "address_id" in body:
        given["address_id"] = body["address_id"]
    if "codes" in body:
        given["codes"] = " ".join(body["codes"])
    if "items" in body:
        given["lines"] = [
            WishedLine(one["sku"], one["quantity"], one.get("price"), one["reason"]) for one in body["items"]
        ]
    return replace(wish, **given, shipping=_fee(wish.shipping, body))


def _fee(before: Override | None, body: Mapping[str, Any]) -> Override | None:
    """A reason alone is another one of the fee that there is; a fee that is taken away takes its reason along."""
    amount = body.get("shipping_fee", before.amount if before else None)
    reason: str = body.get("shipping_reason", before.reason if before and amount is not None else "")
    if amount is not None:
        return Override(amount, reason)
    if reason:
        raise ValidationError({"shipping_reason": [_("A reason belongs to a price of your own.")]})
    return None

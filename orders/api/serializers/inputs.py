"""What comes in over the API, field by field."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from orders.billing.given import MAX_COMPANY, MAX_VAT_ID
from orders.checkout.items import MAX_ITEMS, MAX_QUANTITY
from orders.status import OrderStatus
from rest.changes import Change
from rest.fields import Moment, Text, Whole

BIGGEST_ID = 2**63 - 1
MAX_CODE = 100


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": MAX_QUANTITY})
class Quantity(Whole):
    """Its range is checked by the preview itself, together with everything else that can be wrong."""


class ItemInput(Change):
    sku = Text(max_length=64)
    quantity = Quantity(min_value=-1_000_000, max_value=1_000_000)


class BillingInput(Change):
    """Where and to whom it is billed. Without an address it is that of the delivery."""

    company = Text(max_length=MAX_COMPANY, required=False, allow_blank=True)
    vat_id = Text(
        max_length=MAX_VAT_ID,
        required=False,
        allow_blank=True,
        help_text="With `company`. Of the EU with the letters of its country, as DE136695976.",
    )
    full_name = Text(max_length=150, required=False, allow_blank=True)
    line1 = Text(max_length=200, required=False, allow_blank=True)
    line2 = Text(max_length=200, required=False, allow_blank=True)
    city = Text(max_length=100, required=False, allow_blank=True)
    region = Text(max_length=100, required=False, allow_blank=True)
    postal_code = Text(max_length=20, required=False, allow_blank=True)
    country = Text(max_length=2, required=False, allow_blank=True, help_text="ISO 3166-1, two letters.")


class PreviewInput(Change):
    items: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=ItemInput(), min_length=1, max_length=MAX_ITEMS
    )
    address_id = Whole(
        min_value=1,
        max_value=BIGGEST_ID,
        required=False,
        help_text="Needed unless nothing in it needs a parcel (`needs_parcel` of its products).",
    )
    codes: serializers.ListField = serializers.ListField(
        child=Text(max_length=MAX_CODE, allow_blank=True),
        max_length=100,
        required=False,
        help_text="Of promotions. Each takes something off, or is wrong, and `errors` says why.",
    )
    billing = BillingInput(required=False, help_text="Left out: as it is delivered, to a person.")


class PlacementInput(Change):
    price_table_id = Whole(min_value=1, max_value=BIGGEST_ID)
    note = Text(max_length=1000, required=False, allow_blank=True, default="")


class PlacementByBodyInput(PlacementInput):
    preview_id = serializers.UUIDField()


class StepInput(Change):
    note = Text(max_length=500, required=False, allow_blank=True, default="")


class CompletionInput(StepInput):
    # What it may be made of is orders/actions/tracking.py's to say; its spaces go, so more of them may come in.
    tracking_code = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


@extend_schema_field({"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^[^\u0000]+$"})
class Sku(serializers.CharField):
    """A SKU that is looked for: one that no product has is not wrong, but finds nothing."""


class OrderFilter(serializers.Serializer[Any]):
    """What a list of orders can be narrowed to."""

    status = serializers.MultipleChoiceField(
        choices=OrderStatus.choices, required=False, help_text="May be given several times."
    )
    placed_after = Moment(required=False, help_text="Placed at this moment or later.")
    placed_before = Moment(required=False, help_text="Placed before this moment.")
    product = Sku(
        required=False, max_length=64, trim_whitespace=False, help_text="With this SKU among its lines."
    )
    scope = serializers.ChoiceField(
        choices=[("own", _("one's own")), ("all", _("everybody's"))],
        required=False,
        help_text="`all` is everybody's orders, for staff.",
    )

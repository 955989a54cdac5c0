"""What a preview and an order both show, and how amounts, shares and times are written."""

from datetime import UTC
from typing import Any

from rest_framework import serializers

from orders.billing.checking import VatCheck
from orders.models import PromotionKind


def money(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=18, decimal_places=2, **kwargs)


def percent(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=7, decimal_places=4, normalize_output=True, **kwargs)


def time(**kwargs: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(default_timezone=UTC, **kwargs)


class ParcelOutput(serializers.Serializer[Any]):
    weight_g = serializers.IntegerField()
    length_cm = serializers.IntegerField()
    width_cm = serializers.IntegerField()
    height_cm = serializers.IntegerField()
    chargeable_weight_g = serializers.IntegerField()


class PlaceOutput(serializers.Serializer[Any]):
    """Somebody's name, and where they are."""

    full_name = serializers.CharField()
    line1 = serializers.CharField()
    line2 = serializers.CharField()
    city = serializers.CharField()
    region = serializers.CharField()
    postal_code = serializers.CharField()
    country = serializers.CharField()


class AddressOutput(PlaceOutput):
    """An address as it was when the order was previewed; blank, with no `id`, where no parcel is sent."""

    id = serializers.IntegerField(allow_null=True)
    phone = serializers.CharField()


class BillingOutput(PlaceOutput):
    """To whom it is billed; `vat_check` is what is known of `vat_id`, since `vat_checked_at`. Both may be empty."""

    company = serializers.CharField()
    vat_id = serializers.CharField()
    vat_check = serializers.ChoiceField(choices=["", *VatCheck.values])
    vat_checked_at = serializers.CharField()


class TaxOutput(serializers.Serializer[Any]):
    """The amounts that one rate of tax is in, together."""

    rate = percent(help_text="Percent.")
    net = money()
    tax = money()
    gross = money()


class PriceOutput(serializers.Serializer[Any]):
    """What a line costs."""

    quantity = serializers.IntegerField()
    list_price = money(
        allow_null=True, help_text="Of a piece before its sale; null where it was not on sale."
    )
    unit_price = money()
    discount = money(help_text="What promotions take off the line.")
    available_from = serializers.DateField(
        allow_null=True,
        help_text="Of a pre-order the day from which on it is sent; null for what is sent at once.",
    )
    line_total = money(help_text="What is paid for it: `quantity` × `unit_price` - `discount`.")
    starts_at = time(
        allow_null=True, help_text="When what it is for begins, such as a concert; null for most."
    )


class DiscountOutput(serializers.Serializer[Any]):
    """What a promotion takes off."""

    name = serializers.CharField()
    code = serializers.CharField(help_text="As it is compared; empty for a promotion without one.")
    kind = serializers.ChoiceField(choices=PromotionKind.choices)
    amount = money(help_text="In all.")
    shipping_amount = money(help_text="Of that off the shipping.")


class WaitingOutput(serializers.Serializer[Any]):
    """A change that is made once its difference is paid."""

    id = serializers.UUIDField(help_text="The change's, once it is made.")
    kind = serializers.ChoiceField(choices=["cancel", "return", "details"])
    order = serializers.UUIDField(help_text="The order that the difference is paid with.")
    amount = money(help_text="The difference.")
    pay_by = time(help_text="When it is too late.")

"""A preview, as the API shows it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from orders.api.serializers.parts import (
    AddressOutput,
    BillingOutput,
    ParcelOutput,
    PriceOutput,
    TaxOutput,
    money,
    percent,
    time,
)
from orders.checkout.preview import Preview
from orders.models import PromotionKind, TaxReason
from orders.shipping.rates import ShippingOption


class PreviewParcelOutput(ParcelOutput):
    weight_g = serializers.IntegerField(source="parcel.weight_g")
    length_cm = serializers.IntegerField(source="parcel.length_cm")
    width_cm = serializers.IntegerField(source="parcel.width_cm")
    height_cm = serializers.IntegerField(source="parcel.height_cm")


class PreviewLineOutput(PriceOutput):
    sku = serializers.CharField()
    name = serializers.CharField()
    tax_rate = percent(help_text="Percent of tax in it at the address.")


class PreviewDiscountOutput(serializers.Serializer[Any]):
    """What a promotion takes off the lines. What it takes off shipping, each shipping option says."""

    name = serializers.CharField()
    code = serializers.CharField(help_text="As it is compared; empty for a promotion without one.")
    kind = serializers.ChoiceField(choices=PromotionKind.choices)
    amount = money()


class ShippingOptionOutput(serializers.Serializer[Any]):
    price_table_id = serializers.IntegerField()
    courier = serializers.CharField()
    service = serializers.CharField()
    fee = money(help_text="What is paid.")
    discount = money(help_text="What promotions take off the fee.")
    min_days = serializers.IntegerField()
    max_days = serializers.IntegerField()
    is_pickup = serializers.BooleanField(help_text="The customer fetches it.")
    pickup_address = serializers.CharField(help_text="Where; empty where it is sent.")
    pickup_hours = serializers.CharField(help_text="When, in words.")
    promised_from = serializers.DateField(
        allow_null=True, help_text="The first day on which it comes, or can be fetched."
    )
    promised_to = serializers.DateField(allow_null=True, help_text="The last one: what is promised.")
    items_total = money(help_text="Of the lines: fetched they may have another tax than sent.")
    total_amount = money(help_text="What is to be paid with it.")
    tax_total = money(help_text="The tax in that.")
    taxes = TaxOutput(many=True, help_text="The same by rate, the highest first.")
    tax_reason = serializers.ChoiceField(
        choices=["", *TaxReason.values], help_text="Why there is no tax with it."
    )


class PreviewOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    expires_at = time()
    currency = serializers.CharField()
    items_total = money()
    lines = PreviewLineOutput(many=True)
    discounts = PreviewDiscountOutput(many=True)
    parcel = PreviewParcelOutput(source="*")
    needs_parcel = serializers.BooleanField()
    shipping_options = serializers.SerializerMethodField()
    address = AddressOutput()
    billing = BillingOutput(allow_null=True, help_text="Null: as it is delivered, to a person.")
    tax_reason = serializers.ChoiceField(
        choices=["", *TaxReason.values], help_text="Why there is no tax, where the law wants it said."
    )

    @extend_schema_field(ShippingOptionOutput(many=True))
    def get_shipping_options(self, preview: Preview) -> Any:
        return [self._option(preview, option) for option in preview.shipping_options]

    def _option(self, preview: Preview, option: ShippingOption) -> Any:
        costs = preview.breakdown(option)
        chosen = preview.chosen(option)
        with_tax = {"total_amount": preview.total(option), "tax_total": costs.tax, "taxes": costs.taxes}
        of_items = {"items_total": chosen.items_total, "tax_reason": chosen.tax_reason}
        return ShippingOptionOutput({**vars(option), **with_tax, **of_items}).data

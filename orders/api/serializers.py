"""What comes in and goes out over the API, field by field."""

from datetime import UTC
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import shown_pictures
from catalog.refunds import AskReason, RefundPolicy
from orders.api.shown_after import after, changes_of, requests_of
from orders.billing.checking import VatCheck
from orders.billing.given import MAX_COMPANY, MAX_VAT_ID
from orders.checkout.previews import MAX_ITEMS, MAX_QUANTITY, Preview
from orders.models import (
    ChangeRequest,
    Order,
    OrderChange,
    OrderLine,
    PromotionKind,
    RefundRequest,
    TaxReason,
)
from orders.pricing.kept import kept_taxes
from orders.shipping.rates import ShippingOption
from orders.status import OrderStatus
from rest.changes import Change
from rest.fields import Moment, Text, Whole

BIGGEST_ID = 2**63 - 1
MAX_CODE = 100


def money(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=18, decimal_places=2, **kwargs)


def percent(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=7, decimal_places=4, normalize_output=True, **kwargs)


def time(**kwargs: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(default_timezone=UTC, **kwargs)


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


class ParcelOutput(serializers.Serializer[Any]):
    weight_g = serializers.IntegerField()
    length_cm = serializers.IntegerField()
    width_cm = serializers.IntegerField()
    height_cm = serializers.IntegerField()
    chargeable_weight_g = serializers.IntegerField()


class PreviewParcelOutput(ParcelOutput):
    weight_g = serializers.IntegerField(source="parcel.weight_g")
    length_cm = serializers.IntegerField(source="parcel.length_cm")
    width_cm = serializers.IntegerField(source="parcel.width_cm")
    height_cm = serializers.IntegerField(source="parcel.height_cm")


class AddressOutput(serializers.Serializer[Any]):
    """An address as it was when the order was previewed; blank, with no `id`, where no parcel is sent."""

    id = serializers.IntegerField(allow_null=True)
    full_name = serializers.CharField()
    phone = serializers.CharField()
    line1 = serializers.CharField()
    line2 = serializers.CharField()
    city = serializers.CharField()
    region = serializers.CharField()
    postal_code = serializers.CharField()
    country = serializers.CharField()


class BillingOutput(serializers.Serializer[Any]):
    """To whom it is billed; `vat_check` is what is known of `vat_id`, since `vat_checked_at`. Both may be empty."""

    company = serializers.CharField()
    vat_id = serializers.CharField()
    vat_check = serializers.ChoiceField(choices=["", *VatCheck.values])
    vat_checked_at = serializers.CharField()
    full_name = serializers.CharField()
    line1 = serializers.CharField()
    line2 = serializers.CharField()
    city = serializers.CharField()
    region = serializers.CharField()
    postal_code = serializers.CharField()
    country = serializers.CharField()


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
    line_total = money(help_text="What is paid for it: `quantity` × `unit_price` - `discount`.")
    starts_at = time(
        allow_null=True, help_text="When what it is for begins, such as a concert; null for most."
    )


class PreviewLineOutput(PriceOutput):
    sku = serializers.CharField()
    name = serializers.CharField()
    tax_rate = percent(help_text="Percent of tax in it at the address.")


class DiscountOutput(serializers.Serializer[Any]):
    """What a promotion takes off."""

    name = serializers.CharField()
    code = serializers.CharField(help_text="As it is compared; empty for a promotion without one.")
    kind = serializers.ChoiceField(choices=PromotionKind.choices)
    amount = money(help_text="In all.")
    shipping_amount = money(help_text="Of that off the shipping.")


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
    total_amount = money(help_text="What is to be paid with it.")
    tax_total = money(help_text="The tax in that.")
    taxes = TaxOutput(many=True, help_text="The same by rate, the highest first.")


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
        with_tax = {"total_amount": preview.total(option), "tax_total": costs.tax, "taxes": costs.taxes}
        return ShippingOptionOutput({**vars(option), **with_tax}).data


class OrderLineOutput(PriceOutput):
    sku = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = money()
    line_total = money()
    tax_rate = percent(allow_null=True, help_text="Percent; null in orders from before tax was kept.")
    tax_amount = money(allow_null=True, help_text="The tax in `line_total`.")
    images = serializers.SerializerMethodField()
    numbers = serializers.SerializerMethodField()

    def get_images(self, line: OrderLine) -> list[str]:
        request = self.context["request"]
        return [request.build_absolute_uri(image.image.url) for image in shown_pictures(line.product)]

    def get_numbers(self, line: OrderLine) -> list[str]:
        """The allocated numbers, once the order is paid."""
        if not line.order.shows_numbers:
            return []
        return [allocation.number.value for allocation in line.allocations.all()]


class RefundRequestOutput(serializers.Serializer[Any]):
    """A customer's request for a refund, and what staff said."""

    state = serializers.ChoiceField(choices=RefundRequest.State.choices)
    asked_at = time()
    note = serializers.CharField(help_text="Why, as the customer wrote it.")
    decided_at = time(allow_null=True)
    answer = serializers.CharField()


class PiecesLeftOutput(serializers.Serializer[Any]):
    sku = serializers.CharField()
    quantity = serializers.IntegerField()


class ChangeLineOutput(serializers.Serializer[Any]):
    """What a change did to a line; money without goods has no pieces."""

    sku = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    amount = money()
    restocked = serializers.BooleanField()


class OrderChangeOutput(serializers.Serializer[Any]):
    """What became different of an order after it was paid."""

    id = serializers.UUIDField()
    sequence = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=OrderChange.Kind.choices)
    at = time()
    actor = serializers.CharField(help_text="`staff`, or `system` for what the payment provider told.")
    note = serializers.CharField(help_text="Why, for the customer.")
    amount = money(help_text="What goes back to the customer for it.")
    refunded = money(help_text="What of that is back.")
    shipping = money(help_text="What of the amount is shipping.")
    lines = ChangeLineOutput(many=True)


class ChangeRequestOutput(serializers.Serializer[Any]):
    """What the customer asked for after paying, and what staff said."""

    kind = serializers.ChoiceField(choices=ChangeRequest.Kind.choices)
    state = serializers.ChoiceField(choices=ChangeRequest.State.choices)
    asked_at = time()
    note = serializers.CharField()
    decided_at = time(allow_null=True)
    answer = serializers.CharField()
    lines = PiecesLeftOutput(many=True)


class ShipmentLineOutput(serializers.Serializer[Any]):
    sku = serializers.CharField(source="line.sku")
    name = serializers.CharField(source="line.name")
    quantity = serializers.IntegerField()


class ShipmentOutput(serializers.Serializer[Any]):
    """A parcel that left."""

    number = serializers.IntegerField(source="sequence", help_text="From 1 within its order.")
    sent_at = time(source="at")
    courier = serializers.CharField(source="courier.name")
    tracking_code = serializers.CharField()
    tracking_url = serializers.CharField()
    weight_g = serializers.IntegerField(allow_null=True)
    lines = ShipmentLineOutput(many=True)


class OrderOutput(serializers.Serializer[Any]):
    """An order as GET /api/orders/{id}/ gives it."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    status_label = serializers.CharField(source="get_status_display")
    placed_at = time()
    pay_by = time(allow_null=True)
    currency = serializers.CharField()
    items_total = money()
    shipping_fee = money()
    total_amount = money()
    shipping_tax_rate = percent(
        allow_null=True, help_text="Percent; null in orders from before tax was kept."
    )
    shipping_tax = money(allow_null=True, help_text="The tax in `shipping_fee`.")
    tax_total = money(allow_null=True, help_text="The tax in `total_amount`.")
    taxes = serializers.SerializerMethodField(
        help_text="The same by rate, the highest first; empty in orders from before tax was kept."
    )
    discount_total = money(help_text="What promotions took off; the other sums are what is paid.")
    shipping_discount = money(help_text="Of that off the shipping.")
    discounts = DiscountOutput(many=True)
    shipping_method = serializers.CharField()
    courier = serializers.CharField(source="courier.name")
    price_table_id = serializers.IntegerField()
    address = AddressOutput(source="address_snapshot")
    billing = BillingOutput(
        source="billing_snapshot", allow_null=True, help_text="Null: as it is delivered, to a person."
    )
    tax_reason = serializers.ChoiceField(
        choices=["", *TaxReason.values], help_text="Why there is no tax, where the law wants it said."
    )
    needs_parcel = serializers.BooleanField()
    parcel = ParcelOutput(source="*")
    note = serializers.CharField()
    tracking_code = serializers.CharField()
    tracking_url = serializers.CharField()
    refunds = serializers.SerializerMethodField(
        help_text=(
            "What a refund by the customer is: the strictest of the order's lines counts, and `on_request` "
            "at least once its customer was shown a code, its parcel is packed, or something in it has begun."
        ),
    )
    refund_asks_because = serializers.SerializerMethodField(
        help_text="Why a refund has to be asked for, where `refunds` is `on_request`; null otherwise."
    )
    refund_request = serializers.SerializerMethodField(help_text="The latest, if there is one.")
    amount_left = serializers.SerializerMethodField(help_text="What its changes have left of `total_amount`.")
    pieces_left = serializers.SerializerMethodField(help_text="What they have left of each line.")
    changes = serializers.SerializerMethodField(
        help_text="What became different after it was paid, oldest first."
    )
    change_requests = serializers.SerializerMethodField(
        help_text="What its customer asked for, oldest first."
    )
    shipments = ShipmentOutput(many=True, help_text="The parcels that left, the first one first.")
    lines = OrderLineOutput(many=True)

    @extend_schema_field(TaxOutput(many=True))
    def get_taxes(self, order: Order) -> Any:
        return TaxOutput(kept_taxes(order, order.lines.all()), many=True).data

    @extend_schema_field(serializers.ChoiceField(choices=RefundPolicy.choices))
    def get_refunds(self, order: Order) -> str:
        return order.refunds(order.lines.all())

    @extend_schema_field(serializers.ChoiceField(choices=AskReason.choices, allow_null=True))
    def get_refund_asks_because(self, order: Order) -> str | None:
        return order.asks_because(order.lines.all())

    @extend_schema_field(RefundRequestOutput(allow_null=True))
    def get_refund_request(self, order: Order) -> Any:
        asked = order.refund_requests.first()
        return RefundRequestOutput(asked).data if asked else None

    @extend_schema_field(money())
    def get_amount_left(self, order: Order) -> Any:
        return _after(order)["amount_left"]

    @extend_schema_field(PiecesLeftOutput(many=True))
    def get_pieces_left(self, order: Order) -> Any:
        return PiecesLeftOutput(_after(order)["pieces_left"], many=True).data

    @extend_schema_field(OrderChangeOutput(many=True))
    def get_changes(self, order: Order) -> Any:
        return OrderChangeOutput(_after(order)["changes"], many=True).data

    @extend_schema_field(ChangeRequestOutput(many=True))
    def get_change_requests(self, order: Order) -> Any:
        return ChangeRequestOutput(requests_of([order])[order.pk], many=True).data


def _after(order: Order) -> dict[str, Any]:
    return after(order, list(order.lines.all()), changes_of([order])[order.pk])


class StatusChangeOutput(serializers.Serializer[Any]):
    sequence = serializers.IntegerField()
    from_status = serializers.CharField(allow_null=True)
    to_status = serializers.CharField()
    at = time()
    actor = serializers.CharField(source="who")
    reason = serializers.CharField(source="why")


class PaymentOutput(serializers.Serializer[Any]):
    payment_url = serializers.SerializerMethodField()

    def get_payment_url(self, order: Order) -> str:
        return str(self.context["request"].build_absolute_uri(f"{order.get_absolute_url()}pay/"))

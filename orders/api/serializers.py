"""What comes in and goes out over the API, field by field."""

from datetime import UTC
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.refunds import AskReason, RefundPolicy
from orders.checkout.previews import MAX_ITEMS, MAX_QUANTITY
from orders.models import Order, OrderLine, RefundRequest
from orders.status import OrderStatus
from rest.changes import Change
from rest.fields import Moment, Text, Whole

BIGGEST_ID = 2**63 - 1


def money(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=18, decimal_places=2, **kwargs)


def time(**kwargs: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(default_timezone=UTC, **kwargs)


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": MAX_QUANTITY})
class Quantity(Whole):
    """Its range is checked by the preview itself, together with everything else that can be wrong."""


class ItemInput(Change):
    sku = Text(max_length=64)
    quantity = Quantity(min_value=-1_000_000, max_value=1_000_000)


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


class PreviewLineOutput(serializers.Serializer[Any]):
    sku = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = money()
    line_total = money()


class ShippingOptionOutput(serializers.Serializer[Any]):
    price_table_id = serializers.IntegerField()
    courier = serializers.CharField()
    service = serializers.CharField()
    fee = money()
    min_days = serializers.IntegerField()
    max_days = serializers.IntegerField()


class PreviewOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    expires_at = time()
    currency = serializers.CharField()
    items_total = money()
    lines = PreviewLineOutput(many=True)
    parcel = PreviewParcelOutput(source="*")
    needs_parcel = serializers.BooleanField()
    shipping_options = ShippingOptionOutput(many=True)
    address = AddressOutput()


class OrderLineOutput(serializers.Serializer[Any]):
    sku = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = money()
    line_total = money()
    images = serializers.SerializerMethodField()
    numbers = serializers.SerializerMethodField()

    def get_images(self, line: OrderLine) -> list[str]:
        request = self.context["request"]
        return [request.build_absolute_uri(image.image.url) for image in line.product.images.all()]

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
    shipping_method = serializers.CharField()
    courier = serializers.CharField(source="courier.name")
    price_table_id = serializers.IntegerField()
    address = AddressOutput(source="address_snapshot")
    needs_parcel = serializers.BooleanField()
    parcel = ParcelOutput(source="*")
    note = serializers.CharField()
    tracking_code = serializers.CharField()
    tracking_url = serializers.CharField()
    refunds = serializers.SerializerMethodField(
        help_text=(
            "What a refund by the customer is: the strictest of the order's lines counts, and `on_request` "
            "at least once its customer was shown a code, or its parcel is packed."
        ),
    )
    refund_asks_because = serializers.SerializerMethodField(
        help_text="Why a refund has to be asked for, where `refunds` is `on_request`; null otherwise."
    )
    refund_request = serializers.SerializerMethodField(help_text="The latest, if there is one.")
    shipments = ShipmentOutput(many=True, help_text="The parcels that left, the first one first.")
    lines = OrderLineOutput(many=True)

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

"""What became of a paid order, as the API shows it: changes, what was asked for, and parcels."""

from typing import Any

from rest_framework import serializers

from orders.api.serializers.parts import money, time
from orders.models import ChangeRequest, OrderChange


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
    actor = serializers.CharField(
        help_text="`customer`, `staff`, or `system` for what the payment provider told."
    )
    note = serializers.CharField(help_text="Why, for the customer.")
    amount = money(help_text="What goes back to the customer for it.")
    refunded = money(help_text="What of that is back.")
    shipping = money(help_text="What of the amount is shipping.")
    exchange_order = serializers.UUIDField(
        allow_null=True,
        help_text="The order of the new pieces, which the amount has paid; null: no exchange.",
    )
    lines = ChangeLineOutput(many=True)


class RequestedLineOutput(serializers.Serializer[Any]):
    sku = serializers.CharField()
    quantity = serializers.IntegerField()
    exchange_for = serializers.CharField(
        allow_null=True,
        help_text="The variant, by its SKU, that the customer would like for them; null: the money.",
    )


class ChangeRequestOutput(serializers.Serializer[Any]):
    """What the customer asked for after paying, and what staff said."""

    kind = serializers.ChoiceField(choices=ChangeRequest.Kind.choices)
    state = serializers.ChoiceField(choices=ChangeRequest.State.choices)
    asked_at = time()
    note = serializers.CharField()
    decided_at = time(allow_null=True)
    answer = serializers.CharField()
    expected_at = time(
        allow_null=True, help_text="Since when the shop waits for the goods; null: it does not."
    )
    return_address = serializers.ListField(
        child=serializers.CharField(), help_text="Where they go, line by line, while it waits for them."
    )
    label_url = serializers.CharField(help_text="Where the courier's label is; may be empty.")
    lines = RequestedLineOutput(many=True)


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

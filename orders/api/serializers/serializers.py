"""An order and what became of it, as the API shows them, field by field."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import shown_pictures
from catalog.refunds import AskReason, RefundPolicy
from orders.api.serializers.afterwards import (
    ChangeRequestOutput,
    OrderChangeOutput,
    PiecesLeftOutput,
    ShipmentOutput,
)
from orders.api.serializers.parts import (
    AddressOutput,
    BillingOutput,
    DiscountOutput,
    ParcelOutput,
    PriceOutput,
    TaxOutput,
    WaitingOutput,
    money,
    percent,
    time,
)
from orders.api.shown.after import after, beside_of, changes_of, ready_of, requests_of, waiting_of
from orders.models import CardUse, Order, OrderLine, RefundRequest, TaxReason
from orders.pricing.kept import kept_taxes
from orders.status import OrderStatus


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


class OrderGiftCardOutput(serializers.Serializer[Any]):
    """What an order takes of a gift card, or of store credit."""

    id = serializers.IntegerField()
    card = serializers.CharField(source="card.masked", help_text="The end of its code.")
    is_credit = serializers.BooleanField(
        source="card.is_credit", help_text="It is the customer's store credit."
    )
    amount = money()
    state = serializers.ChoiceField(choices=[("held", "held"), ("captured", "captured")])


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
    is_pickup = serializers.BooleanField(help_text="The customer fetches it; else it is sent.")
    promised_from = serializers.DateField(
        allow_null=True, help_text="The first day on which it comes, or can be fetched, as it was promised."
    )
    promised_to = serializers.DateField(
        allow_null=True, help_text="The last one; null in orders from before, and of what needs no parcel."
    )
    ready_at = serializers.SerializerMethodField(
        help_text="When its customer was told that it can be fetched."
    )
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
    exchange_of = serializers.SerializerMethodField(
        help_text="The order whose pieces this one was got in exchange for; null where it is none."
    )
    supplement_of = serializers.SerializerMethodField(
        help_text="The order that is changed once the customer has paid this one; null where it is none."
    )
    waiting = serializers.SerializerMethodField(
        help_text="The change that is made once its difference is paid, by another order; null where none waits."
    )
    change_requests = serializers.SerializerMethodField(
        help_text="What its customer asked for, oldest first."
    )
    shipments = ShipmentOutput(many=True, help_text="The parcels that left, the first one first.")
    exchange_amount = money(help_text="What pieces of another order pay of `total_amount`.")
    amount_due = money(
        help_text="What gift cards and old pieces leave of `total_amount`, to be paid at a provider."
    )
    gift_cards = serializers.SerializerMethodField(
        help_text="What they pay: held until the order is paid, then captured."
    )
    lines = OrderLineOutput(many=True)

    @extend_schema_field(OrderGiftCardOutput(many=True))
    def get_gift_cards(self, order: Order) -> Any:
        live = order.card_uses.filter(state__in=CardUse.LIVE).select_related("card")
        return OrderGiftCardOutput(live, many=True).data

    @extend_schema_field(TaxOutput(many=True))
    def get_taxes(self, order: Order) -> Any:
        return TaxOutput(kept_taxes(order, order.lines.all()), many=True).data

    @extend_schema_field(time(allow_null=True))
    def get_ready_at(self, order: Order) -> str | None:
        return ready_of([order]).read().get(order.pk)

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

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_exchange_of(self, order: Order) -> str | None:
        return beside_of([order]).read()[order.pk]["exchange_of"]

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_supplement_of(self, order: Order) -> str | None:
        return beside_of([order]).read()[order.pk]["supplement_of"]

    @extend_schema_field(WaitingOutput(allow_null=True))
    def get_waiting(self, order: Order) -> Any:
        return waiting_of([order]).read().get(order.pk)

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
        return ChangeRequestOutput(requests_of([order]).read().get(order.pk, []), many=True).data


def _after(order: Order) -> dict[str, Any]:
    return after(order, list(order.lines.all()), changes_of([order]).read().get(order.pk, []))


class StatusChangeOutput(serializers.Serializer[Any]):
    sequence = serializers.IntegerField()
    from_status = serializers.CharField(allow_null=True)
    to_status = serializers.CharField()
    at = time()
    actor = serializers.CharField(source="who")
    reason = serializers.CharField(source="why")


class PaymentOutput(serializers.Serializer[Any]):
    payment_url = serializers.CharField(read_only=True)

"""A preview as the API shows it."""

from typing import Any

from orders.api.shown.amounts import money
from orders.api.shown.lines import of_address, of_day, of_discount, of_line, of_parcel, of_taxes
from orders.checkout.preview import Preview
from orders.events.payloads import written
from orders.shipping.rates import ShippingOption


def of_preview(preview: Preview) -> dict[str, Any]:
    return {
        "id": str(preview.id),
        "expires_at": written(preview.expires_at),
        "currency": preview.currency,
        "items_total": money(preview.items_total),
        "lines": [of_line(line) for line in preview.lines],
        "discounts": [of_discount(one.offer, one.off_items) for one in preview.discounts],
        "needs_parcel": preview.needs_parcel,
        "parcel": of_parcel(preview.parcel, preview.chargeable_weight_g),
        "shipping_options": [
            _option(option) | _tax_with(preview, option) for option in preview.shipping_options
        ],
        "address": of_address(preview.address),
        "billing": preview.billing.snapshot() if preview.billing else None,
        "tax_reason": preview.tax_reason,
    }


def _tax_with(preview: Preview, option: ShippingOption) -> dict[str, Any]:
    """What the order comes to with this option, and the tax in it."""
    costs = preview.breakdown(option)
    return {
        "items_total": money(preview.chosen(option).items_total),
        "total_amount": money(preview.total(option)),
        "tax_total": money(costs.tax),
        "taxes": of_taxes(costs.taxes),
        "tax_reason": preview.chosen(option).tax_reason,
    }


def _option(option: ShippingOption) -> dict[str, Any]:
    return {
        "price_table_id": option.price_table_id,
        "courier": option.courier,
        "service": option.service,
        "fee": money(option.fee),
        "discount": money(option.discount),
        "min_days": option.min_days,
        "max_days": option.max_days,
        "is_pickup": option.is_pickup,
        "pickup_address": option.pickup_address,
        "pickup_hours": option.pickup_hours,
        "promised_from": of_day(option.promised_from),
        "promised_to": of_day(option.promised_to),
    }

"""What the API's docs show: one purchase, from product to order, held against the schema by its tests."""

from typing import Any

ID = "0199c0de-0000-7000-8000-000000000000"
ADDRESS = {
    "full_name": "Trần Văn Lâm",
    "phone": "+84901234567",
    "line1": "5 Hàng Bạc",
    "line2": "",
    "city": "Hà Nội",
    "region": "Hà Nội",
    "postal_code": "100000",
    "country": "VN",
}
KEPT_ADDRESS = {"id": 7, **ADDRESS}
LINE = {
    "sku": "MUG-BLUE",
    "name": "Mug, blue",
    "quantity": 2,
    "list_price": "15.00",
    "unit_price": "13.50",
    "discount": "2.00",
    "line_total": "25.00",
    "tax_rate": "10",
    "starts_at": None,
}
TAXES = {
    "tax_total": "2.64",
    "taxes": [{"rate": "10", "net": "26.36", "tax": "2.64", "gross": "29.00"}],
}
DISCOUNT = {"name": "Two off", "code": "TWO-OFF", "kind": "amount", "amount": "2.00"}
BILLING = {"company": "Lâm Trading", "vat_id": "0100233488"}
PARCEL = {"weight_g": 800, "length_cm": 20, "width_cm": 10, "height_cm": 20, "chargeable_weight_g": 800}
OPTION = {
    "price_table_id": 3,
    "courier": "Swift Post",
    "service": "Standard",
    "fee": "4.00",
    "discount": "0.00",
    "min_days": 1,
    "max_days": 3,
    "total_amount": "29.00",
    **TAXES,
}
KEPT_BILLING = {
    **BILLING,
    "vat_check": "not_eu",
    "vat_checked_at": "2026-01-31T08:00:00+00:00",
    **{name: value for name, value in ADDRESS.items() if name != "phone"},
}
PREVIEW = {
    "id": ID,
    "expires_at": "2026-01-31T08:15:00Z",
    "currency": "USD",
    "items_total": "25.00",
    "lines": [LINE],
    "discounts": [DISCOUNT],
    "parcel": PARCEL,
    "needs_parcel": True,
    "shipping_options": [OPTION],
    "address": KEPT_ADDRESS,
    "billing": KEPT_BILLING,
    "tax_reason": "",
}
ORDER = {
    "id": ID,
    "number": "1042",
    "status": "pending",
    "status_label": "Pending",
    "placed_at": "2026-01-31T08:01:12.345678Z",
    "pay_by": None,
    "currency": "USD",
    "items_total": "25.00",
    "shipping_fee": "4.00",
    "total_amount": "29.00",
    "shipping_tax_rate": "10",
    "shipping_tax": "0.36",
    **TAXES,
    "discount_total": "2.00",
    "shipping_discount": "0.00",
    "discounts": [{**DISCOUNT, "shipping_amount": "0.00"}],
    "shipping_method": "Swift Post Standard",
    "courier": "Swift Post",
    "price_table_id": 3,
    "address": KEPT_ADDRESS,
    "billing": KEPT_BILLING,
    "tax_reason": "",
    "needs_parcel": True,
    "parcel": PARCEL,
    "note": "",
    "tracking_code": "",
    "tracking_url": "",
    "refunds": "immediate",
    "refund_asks_because": None,
    "refund_request": None,
    "lines": [
        {
            **LINE,
            "tax_amount": "2.28",
            "images": ["https://shop.example/media/products/MUG-BLUE/mug.webp"],
            "numbers": [],
        }
    ],
    "shipments": [],
    "amount_left": "29.00",
    "pieces_left": [{"sku": "MUG-BLUE", "quantity": 2}],
    "changes": [],
    "change_requests": [],
}
PRODUCT = {
    "sku": "MUG-BLUE",
    "slug": "blue-mug",
    "name": "Mug, blue",
    "description": "Holds 300 ml.",
    "price": "13.50",
    "list_price": "15.00",
    "lowest_price_before": "14.00",
    "sale_ends": "2026-02-28T17:00:00Z",
    "price_includes_tax": True,
    "currency": "USD",
    "category": "home",
    "inventory": "counted",
    "needs_parcel": True,
    "refunds": "immediate",
    "starts_at": None,
    "refunds_label": "At once",
    "available": 17,
    "images": ["https://shop.example/media/products/MUG-BLUE/mug.webp"],
    "group": {"slug": "mug", "name": "Mug"},
    "options": [{"name": "Colour", "value": "blue"}],
}
PART = {"sku": "MUG-BLUE", "name": "Blue mug", "quantity": 1, "amount": "12.50", "restocked": True}
WISH = {"kind": "cancel", "lines": [{"sku": "MUG-BLUE", "quantity": 1}], "note": "One of them broke"}
CHANGE_PREVIEW = {
    "id": "0199c0de-3333-7000-8000-000000000000",
    "based_on": 0,
    "kind": "cancel",
    "amount": "12.50",
    "shipping": "0.00",
    "lines": [PART],
    "ends": False,
    "amount_left": "16.50",
}
CHANGED = {
    "id": CHANGE_PREVIEW["id"],
    "sequence": 1,
    "kind": "cancel",
    "at": "2026-02-01T10:00:00Z",
    "actor": "staff",
    "note": "One of them broke",
    "amount": "12.50",
    "refunded": "0.00",
    "shipping": "0.00",
    "lines": [PART],
}
CHANGE = {
    "sequence": 1,
    "from_status": None,
    "to_status": "pending",
    "at": "2026-01-31T08:01:12.345678Z",
    "actor": "customer",
    "reason": "The order was placed",
}

# By the operation's name; of a list one entry.
EVENT = {
    "type": "order.pay_required",
    "cursor": "AAAAAAAAAAI",
    "timestamp": "2026-01-31T08:00:00.123456Z",
    "data": {
        "order": ID,
        "number": "1042",
        "sequence": 2,
        "from_status": "pending",
        "to_status": "pay_required",
        "reason": "confirmed",
        "actor": "system",
        "total_amount": "29.00",
        "currency": "USD",
    },
}
WEBHOOK = {
    "id": "0199c0de-1111-4000-8000-000000000000",
    "url": "https://till.example/orderly",
    "types": ["order.paid", "order.canceled"],
    "is_active": True,
    "state": "on",
    "state_at": "2026-01-31T08:00:00Z",
    "created_at": "2026-01-31T08:00:00Z",
    "failing_since": None,
}
NEW_WEBHOOK = {**WEBHOOK, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZI"}
DELIVERY = {
    "id": "msg_0199c0de222240008000000000000000",
    "type": "order.paid",
    "order": ID,
    "state": "done",
    "created_at": "2026-01-31T08:00:00Z",
    "attempts": 1,
    "attempted_at": "2026-01-31T08:00:01Z",
    "next_attempt_at": None,
    "done_at": "2026-01-31T08:00:01Z",
    "failure": "",
    "http_status": 200,
    "answer": "",
    "duration_ms": 84,
}
BODIES: dict[str, dict[str, Any]] = {
    "add_address": ADDRESS,
    "change_address": {"phone": "+84907654321"},
    "make_preview": {
        "items": [{"sku": "MUG-BLUE", "quantity": 2}],
        "address_id": 7,
        "codes": ["two-off"],
        "billing": BILLING,
    },
    "place_preview": {"price_table_id": 3, "note": "Ring twice"},
    "place_order": {"preview_id": ID, "price_table_id": 3, "note": "Ring twice"},
    "cancel_order": {"note": "Wrong size"},
    "ask_refund": {"note": "Wrong size"},
    "add_webhook": {"url": "https://till.example/orderly", "types": ["order.paid", "order.canceled"]},
    "change_webhook": {"is_active": False},
    "complete_order": {"note": "", "tracking_code": "SP 1234 5678"},
    "preview_change": WISH,
    "request_change": {"kind": "return", "lines": [{"sku": "MUG-BLUE", "quantity": 1}], "note": "Too small"},
    "change_order": {**WISH, "id": CHANGE_PREVIEW["id"], "based_on": 0},
}
ANSWERS: dict[str, dict[str, Any]] = {
    "list_products": PRODUCT,
    "read_product": PRODUCT,
    "list_categories": {"slug": "textiles", "name": "Textiles", "parent": "home"},
    **dict.fromkeys(("list_addresses", "add_address", "read_address"), KEPT_ADDRESS),
    "change_address": {**KEPT_ADDRESS, "phone": "+84907654321"},
    **dict.fromkeys(("make_preview", "read_preview"), PREVIEW),
    **dict.fromkeys(("place_preview", "place_order", "read_order", "list_orders"), ORDER),
    "read_history": CHANGE,
    "start_payment": {"payment_url": f"https://shop.example/orders/{ID}/pay/"},
    "cancel_order": {**ORDER, "status": "canceled", "status_label": "Canceled"},
    "ask_refund": {**ORDER, "status": "refund", "status_label": "Refund"},
    "complete_order": {
        **ORDER,
        "status": "done",
        "status_label": "Done",
        "tracking_code": "SP 1234 5678",
        "tracking_url": "https://swift.example/track/SP%201234%205678",
    },
    "preview_change": CHANGE_PREVIEW,
    "request_change": {
        **ORDER,
        "status": "done",
        "status_label": "Done",
        "change_requests": [
            {
                "kind": "return",
                "state": "open",
                "asked_at": "2026-02-01T10:00:00Z",
                "note": "Too small",
                "decided_at": None,
                "answer": "",
                "lines": [{"sku": "MUG-BLUE", "quantity": 1}],
            }
        ],
    },
    "change_order": {
        **ORDER,
        "status": "paid",
        "status_label": "Paid",
        "amount_left": "16.50",
        "pieces_left": [{"sku": "MUG-BLUE", "quantity": 1}],
        "changes": [CHANGED],
    },
    **dict.fromkeys(("list_webhooks", "read_webhook", "change_webhook"), WEBHOOK),
    "add_webhook": NEW_WEBHOOK,
    "renew_webhook_secret": NEW_WEBHOOK,
    **dict.fromkeys(("list_deliveries", "redeliver"), DELIVERY),
    "test_webhook": {**DELIVERY, "type": "webhook.test", "order": None},
    "read_events": {"results": [EVENT], "cursor": EVENT["cursor"], "has_more": False},
}

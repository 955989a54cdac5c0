"""What became different of that order, as the API shows it."""

from config.api.examples.purchase import ADDRESS

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
    "exchange_order": None,
    "lines": [PART],
}
RENOTED = {**CHANGED, "kind": "details", "actor": "customer", "note": "", "amount": "0.00", "lines": []}
SWAP = {"sku": "MUG-BLUE", "to": "MUG-RED", "quantity": 1, "note": "Another colour"}
EXCHANGE_PREVIEW = {
    "id": "0199c0de-5555-7000-8000-000000000000",
    "based_on": 0,
    "price": "12.50",
    "amount": "0.00",
    "waived": "0.00",
    "due": "0.00",
}
REQUESTABLE = {
    "kinds": ["withdraw", "return"],
    "withdraw_until": "2026-02-15T09:00:00Z",
    "lines": [
        {
            "sku": "MUG-BLUE",
            "name": "Blue mug",
            "quantity": 1,
            "variants": [
                {"sku": "MUG-RED", "name": "Red mug", "price": "12.50", "difference": "0.00", "available": 5}
            ],
        }
    ],
}
DETAILS = {"address": ADDRESS, "note": "Ring twice"}
DETAILS_PREVIEW = {
    "id": "0199c0de-4444-7000-8000-000000000000",
    "based_on": 0,
    "address": {"id": None, **ADDRESS},
    "note": "Ring twice",
    "amount": "0.00",
    "waived": "0.00",
    "due": "0.00",
}
CHANGE = {
    "sequence": 1,
    "from_status": None,
    "to_status": "pending",
    "at": "2026-01-31T08:01:12.345678Z",
    "actor": "customer",
    "reason": "The order was placed",
}
PARCEL_SENT = {
    "number": 1,
    "sent_at": "2026-02-02T09:00:00Z",
    "courier": "Swift Post",
    "tracking_code": "SP12345678",
    "tracking_url": "https://swift.example/track/SP12345678",
    "weight_g": None,
    "lines": [{"sku": "MUG-BLUE", "name": "Mug, blue", "quantity": 1}],
}

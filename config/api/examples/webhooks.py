"""Events and webhooks of that order, as the API shows them."""

from config.api.examples.purchase import ID

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

"""An order that staff take, as the API shows it."""

from config.api.examples.purchase import ADDRESS, PREVIEW

ITEM = {"sku": "MUG-BLUE", "quantity": 2, "price": "13.50", "reason": "Agreed on the telephone"}
DRAFT_WISH = {
    "email": "lam@example.com",
    "full_name": "Trần Văn Lâm",
    "language": "vi",
    "items": [ITEM],
    "address": ADDRESS,
    "codes": ["two-off"],
    "note": "Ring twice",
}
DRAFT = {
    "id": 12,
    "state": "open",
    "order": None,
    "made_by": "hoa@shop.example",
    "made_at": "2026-01-31T07:58:00Z",
    "expires_at": "2026-02-14T07:58:00Z",
    "has_account": False,
    "billing": None,
    "shipping_fee": None,
    "shipping_reason": "",
    **DRAFT_WISH,
}
DRAFT_PREVIEW = {**PREVIEW, "billing": None, "different": ["Mug, blue (MUG-BLUE): was $15.00, is $13.50"]}

"""Everything the shop keeps about one customer, as JSON that the customer can take away.

It is written order by order, so that it takes little memory however much there is. Secrets (the hash of a password,
those of two-factor authentication, API keys, webhooks, sessions and payments) are left out: they open doors, and say
nothing of a person.
"""

import json
from collections.abc import Iterator
from typing import IO, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Prefetch

from accounts.access.devices import live_sessions
from accounts.models import User
from catalog.shelf import waiting
from orders.models import (
    ChangeRequest,
    Order,
    OrderChange,
    OrderDraft,
    drafts_about,
    have_codes,
    note_codes_shown,
)

BATCH_SIZE = 100
ORDER_FIELDS = (
    *("number", "id", "status", "placed_at", "status_since", "pay_by", "language", "currency"),
    *("items_total", "shipping_fee", "total_amount", "discount_total", "shipping_discount"),
    *("shipping_method", "note", "card_amount", "exchange_amount"),
)
LINE_FIELDS = (
    "sku",
    "name",
    "quantity",
    "list_price",
    "unit_price",
    "discount",
    "line_total",
    "available_from",
)
DISCOUNT_FIELDS = ("name", "code", "kind", "amount", "shipping_amount", "given_back_at")
# Which member of staff took a step is left out: `who` says "staff".
CHANGE_FIELDS = ("from_status", "to_status", "at", "who", "reason", "note")
PAYMENT_FIELDS = ("variant", "status", "currency", "total", "captured_amount", "billing_email", "created")
EMAIL_FIELDS = ("kind", "to", "language", "created_at", "sent_at")
# Of emails about the account and its webhooks also what they were called; what an account email said opens doors.
OWN_EMAIL_FIELDS = (*EMAIL_FIELDS, "subject")
# Neither the hash of a key nor the secret that signs a webhook.
KEY_FIELDS = ("name", "prefix", "scope", "created_at", "last_used_at", "expires_at", "revoked_at")
WEBHOOK_FIELDS = ("url", "types", "state", "state_at", "created_at")
WAIT_FIELDS = ("email", "language", "asked_at")
REQUEST_FIELDS = ("state", "asked_at", "note", "decided_at", "answer")
OVERRIDE_FIELDS = ("usual", "given", "reason", "at")
DRAFT_FIELDS = (
    *(
        "email",
        "full_name",
        "language",
        "address",
        "billing",
        "codes",
        "shipping_fee",
        "shipping_reason",
        "note",
    ),
    *("made_at", "expires_at"),
)
CHANGED_FIELDS = ("sequence", "kind", "at", "who", "note", "amount", "shipping")
ENTRY_FIELDS = ("kind", "amount", "at", "note")
INVOICE_FIELDS = ("kind", "code", "issued_at", "language", "snapshot")


HANGS_ON_ORDER = (
    "lines__product",
    "lines__allocations__number",
    "lines__gift_cards",
    "discounts",
    "price_overrides__line",
    "history",
    "payments",
    "ledger",
    "emails",
    "invoices",
    "refund_requests",
    "changes__lines__line",
    "changes__details",
    Prefetch("change_requests", ChangeRequest.objects.defer("label")),
    "change_requests__lines__line",
    "change_requests__lines__exchange_for",
)


def write_own_data(file: IO[str], *, user: User, cart: list[dict[str, Any]]) -> None:
    """Write one JSON object with all that is the user's; `cart` is the cart as the caller stores it."""
    file.write("{")
    for name, value in (*_person(user).items(), ("cart", cart)):
        file.write(f"{_json(name)}: {_json(value)},\n")
    file.write('"orders": [')
    for position, order in enumerate(_orders(user)):
        file.write(("," if position else "") + "\n" + _json(order))
    file.write("]}\n")


def _json(value: object) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


def _fields(row: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _person(user: User) -> dict[str, Any]:
    factors = Authenticator.objects.filter(user=user).order_by("pk")
    return {
        "profile": _fields(user, ("email", "full_name", "phone", "language", "date_joined", "last_login")),
        "email_addresses": list(
            EmailAddress.objects.filter(user=user).order_by("pk").values("email", "verified", "primary")
        ),
        "two_factor": list(factors.values("type", "created_at", "last_used_at")),
        "sessions": [
            _fields(one, ("ip", "user_agent", "created_at", "last_seen_at")) for one in live_sessions(user)
        ],
        "addresses": [
            address.snapshot() | {"is_default": address.is_default} for address in user.addresses.all()
        ],
        "api_keys": [_fields(key, KEY_FIELDS) for key in user.api_keys.all()],
        "webhooks": [_fields(one, WEBHOOK_FIELDS) for one in user.webhook_endpoints.all()],
        "waits_for": [
            {"sku": one.product.sku, "name": one.product.name} | _fields(one, WAIT_FIELDS)
            for one in waiting.of(user_id=user.pk, emails=user.verified_emails)
        ],
        "store_credit": [
            {"currency": credit.currency, "balance": credit.balance}
            | {"entries": [_fields(one, ENTRY_FIELDS) for one in credit.entries.all()]}
            for credit in user.store_credits.prefetch_related("entries")
        ],
        "order_drafts": [_draft(one) for one in drafts_about(user).prefetch_related("lines__product")],
        "emails": [_fields(one, OWN_EMAIL_FIELDS) for one in user.emails.order_by("pk")],
    }


def _draft(draft: OrderDraft) -> dict[str, Any]:
    """An order that staff are taking for the user."""
    lines = [
        {"sku": line.product.sku} | _fields(line, ("quantity", "price", "reason"))
        for line in draft.lines.all()
    ]
    return _fields(draft, DRAFT_FIELDS) | {"lines": lines}


def _orders(user: User) -> Iterator[dict[str, Any]]:
    """The user's orders, the oldest first, with all that hangs on them."""
    own = Order.objects.filter(customer=user).order_by("placed_at", "pk")
    own = own.prefetch_related(*HANGS_ON_ORDER)
    for order in own.iterator(chunk_size=BATCH_SIZE):
        yield _order(order)


def _order(order: Order) -> dict[str, Any]:
    """Its codes count as seen from then on."""
    shows_numbers = order.shows_numbers and (not have_codes(order.lines.all()) or note_codes_shown(order))
    return {
        **_fields(order, ORDER_FIELDS),
        "address": order.address_snapshot,
        "billing": order.billing_snapshot,
        "lines": [_line(line, shows_numbers=shows_numbers) for line in order.lines.all()],
        "discounts": [_fields(one, DISCOUNT_FIELDS) for one in order.discounts.all()],
        "price_overrides": [
            {"sku": one.line.sku if one.line else None} | _fields(one, OVERRIDE_FIELDS)
            for one in order.price_overrides.all()
        ],
        "history": [_fields(change, CHANGE_FIELDS) for change in order.history.all()],
        "payments": [_fields(payment, PAYMENT_FIELDS) for payment in order.payments.all()],
        "ledger": [_fields(entry, ("kind", "amount", "at")) for entry in order.ledger.all()],
        "emails": [_fields(email, EMAIL_FIELDS) for email in order.emails.all()],
        "refund_requests": [_fields(one, REQUEST_FIELDS) for one in order.refund_requests.all()],
        "changes": [
            _fields(one, CHANGED_FIELDS) | {"lines": _pieces(one.lines.all())} | _before(one)
            for one in order.changes.all()
        ],
        "change_requests": [
            _fields(one, ("kind", "expected_at", *REQUEST_FIELDS)) | {"lines": _wished(one.lines.all())}
            for one in order.change_requests.all()
        ],
        "invoices": [_fields(invoice, INVOICE_FIELDS) for invoice in order.invoices.all()],
    }


def _before(change: OrderChange) -> dict[str, Any]:
    """What stood in the order before its address or its note was changed."""
    if change.kind != OrderChange.Kind.DETAILS:
        return {}
    return _fields(change.details, ("address_before", "note_before"))


def _pieces(lines: Any) -> list[dict[str, Any]]:
    return [{"sku": one.line.sku, "quantity": one.quantity} for one in lines]


def _wished(lines: Any) -> list[dict[str, Any]]:
    """The same of a request, with the variants that were wished for them."""
    return [
        piece | {"exchange_for": one.exchange_for.sku if one.exchange_for else None}
        for piece, one in zip(_pieces(lines), lines, strict=True)
    ]


def _line(line: Any, *, shows_numbers: bool) -> dict[str, Any]:
    return _fields(line, LINE_FIELDS) | {"numbers": line.codes if shows_numbers else []}

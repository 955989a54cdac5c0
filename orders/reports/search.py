"""Finding orders by what a customer says on the telephone, through indexes alone. It only reads."""

import re
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from orders.models import Allocation, Order, OrderLine
from orders.models.database_functions import PhoneEnd

# The newest so many are found in each way.
MAX_MATCHES = 500
MIN_EMAIL_LENGTH = 3
MIN_PHONE_LENGTH = 7
PHONE_END = 9
# No longer than an email address may be (RFC 5321); nothing else that is looked for is longer.
MAX_TEXT_LENGTH = 254


def find(text: str) -> list[UUID]:
    """Ids of the orders that a text belongs to.

    It is a number of the order, the beginning of an email address, a phone number, an SKU or a held number: each whole
    but for the email.
    """
    text = text.strip()
    if not text or len(text) > MAX_TEXT_LENGTH or "\0" in text:
        return []
    first, *others = _ways(text)
    return list(first.union(*others))


def _ways(text: str) -> list[QuerySet[Any, UUID]]:
    newest = Order.objects.order_by("-placed_at", "-id").values_list("pk", flat=True)
    lines = OrderLine.objects.filter(sku__iexact=text).order_by("-order_id")
    held = Allocation.objects.filter(number__value__iexact=text).order_by("pk")
    ways = [
        lines.values_list("order_id", flat=True)[:MAX_MATCHES],
        held.values_list("line__order_id", flat=True)[:MAX_MATCHES],
    ]
    if len(text) >= MIN_EMAIL_LENGTH:
        ways.append(newest.filter(customer__email__startswith=text.lower())[:MAX_MATCHES])
    number = text.removeprefix("#")
    if number.isdecimal() and number.isascii():
        ways.append(newest.filter(number=int(number))[:1])
    digits = re.sub(r"[^0-9]", "", text)
    if len(digits) >= MIN_PHONE_LENGTH and not re.search(r"[^0-9 ().+-]", text):
        ways.append(newest.alias(phone_end=PhoneEnd()).filter(phone_end=digits[-PHONE_END:])[:MAX_MATCHES])
    return ways

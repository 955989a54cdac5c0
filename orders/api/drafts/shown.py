"""A draft as the API shows it: what was said, in no language of its own; what it costs is its preview's to say."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import Address
from orders.actions.drafts.prices import Priced
from orders.api.serializers.parts import PlaceOutput, money, time
from orders.api.serializers.preview_output import PreviewOutput
from orders.api.shown.amounts import money as amount
from orders.api.shown.previews import of_preview
from orders.billing.given import FIELDS as BILLING
from orders.events.payloads import written
from orders.models import DraftLine, OrderDraft


class State(models.TextChoices):
    OPEN = "open", _("open")
    PLACED = "placed", _("placed")


class DraftItemOutput(serializers.Serializer[Any]):
    sku = serializers.CharField()
    quantity = serializers.IntegerField()
    price = money(allow_null=True, help_text="Of a piece by the word of staff; null: the shop's.")
    reason = serializers.CharField()


class DraftAddressOutput(PlaceOutput):
    """As it was typed."""

    phone = serializers.CharField()


class DraftBillingOutput(PlaceOutput):
    """As it was typed; nothing of it is checked before there is a preview."""

    company = serializers.CharField()
    vat_id = serializers.CharField()


class DraftOutput(serializers.Serializer[Any]):
    """An order that staff are taking."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=State.choices)
    order = serializers.UUIDField(allow_null=True, help_text="Which it became.")
    made_by = serializers.EmailField(help_text="The member of staff.")
    made_at = time()
    expires_at = time(help_text="Each change begins its time anew; then it is forgotten, also a placed one.")
    email = serializers.CharField(help_text="The customer's; empty: nobody is named yet.")
    has_account = serializers.BooleanField(help_text="Whether it is for a customer of the shop.")
    full_name = serializers.CharField()
    language = serializers.ChoiceField(choices=settings.LANGUAGES)
    items = DraftItemOutput(many=True)
    address = DraftAddressOutput(allow_null=True)
    billing = DraftBillingOutput(allow_null=True)
    codes: serializers.ListField = serializers.ListField(child=serializers.CharField())
    shipping_fee = money(allow_null=True, help_text="By the word of staff; null: the shop's.")
    shipping_reason = serializers.CharField()
    note = serializers.CharField()


class DraftPreviewOutput(PreviewOutput):
    """What a draft costs now."""

    different: serializers.ListField = serializers.ListField(
        child=serializers.CharField(),
        help_text="In words, what became different since the draft was saved: prices, ways to send it, promotions.",
    )


def of_draft(draft: OrderDraft) -> dict[str, Any]:
    """A draft as it is in the database now, in a statement for its lines."""
    return _draft(draft, draft.lines.select_related("product"))


def of_listed(draft: OrderDraft) -> dict[str, Any]:
    """A draft with which everything was loaded."""
    return _draft(draft, draft.lines.all())


def _draft(draft: OrderDraft, lines: Iterable[DraftLine]) -> dict[str, Any]:
    return {
        "id": draft.pk,
        "state": (State.PLACED if draft.order_id else State.OPEN).value,
        "order": str(draft.order_id) if draft.order_id else None,
        "made_by": draft.made_by.email,
        "made_at": written(draft.made_at),
        "expires_at": written(draft.expires_at),
        "email": draft.customer.email if draft.customer else draft.email,
        "has_account": draft.customer_id is not None,
        "full_name": draft.full_name,
        "language": draft.language,
        "items": [
            {
                "sku": line.product.sku,
                "quantity": line.quantity,
                "price": None if line.price is None else amount(line.price),
                "reason": line.reason,
            }
            for line in lines
        ],
        "address": _typed(draft.address, Address.FIELDS),
        "billing": _typed(draft.billing, BILLING),
        "codes": draft.codes.replace(",", " ").split(),
        "shipping_fee": None if draft.shipping_fee is None else amount(draft.shipping_fee),
        "shipping_reason": draft.shipping_reason,
        "note": draft.note,
    }


def of_priced(priced: Priced) -> dict[str, Any]:
    return of_preview(priced.preview) | {"different": priced.different}


def _typed(given: dict[str, str], names: Any) -> dict[str, str] | None:
    return {name: given.get(name, "") for name in names} if given else None

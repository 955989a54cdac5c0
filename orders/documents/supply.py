"""When what an invoice bills was supplied: Article 226 (7) of Directive 2006/112/EC, § 14 (4) no. 6 UStG.

An invoice is issued when it is paid. What is delivered online is supplied with that, and what was sent for cash before on
the day when its last parcel left. What is sent later is paid on account: the day of the payment counts, which is that of the
invoice, and the paper says that the goods come later.
"""

from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import Order


def supply_of(order: Order, *, date: str) -> dict[str, str]:
    """What the invoice of a day (ISO 8601) says of it: `supplied`, or `to_follow` with the day that it was paid."""
    if not order.needs_parcel:
        return {"supplied": date}
    # Most are paid before anybody packs them: for those nothing is read.
    last = order.shipments.aggregate(last=Max("at"))["last"] if order.packed_at else None
    return {"supplied": timezone.localdate(last).isoformat()} if last else {"to_follow": date}


def still_to_come(says: dict[str, Any]) -> str:
    """What an invoice says of goods that are sent after it, in the language of now; nothing of others, nor credit notes."""
    if "to_follow" not in says or "invoice" in says:
        return ""
    return _("Paid in advance on the date of the invoice. The goods are handed over after it.")

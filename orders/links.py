"""The link in each email about an order: it opens that order alone, without a sign-in, to be read and paid.

A link is nothing but a signature, over the order and the time, under a salt that has the customer's address and a number
in it: another address, a closed account, or "sign out everywhere else" ends all links that were sent before.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner, b62_decode
from django.utils.translation import gettext_lazy as _

from orders.errors import OrderError
from orders.models import Order

# What a session calls the links that its browser came by: order id -> token.
IN_SESSION = "order_links"
SEPARATOR = "."
# An id, a time and a signature have fewer letters.
MAX_LENGTH = 200


class LinkOver(OrderError):
    """The shop did not make the link, it is too old, or the customer has ended it. It is for the pages, which say so."""

    message = _("This link no longer works")


@dataclass(frozen=True)
class Opened:
    """What a link shows, and until when."""

    order: Order
    until: datetime


def make_link(order: Order) -> str:
    """What stands in the link's address after the name of the page; good for ORDER_LINK_DAYS from now on."""
    return _signer(order).sign(order.pk.hex)


def open_link(token: str, *, order_id: UUID | None = None) -> Opened:
    """The order that the link shows, with its customer; that one alone, if an order is named. Raises LinkOver."""
    order = _named(token)
    if order is None or order_id not in (None, order.pk) or not order.customer.is_active:
        raise LinkOver
    lasts = timedelta(days=settings.ORDER_LINK_DAYS)
    try:
        _signer(order).unsign(token, max_age=lasts)
    except BadSignature as error:
        raise LinkOver from error
    signed_at = b62_decode(token.split(SEPARATOR)[1])
    return Opened(order, datetime.fromtimestamp(signed_at, UTC) + lasts)


def _named(token: str) -> Order | None:
    """The order that the token is about, if it says the truth."""
    try:
        order_id = UUID(hex=token[:MAX_LENGTH].partition(SEPARATOR)[0])
    except ValueError:
        return None
    return Order.objects.select_related("customer").filter(pk=order_id).first()


def _signer(order: Order) -> TimestampSigner:
    customer = order.customer
    salt = f"orders.link {customer.pk} {customer.links_serial} {customer.email}"
    return TimestampSigner(sep=SEPARATOR, salt=salt)

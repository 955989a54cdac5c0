"""What the configured ways to pay can take: a total that none of them takes is refused where it is quoted, and not at Pay.

Only what a provider documents for sure is here; what it refuses besides is said when a payment is begun. Amounts are in the
order's currency.
"""

from collections.abc import Iterable
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from catalog.money import decimals, written
from orders.errors import OrderError
from orders.models import BY_HAND

STRIPE = "orders.payments.providers.stripe.checkout.StripeCheckout"
# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
STRIPE_LEAST = {
    **dict.fromkeys(("USD", "EUR", "CHF", "AUD", "BRL", "CAD", "INR", "NZD", "SGD"), Decimal("0.50")),
    "GBP": Decimal("0.30"),
    "BGN": Decimal(1),
    "DKK": Decimal("2.50"),
    "HKD": Decimal(4),
    "JPY": Decimal(50),
    **dict.fromkeys(("AED", "MYR", "PLN", "RON"), Decimal(2)),
    **dict.fromkeys(("NOK", "SEK"), Decimal(3)),
    **dict.fromkeys(("MXN", "THB"), Decimal(10)),
    "CZK": Decimal(15),
    "HUF": Decimal(175),
}
# Eight digits of the smallest unit; of currencies of small units it takes more.
STRIPE_DIGITS = 8
SMALL_UNITS = ("COP", "HUF", "IDR", "INR", "LBP")


class AmountNotPayable(OrderError):
    code = "amount_not_payable"
    status = 409
    title = _("Nobody takes this amount")
    message = _("None of the ways to pay takes this total.")
    advice = _(
        "`total` is less than `least` or more than `most`, what the shop's ways to pay take; null is no limit. "
        "Order more, or less."
    )
    example = {"total": "0.20", "least": "0.50", "most": "999999.99"}


def bounds(path: str, currency: str) -> tuple[Decimal | None, Decimal | None]:
    """The least and the most that a provider takes, by the path of its class; None where there is no limit for sure."""
    if path != STRIPE:
        return None, None
    places = decimals(currency)
    most = (Decimal(10) ** STRIPE_DIGITS - 1).scaleb(-places)
    return STRIPE_LEAST.get(currency), most if places and currency not in SMALL_UNITS else None


def takes(path: str, amount: Decimal, currency: str) -> bool:
    """Whether a provider takes this amount."""
    least, most = bounds(path, currency)
    return (least is None or amount >= least) and (most is None or amount <= most)


def least_of(currency: str) -> Decimal:
    """The least that one of the offered ways takes; 0 where one of them takes every amount."""
    return min((bounds(path, currency)[0] or Decimal(0) for path in _offered()), default=Decimal(0))


def check_payable(amounts: Iterable[Decimal], currency: str) -> None:
    """Raise AmountNotPayable if none of the totals can be paid in any way; nothing is paid of what is free."""
    totals = list(amounts)
    paths = _offered()
    if not paths or not totals or any(not total or _any_takes(paths, total, currency) for total in totals):
        return
    limits = [bounds(path, currency) for path in paths]
    least = min((one for one, _most in limits if one is not None), default=None)
    most = max((one for _least, one in limits if one is not None), default=None)
    shown = {"total": totals[0], "least": least, "most": most}
    raise AmountNotPayable(
        _why(totals[0], least, most, currency),
        **{name: None if amount is None else str(amount) for name, amount in shown.items()},
    )


def _why(total: Decimal, least: Decimal | None, most: Decimal | None, currency: str) -> str:
    if least is not None and total < least:
        return _("An order has to cost %(least)s at least, or nobody can take its money.") % {
            "least": written(least, currency)
        }
    assert most is not None, "it is refused for one of the two"
    return _("An order can cost %(most)s at most, or nobody can take its money.") % {
        "most": written(most, currency)
    }


def _any_takes(paths: Iterable[str], total: Decimal, currency: str) -> bool:
    return any(takes(path, total, currency) for path in paths)


def _offered() -> list[str]:
    """The classes of the ways that a customer is offered (`ways_to_pay` in orders/actions/money/payment.py)."""
    chosen = settings.PAYMENT_VARIANT
    return [
        path
        for name, (path, _options) in settings.PAYMENT_VARIANTS.items()
        if not chosen or name == chosen or name in BY_HAND
    ]

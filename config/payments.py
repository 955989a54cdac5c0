"""Which payment providers are on, from the environment, checked when the shop starts: a customer is too late to find out."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environ import Env

Variant = tuple[str, dict[str, Any]]

# What PayPal takes payments in, as its documentation lists them. BRL, CNY and MYR are for accounts of those countries.
PAYPAL_CURRENCIES = frozenset(
    [
        "AUD",
        "BRL",
        "CAD",
        "CHF",
        "CNY",
        "CZK",
        "DKK",
        "EUR",
        "GBP",
        "HKD",
        "HUF",
        "ILS",
        "JPY",
        "MXN",
        "MYR",
        "NOK",
        "NZD",
        "PHP",
        "PLN",
        "SEK",
        "SGD",
        "THB",
        "TWD",
        "USD",
    ]
)


def variants(env: Env, *, demo: bool, currency: str) -> dict[str, Variant]:
    """PAYMENT_VARIANTS: those that the variable of this name lists, else all that have keys.

    In demo mode the demo's provider is one of them, and the first. Raises ImproperlyConfigured.
    """
    known = KNOWN if demo else {name: one for name, one in KNOWN.items() if name != "demo"}
    named = [name.strip() for name in env.str("PAYMENT_VARIANTS", "").split(",") if name.strip()]
    if unknown := [name for name in named if name not in known]:
        raise ImproperlyConfigured(
            f"PAYMENT_VARIANTS names {', '.join(unknown)}. It may name: {', '.join(known)}"
            + ("." if demo else "; demo is for DEMO=1 only.")
        )
    chosen = named or [name for name, (keys, _) in known.items() if not keys or env.str(keys[0], "")]
    return {name: _variant(name, env, currency) for name in chosen}


def variant_for_new_payments(env: Env, on: dict[str, Variant]) -> str:
    """The one that new payments are begun with; empty where several are on, and the customer chooses."""
    name = env.str("PAYMENT_VARIANT", "")
    if name and name not in on:
        raise ImproperlyConfigured(
            f"PAYMENT_VARIANT is {name}, which is not one of the providers that are on: {', '.join(on) or 'none'}."
        )
    return name or (next(iter(on)) if len(on) == 1 else "")


def _variant(name: str, env: Env, currency: str) -> Variant:
    keys, build = KNOWN[name]
    if missing := [key for key in keys if not env.str(key, "")]:
        raise ImproperlyConfigured(
            f"{name} is on, and {' and '.join(missing)} is not set: it needs {', '.join(keys)}. "
            f"Without the webhook's own its events can't be told from made-up ones."
        )
    return build(env, currency)


def _demo(env: Env, currency: str) -> Variant:
    return "orders.payments.providers.demo.DemoProvider", {}


def _stripe(env: Env, currency: str) -> Variant:
    return "orders.payments.providers.stripe.StripeCheckout", {
        "secret_key": env.str("STRIPE_SECRET_KEY"),
        "webhook_secret": env.str("STRIPE_WEBHOOK_SECRET"),
        "api_base": env.str("STRIPE_API_BASE", "https://api.stripe.com"),
    }


def _paypal(env: Env, currency: str) -> Variant:
    if currency not in PAYPAL_CURRENCIES:
        raise ImproperlyConfigured(
            f"PayPal takes no {currency}, the shop's CURRENCY. Leave its keys out, or paypal out of PAYMENT_VARIANTS."
        )
    return "orders.payments.providers.paypal.PayPal", {
        "client_id": env.str("PAYPAL_CLIENT_ID"),
        "secret": env.str("PAYPAL_SECRET"),
        "webhook_id": env.str("PAYPAL_WEBHOOK_ID"),
        "api_base": env.str("PAYPAL_API_BASE", "https://api-m.paypal.com"),
    }


# Name -> the keys it needs, of which the first switches it on, and how it is made.
KNOWN: dict[str, tuple[tuple[str, ...], Callable[[Env, str], Variant]]] = {
    "demo": ((), _demo),
    "stripe": (("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"), _stripe),
    "paypal": (("PAYPAL_CLIENT_ID", "PAYPAL_SECRET", "PAYPAL_WEBHOOK_ID"), _paypal),
}

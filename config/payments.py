"""Which payment providers are on, from the environment, checked when the shop starts: a customer is too late to find out."""

import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environ import Env

Variant = tuple[str, dict[str, Any]]
# No machine tells of their money: staff say that it came (orders/payments/by_hand.py).
BY_HAND = ("transfer", "cash_on_delivery", "cash_at_pickup")
# Where the demo shop would have its customers' money, by its currency: accounts out of the banks' own examples.
DEMO_ACCOUNTS = {
    "EUR": {"account": "DE89370400440532013000", "bic": "COBADEFFXXX"},
    "VND": {"account": "0011001234567", "bank_bin": "970436"},
    "": {"account": "000123456789"},
}

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
    chosen = named or [
        name for name, (keys, _) in known.items() if not keys or env.str(keys[0], "") not in OFF
    ]
    chosen += ["transfer"] if demo and not named and "transfer" not in chosen else []
    return {name: _variant(name, env, currency, demo=demo) for name in chosen}


def variant_for_new_payments(env: Env, on: dict[str, Variant]) -> str:
    """The one that new payments are begun with; empty where several are on, and the customer chooses."""
    name = env.str("PAYMENT_VARIANT", "")
    if name and name not in on:
        raise ImproperlyConfigured(
            f"PAYMENT_VARIANT is {name}, which is not one of the providers that are on: {', '.join(on) or 'none'}."
        )
    begun_with = [one for one in on if one not in BY_HAND] or list(on)
    return name or (begun_with[0] if len(begun_with) == 1 else "")


def windows(env: Env, on: dict[str, Variant]) -> dict[str, int]:
    """How long an order waits for money by hand, seconds, by the provider's name."""
    days = {
        "transfer": env.int("TRANSFER_DAYS", 7),
        "cash_on_delivery": env.int("CASH_ON_DELIVERY_DAYS", 30),
        "cash_at_pickup": env.int("CASH_AT_PICKUP_DAYS", 7),
    }
    return {name: 86400 * many for name, many in days.items() if name in on}


def bank_account(env: Env, on: dict[str, Variant], *, demo: bool, currency: str, shop: str) -> dict[str, str]:
    """Where customers transfer to; empty where they can't. Raises ImproperlyConfigured for what no bank would know."""
    if "transfer" not in on:
        return {}
    read = {
        "name": env.str("TRANSFER_NAME", ""),
        "account": env.str("TRANSFER_ACCOUNT", ""),
        "bic": env.str("TRANSFER_BIC", ""),
        "bank": env.str("TRANSFER_BANK", ""),
        "bank_bin": env.str("TRANSFER_BANK_BIN", ""),
    }
    given = {key: said.strip() for key, said in read.items()}
    if demo and not given["account"]:
        given |= {"name": shop, "bank": "Demo Bank"} | DEMO_ACCOUNTS.get(currency, DEMO_ACCOUNTS[""])
    given["account"] = "".join(given["account"].split()).upper()
    if currency == "EUR" and not is_iban(given["account"]):
        raise ImproperlyConfigured("TRANSFER_ACCOUNT is no IBAN, which transfers in EUR need.")
    if given["bank_bin"] and not re.fullmatch(r"\d{6}", given["bank_bin"]):
        raise ImproperlyConfigured("TRANSFER_BANK_BIN is the six digits of the bank in VietQR.")
    return given


def is_iban(text: str) -> bool:
    """Whether it is one by its check digits, ISO 13616."""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", text):
        return False
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


def _variant(name: str, env: Env, currency: str, *, demo: bool) -> Variant:
    keys, build = KNOWN[name]
    if demo and name == "transfer" and not env.str(keys[0], ""):
        return build(env, currency)
    if missing := [key for key in keys if not env.str(key, "")]:
        raise ImproperlyConfigured(
            f"{name} is on, and {' and '.join(missing)} is not set: it needs {', '.join(keys)}."
            + (
                ""
                if name in BY_HAND
                else " Without the webhook's own its events can't be told from made-up ones."
            )
        )
    return build(env, currency)


def _transfer(env: Env, currency: str) -> Variant:
    return "orders.payments.providers.offline.BankTransfer", {}


def _cash_on_delivery(env: Env, currency: str) -> Variant:
    return _cash("CashOnDelivery", is_on=env.bool("CASH_ON_DELIVERY", False))


def _cash_at_pickup(env: Env, currency: str) -> Variant:
    return _cash("CashAtPickup", is_on=env.bool("CASH_AT_PICKUP", False))


def _cash(provider: str, *, is_on: bool) -> Variant:
    if not is_on:
        raise ImproperlyConfigured("CASH_ON_DELIVERY and CASH_AT_PICKUP are 1 or 0.")
    return f"orders.payments.providers.offline.{provider}", {}


def _demo(env: Env, currency: str) -> Variant:
    return "orders.payments.providers.demo.DemoProvider", {}


def _stripe(env: Env, currency: str) -> Variant:
    return "orders.payments.providers.stripe.checkout.StripeCheckout", {
        "secret_key": env.str("STRIPE_SECRET_KEY"),
        "webhook_secret": env.str("STRIPE_WEBHOOK_SECRET"),
        "api_base": env.str("STRIPE_API_BASE", "https://api.stripe.com"),
    }


def _paypal(env: Env, currency: str) -> Variant:
    if currency not in PAYPAL_CURRENCIES:
        raise ImproperlyConfigured(
            f"PayPal takes no {currency}, the shop's CURRENCY. Leave its keys out, or paypal out of PAYMENT_VARIANTS."
        )
    return "orders.payments.providers.paypal.checkout.PayPal", {
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
    "transfer": (("TRANSFER_ACCOUNT", "TRANSFER_NAME"), _transfer),
    "cash_on_delivery": (("CASH_ON_DELIVERY",), _cash_on_delivery),
    "cash_at_pickup": (("CASH_AT_PICKUP",), _cash_at_pickup),
}
# What is set to one of these is not on.
OFF = ("", "0")

"""The providers that the settings name, each made when it is first asked for."""

from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.module_loading import import_string

from orders.models import EXCHANGE
from orders.payments.providers.base import PaymentProvider, UnknownProvider
from orders.payments.providers.offline import InExchange

if TYPE_CHECKING:
    from orders.models import Payment


def provider_named(variant: str) -> PaymentProvider:
    """The provider of this name in PAYMENT_VARIANTS, the same object as long as its settings are. Raises UnknownProvider."""
    if variant == EXCHANGE:
        return _in_exchange()
    if variant not in settings.PAYMENT_VARIANTS:
        raise UnknownProvider(variant)
    path, options = settings.PAYMENT_VARIANTS[variant]
    return _made(path, **options)


def provider_of(payment: "Payment") -> PaymentProvider:
    """The provider that a payment was begun with. Raises UnknownProvider."""
    return provider_named(payment.variant)


def name_of(variant: str) -> str:
    """What staff call a provider; of one that has no other name, or is in the settings no more, how they name it."""
    try:
        provider = provider_named(variant)
    except UnknownProvider:
        return variant
    return str(provider.name or provider.label) or variant


@cache
def _in_exchange() -> PaymentProvider:
    """Of every shop, and in no settings: nobody chooses it."""
    return InExchange()


@cache
def _made(path: str, **options: Any) -> PaymentProvider:
    provider: PaymentProvider = import_string(path)(**options)
    return provider

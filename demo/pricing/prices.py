"""What the demo charges where the currency isn't the one its price tags were written in (US dollars)."""

from decimal import Decimal

from django.conf import settings

from catalog.money import smallest

# Rough exchange rates, good enough for a demo.
PER_DOLLAR = {
    "AUD": "1.5", "BRL": "5.5", "CAD": "1.4", "CHF": "0.85", "CNY": "7.2", "CZK": "23", "DKK": "7", "EUR": "0.9",
    "GBP": "0.8", "HKD": "7.8", "HUF": "360", "IDR": "16000", "INR": "84", "JPY": "150", "KHR": "4000", "KRW": "1400",
    "KWD": "0.31", "LAK": "21000", "MXN": "18", "MYR": "4.5", "NOK": "11", "NZD": "1.7", "PHP": "57", "PLN": "4",
    "SEK": "10.5", "SGD": "1.35", "THB": "34", "TRY": "34", "TWD": "32", "UAH": "41", "VND": "25000",
}  # fmt: skip
# Prices are rounded as a person would round them: to 1,000 đồng, 10 yen or 10 cents.
STEPS_PER_DOLLAR = 10


def local(dollars: str) -> Decimal:
    """A price tag in US dollars as one in the shop's currency. An unknown currency is taken for dollars."""
    rate = Decimal(PER_DOLLAR.get(settings.CURRENCY, "1"))
    if rate == 1:
        return Decimal(dollars).quantize(smallest())
    step = max(Decimal(10) ** ((rate / STEPS_PER_DOLLAR).adjusted()), smallest())
    return (Decimal(dollars) * rate / step).quantize(Decimal(1)) * step

"""Amounts have no more decimals than their currency: where it has none, the database takes whole amounts alone."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Floor

# Those that Unicode's data has without decimals. Written down, since constraints name them: a test compares.
WITHOUT_DECIMALS = (
    *(
        "ADP",
        "AFN",
        "ALL",
        "BIF",
        "BYR",
        "CLP",
        "COP",
        "DJF",
        "ESP",
        "GNF",
        "HUF",
        "IDR",
        "IQD",
        "IRR",
        "ISK",
    ),
    *(
        "ITL",
        "JPY",
        "KMF",
        "KPW",
        "KRW",
        "LAK",
        "LBP",
        "LUF",
        "MGA",
        "MGF",
        "MMK",
        "MRO",
        "PYG",
        "RWF",
        "SLL",
    ),
    *(
        "SOS",
        "STD",
        "SYP",
        "TMM",
        "TRL",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
        "YER",
        "ZMK",
        "ZWD",
    ),
)


def whole(*amounts: str, name: str) -> models.CheckConstraint:
    """That these columns of a row hold whole amounts, where its currency has no others; null is no amount."""
    return models.CheckConstraint(
        condition=~Q(currency__in=WITHOUT_DECIMALS) | Q(**{one: Floor(F(one)) for one in amounts}), name=name
    )

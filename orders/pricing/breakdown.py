"""The tax in what an order costs: of each line, of its shipping, and by rate. Computed here alone, from numbers alone.

Prices include the tax. It is worked out once for each rate, of all that is charged at that rate together, as EN 16931 asks
for it; each amount then gets its share of it, so that the shares are exactly the sum. All is counted in the currency's
smallest unit and in whole numbers: the audit does the same in SQL (orders/audit/checks/money/tax.py) and compares.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog.money import smallest

# A rate is percent with four decimals at most: of this many parts, so many are the tax on what is without tax.
WHOLE = 1_000_000


@dataclass(frozen=True)
class Charge:
    """An amount to be paid, tax included, and the rate (percent) of the tax in it. The key names it, and no other."""

    key: str
    gross: Decimal
    rate: Decimal


@dataclass(frozen=True)
class Taxed:
    """An amount with the tax in it."""

    gross: Decimal
    rate: Decimal
    tax: Decimal

    @property
    def net(self) -> Decimal:
        return self.gross - self.tax


@dataclass(frozen=True)
class Breakdown:
    """What an order costs. `lines` are in the order in which they were given, `taxes` have one for each rate."""

    lines: tuple[Taxed, ...]
    shipping: Taxed
    taxes: tuple[Taxed, ...]

    @property
    def tax(self) -> Decimal:
        return sum((one.tax for one in self.taxes), Decimal(0))


def break_down(*, lines: Sequence[Charge], shipping: Charge, currency: str) -> Breakdown:
    """The tax in each amount. Amounts are whole numbers of the currency's smallest unit, and none is negative."""
    charges = [*lines, shipping]
    shares: dict[int, Decimal] = {}
    for rate in {charge.rate for charge in charges}:
        # Shipping comes last, whatever the keys of lines are.
        at_rate = [at for at, charge in enumerate(charges) if charge.rate == rate]
        at_rate.sort(key=lambda at: (charges[at] is shipping, charges[at].key))
        amounts = [charges[at].gross for at in at_rate]
        shares |= dict(zip(at_rate, _shares(amounts, percent=rate, currency=currency), strict=True))
    taxed = [Taxed(charge.gross, charge.rate, shares[at]) for at, charge in enumerate(charges)]
    return Breakdown(tuple(taxed[:-1]), taxed[-1], by_rate(taxed))


def by_rate(amounts: Iterable[Taxed]) -> tuple[Taxed, ...]:
    """Sums of what has one rate, the highest rate first; a rate at which nothing costs anything is left out."""
    sums: dict[Decimal, Taxed] = {}
    for one in amounts:
        so_far = sums.get(one.rate, Taxed(Decimal(0), one.rate, Decimal(0)))
        sums[one.rate] = Taxed(so_far.gross + one.gross, one.rate, so_far.tax + one.tax)
    return tuple(sorted((one for one in sums.values() if one.gross), key=lambda one: -one.rate))


def tax_in(gross: Decimal, *, percent: Decimal, currency: str) -> Decimal:
    """The tax that an amount includes, halves away from zero."""
    unit = smallest(currency)
    return _rounded_tax(int(gross / unit), _parts(percent)) * unit


def _shares(amounts: Sequence[Decimal], *, percent: Decimal, currency: str) -> list[Decimal]:
    """The tax in all amounts together, by largest remainder; of equal remainders the earlier amount's goes first."""
    unit, parts = smallest(currency), _parts(percent)
    units = [int(amount / unit) for amount in amounts]
    whole = [divmod(amount * parts, WHOLE + parts) for amount in units]
    shares = [share for share, _remainder in whole]
    left = _rounded_tax(sum(units), parts) - sum(shares)
    largest = sorted(range(len(whole)), key=lambda at: -whole[at][1])
    for at in largest[:left]:
        shares[at] += 1
    return [share * unit for share in shares]


def _parts(percent: Decimal) -> int:
    return int(percent * WHOLE / 100)


def _rounded_tax(units: int, parts: int) -> int:
    """The tax in so many of the smallest unit. Of a negative amount it is that of the positive one, turned round."""
    whole = WHOLE + parts
    tax = (2 * abs(units) * parts + whole) // (2 * whole)
    return tax if units >= 0 else -tax

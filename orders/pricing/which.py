"""Which tax counts: where its rates are read, or why there is none. From words alone; nothing is read.

The law is Directive 2006/112/EC, as of a shop in one of its member states; the table of cases with the article of each is
tests/orders/pricing/test_which.py. A shop elsewhere has whatever its rates say, by place.
"""

from dataclasses import dataclass
from enum import Enum

from accounts.contact.countries import EUROPEAN_UNION
from orders.models import TaxReason


class Where(Enum):
    """Whose rates count."""

    PLACE = "that of the customer"
    SHOP = "that of the shop"


@dataclass(frozen=True)
class Sale:
    """What decides. Countries are two letters, or empty where they are not known.

    `place` is where the parcel goes, or where the customer of what needs no parcel is. `vat_country` is whose VAT id the
    customer has shown, checked as the shop checks them. `destination`: the shop charges consumers in other member states
    the tax of their place, as it must above the threshold of Article 59c, rather than its own.
    """

    shop: str
    place: str
    is_sent: bool
    vat_country: str = ""
    destination: bool = True


@dataclass(frozen=True)
class Applies:
    where: Where
    # Why there is no tax, whatever the rates say.
    exempt: TaxReason | None = None
    # Why there is none where the rates say 0.
    if_zero: TaxReason | None = None


def which_tax(sale: Sale) -> Applies:
    """Whose rates a sale has, and why it may have none."""
    if not sale.place:
        # Nothing tells where the customer is: the shop's own tax, wherever the shop is.
        return Applies(Where.SHOP if sale.shop else Where.PLACE, _business(sale))
    if sale.shop not in EUROPEAN_UNION:
        return Applies(Where.PLACE)
    if sale.place not in EUROPEAN_UNION:
        return Applies(Where.PLACE, _business(sale), TaxReason.EXPORT if sale.is_sent else None)
    is_abroad = sale.place != sale.shop
    return Applies(Where.SHOP if is_abroad and not sale.destination else Where.PLACE, _business(sale))


def _business(sale: Sale) -> TaxReason | None:
    """Goods have to leave for another member state; of a service it counts where the business is."""
    members = EUROPEAN_UNION - {sale.shop}
    if sale.shop not in EUROPEAN_UNION or sale.vat_country not in members:
        return None
    if not sale.is_sent:
        return TaxReason.REVERSE_CHARGE
    return TaxReason.INTRA_EU if sale.place in members else None

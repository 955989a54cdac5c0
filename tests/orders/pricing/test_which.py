"""Which tax counts, case by case; each with its source in Directive 2006/112/EC, as it stands since 2021."""

import pytest

from orders.models import TaxReason as R
from orders.pricing.which import Applies, Sale, Where, which_tax

PLACE, SHOP = Where.PLACE, Where.SHOP
# The shop is in Germany unless a case says otherwise: what it is, the sale, whose rates, why there is no tax, why not if 0.
CASES = [
    # Goods.
    ("at home: where the transport begins (32)",
        Sale("DE", "DE", is_sent=True), PLACE, None, None),
    ("to a consumer abroad: where the transport ends (33(a))",
        Sale("DE", "FR", is_sent=True), PLACE, None, None),
    ("below the threshold: where the supplier is (59c)",
        Sale("DE", "FR", is_sent=True, destination=False), SHOP, None, None),
    ("to a business with a VAT id of another member state (138(1))",
        Sale("DE", "FR", is_sent=True, vat_country="FR"), PLACE, R.INTRA_EU, None),
    ("its VAT id may be of a third member state (138(1)(b))",
        Sale("DE", "FR", is_sent=True, vat_country="NL"), PLACE, R.INTRA_EU, None),
    ("below the threshold too: that is for consumers (59c, 138)",
        Sale("DE", "FR", is_sent=True, vat_country="FR", destination=False), SHOP, R.INTRA_EU, None),
    ("to a business abroad with a VAT id of the shop's own state: not identified elsewhere (138(1)(b))",
        Sale("DE", "FR", is_sent=True, vat_country="DE"), PLACE, None, None),
    ("a foreign business has them sent at home: they don't leave (138(1))",
        Sale("DE", "DE", is_sent=True, vat_country="FR"), PLACE, None, None),
    ("a business at home (193)",
        Sale("DE", "DE", is_sent=True, vat_country="DE"), PLACE, None, None),
    ("out of the Union (146(1)(a))",
        Sale("DE", "CH", is_sent=True), PLACE, None, R.EXPORT),
    ("out of the Union, for a business of the Union (146(1)(a))",
        Sale("DE", "CH", is_sent=True, vat_country="FR"), PLACE, None, R.EXPORT),
    # What is delivered by wire.
    ("to a consumer at home (58)",
        Sale("DE", "DE", is_sent=False), PLACE, None, None),
    ("to a consumer abroad: where the consumer is (58)",
        Sale("DE", "FR", is_sent=False), PLACE, None, None),
    ("the same below the threshold (59c)",
        Sale("DE", "FR", is_sent=False, destination=False), SHOP, None, None),
    ("to a business abroad: where it is, which owes the tax (44, 196)",
        Sale("DE", "FR", is_sent=False, vat_country="FR"), PLACE, R.REVERSE_CHARGE, None),
    ("a business that asks from home is where it is established (44)",
        Sale("DE", "DE", is_sent=False, vat_country="FR"), PLACE, R.REVERSE_CHARGE, None),
    ("to a consumer outside: there, and so not here (58, 59)",
        Sale("DE", "CH", is_sent=False), PLACE, None, None),
    ("to nobody knows where: as at the shop",
        Sale("DE", "", is_sent=False), SHOP, None, None),
    ("to a business, nobody knows where (44, 196)",
        Sale("DE", "", is_sent=False, vat_country="FR"), SHOP, R.REVERSE_CHARGE, None),
    # Shops elsewhere.
    ("a shop outside the Union has the rates of each place",
        Sale("VN", "FR", is_sent=True, vat_country="FR", destination=False), PLACE, None, None),
    ("a shop that does not say where it is, too",
        Sale("", "FR", is_sent=True, vat_country="FR", destination=False), PLACE, None, None),
    ("and has those of everywhere else without a place",
        Sale("", "", is_sent=False), PLACE, None, None),
    ("a shop outside without a place has its own",
        Sale("VN", "", is_sent=False), SHOP, None, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sale", "where", "exempt", "if_zero"), [pytest.param(*case, id=name) for name, *case in CASES]
)
def test_which_tax_counts(sale, where, exempt, if_zero):
    assert which_tax(sale) == Applies(where, exempt, if_zero)

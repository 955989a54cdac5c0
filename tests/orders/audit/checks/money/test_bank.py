"""The audit finds bank entries that are matched and not booked, or booked and not matched."""

import pytest

from tests.orders.audited import check_damage, table

pytestmark = pytest.mark.django_db

# fmt: off
DAMAGE = [
    ("an entry that is gone", "from_bank", "DELETE FROM orders_bankentry",
        "order {order}: bank entries of 0 are matched with it, and the ledger has 30.00 of them"),
    ("an entry of another amount", "from_bank", "UPDATE orders_bankentry SET amount = 31",
        "order {order}: bank entries of 31.00 are matched with it, and the ledger has 30.00 of them"),
    ("an entry set aside afterwards", "from_bank", "UPDATE orders_bankentry SET state = 'set_aside'",
        "order {order}: bank entries of 0 are matched with it, and the ledger has 30.00 of them"),
    ("money that is not the bank's", "from_bank",
        "UPDATE orders_ledgerentry SET reference = 'cash' WHERE kind = 'captured' AND reference LIKE '%%(rest)'",
        "order {order}: bank entries of 30.00 are matched with it, and the ledger has 29.00 of them"),
]
# fmt: on


@pytest.mark.usefixtures("in_the_tests_transaction")
class TestTable:
    @table(DAMAGE)
    def test_damage_to_bank_entries_is_named(self, shop, statement, words):
        check_damage(shop, statement, words)

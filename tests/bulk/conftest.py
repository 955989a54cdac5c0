"""What the tests of tables borrow."""

from tests.orders.conftest import hints

__all__ = ["hints"]

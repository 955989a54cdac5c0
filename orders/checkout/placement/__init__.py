"""A preview becomes an order."""

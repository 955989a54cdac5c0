"""Gift cards and store credit: their codes, and every movement on them. Orders' books: payments/cards.py."""

"""Payments, the ledger, refunds, disputes, and what providers and banks said about them."""

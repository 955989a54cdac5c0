"""Stripe, as the shop's payment provider."""

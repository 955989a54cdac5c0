"""Webhooks that the shop sends: endpoints, deliveries, and what is kept of them."""

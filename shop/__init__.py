"""The storefront: pages, cart, forms. No rules."""

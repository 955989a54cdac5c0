"""A shop's copies: made while it serves, put into an empty place, and proved by doing so. See docs/operate.md."""

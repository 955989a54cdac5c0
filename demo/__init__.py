"""The demo shop: what is in it, and the pictures drawn for it."""

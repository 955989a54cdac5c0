"""Money: what was captured and returned, what providers told, and the providers themselves."""

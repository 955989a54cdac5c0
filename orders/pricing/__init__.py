"""What an order costs, and the tax in it."""

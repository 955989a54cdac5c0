"""What became different of an order, and what was asked for."""

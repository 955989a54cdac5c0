"""What people may do to an order, whichever door they come through."""

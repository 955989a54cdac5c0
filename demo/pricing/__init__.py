"""What the demo shop's prices are made of."""

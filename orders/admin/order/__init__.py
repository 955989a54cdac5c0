"""The desk's page of an order, and what stands and is done on it."""

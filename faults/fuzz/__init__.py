"""Odd requests and frames at every door of a running shop: `make faults ONLY=fuzz SEED=1 COUNT=10000`."""

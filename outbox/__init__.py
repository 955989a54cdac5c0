"""The row as a queue: how one is claimed, tried again with growing pauses, and given up."""

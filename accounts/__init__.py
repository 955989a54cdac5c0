"""Who buys: the user and their addresses."""

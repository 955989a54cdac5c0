"""Statements of the shop's bank: read, kept entry by entry, and matched with the orders that they pay."""

"""The one door for every status change, and what a worker does with a pending order."""

"""How much of a machine an order costs: a whole shop as `make run` starts it, measured beside what its database can do."""

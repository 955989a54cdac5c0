"""What a running shop has for who comes: doors, addresses, forms, things, and the people themselves."""

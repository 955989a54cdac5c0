"""Where a customer is reached: countries, what an address needs there, telephone numbers."""

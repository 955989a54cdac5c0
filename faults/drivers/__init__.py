"""Who uses the shop during a run: customers, their listeners, and the staff who look after their orders."""

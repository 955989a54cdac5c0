"""What people do about an order's money, and the time that there is for it."""

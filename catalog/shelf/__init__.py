"""What is on sale: for customers to see, and for staff where little of it is left."""
